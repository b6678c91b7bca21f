"""The points of a search: how many are looked at, where they lie, and that they are its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.data import SampledData, scattered_data
from lrfit.fields.field import VectorField
from lrfit.fitting.emphasis import Emphasis
from lrfit.fitting.options import FitOptions
from lrfit.fitting.points import SearchPoints
from lrfit.fitting.points import search_points as points_of
from lrfit.fitting.policy import SamplingPolicy
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.sampling import SampleSet
from lrfit.systems.system import System


def search_points(setting: FitProblem) -> SearchPoints:
    return points_of(setting, SamplingPolicy())


def sample_set(count: int, dimension: int = 1, weight: float = 1.0) -> SampleSet:
    rows = np.arange(count * dimension, dtype=float).reshape(count, dimension)
    none = np.zeros((count, 0))
    return SampleSet(
        state=rows, input=none, drive=none, velocity=rows, weight=np.full(count, weight)
    )


def linear(dimension: int) -> System:
    return from_callable(
        lambda z, u: -z, domain={f"x{index}": (-1, 1) for index in range(dimension)}
    )


@settings(deadline=None, max_examples=200)
@given(
    neurons=st.integers(1, 200),
    parameters=st.integers(2, 20),
    outputs=st.integers(1, 8),
    first=st.sampled_from([256, 512, 1024, 2048]),
    total=st.sampled_from([100, 3000, 4096, 8192]),
)
def test_first_points_are_doubled_until_there_are_ten_values_for_every_parameter(
    neurons: int, parameters: int, outputs: int, first: int, total: int
) -> None:
    points = SearchPoints(
        all=sample_set(total), first=first, parameters=parameters, outputs=outputs, values=10.0
    )
    expected = first
    while expected * outputs < 10 * neurons * parameters:
        expected *= 2
    assert points.count(neurons) == min(expected, total)


@pytest.mark.parametrize(
    ("dimension", "first"), [(1, 256), (2, 512), (4, 512), (5, 1024), (7, 1024)]
)
def test_more_points_are_looked_at_first_where_neurons_see_more_coordinates(
    dimension: int, first: int
) -> None:
    setting = prepare(linear(dimension), FitOptions(samples=256))
    assert search_points(setting).first == first


@pytest.mark.parametrize(("drive", "first"), [("filtered", 512), ("direct", 256)])
def test_inputs_count_as_coordinates_where_neurons_see_them(drive: str, first: int) -> None:
    system = load_system(
        b"{name: one, dynamics: {x: u - x}, domain: {x: [-2, 2]}, inputs: {u: [-1, 1]}}"
    )
    setting = prepare(system, FitOptions(drive={"u": drive}, samples=256))  # type: ignore[dict-item]
    assert search_points(setting).first == first


@pytest.mark.parametrize("drive", ["filtered", "direct"])
@pytest.mark.parametrize("bias", [True, False])
def test_parameters_are_those_of_a_neurons_slopes_bias_and_readout(drive: str, bias: bool) -> None:
    """An input that acts at once is not seen by neurons, and is no coordinate of theirs."""
    system = load_system(
        b"{name: pushed, dynamics: {x: y + u, y: -x}, domain: {x: [-2, 2], y: [-2, 2]}, "
        b"inputs: {u: [-1, 1]}}"
    )
    setting = prepare(system, FitOptions(bias=bias, drive={"u": drive}, samples=256))
    points = search_points(setting)
    neurons = setting.draw(1, np.random.default_rng(0))
    seen = int(np.count_nonzero(neurons.B))
    assert points.outputs == 2
    assert points.parameters == neurons.M.size + seen + int(bias) + points.outputs
    assert seen == (drive == "filtered")


@pytest.fixture(scope="module")
def setting() -> FitProblem:
    return prepare(linear(2), FitOptions(samples=256))


def test_the_first_points_are_balanced_over_the_box(setting: FitProblem) -> None:
    """Any first part of a Sobol sequence fills the cells of every grid of its size evenly."""
    points = search_points(setting)
    for neurons in (1, 60, 400):
        part = points.all.state[: points.count(neurons)]
        counts, _, _ = np.histogram2d(*part.T, bins=16, range=[[-1, 1], [-1, 1]])
        np.testing.assert_array_equal(counts, len(part) / 256)


def test_points_are_at_least_4096_and_as_many_as_the_training_set_has(setting: FitProblem) -> None:
    assert search_points(setting).all.count == 4096
    assert search_points(prepare(linear(2), FitOptions(samples=8192))).all.count == 8192


def test_points_are_none_of_the_samples_and_depend_on_the_seed_alone(setting: FitProblem) -> None:
    points = search_points(setting).all.state
    np.testing.assert_array_equal(search_points(setting).all.state, points)
    held = setting.samples
    for other in (
        held.training.state,
        held.validation.state,
        held.test.state,
        search_points(prepare(linear(2), FitOptions(samples=256, seed=1))).all.state,
    ):
        assert not {map(tuple, points)} & {map(tuple, other)}
        assert not np.any(np.all(points[:256, None] == other[None, :256], axis=2))


class Measured:
    """A field that offers points at which it was measured."""

    def __init__(self, field: VectorField, data: SampledData) -> None:
        self.domain, self.data = field.domain, data
        self.velocity, self.jacobian = field.velocity, field.jacobian


def test_measured_points_are_the_training_points_in_another_order() -> None:
    state = np.random.default_rng(0).uniform(-1, 1, (600, 1))
    data = scattered_data(state, np.empty((600, 0)), -state)
    plain = linear(1)
    system = replace(plain, field=Measured(plain.field, data))
    setting = prepare(system, FitOptions())
    training, points = setting.samples.training, search_points(setting).all
    assert points.count == training.count
    assert not np.array_equal(points.state, training.state)
    np.testing.assert_array_equal(np.sort(points.state[:, 0]), np.sort(training.state[:, 0]))
    np.testing.assert_array_equal(points.velocity, -points.state)


@pytest.mark.parametrize("kind", ["trajectory", "mixed"])
def test_points_lie_where_the_samples_lie(kind: str) -> None:
    """Of a field that contracts onto the middle: trajectories are mostly there."""
    setting = prepare(linear(2), FitOptions(samples=256, sampling=kind))  # type: ignore[arg-type]
    near = {
        name: float(np.mean(np.all(np.abs(points.state) < 0.1, axis=1)))
        for name, points in {
            "search": search_points(setting).all,
            "samples": setting.samples.validation,
        }.items()
    }
    assert near["samples"] > 0.2
    assert near["search"] == pytest.approx(near["samples"], abs=0.05)


@pytest.mark.parametrize("kind", ["training", "search"])
def test_any_first_part_of_a_mixed_set_is_half_box_and_half_trajectory(kind: str) -> None:
    """A field that contracts fast: trajectories are within 4 % of the middle nearly at once."""
    system = load_system(
        b"{name: fast, dynamics: {x: -50*x, y: -50*y}, domain: {x: [-1, 1], y: [-1, 1]}, "
        b"simulate: {initial: {x: 0.5, y: 0.5}, duration: 20}}"
    )
    setting = prepare(system, FitOptions(samples=2048, sampling="mixed"))
    points = setting.samples.training if kind == "training" else search_points(setting).all
    for count in (128, 512, 2048):
        near = np.all(np.abs(points.state[:count]) < 0.05, axis=1)
        assert np.mean(near) == pytest.approx(0.5, abs=0.06)


def test_the_box_points_of_any_first_part_of_a_mixed_set_are_balanced() -> None:
    setting = prepare(linear(2), FitOptions(samples=256, sampling="mixed"))
    box = search_points(setting).all.state[:512:2]
    counts, _, _ = np.histogram2d(*box.T, bins=16, range=[[-1, 1], [-1, 1]])
    np.testing.assert_array_equal(counts, 1)


def test_landmarks_are_half_of_any_first_part_and_double_it(setting: FitProblem) -> None:
    marks = sample_set(10, dimension=2, weight=3.0)
    marks = replace(marks, state=marks.state + 100.0)
    emphasis = Emphasis(points=marks, checks=marks, strictness=2.0)
    plain, points = search_points(setting), search_points(replace(setting, emphasis=emphasis))
    assert points.first == 2 * plain.first
    assert points.all.count == 2 * plain.all.count
    part = points.all.take(np.arange(points.count(1)))
    landmarks = part.state[:, 0] >= 100.0
    assert np.sum(landmarks) == part.count // 2
    np.testing.assert_array_equal(part.weight, np.where(landmarks, 12.0, 1.0))
    np.testing.assert_array_equal(part.state[~landmarks], plain.all.state[: part.count // 2])
