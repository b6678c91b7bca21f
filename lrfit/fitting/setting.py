"""The setting of one fit: samples, scales and bounds, everything the methods share.

Place in the flow: a system and options become the arrays and numbers that regression takes.
Built once; every method (random, greedy, refined) works in the same setting, and every
network passes the same final solve and the same three errors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError, UsageError
from lrfit.expressivity.symmetry import ErrorFloor, error_floor, no_floor
from lrfit.fields.box import natural_rate
from lrfit.fields.field import Domain
from lrfit.fitting.drive import DrivePlan, copied_inputs, gated_inputs, plan_drive
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolution import resolved
from lrfit.networks.basis import Neurons, draw_neurons
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.options.kinds import steps_per_tau
from lrfit.regression.noise_price import ErrorSummary, mean_squares, summarize_errors
from lrfit.regression.readout import LeakBounds, Readout, ReadoutProblem
from lrfit.systems.sampling import Samples, SampleSet, draw_samples, draw_set
from lrfit.systems.system import System

if TYPE_CHECKING:
    from lrfit.fitting.emphasis import Emphasis
    from lrfit.systems.transforms.copied import Copies
    from lrfit.systems.transforms.shifted import Shift

    Embedding = Shift | Copies

SLOWEST_LEAK = 0.3
"""Lower bound of kappa in units of the natural 1/tau: a weaker leak no longer holds the state
against errors in J outside the latent space (docs/theory, eq. 7)."""
FASTEST_LEAK = 1e3
"""Upper bound, same units: far above any use (41 at most was ever chosen); keeps kappa finite
where the neurons can express the leak by themselves."""
CENTER_RANGE = 10.0
"""The fitted centre stays within this many half-widths of the middle of the box. The search
itself lets it go where it will; 3 was too few: a line attractor's networks put it at 6.4."""
_LAWSON_ROUNDS = 20
_NATURAL = 1024
CONDITION_CAP = 1e3
"""Largest condition number of M, box units: beyond, the state cannot be read from the rates."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FitProblem:
    """What all methods share. `drive`: how every input reaches the network.

    `system` is what is fitted: the target, or where inputs are gated or copied the system of
    another latent state, of which `embedding` says how the target's state is found again. `scale`
    (D,) divides the outputs, so that squared errors add up to the criterion's square.
    `emphasis`: landmarks at which a network must be right too, for faithful dynamics.
    `origin` (D + U,): box coordinates of (c, u = 0), through which bias-free neurons pass.
    """

    system: System
    options: FitOptions
    samples: Samples
    bounds: LeakBounds
    natural_leak: float
    drive: DrivePlan
    embedding: Embedding | None
    scale: Array
    origin: Array
    emphasis: Emphasis | None = None

    def draw(self, count: int, generator: np.random.Generator) -> Neurons:
        """Random neurons of the kind asked for; inputs that are not seen get slope zero."""
        options, domain = self.options, self.system.domain
        chosen = [*range(domain.dimension), *(domain.dimension + j for j in self.seen)]
        drawn = draw_neurons(
            count,
            domain.dimension,
            len(self.seen),
            phi=options.nonlinearity,
            bias=not self.centered,
            scale=options.scale,
            origin=self.origin[chosen],
            generator=generator,
        )
        B = np.zeros((count, domain.input_count))
        B[:, self.seen] = drawn.B
        b = drawn.b + generator.standard_normal() if options.shared_bias else drawn.b
        return Neurons(M=drawn.M, B=B, b=b, nonlinearity=drawn.nonlinearity)

    @property
    def centered(self) -> bool:
        """Whether neurons count their coordinates from `origin`: their bias is then the user's."""
        return not self.options.bias or self.options.shared_bias

    @property
    def seen(self) -> tuple[int, ...]:
        """Inputs that enter the neurons, by index."""
        return self.drive.seen

    def remaining(self, points: SampleSet) -> Array:
        """Velocity (P, D) without the part E u that is driven at once and not fitted."""
        return np.asarray(points.velocity - points.drive @ self.drive.E.T)

    def completed(self, readout: Readout) -> Readout:
        """Readout of the remaining velocity -> of the whole."""
        return dataclasses.replace(readout, direct=readout.direct + self.drive.E)

    @cached_property
    def minimum(self) -> int:
        """The fewest neurons whose M can have full column rank: D."""
        return self.system.domain.dimension

    @cached_property
    def floor(self) -> ErrorFloor:
        """What no network of the chosen kind can go below, over the whole box.

        Where points were measured, or lie along trajectories, the errors of a fit are about
        other places: the reason says so.
        """
        options, system = self.options, self.system
        try:
            floor = error_floor(
                system,
                phi=options.nonlinearity,
                bias=options.bias,
                center=system.domain.state_from_box(self.bounds.center[0]),
                generator=np.random.default_rng(options.seed),
                seen=self.seen,
            )
        except NumericalError as error:
            return no_floor(system.domain, f"not known: {error}")
        if floor.overall and self.samples.kind not in ("sobol", "grid"):
            elsewhere = "; over the whole box, whereas the samples lie elsewhere"
            return dataclasses.replace(floor, reason=floor.reason + elsewhere)
        return floor

    def solve(
        self, neurons: Neurons, points: SampleSet | None = None, kappa: float | None = None
    ) -> Readout:
        """Readout, leak and centre on the training set (or `points`), by QR.

        The leak minimizes the sum over the outputs, unless it is given. Under the criterion `worst`
        the sample weights follow Lawson's algorithm, and the readout with the smallest largest
        error is kept.
        """
        from lrfit.regression.least_squares import solve_readout  # noqa: PLC0415 - when used

        points = points or self.samples.training
        Phi, problem = neurons.activity(points.state, points.input), self.regression(points)
        if kappa is not None:
            problem = replace(problem, bounds=replace(problem.bounds, kappa=(kappa, kappa)))
        best = self.completed(solve_readout(problem, Phi))
        if self.options.criterion != "worst":
            return best
        readout, weight, least = best, points.weight, np.inf
        for _ in range(_LAWSON_ROUNDS):
            left = points.velocity - readout.velocity(Phi, points.state, points.drive)
            size = np.linalg.norm(left, axis=1)
            if size.max() < least:
                best, least = readout, size.max()
            weight = np.maximum(weight * size / np.mean(weight * size), 1e-6)
            readout = self.completed(solve_readout(replace(problem, weight=weight), Phi))
        return best

    def regression(self, points: SampleSet) -> ReadoutProblem:
        """The regression on a set of points, for any neurons."""
        return ReadoutProblem(
            state=points.state,
            drive=points.drive,
            velocity=self.remaining(points),
            weight=points.weight,
            noise=self.options.noise,
            weight_noise=self.options.weight_noise,
            bounds=self.bounds,
            output_scale=self.scale,
        )

    def errors(self, neurons: Neurons, readout: Readout, points: SampleSet) -> ErrorSummary:
        """All three errors of a solved network on a set of points."""
        Phi = neurons.activity(points.state, points.input)
        fitted = readout.velocity(Phi, points.state, points.drive)
        return summarize_errors(
            points.velocity - fitted,
            points.velocity,
            readout.A,
            points.weight,
            noise=self.options.noise,
            weight_noise=self.options.weight_noise,
            activity_mean_square=np.mean(points.weight[:, None] * Phi**2, axis=0),
        )


