"""Levenberg-Marquardt on many starts, and the scores of removal and addition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import (
    RefinePolicy,
    Status,
    addition_gains,
    join,
    refine,
    removal_scores,
    weighted_rates,
)
from lrfit.regression.variable_projection import evaluate


def planted(
    seed: int, *, states: int, neurons: int, name: str = "tanh", noise: float = 1e-7
) -> RefinementProblem:
    """A problem whose target is itself a network of `neurons` neurons."""
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (128 * 2**states, states))
    M = generator.normal(0, 1.5, (neurons, states))
    b = -np.sum(M * generator.uniform(-0.8, 0.8, M.shape), axis=1)
    A = generator.normal(0, 1, (neurons, states))
    phi = nonlinearity(name).phi
    velocity = phi(zeta @ M.T + b) @ A - 0.8 * zeta
    root = np.full(len(zeta), len(zeta) ** -0.5)
    scale = np.sqrt(np.mean(np.sum(velocity**2, axis=1)))
    return RefinementProblem(
        design=np.vstack([zeta.T, np.ones(len(zeta))]),
        free=root[None],
        leak=zeta.T * root / scale,
        target=velocity.T * root / scale,
        root=root,
        price=noise**2,
        weight_price=0.0,
        kappa=(0.1, 1e3),
        reach=np.full(states, np.inf),
        power=1.0,
        nonlinearity=nonlinearity(name),
        slopes=states,
        states=states,
    )


def starts(seed: int, count: int, neurons: int, parameters: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1.2, (count, neurons, parameters))


@pytest.mark.parametrize("name", list(NONLINEARITIES))
def test_no_start_ends_worse_than_it_began(name: str) -> None:
    problem = planted(0, states=2, neurons=3, name=name, noise=1e-4)
    theta = starts(1, 6, 3, 3)
    before = evaluate(problem, theta).value
    after = refine(problem, theta, 15)
    assert np.all(np.sort(after.at.value) <= np.sort(before))
    assert after.at.value[0] < 0.5 * before.min()


def test_result_is_sorted_and_consistent_with_a_fresh_evaluation() -> None:
    problem = planted(1, states=2, neurons=3, noise=1e-3)
    polished = refine(problem, starts(2, 6, 3, 3), 12)
    fresh = evaluate(problem, polished.theta)
    assert np.all(np.diff(polished.at.value) >= 0)
    np.testing.assert_allclose(polished.at.value, fresh.value, rtol=1e-8)
    np.testing.assert_allclose(polished.at.A, fresh.A, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(("states", "neurons"), [(1, 2), (2, 3), (3, 3)])
def test_a_planted_network_is_found_again(states: int, neurons: int) -> None:
    problem = planted(3, states=states, neurons=neurons)
    polished = refine(problem, starts(4, 24, neurons, states + 1), 150)
    assert np.sqrt(polished.at.value[0]) < 1e-6


def test_the_gradient_vanishes_where_refinement_ends() -> None:
    problem = planted(5, states=2, neurons=4, noise=1e-3)
    theta = starts(6, 4, 2, 3)
    polished = refine(problem, theta, 300)
    start = np.linalg.norm(evaluate(problem, theta).gradient, axis=1).max()
    assert np.linalg.norm(polished.at.gradient[0]) < 1e-4 * start


def test_slopes_stay_under_the_cap_and_hyperplanes_are_kept() -> None:
    problem = planted(7, states=2, neurons=2)
    theta = starts(8, 3, 2, 3)
    theta[0, 0] = [300.0, 400.0, 50.0]
    polished = refine(problem, theta, 5)
    assert np.linalg.norm(polished.theta[..., :2], axis=-1).max() <= problem.slope_cap * (1 + 1e-12)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), weights=st.sampled_from([0.0, 1e-3]))
def test_removal_score_is_the_true_increase_for_a_fixed_leak(seed: int, weights: float) -> None:
    problem = replace(planted(seed, states=2, neurons=4, noise=1e-2), kappa=(1.0, 1.0), states=1)
    problem = replace(problem, weight_price=weights)
    theta = starts(seed, 1, 4, 3)
    at = evaluate(problem, theta)
    for neuron, score in enumerate(removal_scores(at)[0]):
        without = evaluate(problem, np.delete(theta, neuron, axis=1)).value[0]
        assert score == pytest.approx(without - at.value[0], rel=1e-6, abs=1e-10)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), held=st.integers(0, 3), weights=st.sampled_from([0.0, 1e-3]))
def test_addition_gain_is_the_true_decrease_for_a_fixed_leak(
    seed: int, held: int, weights: float
) -> None:
    problem = replace(planted(seed, states=2, neurons=4, noise=1e-2), kappa=(1.0, 1.0), states=1)
    problem = replace(problem, weight_price=weights)
    theta, offered = starts(seed, 1, held, 3)[0], starts(seed + 1, 1, 5, 3)[0]
    gains = addition_gains(problem, theta, 1.0, weighted_rates(problem, offered))
    wanted = problem.target + problem.leak
    rest = wanted - (wanted @ problem.free.T) @ problem.free / np.sum(problem.free**2)
    empty = np.sum(rest**2)
    before = evaluate(problem, theta[None]).value[0] if held else empty
    for candidate, gain in zip(offered, gains, strict=True):
        after = evaluate(problem, np.vstack([theta, candidate])[None]).value[0]
        assert gain == pytest.approx(before - after, rel=1e-6, abs=1e-10)


def test_nothing_to_do_with_no_steps() -> None:
    problem, theta = planted(9, states=2, neurons=2), starts(10, 3, 2, 3)
    polished = refine(problem, theta, 0)
    np.testing.assert_allclose(polished.at.value, np.sort(evaluate(problem, theta).value))
    assert polished.work > 0


def test_status_is_converged_only_where_no_parameter_promises_a_lower_value() -> None:
    """A Gauss-Newton step of one parameter would gain g²/H, a millionth of the value at most."""
    problem = planted(5, states=2, neurons=4, noise=1e-3)
    short, long = (refine(problem, starts(6, 6, 2, 3), steps) for steps in (2, 300))
    assert set(short.status) == {Status.STEP_LIMIT}
    np.testing.assert_array_equal(short.steps, 2)
    assert Status.CONVERGED in long.status
    assert Status.STEP_LIMIT not in long.status
    for polished in (short, long):
        curvature = np.einsum("snn->sn", polished.at.hessian)
        gain = np.max(polished.at.gradient**2 / curvature, axis=1) / polished.at.value
        np.testing.assert_array_equal(polished.status == Status.CONVERGED, gain <= 1e-6)


def test_a_start_that_only_crawls_has_stalled_after_as_many_slow_steps_as_patience_allows() -> None:
    """No step gains 90 % of the value: every one is slow."""
    problem = planted(1, states=2, neurons=3, noise=1e-3)
    policy = RefinePolicy(slow=0.9, patience=3, flat=0.0)
    polished = refine(problem, starts(2, 5, 2, 3), 50, policy=policy)
    assert set(polished.status) == {Status.STALLED}
    np.testing.assert_array_equal(polished.steps, 3)


def test_a_start_without_a_value_is_singular_and_stays_last() -> None:
    problem, theta = planted(9, states=2, neurons=2), starts(10, 3, 2, 3)
    theta[1] = np.nan
    polished = refine(problem, theta, 4)
    assert polished.status.tolist()[2] == Status.SINGULAR
    assert polished.steps.tolist() == [4, 4, 0]
    assert Status.SINGULAR not in polished.status[:2]


def test_a_step_whose_equations_have_no_solution_is_singular(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NumPy refuses a singular matrix; the start stays where it is."""

    solve = np.linalg.solve

    def refuse(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
        if right.shape[2] > 1:  # the elimination of weights, not the step
            return solve(matrix, right)
        raise np.linalg.LinAlgError("Singular matrix")

    problem, theta = planted(9, states=2, neurons=2, noise=1e-2), starts(10, 3, 2, 3)
    monkeypatch.setenv("LRFIT_KERNEL", "numpy")
    monkeypatch.setattr("lrfit.regression.constraints.np.linalg.solve", refuse)
    problem = replace(problem, free=np.empty((0, len(problem.root))))  # nothing else to solve
    polished = refine(problem, theta, 4)
    assert set(polished.status) == {Status.SINGULAR}
    order = np.argsort(evaluate(problem, theta).value)
    np.testing.assert_array_equal(polished.theta, theta[order])


def test_status_follows_its_start_through_sorting_and_joining() -> None:
    problem, theta = planted(5, states=2, neurons=4, noise=1e-3), starts(6, 4, 2, 3)
    theta[0] = np.nan
    one, other = refine(problem, theta, 2), refine(problem, theta, 60)
    both = join(one, other)
    for name in ("status", "steps"):
        expected = np.concatenate([getattr(one, name), getattr(other, name)])
        np.testing.assert_array_equal(getattr(both, name), expected)
        np.testing.assert_array_equal(getattr(both.take(np.array([5, 0])), name), expected[[5, 0]])
    alone = [int(refine(problem, each[None], 60).status[0]) for each in theta]
    values = evaluate(problem, theta).value
    assert sorted(alone) == sorted(other.status.tolist())
    assert alone[int(np.argmax(values))] == other.status[-1] == Status.SINGULAR
