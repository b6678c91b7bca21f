"""What fit() and minimize() return: the network, its report, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, Inline, Keyed, Untold, WallTime, freeze_shaped
from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fitting.expansion_report import Expansion
from lrfit.fitting.field_error import FieldReport
from lrfit.fitting.options import FitOptions
from lrfit.fitting.reduction_report import Reduction
from lrfit.fitting.tuning_report import Tuning
from lrfit.io.text import brief, counted
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.subject import HasNetwork
from lrfit.records.system_group import StoredSystem
from lrfit.systems.system import Defaults, System

NOT_JUDGED = "not judged: "
"""How the verdict on dynamics begins that could not be judged; the reason follows."""
INTERRUPTED = f"{NOT_JUDGED}interrupted"


def is_faithful(verdict: str) -> bool | None:
    """Whether a verdict says that the dynamics are the target's; None where it says neither."""
    if verdict == "yes":
        return True
    return False if verdict == "no" or verdict.startswith("no (") else None


@dataclass(frozen=True, kw_only=True, eq=False)
class SizePath:
    """Size against error for one method, by the criterion of the fit.

    neurons (n,), training (n,), validation (n,): errors including the noise price.
    """

    ENCODING: ClassVar = "lrfit-path"

    method: str
    neurons: Annotated[NDArray[np.int64], Axes("neurons")]
    training: Annotated[Array, Axes("neurons")]
    validation: Annotated[Array, Axes("neurons")]

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChosenPath:
    """Size against validation error of the method that found a network."""

    ENCODING: ClassVar = "lrfit-path"

    method: str
    neurons: Annotated[NDArray[np.int64], Axes("neurons")]
    error: Annotated[Array, Axes("neurons")]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit(HasNetwork, Result):
    """A network with everything one needs to trust it, and to make it again.

    What a network file holds, and what `fit` and `minimize` return.

    Attributes
    ----------
    network : LowRankNetwork
    report : FieldReport
        Errors on the test set, which neither fitting nor selection has seen.
    stored, options : what was asked, resolved: the target as a file holds it, and the options.
    method : the method that found the network ("ols", "omp", "random", "lstsq", "refine").
    paths : size against error of every method tried.
    tol, met : the tolerance asked for (None for `fit`) and whether the test error is within it.
    warnings : one line each; shown to the user first.
    evidence : of the size, for `minimize`: numbers by name (starts, error one size below, ...).
    seconds : wall time of the computation; NaN where a file does not say it.
    faithful : the verdict on its dynamics: "yes", "no (what differs)" or "not judged: why"; ""
        where nothing looked at them. `is_faithful` makes it a truth value.
    faithful_check : "quick" or "full" (what `lrfit analyze` does); "" where nothing looked.
    interrupted : True only for the best network of an interrupted search.
    floor : what no network of the kind can go below, over the box; None where it was not asked.
    frontier : the best network of every size, smallest first, where asked for.
    tuning : how it was tuned in closed loop, and how right it is there; None where it was not.
    reduction : how well it does what a trained network does; None where it stands for a system.
    expansion : how it was expanded through populations; None where it was not.
    """

    ENCODING: ClassVar = "lrfit-report"
    STATED: ClassVar = ("path",)

    network: Annotated[LowRankNetwork, Untold()]
    report: Annotated[FieldReport, Inline()]
    stored: Annotated[StoredSystem, Untold()]
    options: Annotated[FitOptions, Untold()]
    method: str
    paths: Annotated[tuple[SizePath, ...], Keyed("method")] = ()
    tol: float | None = None
    met: bool | None = None
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    seconds: Annotated[float, WallTime()] = float("nan")
    faithful: str = ""
    faithful_check: str = ""
    interrupted: Annotated[bool, Untold()] = False
    floor: ErrorFloor | None = None
    frontier: Annotated[tuple[Fit, ...], Untold()] = ()
    tuning: Tuning | None = None
    reduction: Reduction | None = None
    expansion: Expansion | None = None

    def __repr__(self) -> str:
        """One line."""
        report, phi = self.report, self.network.nonlinearity.name
        size = f"{counted(self.network.neurons, 'neuron')} ({phi})"
        error = f"error {report.error:.3g}"
        if self.tol is not None:
            error += f" (tolerance {self.tol:g}: {'met' if self.met else 'NOT met'})"
        return brief(self, self.stored.name, size, error)

    @property
    def tuned(self) -> str | None:
        """On what it was tuned in closed loop, and how right it is there; None where it was not."""
        return None if self.tuning is None else self.tuning.summary

    @property
    def path(self) -> ChosenPath:
        """Size against validation error of the method that won; of the network without one."""
        found = [path for path in self.paths if path.method == self.method and len(path.neurons)]
        if found:
            sizes, errors = found[-1].neurons, found[-1].validation
        else:
            sizes, errors = np.array([self.network.neurons]), np.array([self.report.error])
        return ChosenPath(method=self.method, neurons=sizes, error=errors)

    @property
    def system(self) -> System:
        """The target, in continuous time, also where the network's field stands for its flow map.

        Raises
        ------
        InputError
            It was a Python function, and this was read from a file.
        """
        return self.stored.load()

    @property
    def target(self) -> System | None:
        """The target; None when it was a Python function that a file does not hold."""
        return self.stored.load() if self.stored.is_known else None

    @property
    def defaults(self) -> Defaults | None:
        """What simulations take that are not told otherwise, where the target is not known."""
        if self.stored.is_known:
            return None
        return self.stored.defaults(self.network.state_domain)

    def pick(self, *, neurons: int | None = None, tol: float | None = None) -> Fit:
        """Take one network out of the frontier: that of a size, or the smallest within `tol`.

        Raises
        ------
        UsageError
            Neither or both were asked for, no network is of that size or within that tolerance,
            or the search kept no frontier.
        """
        if (neurons is None) == (tol is None):
            raise UsageError("say which network: --tol ERR or --neurons N")
        if not self.frontier:
            raise UsageError(
                "this file holds one network only; write it with `lrfit minimize --frontier`"
            )
        sizes = {each.network.neurons: each for each in self.frontier}
        told = ", ".join(f"{n} ({each.report.error:.2g})" for n, each in sizes.items())
        if tol is None:
            if neurons not in sizes:
                raise UsageError(
                    f"no network has {counted(neurons or 0, 'neuron')}; there are {told}"
                )
            return replace(sizes[neurons], provenance=self.provenance)
        within = [n for n, each in sizes.items() if each.report.error <= tol]
        if not within:
            raise UsageError(f"no network is within {tol:g}; there are {told}")
        chosen = sizes[min(within)]
        return replace(chosen, tol=tol, met=True, provenance=self.provenance)

    def judged(
        self,
        verdict: str,
        *,
        check: str,
        notes: Sequence[str] = (),
        required: bool = False,
        strictness: float | None = None,
    ) -> Fit:
        """The same with a verdict on its dynamics.

        check : "quick" or "full". notes : further warnings. required : the fit counts as met only
        if the verdict is "yes". strictness : of the landmarks that the network was made with.
        """
        refused = required and not is_faithful(verdict)
        more = {} if strictness is None else {"strictness": strictness}
        return replace(
            self,
            met=False if refused else self.met,
            faithful=verdict,
            faithful_check=check,
            evidence={**self.evidence, **more},
            warnings=(*self.warnings, *notes),
        )