def prepare(system: System, options: FitOptions, samples: Samples | None = None) -> FitProblem:
    """Draw the samples, where none are given, and settle scales and bounds; with `update` euler,
    of the flow map.

    Raises
    ------
    UsageError
        An option names a variable or an input that the system does not have.
    InputError, NumericalError
        From sampling: the field is not finite, or zero everywhere, or its mean square diverges.
    """
    options = _structured(system, options)
    if options.update == "euler" and system.dt is None:
        from lrfit.systems.transforms.discrete import discretized  # noqa: PLC0415 - when used

        options = _with_step(system, options)
        system = discretized(system, float(options.dt or 0.0))
    affine = system.affine_inputs
    system, embedding = _embedded(system, options)
    samples = resolved(system, samples or _draw(system, options), options)
    natural = _natural_leak(samples)
    each, total = mean_squares(samples.training.velocity, samples.training.weight)
    drive = plan_drive(system, options.drive, samples.training, affine=affine)
    leak = _leak_range(options, natural, system.dt)
    bounds = LeakBounds(
        kappa=(1.0 / embedding.tau,) * 2 if embedding else leak,
        center=_center_range(system, options),
        direct=drive.free,
    )
    overall = np.full(len(each), np.sqrt(total))
    return FitProblem(
        system=system,
        options=options,
        samples=samples,
        bounds=bounds,
        natural_leak=natural,
        drive=drive,
        embedding=embedding,
        scale=np.sqrt(each) if options.criterion == "per-variable" else overall,
        origin=_origin(system, bounds),
    )


def _structured(system: System, options: FitOptions) -> FitOptions:
    """What structure asks for, in terms of the other options.

    symmetric: odd neurons without bias are odd about a fixed centre, and nothing else is.
    shared_bias: neurons count their coordinates from the centre, which is therefore fixed.
    """
    if options.shared_bias and options.center == "auto":
        return replace(options, center="middle")
    if not options.symmetric:
        return options
    from lrfit.expressivity.structure import even_part, odd_center  # noqa: PLC0415 - when used

    domain = system.domain
    if isinstance(options.center, Mapping) or options.center == "middle":
        tried = [domain.state_from_box(_center_range(system, options)[0])]
    else:
        tried = [np.zeros(domain.dimension)]
        tried += [domain.middle] if np.any(domain.middle) else []
    center = odd_center(system, tried)
    if center is None:
        share = min(even_part(system, each) for each in tried)
        places = " or ".join(_place(domain, each) for each in tried)
        raise UsageError(
            f"{system.name} is not odd about {places} (even part {share:.2g} of the field), so no "
            "symmetric network can follow it; leave out --symmetric, or give another --center"
        )
    return replace(
        options, bias=False, center=dict(zip(domain.variables, map(float, center), strict=True))
    )


