"""What each kind of solution is asked to be, all of them with the same trajectory z*(t).

    autonomous   dz/dt = g(z): the system's own field; for a trajectory without a field one made
                 along it, g(z) = dz*/dt - lambda (z - z*) at the point z* nearest to z
    clock        dz/dt = dz*/dt - lambda (z - z*(t)), t from a clock input
    driven       dz/dt = -lambda (z - m) + u,   u = dz*/dt + lambda (z* - m): a weakly stable
                 interior that the input leads along
    unstable     the same with lambda < 0

These are docs/theory, eqs. 25 to 27. Place in the flow: a curve becomes a `Recipe` for each kind,
the regression problem that `build` solves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.degeneracy.clock import Clock, clock_for
from lrfit.degeneracy.options import CLOCK, UNSTABLE, WEAK, DegenerateOptions, Kind
from lrfit.degeneracy.path import Field, ReferencePath
from lrfit.degeneracy.tube import Places, Rule, Tube, tube_samples
from lrfit.fields.sample_set import Samples
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.curve import Curve
from lrfit.systems.build import from_expressions
from lrfit.systems.points import from_samples
from lrfit.systems.sampling import draw_samples
from lrfit.systems.signals.input_signal import InputSignal, input_signal
from lrfit.systems.signals.sampled_signal import sampled_input
from lrfit.systems.system import Simulation, System

Slopes = Callable[[Array, Array], Array]
"""t (P,), z (P, D) -> Jacobians (P, D, D) of what is aimed at."""
Drive = Callable[[LowRankNetwork], InputSignal]
_SHORT = 0.1
"""Membrane time constant of clocked networks, in units of 1/rate of the trajectory."""
_SIGNAL_POINTS = 8192


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """One regression problem, and how its network is driven.

    rate : stated contraction rate lambda; NaN where it is the system's own. slopes : Jacobian
    of what is aimed at, `exact` where the network's must agree. tau : fixed, or None to fit it.
    drive : network -> its input signal.
    """

    kind: Kind
    system: System
    samples: Samples
    slopes: Slopes
    drive: Drive
    rate: float
    tau: float | None = None
    exact: bool = True


def recipe_for(kind: Kind, path: ReferencePath, options: DegenerateOptions) -> Recipe:
    """Write the recipe of one kind."""
    tube = Tube(curve=path.curve, radius=options.tube)
    if kind == "autonomous":
        return _autonomous(path, tube, options)
    if kind == "clock":
        return _clocked(path, tube, options)
    return _led(kind, path, tube, options)


def _autonomous(path: ReferencePath, tube: Tube, options: DegenerateOptions) -> Recipe:
    curve, field, known = path.curve, path.field, path.slopes
    rate = np.nan
    if field is None or known is None:
        # Beside the curve nothing is known, and a wide tube would meet other passes of it.
        rate, tube = curve.rate, Tube(curve=curve, radius=min(options.tol, options.tube))
        field, known = _back_to(curve, rate), None
    velocity = field

    def rule(places: Places) -> tuple[Array, Array]:
        return np.empty((len(places.t), 0)), velocity(places.z)

    def slopes(t: Array, z: Array) -> Array:
        return known(z) if known else _slopes_back(curve, t, rate)

    system = path.system or _sampled(path, "autonomous", rule, tube, (), options)
    return Recipe(
        kind="autonomous",
        system=system,
        samples=tube_samples(system, rule, tube, options.samples, options.seed),
        slopes=slopes,
        drive=lambda _: input_signal(system.domain),
        rate=rate,
        exact=known is not None,
    )


def _back_to(curve: Curve, rate: float) -> Field:
    """The velocity of the nearest point of the curve, and a pull towards that point."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - a slow import

    t = np.linspace(0.0, curve.duration, _SIGNAL_POINTS + 1)
    z, velocity = curve.at(t), curve.velocity(t)
    tree = cKDTree(z / curve.scale)

    def field(places: Array) -> Array:
        _, nearest = tree.query(places / curve.scale)
        return np.asarray(velocity[nearest] - rate * (places - z[nearest]))

    return field


def _slopes_back(curve: Curve, t: Array, rate: float) -> Array:
    """Jacobians of `_back_to` on the curve: what moves along goes with it, across -rate."""
    velocity = curve.velocity(t) / curve.scale
    turning = curve.acceleration(t) / curve.scale
    along = _directions(velocity)
    across = np.eye(len(curve.scale)) - along[:, :, None] * along[:, None, :]
    speed = np.maximum(np.linalg.norm(velocity, axis=1), 1e-300)[:, None, None]
    J = turning[:, :, None] * along[:, None, :] / speed - rate * across
    return np.asarray(J * curve.scale[:, None] / curve.scale)


def _directions(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-300))


