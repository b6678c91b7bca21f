"""degenerate(): networks that all produce one trajectory, by different dynamics.

Place in the flow: the composer that the command and Python users call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress, silent
from lrfit.degeneracy.build import Solution, build
from lrfit.degeneracy.compare import difference, likeness
from lrfit.degeneracy.options import DegenerateOptions
from lrfit.degeneracy.recipes import ReferencePath, recipe_for
from lrfit.degeneracy.tube import Tube
from lrfit.simulation.curve import Curve

APART = 0.2
"""Fields that differ by less, relative to the speed, are called the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Degeneracy:
    """Solutions for one trajectory.

    name : of the trajectory. likeness, difference : (n, n), see `compare`.
    """

    name: str
    curve: Curve
    options: DegenerateOptions
    solutions: tuple[Solution, ...]
    likeness: Array
    difference: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        n = len(self.solutions)
        freeze_fields(self, likeness=(n, n), difference=(n, n))

    @property
    def met(self) -> bool:
        """Whether every solution holds, and every two fields are apart."""
        others = ~np.eye(len(self.solutions), dtype=bool)
        apart = np.all(self.difference[others] >= APART)
        return bool(apart and all(solution.met for solution in self.solutions))


def solve(
    path: ReferencePath, options: DegenerateOptions | None = None, progress: Progress | None = None
) -> Degeneracy:
    """Build one network of every kind asked for.

    Raises
    ------
    UsageError
        Fewer neurons are allowed than there are variables.
    NumericalError
        No neuron could be selected.
    """
    options, tell = options or DegenerateOptions(), progress or silent
    if options.max_neurons < (D := len(path.curve.scale)):
        raise UsageError(f"{options.max_neurons} neurons cannot carry {D} variables; allow more")
    tube = Tube(curve=path.curve, radius=options.tube)
    solutions = tuple(
        build(recipe_for(kind, path, options), path.curve, options, tell) for kind in options.kinds
    )
    return Degeneracy(
        name=path.name,
        curve=path.curve,
        options=options,
        solutions=solutions,
        likeness=likeness(solutions, tube),
        difference=difference(solutions, tube, options.seed),
    )
