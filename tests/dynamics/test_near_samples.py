"""Where scattered samples make a field known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.dynamics.near_samples import Support
from lrfit.dynamics.support import support_of
from lrfit.fields.data import SampledData, grid_data, scattered_data
from lrfit.fields.interpolation import SampledField
from lrfit.systems.open import load_system
from lrfit.systems.system import System

PLANE = b"name: p\ndynamics: {x: y, y: -x}\ndomain: {x: [-10, 10], y: [0, 1]}\n"
DRIVEN = b"name: d\ndynamics: {x: -x + u}\ndomain: {x: [-1, 1]}\ninputs: {u: [0, 4]}\n"


def measured(system: System, data: SampledData) -> System:
    return replace(system, field=SampledField(data=data, domain=system.domain))


def sampled(points: np.ndarray, text: bytes = PLANE) -> System:
    """A system that is known at these points (P, D + U), box units, alone."""
    system = load_system(text)
    domain, D = system.domain, system.domain.dimension
    z, u = domain.state_from_box(points[:, :D]), domain.input_from_box(points[:, D:])
    return measured(system, scattered_data(z, u, system.velocity(z, u)))


def support(points: np.ndarray, text: bytes = PLANE) -> Support:
    found = support_of(sampled(points, text))
    assert found is not None
    return found


def uniform(count: int, dimension: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, dimension))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [200, 3000])
def test_uniform_samples_make_all_of_the_box_known(count: int, seed: int) -> None:
    known = support(uniform(count, 2, seed)).known(uniform(2000, 2, 100 + seed))
    assert np.mean(known) > 0.98


def test_a_hole_in_the_samples_is_unknown_and_its_surroundings_are_not() -> None:
    points = uniform(4000, 2, 0)
    points = points[np.linalg.norm(points, axis=1) > 0.5]
    found = support(points)
    assert not np.any(found.known(0.25 * uniform(200, 2, 1)))
    ring = uniform(4000, 2, 2)
    ring = ring[np.linalg.norm(ring, axis=1) > 0.6]
    assert np.mean(found.known(ring)) > 0.98


def test_beside_trajectories_only_their_neighbourhood_is_known() -> None:
    """Samples are 0.002 apart along a line, and its neighbour lines 0.02 away."""
    x = np.linspace(-1, 1, 1000)
    lines = np.concatenate([np.stack([x, np.full(1000, y)], axis=1) for y in (-0.02, 0.0, 0.02)])
    found = support(lines)
    inner = 0.95 * x  # at its ends a line has neighbours on one side alone
    assert np.all(found.known(np.stack([inner, np.full(1000, 0.005)], axis=1)))
    assert not np.any(found.known(np.stack([x, np.full(1000, 0.5)], axis=1)))


def test_known_states_depend_on_the_tonic_input() -> None:
    """Samples at u = 0 (box -1) only in the left half, at u = 4 only in the right."""
    x = np.random.default_rng(0).uniform(0, 1, (400, 1))
    left, right = np.hstack([-x, np.full_like(x, -1.0)]), np.hstack([x, np.full_like(x, 1.0)])
    found = support(np.concatenate([left, right]), DRIVEN)
    states = np.array([[-0.5], [0.5]])
    np.testing.assert_array_equal(found.known(states, np.array([0.0])), [True, False])
    np.testing.assert_array_equal(found.known(states, np.array([4.0])), [False, True])
    np.testing.assert_array_equal(found.known(states), [True, True])
    per_state = np.array([[4.0], [0.0]])
    np.testing.assert_array_equal(found.known(states, per_state), [False, False])


def test_formulas_and_grids_are_known_everywhere() -> None:
    system = load_system(PLANE)
    assert support_of(system) is None
    axes = (np.linspace(-10, 10, 6), np.linspace(0, 1, 6))
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    velocity = system.velocity(nodes, np.empty((36, 0))).reshape(6, 6, 2)
    assert support_of(measured(system, grid_data(axes, velocity))) is None


def test_states_that_are_not_finite_are_unknown() -> None:
    found = support(uniform(100, 2, 0))
    states = np.array([[0.0, 0.0], [np.nan, 0.0], [np.inf, 0.0]])
    np.testing.assert_array_equal(found.known(states), [True, False, False])
    assert found.known(np.empty((0, 2))).shape == (0,)


def test_measuring_twice_makes_nothing_less_known() -> None:
    points = uniform(300, 2, 0)
    places = uniform(500, 2, 1)
    once, thrice = support(points), support(np.tile(points, (3, 1)))
    np.testing.assert_array_equal(once.known(places), thrice.known(places))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(3, 60))
def test_the_order_of_the_samples_does_not_matter_and_most_of_them_are_known(
    seed: int, count: int
) -> None:
    points = uniform(count, 2, seed)
    shuffled = np.random.default_rng(seed).permutation(points)
    places = uniform(50, 2, seed + 1)
    found = support(points)
    np.testing.assert_array_equal(found.known(places), support(shuffled).known(places))
    assert np.mean(found.known(points)) >= 0.9
