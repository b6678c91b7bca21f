"""A network through many trials at once, each with its own input.

Place in the flow: beside `simulate`, which runs all trials under one input; `scoring`
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

    Examples
    --------
    A network without neurons, tau dz/dt = -z + u, under a different constant input in each trial:

    >>> import numpy as np
    >>> import lrfit
    >>> from lrfit.networks.nonlinearity import nonlinearity
    >>> from lrfit.simulation.field_trials import plan_trials
    >>> from lrfit.simulation.network_trials import run_network
    >>> from lrfit.systems.signals.input_signal import input_signal
    >>> domain = lrfit.Domain(
    ...     variables=("z",), lower=[-1], upper=[1],
    ...     inputs=("u",), input_lower=[-1], input_upper=[1],
    ... )
    >>> network = lrfit.LowRankNetwork(
    ...     M=np.empty((0, 1)), N=np.empty((0, 1)), bias=[], center=[0.0],
    ...     input_weights=np.empty((0, 1)), direct_input=[[1.0]], tau=1.0,
    ...     nonlinearity=nonlinearity("tanh"), domain=domain,
    ... )
    >>> signals = [input_signal(domain, [level]) for level in (0.5, -0.5)]
    >>> plan = plan_trials(signals, duration=20.0, dt=0.1, dimension=1, points=2)
    >>> run_network(network, np.zeros((2, 1)), plan).y[:, -1, 0].round(6).tolist()
    [0.5, -0.5]
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
