"""Linear networks that learn: static descent against simulated networks, and against theory."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.learning import linear_theory as theory
from lrfit.learning.learn_linear import learn_linear
from lrfit.learning.linear import (
    GRID,
    Change,
    Descent,
    LinearNetwork,
    descend,
    draw_network,
    linear_network,
)
from lrfit.learning.linear_result import LinearLearning

STEPS, DT = 101, 0.5


def some_weights(neurons: int, g: float, seed: int = 0) -> tuple[Array, Array, Array]:
    """W0, w and o of docs/theory, eq. 34, with whatever overlaps they have by chance."""
    rng = np.random.default_rng(seed)
    w, o = rng.normal(size=(2, neurons))
    W0 = g / np.sqrt(neurons) * rng.normal(size=(neurons, neurons))
    return W0, w / np.linalg.norm(w) * np.sqrt(neurons), o / np.linalg.norm(o) / np.sqrt(neurons)


def simulated(W: Array, w: Array, o: Array) -> tuple[Array, Array]:
    """States (T + 1, N) of dx/dt = -x + W x + w from rest by Euler's method, and o x at the end."""
    x = [np.zeros_like(w)]
    for _ in range(STEPS):
        x.append((1 - DT) * x[-1] + DT * (W @ x[-1] + w))
    return np.array(x), o @ x[-1]


def back_propagated(W: Array, w: Array, o: Array, target: float) -> tuple[float, Array]:
    """z at the end, and the gradient of (target - z)^2/2 by back-propagation through time."""
    x, z = simulated(W, w, o)
    delta, gradient = (z - target) * o, np.zeros_like(W)
    for t in reversed(range(STEPS)):
        gradient += DT * np.outer(delta, x[t])
        delta = (1 - DT) * delta + DT * (W.T @ delta)
    return float(z), gradient


def test_back_propagation_is_the_gradient_of_the_simulated_loss() -> None:
    W, w, o = some_weights(5, 0.5)
    _, gradient = back_propagated(W, w, o, 0.7)
    step = 1e-30
    for i, j in np.ndindex(5, 5):
        moved = W.astype(complex)
        moved[i, j] += 1j * step
        loss = (simulated(moved, w.astype(complex), o)[1] - 0.7) ** 2 / 2
        assert gradient[i, j] == pytest.approx(loss.imag / step, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("g", [0.0, 0.3])
def test_static_descent_is_back_propagation_through_time(g: float) -> None:
    W0, w, o = some_weights(48, g)
    network = linear_network(W0 if g else None, w, o, g=g)
    rate = GRID / network.beta**2  # every point of the grid is an epoch
    change, W = Change(network), W0.copy()
    for _ in range(60):
        z, gradient = back_propagated(W, w, o, 0.8)
        static, a, b = change.point()
        assert static == pytest.approx(z, abs=1e-9)
        assert np.abs(change.matrix() - (W - W0)).max() < 1e-9 * np.abs(W - W0).max() + 1e-15
        W -= rate * gradient
        change.C = change.C + rate * (0.8 - static) * np.outer(b, a)
    of_change = np.linalg.svd(W - W0, compute_uv=False)
    found = np.linalg.svd(change.C, compute_uv=False)
    assert found[:2] == pytest.approx(of_change[:2], rel=1e-9)


def dense_descent(W0: Array, w: Array, o: Array, target: float, rate: float, count: int) -> Array:
    """z (count,) of the same descent, with the whole of W inverted at every epoch."""
    W, found = W0.copy(), []
    for _ in range(count):
        inverse = np.linalg.inv(np.eye(len(w)) - W)
        found.append(o @ inverse @ w)
        W += rate * (target - found[-1]) * np.outer(inverse.T @ o, inverse @ w)
    return np.array(found)


@settings(max_examples=30, deadline=None)
@given(
    neurons=st.integers(1, 12),
    g=st.sampled_from([0.0, 0.2, 0.5]),
    target=st.sampled_from([-1.0, -0.3, 0.3, 1.0]),
    seed=st.integers(0, 1000),
)
def test_factors_give_what_the_whole_matrix_gives(
    neurons: int, g: float, target: float, seed: int
) -> None:
    """Also where the bases fill the space, and where G w and G^T o are parallel."""
    W0, w, o = some_weights(neurons, g, seed)
    network = linear_network(W0, w, o, g=g)
    rate = 0.01 / network.beta**2
    change, found = Change(network), []
    for _ in range(25):
        z, a, b = change.point()
        found.append(z)
        change.C = change.C + rate * (target - z) * np.outer(b, a)
    expected = dense_descent(W0, w, o, target, rate, 25)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-11)
    assert change.Qa.shape[1] <= neurons >= change.Qb.shape[1]


