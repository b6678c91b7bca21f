"""How much an input is changed by the membrane's low-pass, tau dv/dt = -v + u.

Place in the flow: part of what is said about every network with filtered inputs. With a long
tau even a perfect field goes wrong: pulses arrive late and small. `lag_error` is what that does
to the declared signals, `state_error` what it does to the target's own trajectory under them.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.integrate import Region, rk4
from lrfit.simulation.field_trials import TrialPlan, plan_trials, run, run_target
from lrfit.systems.signals.input_signal import InputSignal
from lrfit.systems.system import System

_POINTS = 4096
_STEPS = 20_000
"""Steps of a trajectory that is followed for one number of a report, at most."""


def filtered(u: Array, steps: float) -> Array:
    """Low-passed u (T, U) on an even grid, v(0) = u(0); tau is `steps` grid intervals.

    Exact for u linear between the points: v' = (u - v)/tau solved over each interval.

    Examples
    --------
    Behind a ramp v lags by tau:

    >>> import numpy as np
    >>> from lrfit.simulation.lag import filtered
    >>> ramp = np.arange(101.0)[:, None]
    >>> round(float(ramp[-1, 0] - filtered(ramp, steps=5.0)[-1, 0]), 6)
    5.0
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - scipy only where it is used

    decay = np.exp(-1.0 / steps)
    before = steps * (1.0 - decay) - decay
    after = 1.0 - steps * (1.0 - decay)
    start = ((decay + before) * u[0])[None]
    rest, _ = lfilter([after, before], [1.0, -decay], u[1:], axis=0, zi=start)
    return np.concatenate([u[:1], np.asarray(rest)])


def lag_error(signal: InputSignal, duration: float, tau: float, inputs: tuple[int, ...]) -> float:
    """Rms of u - v relative to the rms of u, over the inputs named by index; 0 without change."""
    if signal.constant or not inputs:
        return 0.0
    return _lag_of(_declared(signal, duration, inputs), tau * (_POINTS - 1) / duration)


def _declared(signal: InputSignal, duration: float, inputs: tuple[int, ...]) -> Array:
    """Inputs (4096, U) at even times; means over the intervals that hold an event."""
    u = signal.within(duration).over_steps(0, _POINTS, duration / (_POINTS - 1))
    return u[:, list(inputs)]


def _lag_of(u: Array, steps: float) -> float:
    size = np.sqrt(np.mean(u**2))
    if size == 0.0 or not np.any(np.ptp(u, axis=0)):
        return 0.0
    v = filtered(u, steps)
    return float(np.sqrt(np.mean((u - v) ** 2)) / size)


def state_error(system: System, tau: float, late: tuple[int, ...], at_once: Array) -> float:
    """What the lag alone does to the target's trajectory under the declared signals.

    A perfect field that sees v in the inputs `late` is followed beside the target:

        dz/dt = g(z, w) + E (u - w),      w = v in those inputs, else u

    with `at_once` (D, U) the part E of the field that acts without lag, the user's units.

    Returns
    -------
    float
        Rms difference over the duration relative to the rms of the target's states about the
        middle of the box, box units; NaN where nothing is declared, a run diverges, or so many
        steps would be needed that it is not worth while.
    """
    simulation, domain = system.simulation, system.domain
    if not simulation.duration or not late:
        return float("nan")
    dt = min(tau / 10.0, simulation.duration / 500.0)
    if simulation.duration / dt > _STEPS:
        return float("nan")
    signal, D = simulation.signal, domain.dimension
    plan = plan_trials([signal], duration=simulation.duration, dt=dt, dimension=D, points=501)
    start = simulation.initial[None]
    ideal = run_target(system, start, plan)
    slow = np.isin(np.arange(domain.input_count), late)
    found = _follow_late(system, plan, np.where(slow, tau, np.inf), at_once, start)
    if len(found) < len(ideal.y[0]) or ideal.endings[0].kind != "done":
        return float("nan")
    off = (found - ideal.y[0]) / domain.half_width
    size = np.sqrt(np.mean(domain.state_to_box(ideal.y[0]) ** 2))
    return float(np.sqrt(np.mean(off**2)) / size) if size > 0 else float("nan")


def _follow_late(
    system: System, plan: TrialPlan, tau: Array, at_once: Array, start: Array
) -> Array:
    """States (T, D) of the perfect field behind a membrane; fewer rows where it diverged."""
    domain, D = system.domain, system.domain.dimension
    inputs, slow = plan.inputs(), np.isfinite(tau)

    def velocity(k: int, y: Array) -> Array:
        z, v, u = y[:, :D], y[:, D:], inputs[k]
        seen = np.where(slow, v, u)
        change = system.velocity(z, seen) + (u - seen) @ at_once.T
        return np.hstack([change, np.where(slow, (u - v) / tau, 0.0)])

    region = Region(
        middle=np.concatenate([domain.middle, domain.input_middle]),
        scale=np.concatenate([domain.half_width, domain.input_half_width]),
        names=domain.variables + domain.inputs,
    )
    solution = run(rk4(velocity, plan.dt), np.hstack([start, inputs[0]]), plan, region, inputs)
    return solution.y[0, : solution.reached[0], :D]


def longest_tau(
    signal: InputSignal, duration: float, inputs: tuple[int, ...], *, error: float
) -> float:
    """The longest tau whose lag error is within `error` (inf when every tau's is).

    Examples
    --------
    >>> import lrfit
    >>> from lrfit.simulation.lag import lag_error, longest_tau
    >>> simulation = lrfit.load_system("parametric_working_memory").simulation
    >>> tau = longest_tau(simulation.signal, simulation.duration, (0,), error=0.1)
    >>> round(lag_error(simulation.signal, simulation.duration, tau, (0,)), 3)
    0.1
    """
    low, high = 1e-6 * duration, 1e3 * duration
    if lag_error(signal, duration, high, inputs) <= error:
        return float("inf")
    u = _declared(signal, duration, inputs)
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        if _lag_of(u, middle * (_POINTS - 1) / duration) <= error:
            low = middle
        else:
            high = middle
    return low
