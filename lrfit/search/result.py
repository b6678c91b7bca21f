"""What fit() and minimize() return: the network, its report, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrfit.analysis.field_error import FieldReport
from lrfit.analysis.symmetry import ErrorFloor
from lrfit.arrays import Array, freeze_fields
from lrfit.network.lowrank import LowRankNetwork
from lrfit.search.options import FitOptions
from lrfit.targets.system import System


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
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
class Fit:
    """A network with everything one needs to trust it, and to make it again.

    Attributes
    ----------
    network : LowRankNetwork
        In the user's units.
    report : FieldReport
        Errors on the test set, which neither fitting nor selection has seen.
    system, options : what was asked, resolved.
    method : the method that found the network ("ols", "omp", "random", "lstsq", "refine").
    paths : size against error of every method tried.
    tol, met : the tolerance asked for (None for `fit`) and whether the test error is within it.
    warnings : one line each; shown to the user first.
    evidence : of the size, for `minimize`: numbers by name (starts, error one size below, ...).
    seconds : wall time of the computation.
    interrupted : True only for the best network of an interrupted search.
    floor : what no network of the kind can go below, over the box; None where it was not asked.
    frontier : the best network of every size, smallest first, where asked for.
    """

    network: LowRankNetwork
    report: FieldReport
    system: System
    options: FitOptions
    method: str
    paths: tuple[Path, ...] = ()
    tol: float | None = None
    met: bool | None = None
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    floor: ErrorFloor | None = None
    frontier: tuple[Fit, ...] = ()
