"""Where to sample: box coordinates (zeta, omega), uniform in the box or along trajectories.

Place in the flow: a domain and a generator become points in [-1, 1]^(D+U), before any velocity
is evaluated there.
"""

from __future__ import annotations

import numpy as np

from lrfit.arrays import Array
from lrfit.integrate import Limits, Region, solve_adaptive
from lrfit.targets.field import box_velocity
from lrfit.targets.system import System

BITS = 30
PER_TRAJECTORY = 32
"""Points kept of one trajectory: enough to follow a cycle, few enough for many starts."""
JITTER = 0.03
"""Half-widths by which places are blurred: on a bare curve nothing holds the field beside it."""
NATURAL_DURATION = 20.0
ROUNDS = 20


def sobol_points(dimension: int, count: int, generator: np.random.Generator) -> Array:
    """Scrambled Sobol points (count, dimension) in (-1, 1), count rounded up to a power of two.

    Powers of two keep the set balanced (Owen 1998). Every point is the center of its cell of
    side 2^-29, so that none falls on the border, the middle or another round place, where
    formulas such as sin(x)/x are 0/0.
    """
    from scipy.stats import qmc  # noqa: PLC0415 - a slow import

    exponent = max(count - 1, 0).bit_length()
    sobol = qmc.Sobol(dimension, bits=BITS, seed=generator)
    return np.asarray(2.0 * sobol.random_base2(exponent) - 1.0 + 2.0**-BITS)


def grid_points(dimension: int, count: int) -> Array:
    """Midpoints (n^dimension, dimension) of a tensor grid on [-1, 1], n^dimension near count."""
    n = max(2, round(count ** (1.0 / dimension)))
    axis = (2.0 * np.arange(n) + 1.0) / n - 1.0
    axes = np.meshgrid(*[axis] * dimension, indexing="ij")
    return np.stack([nodes.ravel() for nodes in axes], axis=1)


def trajectory_points(system: System, count: int, generator: np.random.Generator) -> Array:
    """Places (count, D+U) that the target's own trajectories visit inside the box.

    Starts are uniform in the box, each with constant inputs uniform in their ranges; the
    duration is the system's own, or 20 natural times rms(zeta)/rms(gamma). Times are uniform,
    places outside the box are dropped, the others blurred by 3 % of a half-width.

    Raises
    ------
    InputError
        When hardly any trajectory stays in the box.
    """
    kept: list[Array] = []
    for _ in range(ROUNDS):
        kept.append(_visited(system, count, generator))
        if sum(map(len, kept)) >= count:
            return np.concatenate(kept)[:count]
    raise system.error(
        "the target's trajectories leave the box at once; use --sampling sobol, or enlarge the "
        "domain"
    )


def _visited(system: System, count: int, generator: np.random.Generator) -> Array:
    domain, D = system.domain, system.domain.dimension
    runs = -(-count // PER_TRAJECTORY)
    starts = sobol_points(D + domain.input_count, runs, generator)[:runs]
    duration = system.simulation.duration or _natural_duration(system, generator)
    times = np.concatenate([[0.0], np.sort(generator.uniform(0.0, duration, PER_TRAJECTORY))])
    paths = [_path(system, start, times) for start in starts]
    places = np.concatenate(paths)
    places = places[np.all(np.abs(places) <= 1.0, axis=1)]
    blurred = places + JITTER * generator.uniform(-1.0, 1.0, places.shape)
    blurred[:, D:] = places[:, D:]
    return generator.permutation(np.clip(blurred, -1.0, 1.0))


def _path(system: System, start: Array, times: Array) -> Array:
    """One trajectory (T, D+U) in box units, inputs constant; rows after its end are dropped."""
    D, half_width = system.domain.dimension, system.domain.half_width
    u = system.domain.input_from_box(start[None, D:])

    def velocity(_: float, zeta: Array) -> Array:
        z = system.domain.state_from_box(zeta)
        return np.asarray(system.velocity(z, u) / half_width)

    solution = solve_adaptive(
        velocity,
        start[None, :D],
        times,
        rtol=1e-6,
        atol=1e-6,
        region=Region.unit(D),
        limits=Limits(bound=10.0, steps=20_000),
    )
    zeta = solution.y[0, 1 : solution.reached[0]]
    return np.hstack([zeta, np.broadcast_to(start[D:], (len(zeta), len(start) - D))])


def _natural_duration(system: System, generator: np.random.Generator) -> float:
    D = system.domain.dimension
    places = sobol_points(D + system.domain.input_count, 256, generator)
    gamma = box_velocity(system, places[:, :D], places[:, D:])
    speed = float(np.sqrt(np.mean(gamma**2)))
    return NATURAL_DURATION * float(np.sqrt(np.mean(places[:, :D] ** 2))) / max(speed, 1e-300)
