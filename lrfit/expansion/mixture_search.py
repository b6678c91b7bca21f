"""The search for K Gaussian populations whose networks of n neurons follow a target best.

Random starts are compared, the better ones are moved on few samples, and the best of these on all,
by quasi-Newton steps with the exact gradient (`projection`). Place in the flow: `from_data` makes a
mixture of what is found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.expansion.gaussian_populations import Parameters, Populations
from lrfit.expansion.projection import Projection, Solved, TargetRows
from lrfit.networks.clones import quotas
from lrfit.networks.nonlinearity import Nonlinearity

DRAWN, KEPT = 48, 6
"""Starts, and those that are moved: of 6 the best is found by 1 to 6 (van der Pol, K = 1 to 3)."""
POINTS = 256
"""Samples on which starts are moved."""
STEPS, LAST_STEPS = 150, 150


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundPopulations:
    """Populations and their readout."""

    populations: Populations
    solved: Solved


@dataclass(frozen=True, kw_only=True, eq=False)
class MixtureSearch:
    """The search with samples, parameters and starts of slopes in `scale`; seed (ints)."""

    rows: TargetRows
    parameters: Parameters
    phi: Nonlinearity
    scale: tuple[float, float]
    seed: tuple[int, ...]

    def found(self, count: int) -> FoundPopulations:
        """The best `count` populations found."""
        few = Projection(self.rows.first(POINTS), self.parameters, self.phi)
        moved = [self._moved(few, theta, STEPS) for theta in self._starts(few, count)]
        every = Projection(self.rows, self.parameters, self.phi)
        theta, _ = self._moved(every, min(moved, key=lambda each: each[1])[0], LAST_STEPS)
        populations = self._whole(self.parameters.populations(theta))
        return FoundPopulations(populations=populations, solved=every.solved(populations))

    def _whole(self, populations: Populations) -> Populations:
        """The same with whole numbers of neurons, where these are numbered.

        Populations cancel each other: of 7.3 neurons 0.3 left out were an error of 100 %.
        """
        total = self.parameters.neurons
        if not np.isfinite(total):
            return populations
        share = quotas(populations.share, int(total)) / total
        return replace(populations, share=share)

    def _starts(self, few: Projection, count: int) -> list[Array]:
        """The better ones of random starts."""
        generator = np.random.default_rng([*self.seed, count])
        drawn = [self.parameters.drawn(count, self.scale, generator) for _ in range(DRAWN)]
        values = [few.solved(self.parameters.populations(theta)).value for theta in drawn]
        order = np.argsort(values, kind="stable")
        return [drawn[i] for i in order[:KEPT]]

    def _moved(self, projection: Projection, theta: Array, steps: int) -> tuple[Array, float]:
        """Parameters after at most so many steps, and log F there."""
        from scipy.optimize import Bounds, minimize  # noqa: PLC0415 - scipy only where it is used

        def objective(flat: NDArray[np.float64]) -> tuple[float, Array]:
            value, gradient = projection.evaluate(flat.reshape(theta.shape))
            return value, gradient.ravel()

        most = self.parameters.free(len(theta)).ravel()
        found = minimize(
            objective,
            theta.reshape(-1),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(-most, most),
            options={"maxiter": steps, "maxfun": 2 * steps},
        )
        return np.asarray(found.x.reshape(theta.shape)), float(found.fun)
