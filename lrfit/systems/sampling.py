"""Samples of a target: training, validation and test sets, in box units.

Place in the flow: a target field over a box becomes the arrays that regression works on.
Fitting sees the training set, choosing may look at the validation set, nothing looks at the
test set before the report. The three are drawn from independent streams of one seed.

    sobol        scrambled Sobol points (Owen 1998), uniform over box x input ranges
    grid         training on the midpoints of a tensor grid; held-out sets are Sobol sets
    trajectory   where the target's own trajectories go, training and held-out sets alike
    mixed        Sobol and trajectory points in turn, half of each set
    data         measured points as they are, whole blocks of them held out

The test set of `sobol` and `grid` stands for the box, that of `trajectory` and `mixed` for
fresh places of the same kind, that of `data` for blocks of measured points nobody has seen.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.data import LARGEST, SampledData
from lrfit.fields.held_out import Indices, split_blocks
from lrfit.fields.sample_set import Samples, SampleSet, box_samples
from lrfit.systems.choices import Sampling
from lrfit.systems.places import grid_points, sobol_points, trajectory_points
from lrfit.systems.system import TOO_SLOW, System

__all__ = ["SampleSet", "Samples", "default_training", "draw_samples", "draw_set"]

Seed = int | np.random.SeedSequence

MOST_TRAINING = 2**13
VALIDATION, TEST = 2**13, 2**14
"""Points of the held-out sets: their own scatter is then far below the errors that they measure,
so that a network chosen on the validation set rarely fails on the test set."""


def default_training(dimension: int) -> int:
    """Training points for n = D + U dimensions: 2^(8 + n), at most 8,192.

    Measured at noise 1e-4: training and test error of 24 or 100 random neurons differ by less
    than 10 % from 2^8 to 2^10 points on, on all sample systems; those of 100 neurons that
    orthogonal least squares takes from 3,000, on seven of them, from 2^9 (n = 2), 2^10 (n = 3
    and 4) and 2^11 points (n = 5 and 6) on; those of 24 from 2^8 to 2^9 on. The default is twice
    to eight times that: the differences are then 1 to 2 %.
    """
    return min(1 << (8 + dimension), MOST_TRAINING)


def draw_samples(
    system: System,
    *,
    training: int | None = None,
    seed: Seed = 0,
    kind: Sampling = "sobol",
) -> Samples:
    """Draw the three sets of a fit.

    Parameters
    ----------
    system : System
        The target. With `data` its points are used as they are, whatever `kind` says.
    training : int, optional
        Points to fit on, rounded up to a power of two; by default `default_training`. The
        validation set has 8,192 points, the test set 16,384; as many as there are training
        points, if those are more.
    seed : int or SeedSequence
        Of all three sets; equal seeds give equal points.
    kind : {"sobol", "grid", "trajectory", "mixed"}
        Where the points lie (see the module).

    Raises
    ------
    InputError
        The field is not finite somewhere; or too few points were measured to split.
    UsageError
        A count out of range, or trajectories asked for of measured points.
    NumericalError
        The field is zero at every training point.
    """
    _check_count(training)
    if system.data is not None:
        if kind in ("trajectory", "mixed"):
            raise UsageError(
                f"sampling {kind!r} needs formulas; measured points are used as they are"
            )
        samples = _split_data(system, system.data, training, _stream(seed, 0))
    else:
        count = training or default_training(system.domain.dimension + system.domain.input_count)
        samples = Samples(
            training=draw_set(system, count, _stream(seed, 0), kind=kind),
            validation=draw_set(
                system, max(VALIDATION, count), _stream(seed, 1), kind=_held_out(kind)
            ),
            test=draw_set(system, max(TEST, count), _stream(seed, 2), kind=_held_out(kind)),
            kind=kind,
        )
    if not np.any(np.abs(samples.training.velocity) > TOO_SLOW):
        raise NumericalError(
            "the field is zero at every sample, or too slow to compute with, so there is nothing "
            "to fit; check the equations, the domain and the unit of time"
        )
    return samples


def draw_set(
    system: System,
    count: int,
    seed: Seed,
    *,
    kind: Sampling = "sobol",
    samples: Samples | None = None,
) -> SampleSet:
    """Draw one more set of `count` points, independent of every other seed's.

    Measured points cannot be drawn afresh: for a system with `data` the set is a random part
    (all, if `count` is larger) of `samples.training`, which must then be given, so that held-out
    points stay held out. Raises as `draw_samples`.
    """
    generator = np.random.default_rng(_stream(seed))
    if system.data is not None:
        if samples is None:
            raise UsageError("measured points have no further ones; give the samples drawn before")
        pool = samples.training
        return pool.subset(np.sort(generator.permutation(pool.count)[:count]))
    points = _places(system, count, generator, kind)
    return measure(system, points)


def _held_out(kind: Sampling) -> Sampling:
    return "trajectory" if kind == "trajectory" else "mixed" if kind == "mixed" else "sobol"


def _check_count(count: int | None) -> None:
    if count is not None and not 1 <= count <= LARGEST:
        raise UsageError(f"{count} samples; give from 1 to {LARGEST:,}")


def _stream(seed: Seed, *key: int) -> np.random.SeedSequence:
    """The stream `key` of a seed; unlike `spawn` it does not depend on earlier calls."""
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, *key))


def _places(system: System, count: int, generator: np.random.Generator, kind: Sampling) -> Array:
    dimension = system.domain.dimension + system.domain.input_count
    if kind == "grid":
        return grid_points(dimension, count)
    if kind == "sobol":
        return sobol_points(dimension, count, generator)
    if kind == "trajectory":
        return trajectory_points(system, count, generator)
    if kind == "mixed":
        # In turn, so that any first part holds as many of each, its box points still balanced.
        box = sobol_points(dimension, -(-count // 2), generator)
        both = np.stack([box, trajectory_points(system, len(box), generator)], axis=1)
        return both.reshape(-1, dimension)
    raise UsageError(f"unknown sampling {kind!r}; choose sobol, grid, trajectory or mixed")


def measure(system: System, points: Array) -> SampleSet:
    """Evaluate the target at box coordinates (P, D+U)."""
    domain = system.domain
    zeta, omega = np.split(points, [domain.dimension], axis=1)
    z, u = domain.state_from_box(zeta), domain.input_from_box(omega)
    return SampleSet(
        state=zeta,
        input=omega,
        drive=u / domain.input_half_width,
        velocity=system.checked_velocity(z, u) / domain.half_width,
        weight=np.ones(len(points)),
    )


def _split_data(
    system: System, data: SampledData, count: int | None, seed: np.random.SeedSequence
) -> Samples:
    """Hold blocks of measured points out, and thin out what is more than a fit can use."""
    whole, notes = _whole(system, data)
    generator = np.random.default_rng(seed)
    parts = split_blocks(np.hstack([whole.state, whole.input]), generator)
    if parts is None:
        raise system.error(
            f"{whole.count} points are at fewer than 3 different places; give one at least for "
            "each of the training, validation and test sets"
        )
    most = count or MOST_TRAINING
    kept = [_thin(part, most, generator) for part in parts[:2]] + [_thin(parts[2], TEST, generator)]
    training, validation, test = (whole.subset(part) for part in kept)
    if training.count < len(parts[0]):
        notes += (
            f"{training.count:,} of {len(parts[0]):,} training points are used; --samples takes "
            "more of them",
        )
    return Samples(training=training, validation=validation, test=test, kind="data", notes=notes)


def _whole(system: System, data: SampledData) -> tuple[SampleSet, tuple[str, ...]]:
    """All measured points. In discrete time their velocities are those of the flow map between
    them, and those whose way leaves the box, beyond which nothing was measured, are left out.
    """
    domain = system.domain
    whole = box_samples(domain, data.state, data.input, data.velocity, data.weight)
    if system.dt is None:
        return whole, ()
    velocity = system.checked_velocity(data.state, data.input) / domain.half_width
    ends = np.abs(whole.state + system.dt * velocity)
    inside = np.flatnonzero(np.all(ends <= 1.0 + 1e-9, axis=1))
    if 2 * len(inside) < data.count:
        raise system.error(
            f"within dt = {system.dt:g} the target leaves the measured box from "
            f"{data.count - len(inside)} of {data.count} points; give a smaller --dt, or measure "
            "a larger box"
        )
    note = (
        f"{data.count - len(inside):,} of {data.count:,} points are left out: from there the "
        f"target leaves the measured box within dt = {system.dt:g}"
    )
    kept = dataclasses.replace(whole, velocity=velocity).subset(inside)
    return kept, () if len(inside) == data.count else (note,)


def _thin(indices: Indices, most: int, generator: np.random.Generator) -> Indices:
    """A random part of the indices, in their order, if there are too many."""
    if len(indices) <= most:
        return indices
    return np.sort(generator.choice(indices, most, replace=False))
