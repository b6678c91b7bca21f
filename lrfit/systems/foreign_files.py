"""What to do with a file of another program that was given as a system or as a network.

Place in the flow: whoever opens what a user named asks here, before it is read as YAML or HDF5.
"""

from __future__ import annotations

from pathlib import Path

from lrfit.core.errors import InputError
from lrfit.io.foreign import HEAD_BYTES, Foreign, foreign, head_of
from lrfit.io.limits import HDF5_SIGNATURE
from lrfit.io.text import shown

_SYSTEMS = "a system is a system.yaml with its equations, or a sampled field in HDF5"
_NETWORKS = "a network is a file that `lrfit fit` or `lrfit minimize` wrote"
_INTO_SYSTEM = {
    "arrays": "load its arrays ({load}) and give them to lrfit.from_samples (states, velocities) "
    "or lrfit.from_trajectories (times, states) in Python",
    "weights": "its weights make a network, with `lrfit import`, or read with {load} a "
    "lrfit.FullRankNetwork in Python",
    "packed": "unpack it first ({load})",
    "program": "write the equations into a system.yaml, or give the function to "
    "lrfit.from_callable in Python",
    "table": "load it (numpy.loadtxt, pandas.read_csv) and give its columns to lrfit.from_samples "
    "(states, velocities) or lrfit.from_trajectories (times, states) in Python",
    "keys": "write the keys name, dynamics and domain, as UTF-8 text",
    "netcdf3": "convert it with `nccopy -k nc4 OLD NEW`",
    "other": "name one of those",
}
_WEIGHTS = (
    "`lrfit import` makes one of weights in npz, safetensors, MATLAB, HDF5 or a state_dict; or "
    "read them ({load}) and make a lrfit.FullRankNetwork in Python, which lrfit.save writes"
)
_INTO_NETWORK = _INTO_SYSTEM | {
    "arrays": _WEIGHTS,
    "weights": _WEIGHTS,
    "program": "fit one, or make a lrfit.FullRankNetwork in Python, which lrfit.save writes",
    "table": _WEIGHTS.format(load="numpy.loadtxt"),
    "keys": "name one of those, or make a lrfit.FullRankNetwork in Python, which lrfit.save writes",
}


def refuse_as_system(source: Path | bytes, *, where: str = "") -> None:
    """Raise InputError for the file or the bytes of another program, which hold no system."""
    found = foreign(*_beginning(source))
    if found is not None:
        raise _error(source, where, f"this is {found.name}; {_SYSTEMS}", _INTO_SYSTEM, found)


def refuse_as_network(source: Path | bytes, *, where: str = "") -> None:
    """Raise InputError for what is not HDF5, and so no network, if one can say what it is."""
    head, name = _beginning(source)
    found = foreign(head, name)
    if found is not None:
        raise _error(source, where, f"this is {found.name}; {_NETWORKS}", _INTO_NETWORK, found)
    if b"\0" not in head and not head.startswith(HDF5_SIGNATURE):
        raise InputError(
            f"this is text; {_NETWORKS}: if it is a system, fit a network to it first "
            "(lrfit minimize FILE --tol 0.01)",
            where=where or shown(source, 300),
        )


def _beginning(source: Path | bytes) -> tuple[bytes, str]:
    """The first bytes of a file, and its name."""
    if isinstance(source, bytes):
        return source[:HEAD_BYTES], ""
    return head_of(source), str(source)


def _error(
    source: Path | bytes, where: str, said: str, cures: dict[str, str], found: Foreign
) -> InputError:
    cure = cures[found.sort].format(load=found.load)
    return InputError(f"{said}: {cure}", where=where or shown(source, 300))
