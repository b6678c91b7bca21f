"""Newton's method from many starts ends at zeros, or says that it does not."""

import numpy as np
import pytest

from lrfit.fields.newton import NewtonRule, newton

PLAIN = NewtonRule(steps=30, cutoff=1e-9, longest=0.5)
DAMPED = NewtonRule(steps=60, damping=1e-3, least_damping=1e-15, farthest=3.0)


def starts(count, dimension):
    return np.random.default_rng(0).uniform(-1.0, 1.0, (count, dimension))


def duffing(z, _):
    x, y = z.T
    return np.stack([y, x - x**3 - 0.2 * y], axis=1)


def duffing_slopes(z, _):
    x = z[:, 0]
    J = np.zeros((len(z), 2, 2))
    J[:, 0, 1], J[:, 1, 0], J[:, 1, 1] = 1.0, 1.0 - 3.0 * x**2, -0.2
    return J


@pytest.mark.parametrize("rule", [PLAIN, DAMPED])
def test_all_three_roots_of_a_cubic_are_found_and_nothing_else(rule):
    ends, size = newton(duffing, duffing_slopes, starts(200, 2), rule)
    roots = ends[size <= 1e-12]
    assert len(roots) > 150
    assert {tuple(np.round(root, 9) + 0.0) for root in roots} == {(-1, 0), (0, 0), (1, 0)}


def test_plain_steps_solve_a_linear_field_at_once():
    A, b = np.array([[2.0, -1.0], [0.5, 3.0]]), np.array([0.3, -0.2])
    slopes = lambda z, _: np.broadcast_to(A, (len(z), 2, 2))  # noqa: E731
    once = NewtonRule(steps=1)
    ends, size = newton(lambda z, _: z @ A.T - b, slopes, starts(20, 2), once)
    np.testing.assert_allclose(ends, np.tile(np.linalg.solve(A, b), (20, 1)), atol=1e-14)
    assert np.all(size <= 1e-14)


def test_every_start_keeps_its_own_parameter():
    """Roots of x² = a, with another a for every start."""
    a = np.linspace(0.1, 0.9, 9)
    square = lambda z, rows: z**2 - a[rows, None]  # noqa: E731
    slopes = lambda z, _: 2.0 * z[:, :, None]  # noqa: E731
    ends, _ = newton(square, slopes, np.full((9, 1), 0.7), DAMPED)
    np.testing.assert_allclose(ends[:, 0], np.sqrt(a), rtol=1e-12)


def test_steps_walk_to_the_nearest_point_of_a_ring_of_zeros():
    ring = lambda z, _: z * (0.25 - np.sum(z**2, axis=1))[:, None]  # noqa: E731

    def slopes(z, _):
        left = (0.25 - np.sum(z**2, axis=1))[:, None, None]
        return left * np.eye(2) - 2.0 * z[:, :, None] * z[:, None, :]

    begin = 0.6 * starts(50, 2) / np.linalg.norm(starts(50, 2), axis=1, keepdims=True)
    ends, size = newton(ring, slopes, begin, PLAIN)
    assert np.all(size <= 1e-10)
    np.testing.assert_allclose(ends, begin * (0.5 / 0.6), atol=1e-6)


def test_a_start_that_leaves_the_domain_of_the_field_is_given_up():
    log = lambda z, _: np.log(z)  # noqa: E731
    slopes = lambda z, _: 1.0 / z[:, :, None]  # noqa: E731
    free = NewtonRule(steps=20)
    ends, size = newton(log, slopes, np.array([[0.5], [5.0], [-1.0]]), free)
    assert size[0] <= 1e-12
    assert ends[0] == pytest.approx(1.0)
    assert np.isinf(size[1:]).all()


def test_damped_steps_never_end_higher_than_they_began_nor_beyond_the_bound():
    begin = 2.5 * starts(100, 2)
    wavy = lambda z, _: np.sin(5.0 * z) + 0.3 * z[:, ::-1]  # noqa: E731

    def slopes(z, _):
        J = np.zeros((len(z), 2, 2))
        J[:, [0, 1], [0, 1]] = 5.0 * np.cos(5.0 * z)
        J[:, 0, 1] = J[:, 1, 0] = 0.3
        return J

    ends, size = newton(wavy, slopes, begin, DAMPED)
    assert np.all(size <= np.linalg.norm(wavy(begin, None), axis=1))
    assert np.all(np.abs(ends) <= DAMPED.farthest)


def test_an_exhausted_budget_ends_the_steps():
    asked = iter([False, False, True])
    counted = []
    newton(
        lambda z, rows: counted.append(len(rows)) or duffing(z, rows),
        duffing_slopes,
        starts(10, 2),
        DAMPED,
        exhausted=lambda: next(asked),
    )
    assert len(counted) == 3