def _clocked(path: ReferencePath, tube: Tube, options: DegenerateOptions) -> Recipe:
    curve = path.curve
    rate = options.clock_rate or CLOCK * curve.rate
    tau, clock = _SHORT / curve.rate, clock_for(curve)
    shown, seen = _spline(clock, clock.u), _spline(clock, clock.seen(tau))

    def rule(inputs: Callable[[Array], Array]) -> Rule:
        return lambda places: (
            inputs(places.t),
            curve.velocity(places.t) - rate * places.offset,
        )

    # The system is a function of the clock itself, the network one of what its neurons see of it.
    system = _sampled(path, "clock", rule(shown), tube, clock.names, options)
    signal = sampled_input(system.domain, clock.t, clock.u)
    return Recipe(
        kind="clock",
        system=system,
        samples=tube_samples(system, rule(seen), tube, options.samples, options.seed),
        slopes=_uniform(-rate, len(curve.scale)),
        drive=lambda _: signal,
        rate=rate,
        tau=tau,
    )


def _spline(clock: Clock, v: Array) -> Callable[[Array], Array]:
    from scipy.interpolate import make_interp_spline  # noqa: PLC0415 - a slow import

    spline = make_interp_spline(clock.t, v, k=3)
    return lambda t: np.asarray(spline(t))


def _uniform(slope: float, D: int) -> Slopes:
    return lambda t, z: np.broadcast_to(slope * np.eye(D), (len(t), D, D))


def _led(kind: Kind, path: ReferencePath, tube: Tube, options: DegenerateOptions) -> Recipe:
    curve = path.curve
    given = options.weak_rate if kind == "driven" else options.unstable_rate
    rate = given or (WEAK if kind == "driven" else UNSTABLE) * curve.rate
    system = _linear_system(kind, path, tube, rate)
    # One set of points serves: the field is the same everywhere in the box.
    samples = draw_samples(system, training=options.samples, seed=options.seed)

    def drive(network: LowRankNetwork) -> InputSignal:
        return leading_input(network, curve)

    return Recipe(
        kind=kind,
        system=system,
        samples=samples,
        slopes=_uniform(-rate, len(curve.scale)),
        drive=drive,
        rate=rate,
    )


def leading_input(network: LowRankNetwork, curve: Curve) -> InputSignal:
    """The input under which the curve is a solution of the network: C u = tau dz*/dt - pull.

    The pull is the network's own, so that the errors of its regression do not add up on the way.
    """
    t = np.linspace(0.0, curve.duration, _SIGNAL_POINTS + 1)
    z, U = curve.at(t), network.domain.input_count
    none = np.zeros((len(t), U))
    missing = network.tau * (curve.velocity(t) - network.latent_velocity(z, none, none))
    u = np.asarray(np.linalg.solve(network.direct_input, missing.T).T, dtype=np.float64)
    return sampled_input(network.domain, t, u)


def _linear_system(kind: Kind, path: ReferencePath, tube: Tube, rate: float) -> System:
    """The system dz/dt = -rate (z - m) + u over the hull of the tube."""
    curve = path.curve
    variables = curve.domain.variables
    inputs = _input_names(variables)
    reach = 1.5 * np.sqrt(3.0) * tube.radius * curve.scale
    low, high = curve.z.min(axis=0) - reach, curve.z.max(axis=0) + reach
    middle = 0.5 * (low + high)
    t = np.linspace(0.0, curve.duration, _SIGNAL_POINTS)
    u = curve.velocity(t) + rate * (curve.at(t) - middle)
    room = 0.05 * np.ptp(u, axis=0) + 0.01 * curve.rate * curve.scale
    lowest, highest = u.min(axis=0) - room, u.max(axis=0) + room
    return from_expressions(
        {
            name: f"-({rate!r})*({name} - ({m!r})) + {drive}"
            for name, m, drive in zip(variables, middle.tolist(), inputs, strict=True)
        },
        domain=_ranges(variables, low, high),
        inputs=_ranges(inputs, lowest, highest),
        name=_title(path.name, kind),
        time_unit=path.time_unit,
    )


def _ranges(names: tuple[str, ...], low: Array, high: Array) -> dict[str, tuple[float, float]]:
    return dict(zip(names, zip(low.tolist(), high.tolist(), strict=True), strict=True))


def _input_names(variables: tuple[str, ...]) -> tuple[str, ...]:
    prefix = "drive_"
    while any(prefix + name in variables for name in variables):
        prefix += "_"
    return tuple(prefix + name for name in variables)


def _title(name: str, kind: str) -> str:
    return f"{name[: 63 - len(kind)]}_{kind}"


def _sampled(
    path: ReferencePath,
    kind: str,
    rule: Rule,
    tube: Tube,
    inputs: tuple[str, ...],
    options: DegenerateOptions,
) -> System:
    places = tube.places(options.samples, [options.seed, 23], close=True)
    seen, velocity = rule(places)
    return from_samples(
        places.z,
        velocity,
        variables=path.curve.domain.variables,
        input=seen,
        inputs=inputs,
        name=_title(path.name, kind),
        initial=path.curve.z[0],
        duration=path.curve.duration,
        time_unit=path.time_unit,
    )


def with_defaults(system: System, curve: Curve, signal: InputSignal, duration: float) -> System:
    """The system as the file of a solution has it: it starts on the curve, under its input."""
    simulation = Simulation(initial=curve.z[0], duration=duration, signal=signal, own=True)
    return replace(system, simulation=simulation)
