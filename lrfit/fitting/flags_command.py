"""Flags of `fit`, `minimize` and `check`, made from the options of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.flags import flags_of
from lrfit.fitting.options import NETWORK, SEARCH, SIZE, AimOptions, FitOptions, SizeOptions

if TYPE_CHECKING:

    class NetworkFlags:
        """What kind of network; None: from the system's file or the program."""

        drive: list[str] | None
        noise: Any

    class SearchFlags:
        """How the network is looked for; None: from the system's file or the program."""

    class SizeFlags:
        """How many neurons, and where from."""

    class AimFlags:
        """How small, how right, and how found."""

else:
    NetworkFlags = flags_of("NetworkFlags", FitOptions, NETWORK)
    SearchFlags = flags_of("SearchFlags", FitOptions, SEARCH)
    SizeFlags = flags_of("SizeFlags", SizeOptions, SIZE)
    AimFlags = flags_of("AimFlags", AimOptions, SIZE, SEARCH)
