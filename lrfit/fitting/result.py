"""What fit() and minimize() return: the network, its report, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lrfit.core.arrays import Array, freeze_fields
from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fitting.field_error import FieldReport
from lrfit.fitting.options import FitOptions
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.subject import HasNetwork
from lrfit.systems.system import System

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

    method: str
    neurons: Array
    training: Array
    validation: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        shape = (len(self.neurons),)
        freeze_fields(self, neurons=shape, training=shape, validation=shape)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit(HasNetwork):
    """A network with everything one needs to trust it, and to make it again.

    Attributes
    ----------
    network : LowRankNetwork
        In the user's units.
    report : FieldReport
        Errors on the test set, which neither fitting nor selection has seen.
    system, options : what was asked, resolved; the system in continuous time, also where the
        network's field stands for its flow map (`network.dt`).
    method : the method that found the network ("ols", "omp", "random", "lstsq", "refine").
    paths : size against error of every method tried.
    tol, met : the tolerance asked for (None for `fit`) and whether the test error is within it.
    warnings : one line each; shown to the user first.
    evidence : of the size, for `minimize`: numbers by name (starts, error one size below, ...).
    seconds : wall time of the computation.
    faithful : the verdict on its dynamics: "yes", "no (what differs)" or "not judged: why"; ""
        where nothing looked at them. `is_faithful` makes it a truth value.
    faithful_check : "quick" or "full" (what `lrfit analyze` does); "" where nothing looked.
    interrupted : True only for the best network of an interrupted search.
    floor : what no network of the kind can go below, over the box; None where it was not asked.
    frontier : the best network of every size, smallest first, where asked for.
    """

    network: LowRankNetwork
    report: FieldReport
    system: System
    options: FitOptions
    method: str
    paths: tuple[SizePath, ...] = ()
    tol: float | None = None
    met: bool | None = None
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    seconds: float = 0.0
    faithful: str = ""
    faithful_check: str = ""
    interrupted: bool = False
    floor: ErrorFloor | None = None
    frontier: tuple[Fit, ...] = ()

    @property
    def target(self) -> System:
        """The system that the network stands for."""
        return self.system

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
