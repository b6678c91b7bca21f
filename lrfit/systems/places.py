"""Where to sample: box coordinates (zeta, omega), uniform in the box or along trajectories.

Place in the flow: a domain and a generator become points in [-1, 1]^(D+U), before any velocity
is evaluated there.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.box import BoxField, fastest_rate, natural_rate
from lrfit.integrate import Limits, march, rk4
from lrfit.systems.sobol import BITS, scrambled_sobol
from lrfit.systems.system import System

PER_TRAJECTORY = 32
"""Points kept of one trajectory: enough to follow a cycle, few enough for many starts."""
JITTER = 0.03
"""Half-widths by which places are blurred: on a bare curve nothing holds the field beside it."""
NATURAL_DURATION = 20.0
STEP = 0.5
"""Of the fourth-order rule, in units of 1/|largest Jacobian|: stable, and exact enough to know
where trajectories go."""
STEPS = 5_000
ROUNDS = 20


def sobol_points(dimension: int, count: int, generator: np.random.Generator) -> Array:
    """Scrambled Sobol points (count, dimension) in (-1, 1), count rounded up to a power of two.

    Powers of two keep the set balanced (Owen 1998). Every point is the center of its cell of
    side 2^-29, so that none falls on the border, the middle or another round place, where
    formulas such as sin(x)/x are 0/0.
    """
    exponent = max(count - 1, 0).bit_length()
    return 2.0 * scrambled_sobol(dimension, exponent, generator) - 1.0 + 2.0**-BITS


def grid_points(dimension: int, count: int) -> Array:
    """Midpoints (n^dimension, dimension) of a tensor grid on [-1, 1], n^dimension near count."""
    n = max(2, round(count ** (1.0 / dimension)))
    axis = (2.0 * np.arange(n) + 1.0) / n - 1.0
    axes = np.meshgrid(*[axis] * dimension, indexing="ij")
    return np.stack([nodes.ravel() for nodes in axes], axis=1)


def trajectory_points(system: System, count: int, generator: np.random.Generator) -> Array:
    """Places (count, D+U) that the target's own trajectories visit inside the box.

    Starts are uniform in the box, each with constant inputs uniform in their ranges. They run
    for the system's own duration, or 20 natural times rms(zeta)/rms(gamma), but no longer than
    5,000 steps of 0.5/|Jacobian|. Times are uniform; places outside the box are dropped, the
    others blurred by 3 % of a half-width.

    Raises
    ------
    InputError
        When hardly any trajectory stays in the box.
    """
    system = system.continuous  # where trajectories go does not depend on the step
    clock = pace(system, generator)
    kept: list[Array] = []
    for _ in range(ROUNDS):
        kept.append(_visited(system, count, clock, generator))
        if sum(map(len, kept)) >= count:
            return np.concatenate(kept)[:count]
    raise system.error(
        "the target's trajectories leave the box at once; use --sampling sobol, or enlarge the "
        "domain"
    )


def pace(system: System, generator: np.random.Generator) -> tuple[float, int]:
    """Step and number of steps that show a system's dynamics, from its field at 256 points."""
    domain, D = system.domain, system.domain.dimension
    points = sobol_points(D + domain.input_count, 256, generator)
    z, u = domain.from_box(points)
    zeta = points[:, :D]
    gamma = system.checked_velocity(z, u) / domain.half_width
    slopes = BoxField(field=system).jacobian(zeta, u)
    fastest = fastest_rate(slopes[np.isfinite(slopes).all(axis=(1, 2))])
    natural = 1.0 / max(natural_rate(zeta, gamma), 1e-150)
    duration = float(system.simulation.duration or NATURAL_DURATION * natural)
    step = min(STEP / max(fastest, 1e-300), duration / PER_TRAJECTORY)
    return step, int(min(np.ceil(duration / step), STEPS))


def _visited(
    system: System, count: int, clock: tuple[float, int], generator: np.random.Generator
) -> Array:
    """About `count` places of trajectories from fresh starts, those inside the box."""
    step, steps = clock
    dimension = system.domain.dimension + system.domain.input_count
    starts = sobol_points(dimension, -(-count // PER_TRAJECTORY), generator)
    times = 1 + generator.choice(steps, min(PER_TRAJECTORY, steps), replace=False)
    keep = np.concatenate([[0], np.sort(times)])
    advance = rk4(BoxField(field=system).flow(), step)
    solution = march(advance, starts, dt=step, keep=keep, limits=Limits(bound=10.0))
    places = solution.y[:, 1:].reshape(-1, dimension)
    places = places[np.all(np.abs(places) <= 1.0, axis=1)]  # what had ended is NaN, and drops out
    blur = JITTER * generator.uniform(-1.0, 1.0, places.shape)
    blur[:, system.domain.dimension :] = 0.0
    return generator.permutation(np.clip(places + blur, -1.0, 1.0))
