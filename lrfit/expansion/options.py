"""What the user may choose about an expansion, each option declared once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.options.declare import check, option
from lrfit.options.kinds import Choice, Name, Number, Switch, Whole

SIZE, ERRORS, DIFFERENCES = "Size", "Errors of the weights", "Differences between neurons"
"""Headings under which help lists the options."""
Method = Literal["auto", "clones", "robust", "sampled"]
Quota = Literal["weights", "equal"]
Refit = Literal["own", "system", "none"]
Focus = Literal["attractors", "box"]
From = Literal["data"]
MOST = 100_000
ROBUST = 0.1
"""Relative errors for which populations are refined."""
CAREFUL = 0.01
"""The same for the readout of clones that are made different, which must not change their field."""


@dataclass(frozen=True, kw_only=True)
class ExpandOptions:
    """Options of `expand`.

    neurons : of the network. method : "clones" of a network's own neurons, "robust" populations
    refined for a system, or neurons "sampled" from a mixture; "auto" is what fits the source.
    from_ : "data" draws neurons from a mixture that is fitted to the target's field; None is what
    fits the source. means : whether the loadings of its populations may have means other than 0.
    populations : None for a number that follows from the dimension, or with `tol` for as few as
    suffice. focus : where the field must be right: in the box and around attractors, relative to
    the local speed, or in the box alone, relative to its rms speed. quota : neurons of each
    population by what its weights do, or as many of each. weight_noise : relative standard
    deviation of each weight of N, None for that of the method. deleted : share of the neurons that
    may be deleted. tol : of the error with such weights. jitter : standard deviation of what is
    added to the slopes and the bias of every neuron, in box units. refit : what N is solved for
    after that: the network's own field, its system's, or nothing; None is what fits the method.
    symmetry : name of a finite group of which neurons drawn from a mixture have whole orbits.

    Raises
    ------
    UsageError
        A value that makes no sense, or two that contradict each other.
    """

    neurons: int = option(
        1000, Whole(least=1, most=MOST), SIZE, metavar="N", help="Neurons of the network [1000]."
    )
    method: Method = option(
        "auto",
        Choice(words=get_args(Method)),
        SIZE,
        help="Clone the neurons of a network, refine populations for a system, or draw neurons "
        "from a mixture [clones of a network, sampled of a mixture, robust of a system].",
    )
    from_: From | None = option(
        None,
        Choice(words=get_args(From)),
        SIZE,
        flags="--from",
        help="Fit a mixture of Gaussian populations to the field of the target, and draw the "
        "neurons from it.",
    )
    means: bool = option(
        True,
        Switch(),
        SIZE,
        flags="--means/--zero-mean",
        help="With --from data: whether loadings may have means other than 0 [--means].",
    )
    populations: int | None = option(
        None,
        Whole(least=1, most=512),
        SIZE,
        metavar="K",
        help="Populations [12 in the plane, 8 more for every further variable; with --from data "
        "two for every variable; with --tol as few as suffice].",
    )
    tol: float | None = option(
        None,
        Number(above=0.0),
        SIZE,
        metavar="ERR",
        help="Look for the fewest populations whose error, with wrong weights or of networks "
        "drawn from a mixture, is within this.",
    )
    focus: Focus = option(
        "attractors",
        Choice(words=get_args(Focus)),
        SIZE,
        help="Where the field of populations must be right: in the box and around "
        "attractors, relative to the local speed; or in the box, relative to its rms speed "
        "[attractors].",
    )
    quota: Quota = option(
        "weights",
        Choice(words=get_args(Quota)),
        SIZE,
        help="Neurons of each population: in proportion to what errors of its weights would do, or "
        "as many of each [weights].",
    )
    weight_noise: float | None = option(
        None,
        Number(least=0.0, most=100.0),
        ERRORS,
        metavar="DELTA",
        help="Relative errors of the weights that the network must bear [0.1; 0.01 for clones "
        "that are made different, and for mixtures].",
    )
    deleted: float = option(
        0.0,
        Number(least=0.0, most=0.99),
        ERRORS,
        metavar="SHARE",
        help="Share of the neurons whose deletion they must bear as well [0].",
    )
    jitter: float = option(
        0.0,
        Number(least=0.0, most=100.0),
        DIFFERENCES,
        metavar="S",
        help="Standard deviation of what makes the neurons of a population differ, in slopes and "
        "biases of box units [0: they are equal].",
    )
    symmetry: str | None = option(
        None,
        Name(),
        SIZE,
        metavar="GROUP",
        help="Neurons that are drawn come with all their images under this group, such as D6: the "
        "network is exactly as symmetric as the mixture [none].",
    )
    refit: Refit | None = option(
        None,
        Choice(words=get_args(Refit)),
        DIFFERENCES,
        help="Solve the readout of neurons that differ for the field of the equal ones, for that "
        "of the system (of a mixture, its mean field), or leave it [own; none of a mixture].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
        if self.populations is not None and self.tol is not None:
            raise UsageError("--tol looks for the number of populations; leave out --populations")
        if not self.means and self.from_ is None:
            raise UsageError("--zero-mean is about a mixture that is fitted; give --from data")

    @property
    def delta(self) -> float:
        """Relative errors that act like those of the weights and the deletion together.

        A share q that is deleted, and the rest of N scaled by 1/(1 - q), adds errors whose
        relative variance is q/(1 - q) (docs/theory, eq. 52).
        """
        return math.sqrt((self.weight_noise or 0.0) ** 2 + self.deleted / (1.0 - self.deleted))

    def settled(self, method: Method) -> ExpandOptions:
        """The same with a method, and what was not given as fits it.

        Raises
        ------
        UsageError
            A symmetry of neurons that are not drawn, or that are changed after that.
        """
        if self.symmetry is not None and method != "sampled":
            raise UsageError("symmetry is of neurons drawn from a mixture; leave it out")
        if self.symmetry is not None and (self.jitter or self.refit not in (None, "none")):
            raise UsageError("jitter and refit break the symmetry; leave them out, or the symmetry")
        noise, refit = self.weight_noise, self.refit
        if noise is None:
            noise = ROBUST if method == "robust" else CAREFUL
        if refit is None:
            refit = "none" if method == "sampled" else "own"
        return replace(self, method=method, weight_noise=noise, refit=refit)
