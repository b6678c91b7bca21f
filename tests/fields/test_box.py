"""A field in box units: chain rule, rates and natural times against their definitions."""

import numpy as np
import pytest
from scipy.linalg import expm

from lrfit.fields.box import BoxField, fastest_rate, natural_rate, rescaled
from lrfit.integrate import march, rk4, rk4_step
from lrfit.systems.build import from_expressions

RNG = np.random.default_rng
SYSTEM = from_expressions(
    {"x": "y + u*x", "y": "-100*x**3"},
    domain={"x": (-0.2, 0.4), "y": (-3.0, 1.0)},
    inputs={"u": (0.0, 2.0)},
)


def test_the_jacobian_is_the_derivative_of_the_velocity_in_box_units():
    box, zeta = BoxField(field=SYSTEM), RNG(0).uniform(-1, 1, (30, 2))
    u, h = RNG(1).uniform(0, 2, (30, 1)), 1e-6
    differences = [
        (box.velocity(zeta + step, u) - box.velocity(zeta - step, u)) / (2.0 * h)
        for step in h * np.eye(2)
    ]
    np.testing.assert_allclose(box.jacobian(zeta, u), np.stack(differences, axis=-1), atol=1e-6)


def test_trajectories_in_box_units_are_those_of_the_user_with_inputs_held():
    box, dt = BoxField(field=SYSTEM), 1e-3
    y = RNG(2).uniform(-0.5, 0.5, (4, 3))
    found = march(rk4(box.flow(), dt), y, dt=dt, keep=np.array([0, 50])).y[:, 1]
    z, u = SYSTEM.domain.from_box(y)
    for _ in range(50):
        z = rk4_step(lambda _, state: SYSTEM.velocity(state, u), z, dt)
    np.testing.assert_allclose(SYSTEM.domain.state_from_box(found[:, :2]), z, rtol=1e-12)
    np.testing.assert_array_equal(found[:, 2], y[:, 2])


def test_eigenvalues_do_not_depend_on_units():
    J = RNG(3).normal(size=(5, 4, 4))
    scaled = rescaled(J, np.array([1e-3, 1.0, 7.0, 1e4]))
    np.testing.assert_allclose(
        np.sort_complex(np.linalg.eigvals(scaled)), np.sort_complex(np.linalg.eigvals(J)), rtol=1e-8
    )


def test_no_linear_flow_grows_faster_than_the_fastest_rate():
    J = RNG(4).normal(size=(6, 3, 3))
    fastest = fastest_rate(J)
    growth = [np.log(np.linalg.norm(expm(0.01 * A), ord=2)) / 0.01 for A in J]
    assert max(growth) <= fastest
    assert fastest_rate(J[:0]) == 0.0
    assert fastest_rate(2.0 * J) == pytest.approx(2.0 * fastest)


def test_the_natural_rate_of_a_rotation_is_its_frequency_whatever_the_weights():
    z = RNG(5).normal(size=(100, 2))
    weight = RNG(6).uniform(0.1, 2.0, 100)
    velocity = 3.0 * z @ np.array([[0.0, -1.0], [1.0, 0.0]])
    assert natural_rate(z, velocity) == pytest.approx(3.0)
    assert natural_rate(z, velocity, weight) == pytest.approx(3.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_runge_kutta_step_has_order_four_in_a_field_that_depends_on_time(sign):
    """dy/dt = t y from t = 1 has the solution exp((t² - 1)/2)."""
    errors, steps = [], sign * 0.2 / 2.0 ** np.arange(4)
    for h in steps:
        y, t = np.ones(1), 1.0
        for _ in range(round(0.4 / abs(h))):
            y, t = rk4_step(lambda c, y, t=t, h=h: (t + c * h) * y, y, h), t + h
        errors.append(abs(y[0] - np.exp((t**2 - 1.0) / 2.0)))
    slopes = np.diff(np.log(errors)) / np.diff(np.log(np.abs(steps)))
    np.testing.assert_allclose(slopes[1:], 4.0, atol=0.3)
