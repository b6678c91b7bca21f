"""A network through many trials at once, each with its own input.

Place in the flow: beside `simulate`, which runs all trials under one input; `scoring.study`
compares with the target in the same trials (`simulation.field_trials`).
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.integrate import IntegrationResult, rk4
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.field_trials import FixedSolver, TrialPlan, driven_velocity, run
from lrfit.simulation.forms import LatentForm, widened
from lrfit.simulation.noise import RateNoise, noise_of


def run_network(
    network: LowRankNetwork,
    initial: Array,
    plan: TrialPlan,
    *,
    solver: FixedSolver = "rk4",
    rate_noise: float = 0.0,
    generator: np.random.Generator | None = None,
) -> IntegrationResult:
    """Run a network from latent states (trials, D); the filtered input starts settled.

    Parameters
    ----------
    solver : {"rk4", "euler"}
        Runge-Kutta, or Euler's method, which alone admits noise.
    rate_noise : float
        Standard deviation of the noise on every rate, correlated over tau.

    Returns
    -------
    IntegrationResult
        y (trials, T, D): z.

    Raises
    ------
    UsageError
        Noise without Euler, or a step at which Euler diverges whatever the network.
    """
    if solver not in ("rk4", "euler"):
        raise UsageError(f"unknown solver {solver!r}; choose rk4 or euler")
    if rate_noise and solver != "euler":
        raise UsageError("rk4 cannot integrate noise; use the solver euler")
    if plan.dt >= 2 * network.tau:
        raise UsageError(
            f"dt={plan.dt:g} is twice tau={network.tau:g} or more, where the leak diverges; give "
            "a smaller dt (tau / 10 is usual)"
        )
    form, inputs = LatentForm(network=network, store_x=False), plan.inputs()
    start = form.start(initial, inputs[0])
    D = network.state_domain.dimension

    def observe(y: Array) -> Array:
        return form.observe(y)[:, :D]

    if solver == "rk4":
        advance = rk4(driven_velocity(form.velocity, inputs), plan.dt)
        return run(advance, start, plan, form.region, inputs, observe)
    rate = RateNoise(sd=rate_noise, correlation_time=network.tau) if rate_noise else None
    noise = noise_of(0.0, rate, generator, network.domain.dimension)
    step = form.step(inputs, plan.dt, noise)
    colored = step.colored
    y0 = np.hstack([start, colored.start(len(start))])
    return run(step, y0, plan, widened(form.region, colored.rows), inputs, observe)
