"""Steps of many networks side by side, each with weights of its own.

docs/theory, eq. 30,

    tau dx/dt = -x + J phi(x) + (B + M C) u + b

is followed for all N neurons: an error in J drives x out of the range of M, where only the leak
holds it, and no latent form shows that. All networks march together, by the classical Runge-Kutta
method of order four.

Place in the flow: `study` gives batches of `draws`, and takes their trajectories.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.box import BoxField, fastest_rate
from lrfit.integrate import rk4_step
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.forms import FullForm
from lrfit.simulation.resolved import ResolvedExperiment
from lrfit.stressing.draws import Batch

BOUND = 10.0
"""A run has diverged where a neuron is this many times farther out than the box takes it."""
TIMES = 401
MOST_STEPS = 200_000
_STEP = 0.2


class March:
    """Runge-Kutta steps of many full networks that differ in weights.

    kept, times : steps before which the states are kept, and when that is. v : (1, U), the filtered
    inputs at the start.

    Raises
    ------
    UsageError
        The simulation takes too many steps.
    NumericalError
        M has not full column rank, so that no state can be read.
    """

    def __init__(self, network: LowRankNetwork, run: ResolvedExperiment) -> None:
        self.network, self.run = network, run
        self.region = FullForm(network=network, store_x=False).region
        self.v: Array = np.array(run.signal.at(np.zeros(1)))
        _ = network.decoder  # raises when the state could not be read afterwards
        self.steps = _steps(network, run)
        self.step = run.duration / self.steps
        self.kept = np.unique(np.rint(np.linspace(0, self.steps, TIMES)).astype(np.intp))
        self.times: Array = np.asarray(self.step * self.kept, dtype=np.float64)

    def follow(self, batch: Batch) -> Array:
        """Trajectories (S, T, D) in box units; NaN where a run had diverged."""
        network, n, count = self.network, self.network.neurons, len(batch.bias)
        domain, region = network.state_domain, self.region
        y = np.hstack([batch.start, np.repeat(self.v, count, axis=0)])
        found = np.full((count, len(self.kept), domain.dimension), np.nan)
        kept = {int(k): row for row, k in enumerate(self.kept)}
        with np.errstate(all="ignore"):
            for k, u in enumerate(self.inputs()):
                if k in kept:
                    gone = ~np.all(np.abs(y - region.middle) <= BOUND * region.scale, axis=1)
                    y[gone] = np.nan
                    found[:, kept[k]] = domain.state_to_box(batch.read(y[:, :n], y[:, n:]))
                y = rk4_step(partial(self._velocity, batch, u), y, self.step)
        return found

    def _velocity(self, batch: Batch, inputs: Array, share: float, y: Array) -> Array:
        """d[x, v]/dt (S, N + U) at the beginning, middle or end of a step."""
        network, n = self.network, self.network.neurons
        x, v, u = y[:, :n], y[:, n:], inputs[int(2.0 * share)]
        change = batch.couple(network.nonlinearity.phi(x)) + batch.bias - x
        if v.shape[1]:
            change += batch.drive @ u
            change = np.hstack([change, u - v])
        return np.asarray(change / network.tau)

    def inputs(self) -> Iterator[Array]:
        """Inputs (3, U) at the beginning, middle and end of every step, and of one step more.

        In a step that holds an event of the signal, its mean over the step (as in Euler's method).
        """
        block, signal, h = 4096, self.run.signal, self.step
        cells = signal.cells(h)
        for first in range(0, self.steps + 1, block):
            at = np.arange(first, min(first + block, self.steps + 1))
            # Just inside a step, so that a jump between two steps belongs to the right one.
            t = (at[:, None] + np.array([1e-9, 0.5, 1.0 - 1e-9])) * h
            u = np.array(signal.at(t.ravel())).reshape(*t.shape, -1)
            jumps = np.isin(at, cells)
            u[jumps] = signal.over_steps(first, len(at), h)[jumps, None]
            yield from u


def _steps(network: LowRankNetwork, run: ResolvedExperiment) -> int:
    """Steps short against the leak and against the fastest change anywhere near the box."""
    domain = network.domain
    corners = np.random.default_rng(0).uniform(-1, 1, (512, domain.dimension + domain.input_count))
    zeta, omega = np.split(corners, [domain.dimension], axis=1)
    J = BoxField(field=network).jacobian(zeta, domain.input_from_box(omega))
    fastest = max(1.0 / network.tau, fastest_rate(J))
    steps = np.ceil(run.duration * fastest / _STEP)
    if not steps <= MOST_STEPS:
        raise UsageError(
            f"a duration of {run.duration:g} takes {steps:.3g} steps, more than {MOST_STEPS}; "
            "give a shorter one"
        )
    return max(int(steps), TIMES - 1)
