from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from lrfit.core.errors import InputError, UsageError
from lrfit.fields.data import grid_data
from lrfit.fields.interpolation import SampledField
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_samples, draw_set
from lrfit.systems.transforms.discrete import discretized

LINEAR = b"""
name: linear
dynamics: {x: y + 2*u, y: -4*x - 0.5*y}
domain: {x: [-1, 1], y: [-3, 5]}
inputs: {u: [-1, 2]}
"""
DT = 0.3


def points(system, count=40, seed=0):
    domain, rng = system.domain, np.random.default_rng(seed)
    z = rng.uniform(domain.lower, domain.upper, (count, domain.dimension))
    return z, rng.uniform(domain.input_lower, domain.input_upper, (count, domain.input_count))


def test_the_flow_map_of_a_linear_system_is_the_matrix_exponential_with_its_derivatives():
    system = discretized(load_system(LINEAR), DT)
    z, u = points(system)
    A = np.array([[0.0, 1.0, 2.0], [-4.0, -0.5, 0.0], [0.0, 0.0, 0.0]])
    step = (expm(A * DT) - np.eye(3))[:2] / DT
    np.testing.assert_allclose(system.velocity(z, u), np.hstack([z, u]) @ step.T, atol=1e-10)
    by_state, by_input = system.jacobian(z, u)
    np.testing.assert_allclose(by_state, np.broadcast_to(step[:, :2], by_state.shape), atol=1e-10)
    np.testing.assert_allclose(by_input, np.broadcast_to(step[:, 2:], by_input.shape), atol=1e-10)


def test_the_jacobian_of_a_nonlinear_flow_map_is_the_slope_of_its_velocity():
    system = discretized(load_system("fitzhugh_nagumo"), DT)
    z, u = points(system, 10)
    by_state, by_input = system.jacobian(z, u)
    h = 1e-4
    for slopes, shifts in [
        (by_state, [(h * e, np.zeros(1)) for e in np.eye(2)]),
        (by_input, [(np.zeros(2), np.full(1, h))]),
    ]:
        for j, (dz, du) in enumerate(shifts):
            rise = system.velocity(z + dz, u + du) - system.velocity(z - dz, u - du)
            np.testing.assert_allclose(slopes[:, :, j], rise / (2 * h), atol=1e-5)


def test_the_flow_map_becomes_the_field_as_the_step_shrinks_in_proportion_to_it():
    system = load_system("van_der_pol")
    z, u = points(system)
    steps = 0.02 / 2.0 ** np.arange(4)
    off = [
        np.abs(discretized(system, dt).velocity(z, u) - system.velocity(z, u)).max() for dt in steps
    ]
    assert np.polyfit(np.log(steps), np.log(off), 1)[0] == pytest.approx(1.0, abs=0.1)


def test_euler_steps_of_the_flow_map_are_the_target_itself_at_any_step():
    system = load_system("van_der_pol")
    z, u = points(system, 6)
    coarse = z + 1.2 * discretized(system, 1.2).velocity(z, u)
    fine = z
    for _ in range(3):
        fine = fine + 0.4 * discretized(system, 0.4).velocity(fine, u)
    np.testing.assert_allclose(fine, coarse, atol=1e-9)


def test_a_way_that_cannot_be_followed_is_told_with_place_and_step():
    system = load_system(b"name: blow\ndynamics: {x: x**2}\ndomain: {x: [-2, 2]}\n")
    with pytest.raises(InputError, match=r"way from x = 1\.\d+ cannot be followed for dt = 1 "):
        draw_set(discretized(system, 1.0), 64, 0)
    assert draw_set(discretized(system, 0.3), 64, 0).count == 64


@pytest.mark.parametrize("dt", [0.0, -1.0, np.nan, np.inf])
def test_a_step_must_be_a_positive_number(dt):
    with pytest.raises(UsageError, match="positive"):
        discretized(load_system(LINEAR), dt)


def test_a_discretized_system_gives_the_continuous_one_back_and_is_not_discretized_twice():
    system = load_system(LINEAR)
    discrete = discretized(system, DT)
    assert discrete.dt == DT
    assert discrete.continuous.field is system.field
    assert discrete.continuous.dt is None
    assert system.continuous is system
    with pytest.raises(UsageError, match="already"):
        discretized(discrete, DT)


def test_inputs_stay_affine_in_a_linear_flow_and_in_no_other():
    assert discretized(load_system(LINEAR), DT).affine_inputs == ("u",)
    cubic = load_system("pitchfork_bistable")
    assert cubic.affine_inputs == ("u",)
    assert discretized(cubic, DT).affine_inputs == ()


def sampled(n=33):
    """A field x' = 1 measured on [0, 2]: only what starts below 2 - dt stays."""
    axis = np.linspace(0.0, 2.0, n)
    data = grid_data((axis,), np.ones((n, 1)))
    system = from_callable(lambda z, u: np.ones_like(z), domain={"x": (0.0, 2.0)})
    field = SampledField(data=data, domain=system.domain)
    return replace(system, field=field)


def test_measured_points_from_where_the_target_leaves_the_box_are_left_out_and_told():
    samples = draw_samples(discretized(sampled(), 0.5))
    sets = (samples.training, samples.validation, samples.test)
    states = 1.0 + np.concatenate([each.state[:, 0] for each in sets])
    assert states.max() == pytest.approx(1.5)
    assert len(states) == 25
    assert "8 of 33 points are left out" in samples.notes[0]
    for each in sets:
        np.testing.assert_allclose(each.velocity, 1.0, rtol=1e-9)


def test_a_step_in_which_most_measured_points_leave_is_refused():
    with pytest.raises(InputError, match="smaller --dt"):
        draw_samples(discretized(sampled(), 1.5))
