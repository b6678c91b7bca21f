"""Fixed points of networks with known ones; activity splits exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import root

from lrfit.learning.activity import activity_of, components_for, split
from lrfit.learning.fixed_points import fixed_points, starts_on
from lrfit.learning.gradient import Weights
from lrfit.learning.tasks import TASKS
from lrfit.networks.fullrank import FullRankNetwork


def a_network(J: np.ndarray, **more: object) -> FullRankNetwork:
    n = len(J)
    given = {"tau": 1.0, "nonlinearity": "tanh", "output_weights": np.eye(1, n), **more}
    return FullRankNetwork(J=J, **given)  # type: ignore[arg-type]


def starts(n: int, count: int = 40, seed: int = 0) -> np.ndarray:
    return 2.0 * np.random.default_rng(seed).normal(size=(count, n))


def test_uncoupled_neurons_have_all_combinations_of_their_own_fixed_points() -> None:
    """x = w tanh(x) with w = 2 has -x*, 0, x*: nine points, 4 stable, 4 saddles, the origin."""
    found = fixed_points(a_network(2.0 * np.eye(2)), starts(2, 200), np.empty(0))
    assert len(found.states) == 9
    assert np.bincount(found.unstable).tolist() == [4, 4, 1]
    x = np.abs(found.states[0, 0])
    assert 2.0 * np.tanh(x) == pytest.approx(x, abs=1e-12)
    np.testing.assert_allclose(np.unique(np.abs(found.states).round(9)), [0.0, x.round(9)])
    assert np.max(found.residual) < 1e-9
    np.testing.assert_allclose(found.eigenvalues[-1].real, [1.0, 1.0])
    np.testing.assert_array_equal(found.outputs, np.tanh(found.states[:, :1]))


def test_points_are_those_that_scipy_finds_from_the_same_starts() -> None:
    rng = np.random.default_rng(3)
    J, bias = 1.8 * rng.normal(size=(12, 12)) / np.sqrt(12), rng.normal(size=12)
    network = a_network(J, bias=bias, input_weights=rng.normal(size=(12, 1)))
    u, begun = np.array([0.4]), starts(12)
    found = fixed_points(network, begun, u)
    assert len(found.states)
    for start in begun:
        solution = root(lambda x: network.full_velocity(x[None], u[None])[0], start, tol=1e-13)
        if solution.success:
            # Another method may end at another point, which then was found from another start.
            residual = np.linalg.norm(network.full_velocity(solution.x[None], u[None]))
            assert residual < 1e-9
    assert np.max(np.linalg.norm(network.full_velocity(found.states, u[None]), axis=1)) < 1e-9


def test_a_saddle_node_ghost_is_a_slow_point_and_no_fixed_point() -> None:
    """x = 2 tanh(x) + b loses two of its three points at b = 0.533; near there x is slow."""
    network = a_network(np.array([[2.0]]), bias=[0.54])
    found = fixed_points(network, np.array([[-2.0], [-0.5], [3.0]]), np.empty(0))
    assert len(found.states) == 1
    assert len(found.slow_states) == 1
    ghost = -np.arccosh(np.sqrt(2.0))  # where 2 tanh' = 1
    assert found.slow_states[0, 0] == pytest.approx(ghost, abs=0.02)
    assert 0 < found.slow_speed[0] < 0.02
    assert found.lost == 0


def test_stability_of_a_network_in_steps_is_that_of_its_map() -> None:
    """A rotation with eigenvalues -0.1 +- 1.5 i is stable as a flow, and not in steps of one."""
    J = np.array([[0.9, -1.5], [1.5, 0.9]])
    flow = fixed_points(a_network(J), np.zeros((1, 2)), np.empty(0))
    steps = fixed_points(a_network(J, dt=1.0), np.zeros((1, 2)), np.empty(0))
    assert flow.unstable.tolist() == [0]
    assert steps.unstable.tolist() == [2]
    assert flow.kinds == ("stable",)
    assert steps.kinds == ("2 unstable directions",)


def test_starts_are_on_the_states_and_at_the_origin() -> None:
    states = np.array([[1.0, 0.0], [0.0, 1.0]])
    made = starts_on(states, 5, np.random.default_rng(0), noise=0.0)
    assert made.shape == (6, 2)
    assert not np.any(made[-1])
    assert all(any(np.array_equal(row, s) for s in states) for row in made[:-1])


def some_weights(seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    return Weights(
        J=rng.normal(size=(20, 20)) / np.sqrt(20),
        inputs=rng.normal(size=(20, 2)),
        bias=np.zeros(20),
        outputs=rng.normal(size=(2, 20)) / 20,
    )


def test_the_recurrent_part_moves_in_the_range_of_the_connectivity_alone() -> None:
    weights = some_weights()
    rng = np.random.default_rng(1)
    low = Weights(
        J=rng.normal(size=(20, 3)) @ rng.normal(size=(3, 20)) / 20,
        inputs=weights.inputs,
        bias=weights.bias,
        outputs=weights.outputs,
    )
    trials = TASKS["flip_flop"].draw(4, np.random.SeedSequence(0))
    x, h = split(low, trials, 0.5)
    range_of_J = np.linalg.svd(low.J)[0][:, :3]
    flat = h.reshape(-1, 20)
    np.testing.assert_allclose(flat @ range_of_J @ range_of_J.T, flat, atol=1e-12)
    driven = (x - h).reshape(-1, 20)
    assert np.linalg.matrix_rank(driven, tol=1e-9) == 2
    found = activity_of(low, trials, 0.5)
    assert found.recurrent_dimension <= 3
    assert found.recurrent_share[2] == pytest.approx(1.0)
    assert found.input_share[1] == pytest.approx(1.0)


def test_variances_are_those_of_the_samples() -> None:
    weights = some_weights()
    trials = TASKS["flip_flop"].draw(4, np.random.SeedSequence(0))
    x, h = (each.reshape(-1, 20) for each in split(weights, trials, 0.5))
    found = activity_of(weights, trials, 0.5)
    assert found.variance == pytest.approx(np.sum(np.var(x, axis=0)))
    assert found.recurrent_variance == pytest.approx(np.sum(np.var(h, axis=0)))
    assert found.input_variance == pytest.approx(np.sum(np.var(x - h, axis=0)))
    inputs = np.linalg.qr(weights.inputs)[0]
    inside = np.sum(np.var(x @ inputs, axis=0)) / found.variance
    assert found.in_input == pytest.approx(inside)
    assert 0.0 < found.in_recurrent <= 1.0
    values = np.sort(np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2)[::-1]
    np.testing.assert_allclose(found.share[:20], np.cumsum(values) / np.sum(values))


def test_components_are_counted_up_to_the_share() -> None:
    assert components_for(np.array([0.5, 0.9, 0.995, 1.0])) == 3
    assert components_for(np.array([0.5, 0.9]), 0.9) == 2
    assert components_for(np.array([0.5, 0.6])) == 2
