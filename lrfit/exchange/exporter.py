"""The formats in which a network is exported, each declared once.

Place in the flow: a name that the user gives leads to the function that turns a network into the
bytes of a file. A package of a user adds a format by `Plugin.exporters`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrfit.core.errors import UsageError
from lrfit.core.plugins import load_object, plugin_exporters
from lrfit.exchange.arrays import to_mat, to_npz
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


EXPORTERS = (
    Exporter(name="npz", ending=".npz", about="arrays for numpy.load", write=to_npz),
    Exporter(name="mat", ending=".mat", about="a struct for MATLAB and Octave", write=to_mat),
)


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
    added = plugin_exporters()
    if name not in added:
        told = did_you_mean(str(name), (*known, *added))
        raise UsageError(f"there is no format {shown(name, 60)!r}; {told}")
    found = load_object(added[name])
    if not isinstance(found, Exporter):
        raise UsageError(f"{added[name]} is no Exporter; mend the plugin")
    return found