def test_descent_follows_the_whole_matrix_until_the_loss_is_one_percent_of_the_first() -> None:
    W0, w, o = some_weights(40, 0.5, 2)
    network = linear_network(W0, w, o, g=0.5)
    rate = GRID / network.beta**2  # every point of the grid is an epoch
    found = descend(network, 0.6, rate)
    expected = dense_descent(W0, w, o, 0.6, rate, len(found.z))
    assert np.allclose(found.z, expected, rtol=1e-9)
    left = ((0.6 - expected) / (0.6 - expected[0])) ** 2
    assert found.epochs == np.argmax(left <= 0.01)
    assert np.allclose(found.learned_values, found.values[found.epochs], rtol=1e-9)


def test_points_between_two_epochs_lie_on_the_step() -> None:
    network = draw_network(60, 0.5, (1,))
    epochs_on_grid = descend(network, 0.5, GRID / network.beta**2)
    epochs_between = descend(network, 0.5, 2.5 * GRID / network.beta**2)
    assert epochs_on_grid.z[1] == pytest.approx(epochs_between.z[1], rel=1e-9)  # the same line
    W0_lies_at_rest = epochs_between.values[0]
    assert not W0_lies_at_rest.any()
    assert epochs_between.values[2, 0] == pytest.approx(2 * epochs_between.values[1, 0], rel=1e-9)
    assert epochs_between.epochs == pytest.approx(epochs_on_grid.epochs / 2.5, abs=2)


def both_signs(network: LinearNetwork, rate: float) -> tuple[Descent, Descent]:
    return descend(network, 0.5, rate), descend(network, -0.5, rate)


def test_a_network_starts_without_overlap_and_with_weights_of_the_right_length() -> None:
    network = draw_network(200, 0.6, (3,))
    assert network.w @ network.w == pytest.approx(200)
    assert network.o @ network.o == pytest.approx(1 / 200)
    assert abs(network.o @ network.a) < 1e-14
    same, other = draw_network(200, 0.3, (3,)), draw_network(200, 0.6, (4,))
    assert np.array_equal(same.w, network.w)
    assert not np.allclose(other.w, network.w)


def test_without_initial_connectivity_both_signs_learn_alike() -> None:
    positive, negative = both_signs(draw_network(64, 0.0, (0,)), 0.02)
    assert np.allclose(positive.z, -negative.z, rtol=1e-12)
    assert positive.epochs == negative.epochs


# ------------------------------------------------------------------------------------ theory


@cache
def learned() -> LinearLearning:
    """One network of 1,024 neurons for each g."""
    return learn_linear(neurons=1024, gs=(0.3, 0.6, 0.8), seeds=1, seed=1)


def test_simulation_is_within_two_percent_of_the_formulas_while_learning_begins() -> None:
    for each in learned().learned[:3]:
        assert each.g <= 0.6
        assert each.output_ratio == pytest.approx(1.0, abs=0.02)
        assert each.first_ratio == pytest.approx(1.0, abs=0.02)


def test_own_beta_and_both_signs_leave_a_few_thousandths_even_at_g_08() -> None:
    """The term in s^3 is 0.9 % of the first there: it needs the right beta."""
    for each in learned().learned:
        assert each.output_ratio == pytest.approx(1.0, abs=0.003)
        assert each.first_ratio == pytest.approx(1.0, abs=0.003)


@pytest.mark.parametrize(("which", "coefficient"), [("z", 1 + 8), ("first", 1 + 3.5)])
def test_the_coefficient_of_the_third_order_is_that_of_the_formula(
    which: str, coefficient: float
) -> None:
    """At g = 0 and a target of 1, extrapolated to s = 0 by a parabola."""
    formula = theory.output if which == "z" else theory.largest_value
    assert 6 * (formula(np.ones(1), 1.0, 1.0)[0] - 1 / 2) == pytest.approx(coefficient)
    curve = finely_learned().z if which == "z" else finely_learned().values[:, 0]
    s = GRID * np.array([5, 10, 20])
    later = s - s * (s - RATE) / 2  # to second order, in steps of the rate
    at = 6 * (curve[[5, 10, 20]] - later) / s**3
    near, far = 2 * at[0] - at[1], 2 * at[1] - at[2]
    assert (4 * near - far) / 3 == pytest.approx(coefficient, abs=0.15)


