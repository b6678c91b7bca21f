"""Trajectories of a network in closed loop, and their derivatives by every weight.

    dy/dt = f(y, v, u; theta),      dX/dt = (df/dy) X + df/dtheta,      X = dy/dtheta

The equations are those of `weighted`; forward sensitivities X (P, L, Theta) go along with y and are
stepped by the derivative of the very step that y takes, Euler's or Runge-Kutta's, so that
they are exact for the discrete trajectory. J^T J and J^T r are summed over time, J is never held.
The filtered input v depends on no weight. docs/theory, eq. 31.

Place in the flow: `levenberg` asks for residuals or normal equations of blocks of trials.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.networks.wrong_weights import Errors
from lrfit.simulation.field_trials import FixedSolver
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weighted import Slope, Weighted
from lrfit.tuning.weights import Layout

STRIDE = 3
"""Steps between times whose derivatives are summed. Where it was 12, the steps between were left
ten times worse than those that were seen."""
TOGETHER = 8
"""Times whose derivatives are multiplied together: one product of many rows is faster."""
FAR = 10.0
"""Half-widths of the box: a trial that is farther out is lost, and counts as this far from then
on, so that the sum of squares stays finite."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Loop:
    """What is fixed while weights are tuned: the layout of theta, the solver, the errors."""

    layout: Layout
    solver: FixedSolver
    errors: Errors


@dataclass(frozen=True, kw_only=True, eq=False)
class NormalEquations:
    """J^T J (Theta, Theta), J^T r (Theta,) and the number of residuals that they sum."""

    square: Array
    slope: Array
    count: int


def residuals(loop: Loop, theta: Array, trials: TrialSet) -> Array:
    """Differences from the target after every step (P, T, D), in half-widths of the box.

    All trials are lost where a network with an output cannot be put into their initial states.
    """
    found = np.full(trials.states.shape, FAR)
    try:
        run = _Run(loop, theta, trials)
    except NumericalError:
        return found
    for k, z in enumerate(run.follow()):
        found[:, k] = run.difference(k, z)
    return found


def normal_equations(loop: Loop, theta: Array, trials: TrialSet, offset: int) -> NormalEquations:
    """The normal equations of every third step, from step `offset` on."""
    run = _Run(loop, theta, trials, by_weights=True)
    size, D = loop.layout.size, trials.states.shape[2]
    square, slope = np.zeros((size, size)), np.zeros(size)
    count = 0
    rows: list[Array] = []
    for k, z in enumerate(run.follow()):
        off = run.difference(k, z)
        if k % STRIDE == offset:
            rows.append(run.reading_slope().reshape(-1, size))
            slope += rows[-1].T @ off.ravel()
            count += trials.count * D
        if len(rows) == TOGETHER or (rows and k == trials.steps - 1):
            together = np.concatenate(rows)
            square += together.T @ together
            rows = []
    return NormalEquations(square=square, slope=slope, count=count)


def squared_slopes(loop: Loop, theta: Array, trials: TrialSet, kept: Container[int]) -> Array:
    """Sums of (dz/dtheta)^2 (Theta,) over trials, variables and the steps `kept`, half-widths.

    They are the diagonal of J^T J. Derivatives are followed however far the trials go.
    """
    run = _Run(loop, theta, trials, by_weights=True)
    found = np.zeros(loop.layout.size)
    for k, _ in enumerate(run.follow()):
        if k in kept:
            slope = run.reading_slope().reshape(-1, loop.layout.size)
            found += np.einsum("rw,rw->w", slope, slope)
    return found


