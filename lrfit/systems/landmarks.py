"""Where a target's dynamics are decided: its attractors, fixed points and separatrices.

    attractors     where trajectories are in the second half of a long time
    fixed points   of any kind, by Newton's method from many starts
    separatrices   the way back in time from near those fixed points that also repel
    border         the faces of the box where the field points inwards, if asked for

Place in the flow: box coordinates (zeta, omega), like those of `places`, around which a network
must be more right than elsewhere to do what its target does. All are blurred by 3 % of a
half-width: on a bare curve nothing holds the field beside it. A third of the places have inputs
at rest, a third those of the declared signal, a third any.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.box import BoxField
from lrfit.fields.newton import NewtonRule, newton
from lrfit.integrate import Limits, march, rk4
from lrfit.systems.places import JITTER, pace, sobol_points
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

_LONG = 3.0
"""Long runs, in durations of the system: what takes longer is hardly seen in any simulation."""
_MOST_STEPS = 20_000
_PER_RUN = 8
_NEWTON = NewtonRule(steps=25, cutoff=1e-9, longest=0.5)
"""Plain steps: places are wanted, not every zero, and a start that is lost costs nothing."""
_BOUND = 10.0


def landmarks(
    system: System, count: int, generator: np.random.Generator, *, border: bool = False
) -> Array:
    """Places (count, D+U): half on attractors, a quarter each at fixed points and separatrices;
    with `border` as many there as at fixed points.

    What a target does not have in its box is replaced by what it has; (0, D+U) if it has none.
    """
    system = system.continuous
    still = fixed_points(system, 512, generator)
    kinds = [
        (0.5, on_attractors(system, count, generator)),
        (0.25, still),
        (0.25, on_separatrices(system, still, generator)),
    ]
    if border:
        kinds.append((0.25, on_border(system, count, generator)))
    present = [(share, places) for share, places in kinds if len(places)]
    if not present:
        return np.empty((0, system.domain.dimension + system.domain.input_count))
    shares = np.array([share for share, _ in present])
    kind = generator.choice(len(present), count, p=shares / shares.sum())
    chosen = [present[k][1][generator.integers(len(present[k][1]))] for k in kind]
    return _blurred(np.array(chosen), system.domain.dimension, generator)


def local_speeds(system: System, places: Array) -> Array:
    """(P,) rms speed within the blur around every place, box units per time, by the Jacobian.

    At a fixed point it is what the field is a blur away; nowhere is it zero by chance.
    """
    domain = system.domain
    zeta, omega = np.split(places, [domain.dimension], axis=1)
    field, u = BoxField(field=system), domain.input_from_box(omega)
    gamma, slopes = field.velocity(zeta, u), field.jacobian(zeta, u)
    spread = JITTER**2 / 3.0 * np.sum(slopes**2, axis=(1, 2))
    return np.asarray(np.sqrt(np.sum(gamma**2, axis=1) + spread))


def on_attractors(system: System, count: int, generator: np.random.Generator) -> Array:
    """Places inside the box in the second half of long runs from anywhere in it."""
    step, steps = pace(system, generator)
    steps = int(min(_LONG * steps, _MOST_STEPS))
    starts = _starts(system, -(-count // _PER_RUN), generator)
    late = steps - steps // 2
    times = steps - late + np.sort(generator.choice(late, min(_PER_RUN, late), replace=False))
    return _followed(system, starts, step, np.unique(np.array([0, *times], dtype=np.intp)))


def fixed_points(system: System, count: int, generator: np.random.Generator) -> Array:
    """Fixed points inside the box, by Newton's method from `count` starts: one may come often."""
    domain, D = system.domain, system.domain.dimension
    places = _starts(system, count, generator)
    u = domain.input_from_box(places[:, D:])
    field = BoxField(field=system)
    places[:, :D], speed = newton(
        lambda zeta, rows: field.velocity(zeta, u[rows]),
        lambda zeta, rows: field.jacobian(zeta, u[rows]),
        places[:, :D],
        _NEWTON,
    )
    inside = np.isfinite(speed) & np.all(np.abs(places) <= 1.0, axis=1)
    with np.errstate(all="ignore"):
        size = np.linalg.norm(field.jacobian(places[:, :D], u), axis=(1, 2))
    return np.asarray(places[inside & (speed <= 1e-8 * size)])


def on_separatrices(system: System, still: Array, generator: np.random.Generator) -> Array:
    """Places from which trajectories come near those fixed points that attract and repel."""
    D = system.domain.dimension
    if not len(still):
        return still
    u = system.domain.input_from_box(still[:, D:])
    real = np.linalg.eigvals(BoxField(field=system).jacobian(still[:, :D], u)).real
    size = np.abs(real).max(axis=1, keepdims=True)
    saddle = np.any(real > 1e-6 * size, axis=1) & np.any(real < -1e-6 * size, axis=1)
    starts = _blurred(still[saddle], D, generator)
    if not len(starts):
        return starts
    step, steps = pace(system, generator)
    return _followed(system, starts, -step, np.arange(0, min(steps, 400), 8))


def on_border(system: System, count: int, generator: np.random.Generator) -> Array:
    """Places on the faces of the box from which the target goes inwards."""
    domain, D = system.domain, system.domain.dimension
    places = _starts(system, count, generator)
    rows, axis = np.arange(len(places)), generator.integers(D, size=len(places))
    places[rows, axis] = np.sign(places[rows, axis])
    z, u = domain.from_box(places)
    with np.errstate(all="ignore"):
        outwards = places[rows, axis] * system.velocity(z, u)[rows, axis]
    return places[outwards < 0.0]


def _starts(system: System, count: int, generator: np.random.Generator) -> Array:
    domain = system.domain
    places = sobol_points(domain.dimension + domain.input_count, count, generator)
    if domain.input_count:
        omega = places[:, domain.dimension :]
        omega[0::3] = domain.input_to_box(resting_input(domain))
        times = generator.uniform(0.0, system.simulation.duration or 1.0, len(omega[1::3]))
        omega[1::3] = domain.input_to_box(system.simulation.signal.at(times))
        np.clip(omega, -1.0, 1.0, out=omega)
    return places


def _followed(system: System, starts: Array, step: float, keep: NDArray[np.intp]) -> Array:
    """Places inside the box after `keep` steps; a negative step goes back in time."""
    solution = march(
        rk4(BoxField(field=system).flow(), step),
        starts,
        dt=abs(step),
        keep=keep,
        limits=Limits(bound=_BOUND),
    )
    places = solution.y[:, 1:].reshape(-1, starts.shape[1])
    return places[np.all(np.abs(places) <= 1.0, axis=1)]


def _blurred(places: Array, dimension: int, generator: np.random.Generator) -> Array:
    blur = JITTER * generator.uniform(-1.0, 1.0, places.shape)
    blur[:, dimension:] = 0.0
    return np.clip(places + blur, -1.0, 1.0)
