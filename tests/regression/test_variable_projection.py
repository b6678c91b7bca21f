"""The objective of refinement, its derivatives, and what is eliminated from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.regression.least_squares import solve_readout
from lrfit.regression.problem import RefinementProblem, first_points
from lrfit.regression.readout import LeakBounds, ReadoutProblem
from lrfit.regression.refine import Status, refine
from lrfit.regression.variable_projection import evaluate

SMOOTH = [name for name in NONLINEARITIES if name != "relu"]


def make_problem(
    seed: int = 0, *, points: int = 200, states: int = 2, name: str = "tanh", **changes: object
) -> RefinementProblem:
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (points, states))
    velocity = np.stack([np.sin(2 * zeta[:, 0]) - zeta[:, -1], zeta[:, 0] ** 2 - 0.5], axis=1)
    root = np.full(points, points**-0.5)
    problem = RefinementProblem(
        design=np.vstack([zeta.T, np.ones(points)]),
        free=root[None],
        leak=zeta.T[:2] * root,
        target=velocity.T * root,
        root=root,
        price=1e-4,
        weight_price=0.0,
        kappa=(0.01, 1e3),
        reach=np.full(2, np.inf),
        power=1.0,
        nonlinearity=nonlinearity(name),
        slopes=states,
        states=states,
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def starts(seed: int, count: int, neurons: int, parameters: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1.2, (count, neurons, parameters))


def finite_difference(
    problem: RefinementProblem, theta: np.ndarray, step: float = 1e-6
) -> np.ndarray:
    """Half the derivative of the value by every parameter."""
    flat = theta.reshape(len(theta), -1)
    columns = []
    for index in range(flat.shape[1]):
        shift = np.zeros_like(flat)
        shift[:, index] = step
        up = evaluate(problem, (flat + shift).reshape(theta.shape)).value
        down = evaluate(problem, (flat - shift).reshape(theta.shape)).value
        columns.append((up - down) / (4 * step))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("power", [1.0, 8.0])
@pytest.mark.parametrize("weight_price", [0.0, 1e-3])
@pytest.mark.parametrize("price", [1e-4, 1e-12])
def test_gradient_agrees_with_finite_differences(
    name: str, power: float, weight_price: float, price: float
) -> None:
    problem = make_problem(name=name, power=power, weight_price=weight_price, price=price)
    theta = starts(1, 3, 4, 3)
    gradient = evaluate(problem, theta).gradient
    oracle = finite_difference(problem, theta)
    np.testing.assert_allclose(gradient, oracle, atol=2e-6 * np.abs(oracle).max())


@pytest.mark.parametrize("kappa", [(0.7, 0.7), (5.0, 9.0), (1e-4, 2e-4)])
def test_gradient_holds_where_the_leak_is_fixed_or_at_its_bound(kappa: tuple[float, float]) -> None:
    problem = make_problem(kappa=kappa)
    theta = starts(2, 3, 4, 3)
    oracle = finite_difference(problem, theta)
    np.testing.assert_allclose(
        evaluate(problem, theta).gradient, oracle, atol=2e-6 * np.abs(oracle).max()
    )


def test_gradient_holds_where_m_is_nearly_rank_deficient() -> None:
    problem = make_problem()
    theta = starts(3, 3, 4, 3)
    theta[:, :, 1] *= 1e-4
    at = evaluate(problem, theta)
    assert np.all(at.value > evaluate(replace(problem, states=1), theta).value)
    oracle = finite_difference(problem, theta, step=1e-9)
    np.testing.assert_allclose(at.gradient, oracle, atol=2e-3 * np.abs(oracle).max())


@pytest.mark.parametrize("power", [1.0, 8.0])
@pytest.mark.parametrize("kappa", [(0.7, 0.7), (0.01, 1e3)])
@pytest.mark.parametrize("reach", [0.02, 0.3])
def test_gradient_holds_where_the_center_is_at_its_bound(
    power: float, kappa: tuple[float, float], reach: float
) -> None:
    problem = make_problem(power=power, kappa=kappa, reach=np.full(2, reach))
    theta = starts(5, 3, 4, 3)
    at = evaluate(problem, theta)
    assert np.all(at.value > evaluate(replace(problem, reach=np.full(2, np.inf)), theta).value)
    oracle = finite_difference(problem, theta)
    np.testing.assert_allclose(at.gradient, oracle, atol=2e-6 * np.abs(oracle).max())


@pytest.mark.parametrize("reach", [0.02, 0.3, 3.0, 1e6])
def test_value_with_a_bounded_center_is_that_of_the_final_solve(reach: float) -> None:
    problem = make_problem(reach=np.full(2, reach), price=1e-6)
    theta = starts(6, 5, 4, 3)
    at, root = evaluate(problem, theta), problem.root[0]
    for one, value, kappa in zip(theta, at.value, at.kappa, strict=True):
        Phi = np.tanh(one @ problem.design).T
        zeta, velocity = problem.leak.T / root, problem.target.T / root
        regression = ReadoutProblem(
            state=zeta,
            drive=np.empty((len(zeta), 0)),
            velocity=velocity,
            weight=np.ones(len(zeta)),
            noise=1e-3,
            bounds=LeakBounds(kappa=problem.kappa, center=(np.full(2, -reach), np.full(2, reach))),
            output_scale=np.ones(2),
        )
        solved = solve_readout(regression, Phi)
        left = velocity - solved.velocity(Phi, zeta, np.empty((len(zeta), 0)))
        price = 1e-6 * np.sum(solved.A**2)
        assert value == pytest.approx(np.mean(np.sum(left**2, axis=1)) + price, rel=1e-6)
        assert kappa == pytest.approx(solved.kappa, rel=1e-5)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    neurons=st.integers(1, 6),
    price=st.sampled_from([1e-3, 1e-12]),
    weight_price=st.sampled_from([0.0, 1e-2]),
)
def test_value_is_the_ridge_optimum_of_an_independent_solver(
    seed: int, neurons: int, price: float, weight_price: float
) -> None:
    """Augmented least squares over weights, constant and leak together, as one problem."""
    problem = make_problem(seed, states=2, kappa=(-1e9, 1e9), price=price)
    problem = replace(problem, states=1, weight_price=weight_price)
    theta = starts(seed + 1, 1, neurons, 3)
    Phi = np.tanh(theta[0] @ problem.design) * problem.root
    columns = np.vstack([Phi, problem.free]).T
    outputs, width = len(problem.target), columns.shape[1]
    blocks = np.kron(np.eye(outputs), columns)
    shared = -problem.leak.reshape(-1, 1)
    ridge = np.zeros((outputs * neurons, outputs * width + 1))
    for d in range(outputs):
        for i in range(neurons):
            noise = price + weight_price * np.sum(Phi[i] ** 2)
            ridge[d * neurons + i, d * width + i] = np.sqrt(noise)
    system = np.vstack([np.hstack([blocks, shared]), ridge])
    wanted = np.concatenate([problem.target.ravel(), np.zeros(len(ridge))])
    solution, *_ = np.linalg.lstsq(system, wanted, rcond=None)
    at = evaluate(problem, theta)
    assert at.value[0] == pytest.approx(np.sum((system @ solution - wanted) ** 2), rel=1e-8)
    assert at.kappa[0] == pytest.approx(solution[-1], rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("states", [1, 2])
def test_value_is_exact_where_the_fit_is_almost_perfect_and_noise_is_tiny(states: int) -> None:
    """Near a planted network, at noise 1e-7, against lstsq: differences of nearly equal numbers."""
    generator, price = np.random.default_rng(8), 1e-14
    problem = make_problem(points=512, states=2, price=price, kappa=(1.0, 1.0))
    theta = starts(9, 1, 4, 3)
    theta[:, :, 1] *= states - 1  # neurons that differ little: an ill-conditioned kernel
    Phi = np.tanh(theta[0] @ problem.design) * problem.root
    A = generator.standard_normal((4, 2))
    problem = replace(problem, states=1, target=A.T @ Phi - problem.leak)
    columns = np.vstack([Phi, problem.free]).T
    ridge = np.hstack([np.sqrt(price) * np.eye(4), np.zeros((4, 1))])
    system = np.vstack([columns, ridge])
    wanted = np.vstack([(problem.target + problem.leak).T, np.zeros((4, 2))])
    solution, *_ = np.linalg.lstsq(system, wanted, rcond=None)
    left = np.sum((system @ solution - wanted) ** 2)
    assert left < 1e-11
    assert evaluate(problem, theta).value[0] == pytest.approx(left, rel=1e-2, abs=0.0)


@pytest.mark.parametrize("name", list(NONLINEARITIES))
@pytest.mark.parametrize("weight_price", [0.0, 1e-3])
def test_both_ways_of_elimination_agree(name: str, weight_price: float) -> None:
    problem = make_problem(name=name, weight_price=weight_price, power=8.0)
    theta = starts(10, 5, 4, 3)
    by_gram = evaluate(problem, theta)
    by_qr = evaluate(replace(problem, safe_price=1.0), theta)
    for field in ("value", "by_output", "gradient", "hessian", "A", "kappa", "inverse"):
        one, other = getattr(by_gram, field), getattr(by_qr, field)
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9 * np.abs(other).max())


def test_no_starts_give_no_values() -> None:
    for price in (1e-4, 1e-14):
        none = evaluate(make_problem(price=price), np.empty((0, 4, 3)))
        assert none.value.shape == (0,)


def test_power_mean_lies_between_the_largest_output_and_the_sum() -> None:
    theta = starts(4, 5, 3, 3)
    smooth = evaluate(make_problem(power=8.0), theta)
    largest = smooth.by_output.max(axis=1)
    assert np.all(smooth.value >= largest)
    assert np.all(smooth.value <= 2 ** (1 / 8) * largest * (1 + 1e-12))


def test_leak_minimizes_the_power_mean() -> None:
    problem, theta = make_problem(power=8.0, kappa=(-1e3, 1e3)), starts(5, 4, 3, 3)
    best = evaluate(problem, theta)
    for factor in (0.9, 0.99, 1.01, 1.1):
        for row, kappa in enumerate(best.kappa):
            other = evaluate(replace(problem, kappa=(factor * kappa,) * 2), theta)
            assert other.value[row] >= best.value[row] * (1 - 1e-12)


@pytest.mark.parametrize("reach", [0.02, 0.3, np.inf])
def test_no_leak_is_better_where_leak_and_centers_are_settled(reach: float) -> None:
    """Held centres and the leak decide each other; the rounds for that are enough here."""
    problem = make_problem(power=8.0, reach=np.full(2, reach))
    low, high = problem.kappa
    for theta in starts(11, 8, 4, 3):
        at = evaluate(problem, theta[None])
        assert at.settled[0]
        for factor in (0.99, 1.01):
            kappa = min(max(factor * float(at.kappa[0]), low), high)
            other = evaluate(replace(problem, kappa=(kappa, kappa)), theta[None])
            assert other.value[0] >= at.value[0] * (1 - 1e-9)


@pytest.mark.parametrize("reach", [0.3, np.inf])
def test_a_settled_start_of_a_batch_has_the_value_that_it_has_alone(reach: float) -> None:
    problem, theta = make_problem(power=8.0, reach=np.full(2, reach)), starts(11, 100, 4, 3)
    batch = evaluate(problem, theta)
    alone = np.array([evaluate(problem, one[None]).value[0] for one in theta])
    assert np.sum(batch.settled) > 20
    np.testing.assert_allclose(batch.value[batch.settled], alone[batch.settled], rtol=1e-9)


def test_a_leak_whose_iteration_is_cut_short_is_told_as_not_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, theta = make_problem(power=8.0, kappa=(-1e3, 1e3)), starts(11, 8, 4, 3)
    assert np.all(evaluate(problem, theta).settled)
    monkeypatch.setenv("LRFIT_KERNEL", "numpy")
    monkeypatch.setattr("lrfit.regression.shared_leak._MOST_STEPS", 1)
    assert not np.any(evaluate(problem, theta).settled)
    assert np.all(evaluate(replace(problem, power=1.0), theta).settled)  # in closed form
    assert np.all(evaluate(replace(problem, kappa=(0.7, 0.7)), theta).settled)
    assert set(refine(problem, theta, 1).status) == {Status.UNSETTLED}


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    reach=st.sampled_from([0.02, 0.3, np.inf]),
    kappa=st.sampled_from([(0.01, 1e3), (0.9, 1.1), (3.0, 9.0)]),
)
def test_a_start_has_the_same_value_alone_and_in_any_batch(
    seed: int, reach: float, kappa: tuple[float, float]
) -> None:
    problem = make_problem(seed, power=8.0, reach=np.full(2, reach), kappa=kappa)
    theta = starts(seed, 12, 4, 3)
    whole = evaluate(problem, theta)
    assert np.all((kappa[0] <= whole.kappa) & (whole.kappa <= kappa[1]))
    order = np.random.default_rng(seed).permutation(12)
    for rows in (order[:1], order[1:4], order):
        part = evaluate(problem, theta[rows])
        np.testing.assert_allclose(part.kappa, whole.kappa[rows], rtol=1e-10)
        np.testing.assert_allclose(part.value, whole.value[rows], rtol=1e-12)
        np.testing.assert_array_equal(part.settled, whole.settled[rows])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_value_does_not_depend_on_the_order_of_neurons_or_samples(seed: int) -> None:
    generator = np.random.default_rng(seed)
    problem, theta = make_problem(seed, power=8.0), starts(seed, 2, 5, 3)
    order = generator.permutation(len(problem.root))
    shuffled = replace(
        problem,
        **{name: getattr(problem, name)[:, order] for name in ("design", "free", "leak", "target")},
    )
    swapped = theta[:, generator.permutation(5)]
    np.testing.assert_allclose(
        evaluate(problem, theta).value, evaluate(shuffled, swapped).value, rtol=1e-9
    )


def test_a_batch_gives_what_each_start_gives_alone() -> None:
    problem, theta = make_problem(), starts(6, 7, 4, 3)
    batch = evaluate(problem, theta)
    for row in range(len(theta)):
        alone = evaluate(problem, theta[row : row + 1])
        np.testing.assert_allclose(batch.value[row], alone.value[0], rtol=1e-12)
        np.testing.assert_allclose(batch.hessian[row], alone.hessian[0], rtol=1e-9, atol=1e-15)


def test_a_start_that_is_not_finite_has_infinite_value_and_spoils_no_other() -> None:
    for price in (1e-4, 1e-14):
        problem, theta = make_problem(price=price), starts(7, 3, 4, 3)
        clean = evaluate(problem, theta).value
        theta[1] = np.nan
        values = evaluate(problem, theta).value
        assert values[1] == np.inf
        np.testing.assert_allclose(values[[0, 2]], clean[[0, 2]], rtol=1e-12)


def test_head_keeps_averages_of_the_points_it_keeps() -> None:
    problem = make_problem(points=256)
    part = first_points(problem, 64)
    assert np.sum(part.root**2) == pytest.approx(1.0)
    np.testing.assert_allclose(
        np.sum(part.target**2), np.mean(np.sum((problem.target[:, :64] * 16) ** 2, axis=0))
    )