def _place(domain: Domain, z: Array) -> str:
    return ", ".join(f"{n}={v:g}" for n, v in zip(domain.variables, z, strict=True))


def _embedded(system: System, options: FitOptions) -> tuple[System, Embedding | None]:
    """The system that is fitted: with gated inputs of the shifted state, with copies beside it.

    Both depend on tau, which is therefore fixed: as given, or the system's own time.
    """
    moved = gated_inputs(system, options.drive)
    copied = copied_inputs(system, options.drive)
    if not moved and not copied:
        return system, None
    if system.dt is not None:
        raise UsageError(
            "gated and copied inputs are for continuous time; leave out --update euler"
        )
    if system.data is not None:
        raise UsageError("gated and copied inputs need formulas or a function, not points")
    tau = options.tau
    if isinstance(tau, str):
        points = draw_set(system, _NATURAL, options.seed)
        spread = np.mean(np.sum(points.state**2, axis=1))
        tau = float(np.sqrt(spread / np.mean(np.sum(points.velocity**2, axis=1))))
    if copied and options.criterion != "per-variable":
        raise UsageError(
            f"--criterion {options.criterion}: copies of inputs are ten times as fast as the "
            "state and would hide its error in one number; copied inputs need per-variable"
        )
    if copied:
        from lrfit.systems.transforms.copied import Copies, copied_system  # noqa: PLC0415 - when used

        copies = Copies(system=system, tau=tau, copied=copied)
        return copied_system(copies), copies
    from lrfit.systems.transforms.shifted import shift_of, shifted_system  # noqa: PLC0415 - when used

    shift = shift_of(system, tau, moved)
    return shifted_system(shift), shift


def _draw(system: System, options: FitOptions) -> Samples:
    return draw_samples(system, training=options.samples, seed=options.seed, kind=options.sampling)


def _natural_leak(samples: Samples) -> float:
    """rms(gamma) / rms(zeta) over the training set."""
    training = samples.training
    mean_squares(training.velocity, training.weight)  # raises where they vanish or overflow
    return natural_rate(training.state, training.velocity, training.weight)


def _with_step(system: System, options: FitOptions) -> FitOptions:
    """Euler's step as a number.

    A step of tau/K needs tau first, because the flow map that tau would be fitted to depends on
    the step: it is the number given, or else the natural one of the target in continuous time.
    """
    dt, tau = options.dt, options.tau
    if isinstance(dt, str):
        known = 1.0 / _natural_leak(_draw(system, options)) if isinstance(tau, str) else tau
        return replace(options, tau=known, dt=known / steps_per_tau(dt))
    if dt is not None and not isinstance(tau, str) and dt > tau:
        raise UsageError(
            f"dt = {dt:g} is longer than tau = {tau:g}: what is outside of the latent space would "
            "overshoot in every step; give a dt of at most tau (tau/10 is usual)"
        )
    return options


def _leak_range(options: FitOptions, natural: float, dt: float | None) -> tuple[float, float]:
    """Bounds of kappa; in discrete time no leak is faster than one step."""
    fastest = np.inf if dt is None else 1.0 / dt
    if options.tau == "natural":
        return min(natural, fastest), min(natural, fastest)
    if options.tau == "auto":
        return min(SLOWEST_LEAK * natural, fastest), min(FASTEST_LEAK * natural, fastest)
    return 1.0 / options.tau, 1.0 / options.tau


def _center_range(system: System, options: FitOptions) -> tuple[Array, Array]:
    domain = system.domain
    if isinstance(options.center, Mapping):
        unknown = set(options.center) ^ set(domain.variables)
        if unknown:
            raise UsageError(
                f"--center must give a number for every variable ({', '.join(domain.variables)}); "
                f"check {', '.join(sorted(unknown))}"
            )
        given = np.array([options.center[name] for name in domain.variables], dtype=float)
        fixed = domain.state_to_box(given)
        return fixed, fixed
    if options.center == "middle":
        return np.zeros(domain.dimension), np.zeros(domain.dimension)
    if not options.bias:  # the symmetry of a bias-free network is about 0 unless given
        fixed = domain.state_to_box(np.zeros(domain.dimension))
        return fixed, fixed
    wide = np.full(domain.dimension, CENTER_RANGE)
    return -wide, wide


def _origin(system: System, bounds: LeakBounds) -> Array:
    """Box coordinates of (c, u = 0); the centre is fixed whenever this is used."""
    domain = system.domain
    return np.concatenate([bounds.center[0], -domain.input_middle / domain.input_half_width])


def neurons_from(theta: Array, setting: FitProblem) -> Neurons:
    """Neurons of refined parameters theta (k, q): slopes of state and seen inputs, bias."""
    domain, options = setting.system.domain, setting.options
    D, U = domain.dimension, domain.input_count
    M, B = theta[:, :D].copy(), np.zeros((len(theta), U))
    B[:, setting.seen] = theta[:, D : D + len(setting.seen)]
    b = theta[:, -1].copy() if options.bias else np.zeros(len(theta))
    if setting.centered:
        b -= np.hstack([M, B]) @ setting.origin
    return Neurons(M=M, B=B, b=b, nonlinearity=nonlinearity(options.nonlinearity))
