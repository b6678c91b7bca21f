"""The readout of given neurons: exact recovery, optimality, and agreement with lstsq."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from lrfit.core.errors import NumericalError
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.readout import LeakBounds, ReadoutProblem

FREE = (0.01, 100.0)


def solve(Phi, zeta, drive, velocity, *, output_scale=None, **fit):
    scale = np.ones(zeta.shape[1]) if output_scale is None else output_scale
    arrays = {"state": zeta, "drive": drive, "velocity": velocity, "output_scale": scale}
    return solve_readout(ReadoutProblem(**arrays, **fit), Phi)


def bounds_of(kappa=FREE, center=3.0, D=2, direct=()):
    wide = np.full(D, float(center))
    return LeakBounds(kappa=kappa, center=(-wide, wide), direct=direct)


def fixed(kappa, c, direct=()):
    return LeakBounds(kappa=(kappa, kappa), center=(np.array(c), np.array(c)), direct=direct)


def problem(seed=0, P=300, N=12, D=2, slope=2.0):
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (P, D))
    drive = generator.uniform(-1, 1, (P, 2))
    M, b = slope * generator.standard_normal((N, D)), generator.standard_normal(N)
    Phi = np.tanh(zeta @ M.T + b)
    velocity = np.stack([np.sin(3 * zeta[:, 0] + d) - zeta[:, d] ** 2 for d in range(D)], axis=1)
    weight = generator.uniform(0.5, 1.5, P)
    return Phi, zeta, drive, velocity + drive[:, :1], weight / weight.mean(), generator


def test_planted_network_is_recovered_to_ten_digits():
    Phi, zeta, drive, _, weight, generator = problem()
    A, E, c = generator.standard_normal((12, 2)), np.array([[0, 0.4], [0, -0.9]]), [0.7, -0.2]
    velocity = Phi @ A - 1.9 * (zeta - c) + drive @ E.T
    fit = solve(Phi, zeta, drive, velocity, weight=weight, noise=0.0, bounds=bounds_of(direct=(1,)))
    np.testing.assert_allclose(fit.A, A, atol=1e-10)
    np.testing.assert_allclose(fit.direct, E, atol=1e-10)
    np.testing.assert_allclose(fit.center, c, atol=1e-10)
    assert fit.kappa == pytest.approx(1.9, abs=1e-10)
    assert fit.status == ()
    assert fit.rank == 13
    np.testing.assert_allclose(fit.velocity(Phi, zeta, drive), velocity, atol=1e-10)


def test_residual_is_orthogonal_to_every_column_that_was_fitted():
    Phi, zeta, drive, velocity, weight, _ = problem(1)
    fit = solve(
        Phi, zeta, drive, velocity, weight=weight, noise=0.0, bounds=bounds_of(direct=(0, 1))
    )
    residual = weight[:, None] * (velocity - fit.velocity(Phi, zeta, drive))
    columns = np.hstack([Phi, drive, np.ones((len(Phi), 1))])
    assert np.abs(columns.T @ residual).max() < 1e-10
    assert abs(np.sum(residual * zeta)) < 1e-10


def ridge_oracle(Phi, targets, weight, penalty):
    """Ridge by lstsq on the augmented matrix, an independent route."""
    root = np.sqrt(weight)[:, None]
    rows = np.vstack([Phi * root, np.diag(np.sqrt(penalty))])
    padded = np.vstack([targets * root, np.zeros((Phi.shape[1], targets.shape[1]))])
    return np.linalg.lstsq(rows, padded, rcond=1e-16)[0]


@pytest.mark.parametrize("condition", [1e2, 1e10])
@pytest.mark.parametrize("noise", [1e-3, 1e-6])
def test_ridge_equals_lstsq_on_the_augmented_matrix(condition, noise):
    Phi, zeta, drive, velocity, weight, generator = problem(2)
    U, _, Vt = np.linalg.svd(generator.standard_normal(Phi.shape), full_matrices=False)
    Phi = 10 * (U * np.geomspace(1, 1 / condition, 12)) @ Vt
    c = [0.3, -0.1]
    fit = solve(Phi, zeta, drive, velocity, weight=weight, noise=noise, bounds=fixed(1.3, c))
    penalty = np.full(12, len(Phi) * noise**2)
    expected = ridge_oracle(Phi, velocity + 1.3 * (zeta - c), weight, penalty)
    assert np.linalg.norm(fit.A - expected) < 1e-8 * np.linalg.norm(expected)
    assert (fit.kappa, fit.rank) == (1.3, 12)


def test_weight_noise_is_a_diagonal_ridge():
    Phi, zeta, drive, velocity, weight, _ = problem(3)
    Phi = Phi * np.geomspace(1, 1e-3, 12)
    fit = solve(
        Phi,
        zeta,
        drive,
        velocity,
        weight=weight,
        noise=1e-3,
        weight_noise=0.02,
        bounds=fixed(0.8, [0, 0]),
    )
    penalty = len(Phi) * 1e-6 + 0.02**2 * (weight @ Phi**2)
    expected = ridge_oracle(Phi, velocity + 0.8 * zeta, weight, penalty)
    np.testing.assert_allclose(fit.A, expected, rtol=1e-8, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.05, 3.0), st.floats(0.01, 2.0))
def test_bounded_kappa_equals_a_bounded_linear_solver(seed, low, width):
    Phi, zeta, drive, velocity, weight, generator = problem(seed, P=80, N=4)
    scale, c, noise = generator.uniform(0.5, 2, 2), generator.uniform(-1, 1, 2), 0.05
    bounds = LeakBounds(kappa=(low, low + width), center=(c, c), direct=(1,))
    fit = solve(
        Phi, zeta, drive, velocity, weight=weight, noise=noise, bounds=bounds, output_scale=scale
    )
    root = np.sqrt(weight)
    rows, right = np.zeros((2 * 84, 11)), np.zeros(2 * 84)
    for d in range(2):
        at = slice(84 * d, 84 * d + 80)
        rows[at, 0] = -root * (zeta[:, d] - c[d]) / scale[d]
        rows[at, 1 + d] = root * drive[:, 1] / scale[d]
        rows[at, 3 + 4 * d : 7 + 4 * d] = root[:, None] * Phi / scale[d]
        rows[at.stop + np.arange(4), 3 + 4 * d + np.arange(4)] = np.sqrt(80) * noise / scale[d]
        right[at] = root * velocity[:, d] / scale[d]
    lower, upper = np.full(11, -np.inf), np.full(11, np.inf)
    lower[0], upper[0] = bounds.kappa
    oracle = lsq_linear(rows, right, (lower, upper), method="bvls").x
    assert fit.kappa == pytest.approx(oracle[0], rel=1e-7)
    np.testing.assert_allclose(fit.A.T.ravel(), oracle[3:], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(fit.direct[:, 1], oracle[1:3], rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 10**6),
    st.floats(0.0, 1.0),
    st.floats(0.1, 2.0),
    st.floats(0.1, 9.0),
    st.sampled_from([0.0, 1e-4]),
)
def test_bounds_are_respected(seed, center, low, width, noise):
    Phi, zeta, drive, velocity, weight, _ = problem(seed, P=60, N=5)
    fit = solve(
        Phi,
        zeta,
        drive,
        velocity,
        weight=weight,
        noise=noise,
        bounds=bounds_of((low, low + width), center),
    )
    assert low <= fit.kappa <= low + width
    assert np.all(np.abs(fit.center) <= center)


def test_no_neurons_leave_leak_and_direct_input():
    _, zeta, drive, _, weight, _ = problem(4)
    velocity = -0.7 * (zeta - [0.1, 0.2]) + drive[:, 1:] * [2.0, 3.0]
    fit = solve(
        np.zeros((300, 0)),
        zeta,
        drive,
        velocity,
        weight=weight,
        noise=1e-4,
        bounds=bounds_of(direct=(1,)),
    )
    assert fit.A.shape == (0, 2)
    np.testing.assert_allclose([fit.kappa, *fit.center], [0.7, 0.1, 0.2], rtol=1e-12)
    np.testing.assert_allclose(fit.direct, [[0, 2.0], [0, 3.0]], atol=1e-12)


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_dead_neurons_get_weight_zero_and_change_nothing(noise):
    Phi, zeta, drive, velocity, weight, _ = problem(5)
    settings_ = {"weight": weight, "noise": noise, "bounds": bounds_of()}
    alone = solve(Phi, zeta, drive, velocity, **settings_)
    dead = np.insert(Phi, [3, 7, 12], 0.0, axis=1)
    dead[:, 8] = np.nan
    dead[5, 14] = np.inf
    fit = solve(dead, zeta, drive, velocity, **settings_)
    np.testing.assert_array_equal(np.delete(fit.A, [3, 8, 14], axis=0), alone.A)
    np.testing.assert_array_equal(fit.A[[3, 8, 14]], 0.0)
    assert fit.status[0].startswith("3 neurons of ")


def test_lost_rank_is_reported_and_the_fit_is_still_the_best():
    Phi, zeta, drive, velocity, weight, _ = problem(6)
    settings_ = {"weight": weight, "noise": 0.0, "bounds": fixed(1.0, [0.0, 0.0])}
    alone = solve(Phi, zeta, drive, velocity, **settings_)
    twice = np.hstack([Phi, Phi[:, :2], Phi[:, :1] + Phi[:, 1:2]])
    fit = solve(twice, zeta, drive, velocity, **settings_)
    assert len(fit.status) == 1
    assert fit.status[0].startswith("12 of 15 neurons and inputs suffice")
    assert fit.rank == 12
    np.testing.assert_allclose(
        fit.velocity(twice, zeta, drive), alone.velocity(Phi, zeta, drive), atol=1e-10
    )


def test_more_neurons_than_samples_interpolate():
    Phi, zeta, drive, velocity, _, _ = problem(7, P=9, N=30)
    fit = solve(Phi, zeta, drive, velocity, weight=np.ones(9), noise=0.0, bounds=bounds_of())
    np.testing.assert_allclose(fit.velocity(Phi, zeta, drive), velocity, atol=1e-9)


def test_order_of_samples_and_neurons_does_not_matter():
    Phi, zeta, drive, velocity, weight, generator = problem(8)
    p, n = generator.permutation(300), generator.permutation(12)
    kw = {"noise": 1e-4, "bounds": bounds_of(direct=(0,))}
    fit = solve(Phi, zeta, drive, velocity, weight=weight, **kw)
    other = solve(Phi[p][:, n], zeta[p], drive[p], velocity[p], weight=weight[p], **kw)
    np.testing.assert_allclose(other.A, fit.A[n], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(other.center, fit.center, rtol=1e-8)


def test_integer_weights_are_repeated_samples():
    Phi, zeta, drive, velocity, _, generator = problem(9)
    times = generator.integers(1, 4, 300)
    again = np.repeat(np.arange(300), times)
    kw = {"noise": 1e-3, "bounds": bounds_of()}
    weighted = solve(Phi, zeta, drive, velocity, weight=times / times.mean(), **kw)
    repeated = solve(
        Phi[again], zeta[again], drive[again], velocity[again], weight=np.ones(len(again)), **kw
    )
    np.testing.assert_allclose(weighted.A, repeated.A, rtol=1e-7, atol=1e-9)
    assert weighted.kappa == pytest.approx(repeated.kappa, rel=1e-9)


def test_samples_in_blocks_give_the_same_fit(monkeypatch):
    Phi, zeta, drive, velocity, weight, _ = problem(10)
    kw = {"weight": weight, "noise": 1e-4, "bounds": bounds_of()}
    whole = solve(Phi, zeta, drive, velocity, **kw)
    monkeypatch.setattr("lrfit.regression.features.BLOCK_BYTES", 1)
    np.testing.assert_allclose(
        solve(Phi, zeta, drive, velocity, **kw).A, whole.A, rtol=1e-8, atol=1e-10
    )


def test_output_scale_decides_whose_kappa_it_is():
    _, zeta, drive, _, weight, _ = problem(11)
    velocity = -zeta * [1.0, 3.0]
    kw = {"weight": weight, "noise": 0.0, "bounds": bounds_of()}
    none = np.zeros((300, 0))
    for scale, kappa in (([1e-4, 1.0], 1.0), ([1.0, 1e-4], 3.0)):
        fit = solve(none, zeta, drive, velocity, output_scale=np.array(scale), **kw)
        assert fit.kappa == pytest.approx(kappa, abs=1e-6)


@pytest.mark.parametrize("which", ["zeta", "drive", "velocity"])
def test_values_that_are_not_finite_are_refused(which):
    Phi, zeta, drive, velocity, weight, _ = problem(12)
    arrays = {"zeta": zeta, "drive": drive, "velocity": velocity}
    arrays[which][3, 0] = np.nan
    with pytest.raises(NumericalError, match="not finite"):
        solve(Phi, **arrays, weight=weight, noise=1e-4, bounds=bounds_of(direct=(0, 1)))


def test_values_too_large_to_square_are_refused():
    Phi, zeta, drive, velocity, weight, _ = problem(13)
    with pytest.raises(NumericalError, match="too large"):
        solve(Phi, zeta, drive, velocity * 1e200, weight=weight, noise=1e-4, bounds=bounds_of())