class _Run:
    """Trials on their way: latent states y (P, L), filtered inputs v (P, U), derivatives X."""

    def __init__(
        self, loop: Loop, theta: Array, trials: TrialSet, *, by_weights: bool = False
    ) -> None:
        network, layout = loop.layout.network(theta), loop.layout
        self.loop, self.trials, self.network = loop, trials, network
        blocks, factors = layout.blocks(theta), loop.errors.factors(layout.shapes, trials.streams)
        self.weighted = Weighted(layout, blocks, factors)
        self.h = network.state_domain.half_width
        self.v = np.array(trials.inputs[0])
        given = trials.latent
        self.y = np.array(network.latent(trials.start, self.v) if given is None else given)
        self.X = self._start(Weighted(layout, blocks)) if by_weights else None
        self.lost = np.zeros(trials.count, dtype=bool)
        self.eta: Array | None = None
        self.weight: Array | None = None

    def _start(self, exact: Weighted) -> Array:
        """dy/dtheta (P, L, Theta) at the start, where z is given: zero unless rates are read.

        0 = dz/dtheta + (dz/dy) dy/dtheta for the latent variables that copy no input. The start
        is that of the network without errors.
        """
        X = np.zeros((*self.y.shape, self.loop.layout.size))
        if exact.reads_rates and self.trials.latent is None:
            by_weights = exact.read_slope(self.y, self.v).along(X, 1.0)
            D = by_weights.shape[1]
            square = self.network.reading_slope(self.y, self.v)[:, :, :D]
            X[:, :D] = -np.linalg.solve(square, by_weights)
        return X

    def follow(self) -> Iterator[Array]:
        """States z (P, D) after every step."""
        trials, errors = self.trials, self.loop.errors
        advance = self._euler if self.loop.solver == "euler" else self._runge_kutta
        noise = (
            errors.noise(self.network.neurons, trials.streams, trials.dt) if errors.rates else None
        )
        with np.errstate(all="ignore"):
            for u in trials.inputs:
                self.eta = None if noise is None else next(noise)
                advance(u, trials.dt)
                yield self.weighted.read(self.y, self.v)

    def difference(self, k: int, z: Array) -> Array:
        """From the target after step k (P, D), half-widths; lost trials count as far."""
        off = (z - self.trials.states[:, k]) / self.h
        self.weight = None if self.trials.weights is None else self.trials.weights[:, k]
        if self.weight is not None:
            off = np.where(self.weight > 0.0, self.weight * off, 0.0)
        self.lost |= ~np.all(np.abs(off) <= FAR, axis=1)
        off[self.lost] = FAR
        if self.X is not None:  # what is lost must not spread NaN over the sums
            self.X[self.lost] = 0.0
            self.y[self.lost] = self.network.center
        return np.asarray(off)

    def reading_slope(self) -> Array:
        """Of the last `difference`: weighted dz/dtheta (P, D, Theta), zero of lost trials."""
        assert self.X is not None
        if self.weighted.reads_rates:
            found = self.weighted.read_slope(self.y, self.v).along(self.X, 1.0 / self.h)
        else:
            found = self.X / self.h[:, None]
        if self.weight is not None:
            found *= self.weight[:, :, None]
        found[self.lost] = 0.0
        return found

    def _velocity(self, y: Array, v: Array, u: Array) -> tuple[Array, Slope | None]:
        if self.X is None:
            return self.weighted.velocity(y, v, u, self.eta), None
        return self.weighted.velocity_slope(y, v, u, self.eta)

    def _euler(self, u: Array, dt: float) -> None:
        change, slope = self._velocity(self.y, self.v, u)
        self.y = self.y + dt * change
        if self.X is not None and slope is not None:
            self.X = slope.along(self.X, dt / self.network.tau, keep=1.0)
        self.v = self.v + dt / self.network.tau * (u - self.v)

    def _runge_kutta(self, u: Array, dt: float) -> None:
        """The classical step of y, v and X together; the noise is held over a step."""
        y, v, X, tau = self.y, self.v, self.X, self.network.tau
        of_y, of_v, of_X = np.zeros_like(y), np.zeros_like(v), None if X is None else 0.0 * X
        change, filtering, by_weights = np.zeros_like(y), np.zeros_like(v), None
        for share, weight in ((0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 1.0)):
            along = X if X is None or by_weights is None else X + share * dt * by_weights
            at, filtered = y + share * dt * change, v + share * dt * filtering
            change, slope = self._velocity(at, filtered, u)
            filtering = (u - filtered) / tau
            of_y, of_v = of_y + weight * change, of_v + weight * filtering
            if of_X is not None and slope is not None and along is not None:
                by_weights = slope.along(along, 1.0 / tau)
                of_X += weight * by_weights
        self.y, self.v = y + dt / 6.0 * of_y, v + dt / 6.0 * of_v
        if X is not None and of_X is not None:
            X += dt / 6.0 * of_X
