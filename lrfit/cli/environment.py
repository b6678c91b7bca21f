"""What libraries take from the environment, and would fail on in their own words, or for ever.

numpy (in `numpy.f2py`) and matplotlib read SOURCE_DATE_EPOCH as a number while they are imported;
matplotlib refuses an MPLBACKEND that it does not know, although figures here need no backend.
OpenBLAS, with too little address space for its threads, ends the process or waits without end.
"""

from __future__ import annotations

import os

from lrfit.core.errors import NumericalError, UsageError
from lrfit.core.resources import address_space

EPOCH, BACKEND = "SOURCE_DATE_EPOCH", "MPLBACKEND"
_LAST_SECOND = 253402300799
"""The end of the year 9999, after which Python has no dates."""


_LEAST = 512 * 2**20
"""Bytes of address space: `fit` takes 445 MB with one BLAS thread, `plot` 467 MB."""


def prepare_environment() -> None:
    """Set what libraries of this process would stumble over; only for a process of our own."""
    if not os.environ.get(EPOCH, " "):  # reproducible-builds.org: empty is as good as unset
        del os.environ[EPOCH]
    os.environ[BACKEND] = "agg"
    # Pydantic otherwise asks every installed package for plugins, and runs what it finds.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    if address_space() is not None:  # a thread of OpenBLAS takes 80 MB of it
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def check_environment() -> None:
    """Refuse a time that is none, as reproducible-builds.org asks, and too little memory.

    Raises
    ------
    UsageError
        SOURCE_DATE_EPOCH is not a whole number of seconds from 1970 to the year 9999.
    NumericalError
        The libraries do not fit into the address space that the process may take.
    """
    room = address_space()
    if room is not None and room < _LEAST:
        raise NumericalError(
            f"not enough memory: this process may take {room / 2**20:.0f} MiB of address space, "
            f"and its libraries need {_LEAST / 2**20:.0f} MiB; raise the limit (ulimit -v)"
        )
    text = os.environ.get(EPOCH) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LAST_SECOND):
        raise UsageError(
            f"the environment variable {EPOCH} is {text[:40]!r}; give a whole number of seconds "
            "since 1970, such as 0, or unset it"
        )
