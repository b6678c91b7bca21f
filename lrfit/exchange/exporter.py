"""The formats in which a network is exported, each declared once.

Place in the flow: a name that the user gives leads to the function that turns a network into the
bytes of a file. A package of a user adds a format by `Plugin.exporters`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrfit.core.errors import UsageError
from lrfit.core.plugins import load_object, plugin_exporters
from lrfit.exchange.arrays import to_mat, to_npz, to_safetensors
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.networks.rate_network import RateNetwork


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """One format.

    Attributes
    ----------
    name : what `--to` calls it.
    ending : of the file's name, with its dot.
    about : what it is, in a few words.
    write : network -> bytes of the file. UsageError for networks that the format cannot hold.
    """

    name: str
    ending: str
    about: str
    write: Callable[[RateNetwork], bytes]


def _later(place: str) -> Callable[[RateNetwork], bytes]:
    """A function that is imported when it is called: scripts need the simulation."""

    def write(network: RateNetwork) -> bytes:
        written: bytes = load_object(place)(network)
        return written

    return write


def _script(name: str, about: str, place: str) -> Exporter:
    write = _later(f"lrfit.exchange.{place}")
    return Exporter(name=name, ending=f".{name}.py", about=about, write=write)


EXPORTERS = (
    _script("numpy", "a script for NumPy", "numpy_script:to_numpy"),
    _script("torch", "a script with a PyTorch module, float64", "torch_script:to_torch"),
    _script("rnn", "a script with a torch.nn.RNN, float64", "torch_script:to_rnn"),
    _script("nengo", "a script for Nengo", "nengo_script:to_nengo"),
    _script("brian2", "a script for Brian 2", "brian2_script:to_brian2"),
    Exporter(name="npz", ending=".npz", about="arrays for numpy.load", write=to_npz),
    Exporter(
        name="safetensors",
        ending=".safetensors",
        about="tensors for the package safetensors",
        write=to_safetensors,
    ),
    Exporter(name="mat", ending=".mat", about="a struct for MATLAB and Octave", write=to_mat),
)


_IMPOSSIBLE = {
    "nir": "NIR has no neurons with rates: its nodes are leaky integrators and neurons that fire; "
    "export to torch, nengo or npz",
}
"""Why there is no format of this name, and what to do."""


def exporter(name: str) -> Exporter:
    """The format of a name.

    Raises
    ------
    UsageError
        There is none of this name, or a plugin's is not an `Exporter`.
    """
    known = {each.name: each for each in EXPORTERS}
    if name in known:
        return known[name]
    if name in _IMPOSSIBLE:
        raise UsageError(_IMPOSSIBLE[name])
    added = plugin_exporters()
    if name not in added:
        told = did_you_mean(str(name), (*known, *added))
        raise UsageError(f"there is no format {shown(name, 60)!r}; {told}")
    found = load_object(added[name])
    if not isinstance(found, Exporter):
        raise UsageError(f"{added[name]} is no Exporter; mend the plugin")
    return found
