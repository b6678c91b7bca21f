"""Greedy selection: the plain algorithm's choices, exactly, and every prefix's own best fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import NumericalError, UsageError
from lrfit.networks.basis import draw_neurons
from lrfit.regression.features import BlockFeatures, MatrixFeatures
from lrfit.regression.greedy import orthogonal_least_squares, select
from lrfit.regression.leak import Leak
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.readout import LeakBounds, ReadoutProblem
from lrfit.regression.scores import FixedLeak
from lrfit.regression.selection import Selection, SelectionPlan


def problem_of(zeta, drive, velocity, **fit):
    fit = {"output_scale": np.ones(zeta.shape[1]), **fit}
    return ReadoutProblem(state=zeta, drive=drive, velocity=velocity, **fit)


def chosen(features, zeta, drive, velocity, *, count, rule="ols", batch=32, **fit):
    """Steps of a selection whose problem is given by its parts."""
    problem = problem_of(zeta, drive, velocity, **fit)
    return select(problem, features, count=count, rule=rule, batch=batch)


def tanh_problem(seed=0, P=400, K=200, D=2):
    """Random neurons on the van der Pol field and its like: strongly correlated columns."""
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (P, D))
    neurons = draw_neurons(K, D, 0, generator=generator)
    x, y = 3 * zeta[:, 0], 3 * zeta[:, -1]
    velocity = np.stack([y, (1 - x * x) * y - x][:D], axis=1)
    Phi = neurons.activity(zeta, np.zeros((P, 0)))
    return Phi, velocity / np.sqrt(np.mean(velocity**2, axis=0)), zeta


def brute_force(Phi, Y, count, ridge=0.0, rule="ols"):
    """Refit every candidate at each step, from a fresh QR of what is taken."""
    K, taken = Phi.shape[1], []
    rows = np.vstack([Phi, np.sqrt(ridge) * np.eye(K)])
    right = np.vstack([Y, np.zeros((K, Y.shape[1]))])
    for _ in range(count):
        Q, _ = np.linalg.qr(rows[:, taken])
        left, residual = rows.copy(), right - Q @ (Q.T @ right)
        for _ in range(2):
            left -= Q @ (Q.T @ left)
        length = np.linalg.norm(left if rule == "ols" else rows, axis=0)
        length[taken] = np.inf
        taken.append(int(np.argmax(np.linalg.norm(rows.T @ residual, axis=1) / length)))
    return taken


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_selection_equals_brute_force_on_random_columns(seed, rule):
    generator = np.random.default_rng(seed)
    Phi, Y = generator.standard_normal((60, 40)), generator.standard_normal((60, 3))
    Phi *= generator.uniform(0.1, 10, 40)
    path = orthogonal_least_squares(Phi, Y, 25, rule=rule)
    assert path.support.tolist() == brute_force(Phi, Y, 25, rule=rule)


@pytest.mark.parametrize("ridge", [0.0, 4e-6])
@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_selection_equals_brute_force_on_correlated_neurons_for_sixty_steps(rule, ridge):
    Phi, Y, _ = tanh_problem()
    path = orthogonal_least_squares(Phi, Y, 60, ridge=ridge, rule=rule)
    assert path.support.tolist() == brute_force(Phi, Y, 60, ridge, rule)


def test_omp_equals_scikit_learn_for_one_output_and_unit_columns():
    from sklearn.linear_model import orthogonal_mp

    for seed in range(20):
        generator = np.random.default_rng(seed)
        Phi = generator.standard_normal((80, 120))
        Phi /= np.linalg.norm(Phi, axis=0)
        y = Phi[:, :10] @ generator.standard_normal(10) + 0.1 * generator.standard_normal(80)
        for count in (1, 5, 12):
            expected = np.flatnonzero(orthogonal_mp(Phi, y, n_nonzero_coefs=count))
            path = orthogonal_least_squares(Phi, y[:, None], count, rule="omp")
            assert sorted(path.support) == expected.tolist()


@pytest.mark.parametrize("cache", [1, 40 << 10, 1 << 30])
@pytest.mark.parametrize("start", [0, 64])
@pytest.mark.parametrize("ridge", [0.0, 4e-6])
def test_look_ahead_never_changes_the_choice(cache, start, ridge):
    Phi, Y, _ = tanh_problem(1)
    plan = SelectionPlan(rule="ols", count=40, ridge=ridge, start=start, cache_bytes=cache)
    still = np.zeros(2)
    leak = Leak(kappa=0.0, offset=still, center=still, free=still > 0)
    outputs = FixedLeak(leak=leak, scale=np.ones(2))
    selection = Selection(
        MatrixFeatures(Phi), outputs, Y.T.copy(), np.zeros((0, 400)), np.ones(400), plan
    )
    while selection.take() is not None:
        pass
    assert selection.support == brute_force(Phi, Y, 40, ridge)


def test_look_ahead_needs_few_passes():
    Phi, Y, _ = tanh_problem(2, P=1000, K=1000)
    assert orthogonal_least_squares(Phi, Y, 80).passes <= 12


@pytest.mark.parametrize("guesses", [0, 3, 40])
@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_nonsense_guesses_only_cost_passes(monkeypatch, guesses, rule):
    """With 40 guesses all candidates soon lie in the known subspace, many without being asked."""
    Phi, Y, zeta = tanh_problem(3)
    fit = {"weight": np.ones(400), "noise": 1e-4, "bounds": SETTINGS["free"], "count": 40}
    arrays = MatrixFeatures(Phi), zeta, np.zeros((400, 0)), Y
    expected = list(chosen(*arrays, rule=rule, **fit))
    generator = np.random.default_rng(0)

    def nonsense(*_, first, fetched, **__):
        others = np.setdiff1d(np.flatnonzero(~fetched), [first])
        return np.append(generator.permutation(others)[:guesses], first)

    monkeypatch.setattr("lrfit.regression.selection.foresee", nonsense)
    steps = list(chosen(*arrays, rule=rule, batch=41, **fit))
    assert [step.index for step in steps] == [step.index for step in expected]
    np.testing.assert_allclose(
        [step.training for step in steps], [step.training for step in expected], rtol=1e-7
    )


def test_target_in_the_span_is_recovered_to_ten_digits():
    Phi, _, _ = tanh_problem(4)
    A = np.array([[2.0, -1.0], [0.5, 3.0], [-4.0, 1.0]])
    path = orthogonal_least_squares(Phi, Phi[:, [5, 80, 143]] @ A, 30)
    fitted = Phi[:, path.support] @ path.weights
    np.testing.assert_allclose(fitted, Phi[:, [5, 80, 143]] @ A, atol=1e-10)
    assert len(path.support) < 30  # nothing is chosen by rounding errors


def test_path_falls_and_the_residual_is_orthogonal_to_the_chosen():
    Phi, Y, _ = tanh_problem(5)
    path = orthogonal_least_squares(Phi, Y, 50)
    assert np.all(np.diff(path.residual, axis=0) <= 1e-12)
    residual = Y - Phi[:, path.support] @ path.weights
    np.testing.assert_allclose(np.linalg.norm(residual, axis=0), path.residual[-1], rtol=1e-6)
    assert np.abs(Phi[:, path.support].T @ residual).max() < 1e-8
    assert len(set(path.support)) == 50


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["ols", "omp"]), st.sampled_from([0.0, 1e-4]))
def test_order_of_samples_and_candidates_does_not_matter(seed, rule, ridge):
    generator = np.random.default_rng(seed)
    Phi, Y = generator.standard_normal((50, 30)), generator.standard_normal((50, 2))
    p, k = generator.permutation(50), generator.permutation(30)
    path = orthogonal_least_squares(Phi, Y, 12, rule=rule, ridge=ridge)
    other = orthogonal_least_squares(Phi[p][:, k], Y[p], 12, rule=rule, ridge=ridge)
    np.testing.assert_array_equal(k[other.support], path.support)


@pytest.mark.parametrize("ridge", [0.0, 1e-6])
@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_dead_and_duplicate_columns_do_no_harm(rule, ridge):
    generator = np.random.default_rng(7)
    Phi, Y = generator.standard_normal((40, 12)), generator.standard_normal((40, 2))
    bad = np.hstack([np.zeros((40, 1)), Phi, Phi, np.full((40, 1), np.nan), 3 * Phi])
    bad[0, -1] = np.inf
    path = orthogonal_least_squares(bad, Y, 30, rule=rule, ridge=ridge)
    assert 0 not in path.support
    assert 25 not in path.support
    assert bad.shape[1] - 1 not in path.support
    assert len(set(path.support)) == len(path.support)
    if ridge == 0.0:
        assert sorted((path.support - 1 - (path.support > 25)) % 12) == list(range(12))
    assert np.all(np.isfinite(path.weights))


def test_no_live_candidate_gives_an_empty_path():
    path = orthogonal_least_squares(np.zeros((20, 5)), np.ones((20, 1)), 3)
    assert len(path.support) == 0
    assert path.weights.shape == (0, 1)


def test_fewer_samples_than_candidates_end_when_the_fit_is_exact():
    generator = np.random.default_rng(8)
    Phi, Y = generator.standard_normal((10, 60)), generator.standard_normal((10, 2))
    path = orthogonal_least_squares(Phi, Y, 40)
    assert len(path.support) == 10
    np.testing.assert_allclose(Phi[:, path.support] @ path.weights, Y, atol=1e-9)


@pytest.mark.parametrize("rule", ["nearest", "OLS"])
def test_unknown_rules_are_refused(rule):
    with pytest.raises(UsageError, match="choose ols or omp"):
        orthogonal_least_squares(np.eye(4), np.ones((4, 1)), 2, rule=rule)


def test_impossible_counts_are_refused():
    with pytest.raises(UsageError, match="at least 1"):
        orthogonal_least_squares(np.eye(4), np.ones((4, 1)), 0)


# --- with leak, centre, direct inputs, weights and noise -----------------------------------------


def network_problem(seed, P=150, K=40, D=2):
    generator = np.random.default_rng(seed)
    zeta, drive = generator.uniform(-1, 1, (P, D)), generator.uniform(-1, 1, (P, 2))
    neurons = draw_neurons(K, D, 2, generator=generator)
    velocity = np.stack(
        [
            np.sin(2 * (d + 1) * zeta[:, 0]) - 1.5 * zeta[:, d] + 0.4 * drive[:, 0] * zeta[:, -1]
            for d in range(D)
        ],
        axis=1,
    )
    weight = generator.uniform(0.5, 1.5, P)
    fit = {
        "weight": weight / weight.mean(),
        "output_scale": generator.uniform(0.5, 2, D),
        "noise": 1e-3,
    }
    return neurons, zeta, drive, velocity, fit


def objective(Phi, readout, zeta, drive, velocity, fit):
    residual = velocity - readout.velocity(Phi, zeta, drive)
    squares = fit["weight"] @ residual**2
    price = len(velocity) * fit["noise"] ** 2 * np.sum(readout.A**2, axis=0)
    price += fit.get("weight_noise", 0.0) ** 2 * (fit["weight"] @ Phi**2) @ readout.A**2
    return (squares + price) / fit["output_scale"] ** 2


WIDE = (np.full(2, -50.0), np.full(2, 50.0))
SETTINGS = {
    "free": LeakBounds(kappa=(0.01, 100.0), center=WIDE),
    "direct": LeakBounds(kappa=(0.01, 100.0), center=WIDE, direct=(0, 1)),
    "kappa bounded": LeakBounds(kappa=(0.01, 0.5), center=WIDE, direct=(1,)),
    "kappa given": LeakBounds(kappa=(1.2, 1.2), center=WIDE),
    "centre given": LeakBounds(kappa=(0.01, 100.0), center=(np.array([0.2, 0]),) * 2),
    "centre bounded": LeakBounds(kappa=(0.01, 9.0), center=(np.full(2, -0.05), np.full(2, 0.05))),
    "all given": LeakBounds(kappa=(0.7, 0.7), center=(np.array([0.1, -0.3]),) * 2, direct=(0,)),
}


# Centres at a bound are held while candidates are compared, so there the best refit may differ.
@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"centre bounded"}))
@pytest.mark.parametrize("weight_noise", [0.0, 0.03])
def test_each_neuron_is_the_one_whose_refit_is_best(name, weight_noise):
    neurons, zeta, drive, velocity, fit = network_problem(3, P=100, K=25)
    fit |= {"bounds": SETTINGS[name], "weight_noise": weight_noise}
    Phi, taken = neurons.activity(zeta, drive), []
    for step in chosen(MatrixFeatures(Phi), zeta, drive, velocity, count=6, **fit):
        costs = {}
        for i in sorted(set(range(25)) - set(taken)):
            trial = Phi[:, [*taken, i]]
            readout = solve_readout(problem_of(zeta, drive, velocity, **fit), trial)
            costs[i] = objective(trial, readout, zeta, drive, velocity, fit).sum()
        assert step.index == min(costs, key=costs.__getitem__)
        taken.append(step.index)
        cost = np.sum(len(zeta) * (step.training / fit["output_scale"]) ** 2)
        assert cost == pytest.approx(costs[step.index], rel=1e-8)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_readout_of_every_prefix_is_that_of_a_separate_solve(name, rule):
    neurons, zeta, drive, velocity, fit = network_problem(4, P=300, K=60)
    fit |= {"bounds": SETTINGS[name]}
    Phi = neurons.activity(zeta, drive)
    steps = list(chosen(MatrixFeatures(Phi), zeta, drive, velocity, count=20, rule=rule, **fit))
    assert [step.neurons for step in steps] == list(range(1, 21))
    for step in steps:
        expected = solve_readout(problem_of(zeta, drive, velocity, **fit), Phi[:, step.support])
        readout = step.readout()
        np.testing.assert_allclose(readout.A, expected.A, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(readout.center, expected.center, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(readout.direct, expected.direct, rtol=1e-8, atol=1e-8)
        assert readout.kappa == pytest.approx(expected.kappa, rel=1e-8)
        assert (readout.rank, readout.status) == (expected.rank, expected.status)


def test_planted_network_is_found_with_its_leak_centre_and_direct_input():
    neurons, zeta, drive, _, fit = network_problem(5, P=400, K=80)
    Phi, E = neurons.activity(zeta, drive), np.array([[0.0, 0.6], [0.0, -0.3]])
    A, c = np.array([[1.0, -2.0], [0.5, 1.5], [2.0, 0.3]]), np.array([0.4, -0.6])
    velocity = Phi[:, [11, 42, 77]] @ A - 2.2 * (zeta - c) + drive @ E.T
    bounds = LeakBounds(kappa=(0.1, 10.0), center=(-np.ones(2), np.ones(2)), direct=(1,))
    features = MatrixFeatures(Phi)
    *_, last = chosen(
        features, zeta, drive, velocity, count=30, **fit | {"noise": 0.0}, bounds=bounds
    )
    readout = last.readout()
    np.testing.assert_allclose(readout.center, c, atol=1e-9)
    np.testing.assert_allclose(readout.direct, E, atol=1e-9)
    assert readout.kappa == pytest.approx(2.2, abs=1e-9)
    assert np.max(last.training) < 1e-12


def test_features_in_blocks_and_in_memory_give_the_same_path():
    neurons, zeta, drive, velocity, fit = network_problem(6, P=500, K=90)
    fit |= {"bounds": SETTINGS["direct"], "count": 15}
    whole = MatrixFeatures(np.asfortranarray(neurons.activity(zeta, drive)))
    parts = BlockFeatures(neurons=neurons, state=zeta, input=drive)
    for one, other in zip(
        chosen(whole, zeta, drive, velocity, **fit),
        chosen(parts, zeta, drive, velocity, **fit),
        strict=True,
    ):
        assert one.index == other.index
        np.testing.assert_allclose(one.training, other.training, rtol=1e-9)


def test_a_dependent_direct_input_is_left_at_zero():
    neurons, zeta, drive, velocity, fit = network_problem(7)
    drive[:, 1] = 0.0
    fit |= {"bounds": SETTINGS["direct"], "count": 3}
    *_, last = chosen(MatrixFeatures(neurons.activity(zeta, drive)), zeta, drive, velocity, **fit)
    direct = last.readout().direct
    np.testing.assert_array_equal(direct[:, 1], 0.0)
    assert np.all(direct[:, 0] != 0.0)


def test_the_features_are_not_changed():
    neurons, zeta, drive, velocity, fit = network_problem(8)
    arrays = [neurons.activity(zeta, drive), zeta, drive, velocity]
    before = [array.copy() for array in arrays]
    list(chosen(MatrixFeatures(arrays[0]), *arrays[1:], count=4, bounds=SETTINGS["direct"], **fit))
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("which", [1, 2, 3])
def test_samples_that_are_not_finite_are_refused(which):
    neurons, zeta, drive, velocity, fit = network_problem(9)
    arrays = [MatrixFeatures(neurons.activity(zeta, drive)), zeta, drive, velocity]
    arrays[which][0, 0] = np.nan
    with pytest.raises(NumericalError, match="not finite"):
        next(chosen(*arrays, count=4, bounds=SETTINGS["free"], **fit))


def test_samples_too_large_to_square_are_refused():
    neurons, zeta, drive, velocity, fit = network_problem(9)
    features = MatrixFeatures(neurons.activity(zeta, drive))
    with pytest.raises(NumericalError, match="too large"):
        next(
            chosen(features, zeta, drive, velocity * 1e200, count=4, bounds=SETTINGS["free"], **fit)
        )


@pytest.mark.parametrize("factor", [1e150, 1e-150])
def test_columns_out_of_range_are_dead(factor):
    Phi, Y, _ = tanh_problem(9, K=20)
    Phi[:, ::2] *= factor
    path = orthogonal_least_squares(Phi, Y, 20)
    assert sorted(path.support) == list(range(1, 20, 2))


def test_a_field_that_is_all_leak_needs_no_neuron():
    neurons, zeta, drive, _, fit = network_problem(9)
    features = MatrixFeatures(neurons.activity(zeta, drive))
    velocity = -2.0 * (zeta - [0.3, 0.1])
    assert not list(
        chosen(features, zeta, drive, velocity, count=4, bounds=SETTINGS["free"], **fit)
    )


@pytest.mark.parametrize("noise", [np.nan, np.inf, -1.0])
def test_impossible_noise_is_refused(noise):
    with pytest.raises(UsageError, match="noise"):
        orthogonal_least_squares(np.eye(4), np.ones((4, 1)), 2, ridge=noise)


def test_arrays_of_different_lengths_are_refused():
    neurons, zeta, drive, velocity, fit = network_problem(10)
    features = MatrixFeatures(neurons.activity(zeta, drive))
    more = {"count": 4, "bounds": SETTINGS["free"], **fit}
    with pytest.raises(UsageError, match="150 rows of state for 149 of velocity"):
        next(chosen(features, zeta, drive, velocity[1:], **more))
    features = MatrixFeatures(neurons.activity(zeta[1:], drive[1:]))
    with pytest.raises(UsageError, match="149 rows of activity for 150 samples"):
        next(chosen(features, zeta, drive, velocity, **more))
