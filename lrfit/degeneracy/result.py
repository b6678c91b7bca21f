"""The solutions for one trajectory, with their networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.degeneracy.build import Solution
from lrfit.degeneracy.flows import flows
from lrfit.degeneracy.options import DegenerateOptions
from lrfit.degeneracy.table import DegeneracyTable
from lrfit.io.text import brief
from lrfit.simulation.curve import Curve

APART = 0.2
"""Fields that differ by less, relative to the speed, are called the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Degeneracy:
    """Solutions for one trajectory.

    Attributes
    ----------
    name : of the trajectory. curve : the trajectory, with the units of distances and rates.
    options : as asked for. solutions : one `Solution` of each kind.
    likeness, difference : (n, n), of their trajectories in rms excursions, and of their fields
        relative to the rms speed; see `lrfit.degeneracy.compare`.
    parameters, overrides : of the system, and which of them were set beside its file.
    """

    name: str
    curve: Curve
    options: DegenerateOptions
    solutions: tuple[Solution, ...]
    likeness: Array
    difference: Array
    parameters: Mapping[str, float] = field(default_factory=dict)
    overrides: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line."""
        return brief(self, self.name, *(f"{each.kind} solution" for each in self.solutions))

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        n = len(self.solutions)
        freeze_fields(self, likeness=(n, n), difference=(n, n))

    @property
    def saved(self) -> DegeneracyTable:
        """What a file holds of it: the table, of networks that were not written."""
        return self.table()

    def table(self, files: Sequence[str] = ()) -> DegeneracyTable:
        """The table of the solutions; `files` as their networks were written."""
        solutions = self.solutions
        columns: dict[str, Any] = {
            name: np.array([getattr(each, name) for each in solutions])
            for name in ("rate", "horizon", "rms", "worst", "met")
        }
        return DegeneracyTable(
            **columns,
            parameters=self.parameters,
            overrides=self.overrides,
            system=self.name,
            curve=self.curve,
            time_unit=solutions[0].fit.system.time_unit,
            kinds=tuple(each.kind for each in solutions),
            files=tuple(files) or ("",) * len(solutions),
            tol=self.options.tol,
            tube=self.options.tube,
            success=self.met,
            neurons=np.array([each.fit.network.neurons for each in solutions]),
            exponents=np.stack([each.exponents for each in solutions]),
            stated=np.stack([each.stated for each in solutions]),
            likeness=self.likeness,
            difference=self.difference,
            seed=self.options.seed,
            flows=flows(solutions, self.curve),
        )

    @property
    def met(self) -> bool:
        """Whether every solution holds, and every two fields are apart."""
        others = ~np.eye(len(self.solutions), dtype=bool)
        apart = np.all(self.difference[others] >= APART)
        return bool(apart and all(solution.met for solution in self.solutions))