RATE = 1e-4


@cache
def finely_learned() -> Descent:
    return descend(draw_network(16, 0.0, (0,)), 1.0, RATE)


def test_the_second_singular_value_begins_as_its_formula() -> None:
    """Its ratio to the formula, extrapolated to s = 0 by a parabola.

    A single network with W0 differs by its own moments, of order neurons^-1/2.
    """
    for row, allowed in ((0, 0.002), (1, 0.06)):
        at = [learned().values[row, k, 1] / learned().theory_second[row, k] for k in (5, 10, 20)]
        assert at[2] < at[1] < at[0] < 1.0
        near, far = 2 * at[0] - at[1], 2 * at[1] - at[2]
        assert (4 * near - far) / 3 == pytest.approx(1.0, abs=allowed)


def test_the_change_is_of_rank_two_without_initial_connectivity_and_nearly_so_with_it() -> None:
    values = learned().values
    known = np.isfinite(values[0, :, 0])
    assert np.all(values[0, known, 1][1:] > 0.0)
    assert np.all(values[0, known, 2][1:] < 1e-20 * values[0, known, 1][1:])
    for row in (1, 2, 3):
        assert 0.0 < values[row, 20, 2] < 3e-3 * values[row, 20, 1]


def test_initial_connectivity_of_strength_08_makes_learning_ten_times_faster() -> None:
    found = learned().learned
    assert [each.g for each in found] == [0.0, 0.3, 0.6, 0.8]
    speeds = [each.speed_up for each in found]
    assert speeds[0] == 1.0
    assert sorted(speeds) == speeds
    assert speeds[3] > 10.0
    sizes = [each.first for each in found]
    assert sorted(sizes, reverse=True) == sizes


def test_the_first_order_of_the_formulas_is_the_leading_one() -> None:
    s = np.array([1e-6])
    assert theory.output(s, 0.5, 2.0)[0] == pytest.approx(0.5e-6, rel=1e-5)
    assert theory.largest_value(s, 0.5, 2.0)[0] == pytest.approx(0.25e-6, rel=1e-5)
    assert theory.second_value(np.array([0.1]), 2.0)[0] == pytest.approx(8e-3 / 12)


# -------------------------------------------------------------------------------------- rate


def test_the_rate_that_learning_bears_falls_as_beta_to_the_minus_two() -> None:
    """Half of (1 - g^2)^2 is learned with at every g; twice as much as (1 - g^2)^2 at none."""
    for g in (0.0, 0.5, 0.8):
        network = draw_network(256, g, (0,))
        assert descend(network, 0.1, 0.5 / network.beta**2).epochs < 20
        with pytest.raises(NumericalError, match=r"the rate must fall as \(1 - g\^2\)\^2"):
            descend(network, 0.1, 2.1 / network.beta**2)


def test_a_target_far_away_makes_a_rate_too_large() -> None:
    network = draw_network(64, 0.0, (0,))
    with pytest.raises(NumericalError, match="diverges at g = 0"):
        descend(network, 10.0, 0.5)


def test_equal_seeds_give_equal_results_whatever_else_is_learned() -> None:
    one = learn_linear(64, (0.0, 0.5), seeds=2, seed=3, rate=0.01)
    two = learn_linear(64, (0.5, 0.2), seeds=1, seed=3, rate=0.01)
    assert one.epochs_by_draw[1, 0] == two.epochs_by_draw[2, 0]
    assert one.beta_by_draw[1, 0] == two.beta_by_draw[2, 0]
    other = learn_linear(64, (0.5,), seeds=1, seed=4, rate=0.01)
    assert other.beta_by_draw[1, 0] != one.beta_by_draw[1, 0]
    names = [field.name for field in dataclasses.fields(other.learned[0])]
    assert all(np.isfinite(getattr(other.learned[0], name)) for name in names)
