"""Which compiled library refinement uses, if any: found, checked and loaded once.

Place in the flow: `kernel` calls what is loaded here. A library that is absent, damaged or of
another version is not loaded: NumPy does its work, and `description` says why.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, c_double, c_int64, c_void_p
from functools import cache
from pathlib import Path

from lrfit.core.errors import UsageError
from lrfit.regression.kernel_build import LIBRARY, checksums, record_of

SETTING = "LRFIT_KERNEL"
"""Environment variable: `numpy` leaves the compiled kernel unused, `auto` (or unset) does not."""
SOURCE = Path(__file__).with_name("kernel.c")


class Problem(Structure):
    """`Problem` of the source."""

    _fields_ = (
        *[(name, c_int64) for name in ("q", "P", "D", "c", "states", "bounded", "slopes")],
        *[(name, c_double) for name in ("price", "weight_price", "low", "high", "power")],
        *[(name, c_double) for name in ("slope_cap", "soft_condition", "steepness")],
        *[(name, c_void_p) for name in ("design", "root", "fixed", "reach", "copies")],
    )


NUMBERS = ("relax", "tighten", "least_damping", "most_damping", "slow")
ARRAYS = ("value", "by_output", "gradient", "hessian", "A", "kappa", "inverse", "settled")


class Policy(Structure):
    """`Policy` of the source."""

    _fields_ = (*[(name, c_double) for name in NUMBERS], ("patience", c_int64))


class Evaluation(Structure):
    """`Evaluation` of the source."""

    _fields_ = tuple((name, c_void_p) for name in ARRAYS)


class State(Structure):
    """`State` of the source."""

    _fields_ = tuple((name, c_void_p) for name in ("mu", "idle", "tries", "unsolved"))


_SIZES = sum(
    1000**place * ctypes.sizeof(kind)
    for place, kind in enumerate((Problem, Policy, Evaluation, State))
)


def library_path() -> Path:
    """Where the compiled library is, if there is one."""
    return SOURCE.with_name(LIBRARY)


@cache
def _load(path: Path) -> tuple[ctypes.CDLL | None, str]:
    """The library, or why there is none."""
    if not path.exists():
        return None, "no compiled kernel is installed"
    try:
        # Before it is loaded: of a file that was cut off the loader may die, not raise.
        if record_of(path).read_text(encoding="ascii") != checksums(SOURCE, path):
            return None, "the compiled kernel is damaged or of another version; install lrfit again"
        return _declared(ctypes.CDLL(str(path))), ""
    except (OSError, ValueError, AttributeError) as error:
        return None, f"the compiled kernel cannot be loaded: {error}"


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """The library with the types of its functions.

    Raises
    ------
    AttributeError
        It lacks a function.
    ValueError
        Its structures are of other sizes than those above.
    """
    pointer, count = c_void_p, c_int64
    library.lrfit_evaluate.argtypes = [POINTER(Problem), count, count, pointer, pointer]
    library.lrfit_refine.argtypes = [
        *(POINTER(Problem), POINTER(Policy), count, count, count),
        *(pointer, pointer, pointer),
    ]
    library.lrfit_evaluate.restype = library.lrfit_refine.restype = count
    library.lrfit_tanh.argtypes = [pointer, pointer, count, pointer, pointer]
    library.lrfit_tanh.restype = None
    library.lrfit_sizes.restype = count
    if (sizes := library.lrfit_sizes()) != _SIZES:
        raise ValueError(f"its structures have other sizes ({sizes}, not {_SIZES})")
    return library


def setting() -> str:
    """What the environment asks for: `auto` or `numpy`.

    Raises
    ------
    UsageError
        It asks for something else.
    """
    wanted = os.environ.get(SETTING, "auto")
    if wanted not in ("auto", "numpy"):
        raise UsageError(f"{SETTING} is {wanted!r}; set it to auto or numpy, or leave it out")
    return wanted


def library() -> tuple[ctypes.CDLL | None, str]:
    """The library, or None and why NumPy is used instead."""
    if setting() == "numpy":
        return None, f"{SETTING} is numpy"
    return _load(library_path())


def description() -> str:
    """For `--version`: "compiled kernel", or "NumPy (why)"."""
    found, why = library()
    return "compiled kernel" if found is not None else f"NumPy ({why})"
