"""The setting of one fit: samples, scales and bounds, everything the methods share.

Place in the flow: a system and options become the arrays and numbers that regression takes.
Built once; every method (random, greedy, refined) works in the same setting, and every
network passes the same final solve and the same three errors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.analysis.symmetry import ErrorFloor, error_floor, no_floor
from lrfit.arrays import Array
from lrfit.errors import NumericalError, UsageError
from lrfit.neurons.basis import Neurons, draw_neurons
from lrfit.neurons.nonlinearity import nonlinearity
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.noise_price import ErrorSummary, mean_squares, summarize_errors
from lrfit.regression.readout import LeakBounds, Readout
from lrfit.search.drive import DrivePlan, copied_inputs, gated_inputs, plan_drive
from lrfit.search.options import FitOptions
from lrfit.targets.copied import Copies, copied_system
from lrfit.targets.sampling import Samples, SampleSet, draw_samples, draw_set
from lrfit.targets.shifted import Shift, shift_of, shifted_system
from lrfit.targets.system import System

SLOWEST_LEAK = 0.3
"""Lower bound of kappa in units of the natural 1/tau: a weaker leak no longer holds the state
against errors in J outside the latent space (theory section 1)."""
FASTEST_LEAK = 1e3
"""Upper bound, same units: far above any use (41 at most was ever chosen); keeps kappa finite
where the neurons can express the leak by themselves."""
CENTER_RANGE = 10.0
"""The fitted centre stays within this many half-widths of the middle of the box. The search
itself lets it go where it will; 3 was too few: a line attractor's networks put it at 6.4."""
_LAWSON_ROUNDS = 20
_NATURAL = 1024
Embedding = Shift | Copies
CONDITION_CAP = 1e3
"""Largest condition number of M, box units: beyond, the state cannot be read from the rates."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What all methods share. `drive`: how every input reaches the network.

    `system` is what is fitted: the target, or where inputs are gated or copied the system of
    another latent state, of which `embedding` says how the target's state is found again. `scale`
    (D,) divides the outputs, so that squared errors add up to the criterion's square.
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

    def draw(self, count: int, generator: np.random.Generator) -> Neurons:
        """Random neurons of the kind asked for; inputs that are not seen get slope zero."""
        options, domain = self.options, self.system.domain
        chosen = [*range(domain.dimension), *(domain.dimension + j for j in self.seen)]
        drawn = draw_neurons(
            count,
            domain.dimension,
            len(self.seen),
            phi=options.nonlinearity,
            bias=options.bias,
            scale=options.scale,
            origin=self.origin[chosen],
            generator=generator,
        )
        B = np.zeros((count, domain.input_count))
        B[:, self.seen] = drawn.B
        return Neurons(M=drawn.M, B=B, b=drawn.b, nonlinearity=drawn.nonlinearity)

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

    def solve(self, neurons: Neurons, points: SampleSet | None = None) -> Readout:
        """Readout, leak and centre on the training set (or `points`), by QR.

        Under the criterion `worst` the sample weights follow Lawson's algorithm, and the
        readout with the smallest largest error is kept.
        """
        points = points or self.samples.training
        Phi = neurons.activity(points.state, points.input)
        best = self._solve_weighted(Phi, points, points.weight)
        if self.options.criterion != "worst":
            return best
        readout, weight, least = best, points.weight, np.inf
        for _ in range(_LAWSON_ROUNDS):
            left = points.velocity - readout.velocity(Phi, points.state, points.drive)
            size = np.linalg.norm(left, axis=1)
            if size.max() < least:
                best, least = readout, size.max()
            weight = np.maximum(weight * size / np.mean(weight * size), 1e-6)
            readout = self._solve_weighted(Phi, points, weight)
        return best

    def _solve_weighted(self, Phi: Array, points: SampleSet, weight: Array) -> Readout:
        readout = solve_readout(
            Phi,
            points.state,
            points.drive,
            self.remaining(points),
            weight=weight,
            noise=self.options.noise,
            weight_noise=self.options.weight_noise,
            bounds=self.bounds,
            output_scale=self.scale,
        )
        return self.completed(readout)

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


def prepare(system: System, options: FitOptions) -> Setting:
    """Draw the samples and settle scales and bounds.

    Raises
    ------
    UsageError
        An option names a variable or an input that the system does not have.
    InputError, NumericalError
        From sampling: the field is not finite, or zero everywhere.
    """
    affine = system.affine_inputs
    system, embedding = _embedded(system, options)
    samples = draw_samples(
        system, training=options.samples, seed=options.seed, kind=options.sampling
    )
    training = samples.training
    each, total = mean_squares(training.velocity, training.weight)
    spread = np.mean(training.weight * np.sum(training.state**2, axis=1))
    natural = float(np.sqrt(total / spread))
    drive = plan_drive(system, options.drive, training, affine=affine)
    bounds = LeakBounds(
        kappa=(1.0 / embedding.tau,) * 2 if embedding else _leak_range(options, natural),
        center=_center_range(system, options),
        direct=drive.free,
    )
    overall = np.full(len(each), np.sqrt(total))
    return Setting(
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


def _embedded(system: System, options: FitOptions) -> tuple[System, Embedding | None]:
    """The system that is fitted: with gated inputs of the shifted state, with copies beside it.

    Both depend on tau, which is therefore fixed: as given, or the system's own time.
    """
    moved = gated_inputs(system, options.drive)
    copied = copied_inputs(system, options.drive)
    if not moved and not copied:
        return system, None
    if system.data is not None:
        raise UsageError("gated and copied inputs need formulas or a function, not points")
    tau = options.tau
    if isinstance(tau, str):
        points = draw_set(system, _NATURAL, options.seed)
        spread = np.mean(np.sum(points.state**2, axis=1))
        tau = float(np.sqrt(spread / np.mean(np.sum(points.velocity**2, axis=1))))
    if copied:
        copies = Copies(system=system, tau=tau, copied=copied)
        return copied_system(copies), copies
    shift = shift_of(system, tau, moved)
    return shifted_system(shift), shift


def _leak_range(options: FitOptions, natural: float) -> tuple[float, float]:
    if options.tau == "natural":
        return natural, natural
    if options.tau == "auto":
        return SLOWEST_LEAK * natural, FASTEST_LEAK * natural
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


def neurons_from(theta: Array, setting: Setting) -> Neurons:
    """Neurons of refined parameters theta (k, q): slopes of state and seen inputs, bias."""
    domain, options = setting.system.domain, setting.options
    D, U = domain.dimension, domain.input_count
    M, B = theta[:, :D].copy(), np.zeros((len(theta), U))
    B[:, setting.seen] = theta[:, D : D + len(setting.seen)]
    b = theta[:, -1].copy() if options.bias else -np.hstack([M, B]) @ setting.origin
    return Neurons(M=M, B=B, b=b, nonlinearity=nonlinearity(options.nonlinearity))
