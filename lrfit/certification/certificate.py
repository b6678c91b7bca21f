"""What a certificate says: bounds on the error over the whole box, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import AtRoot, Axes, WallTime, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted

Status = Literal["certified", "proved", "refuted", "undecided"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate(SystemResult):
    """What is certain about the error of a network over the whole box. Relative, box units.

    Attributes
    ----------
    status : "certified" (upper <= (1 + gap_wanted) lower), or with a tolerance "proved" (upper
        <= tol), "refuted" (lower > tol); "undecided" when a limit came first, said in `reason`.
    upper, lower : no point of the box has an error above, and worst_point has one above.
    upper_by_variable, lower_by_variable : (D,) the same for each variable's error, relative to
        its own rms speed; within the gap too, unless a tolerance was given or the error is below
        1/100 of the worst variable's.
    gap_wanted, tol : what was asked for (tol None: the gap).
    rms_speed, rms_by_variable : what the errors are relative to, box units, by the mean over
        `points` Sobol points; that of a variable at rest as in the report of a fit.
    sampled : largest error at those points.
    worst_point, worst_input : (D,), (U,) where the error is at least `lower`; user's units.
    box_lower, box_upper : (D + U,) the part of the box whose bound is `upper`.
    boxes : boxes examined. seconds : wall time.
    network_sha256, system_sha256 : digests of what it is about.
    map_axes : (maps, 2), pairs of coordinates. bound_map : (maps, rows, columns), over the cells
        of a plane of two coordinates, rows along the second one: no point above a cell, whatever
        the other coordinates are, has a larger error. None in files of version 0.1.0.
    """

    STATED: ClassVar = ("gap",)

    system: str
    domain: Annotated[Domain, AtRoot()]
    neurons: int
    status: Status
    reason: str
    upper: float
    lower: float
    upper_by_variable: Annotated[Array, Axes("variable")]
    lower_by_variable: Annotated[Array, Axes("variable")]
    gap_wanted: float
    tol: float | None
    rms_speed: float
    rms_by_variable: Annotated[Array, Axes("variable")]
    points: int
    sampled: float
    worst_point: Annotated[Array, Axes("variable")]
    worst_input: Annotated[Array, Axes("input")]
    box_lower: Annotated[Array, Axes("coordinate")]
    box_upper: Annotated[Array, Axes("coordinate")]
    boxes: int
    seconds: Annotated[float, WallTime()]
    network_sha256: str
    system_sha256: str
    map_axes: Annotated[NDArray[np.int64] | None, Axes("map", "_two")] = None
    bound_map: Annotated[Array | None, Axes("map", "row", "column")] = None

    def __repr__(self) -> str:
        """One line."""
        size = counted(self.neurons, "neuron")
        bound = f"largest error {self.lower:.4g} to {self.upper:.4g}"
        return brief(self, self.system, size, self.status, bound)

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        n = self.domain.dimension + self.domain.input_count
        if self.map_axes is not None and np.any((self.map_axes < 0) | (self.map_axes >= n)):
            raise InputError(f"the axes of its maps are not two of {n} coordinates")

    @property
    def gap(self) -> float:
        """How far the truth can be below `upper`: upper / lower - 1, inf when lower is 0."""
        return self.upper / self.lower - 1.0 if self.lower > 0.0 else np.inf

    @property
    def success(self) -> bool:
        """Whether what was asked for is certain."""
        return self.status in ("certified", "proved")
