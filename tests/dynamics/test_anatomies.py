"""Cycles, exponents and basins against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from lrfit.core.errors import NumericalError
from lrfit.dynamics import QUICK, Flow, anatomy, lyapunov_exponents, shape_distance
from lrfit.dynamics.search import IRREGULAR
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng


def test_van_der_pol_has_its_period_and_its_floquet_multiplier(flow_of: MakeFlow) -> None:
    found = anatomy(flow_of("van_der_pol"), generator=RNG(0))
    (cycle,) = found.cycles
    assert cycle.period == pytest.approx(6.6632868593, abs=1e-8)
    assert cycle.amplitude[0] * 3.0 == pytest.approx(2.00861986, abs=1e-6)
    # The multiplier by Liouville: exp of the divergence mu (1 - x²) summed over a period.
    start = flow_of("van_der_pol").domain.state_from_box(cycle.points[:1])[0]
    run = solve_ivp(
        lambda _, y: [y[1], (1 - y[0] ** 2) * y[1] - y[0], 1 - y[0] ** 2],
        (0, cycle.period),
        [*start, 0.0],
        rtol=1e-11,
        atol=1e-12,
    )
    expected = np.exp(run.y[2, -1])
    assert abs(cycle.leading - expected) <= max(cycle.multiplier_error, 1e-7)
    assert cycle.multiplier_error < 1e-5
    assert found.basins == {"cycle 0": 1.0}


def test_hopf_cycle_is_the_unit_circle(flow_of: MakeFlow) -> None:
    flow = flow_of("hopf_normal_form")
    found = anatomy(flow, generator=RNG(0))
    (cycle,) = found.cycles
    assert cycle.period == pytest.approx(np.pi, abs=1e-8)
    radius = np.linalg.norm(flow.domain.state_from_box(cycle.points), axis=1)
    np.testing.assert_allclose(radius, 1.0, atol=1e-8)
    assert cycle.leading == pytest.approx(np.exp(-2 * np.pi), rel=1e-5)  # exp(-2 mu T)


TWO_CYCLES = b"""
name: two_cycles
dynamics: {x: x*f - y, y: y*f + x}
define: {f: (x**2 + y**2 - 0.25)*(1 - x**2 - y**2)}
domain: {x: [-1.5, 1.5], y: [-1.5, 1.5]}
"""  # r' = r (r^2 - 1/4) (1 - r^2): rest, a cycle that repels and bounds its basin, a stable one


def test_a_cycle_that_repels_is_found_with_its_multiplier() -> None:
    flow = Flow(field=load_system(TWO_CYCLES), input=np.empty(0))
    stable, unstable = anatomy(flow, generator=RNG(0)).cycles
    assert (stable.repels, unstable.repels) == (False, True)
    assert unstable.period == pytest.approx(2 * np.pi, abs=1e-8)
    np.testing.assert_allclose(np.linalg.norm(1.5 * unstable.points, axis=1), 0.5, atol=1e-8)
    assert unstable.leading == pytest.approx(np.exp(0.375 * 2 * np.pi), rel=1e-6)
    assert stable.leading == pytest.approx(np.exp(-1.5 * 2 * np.pi), abs=1e-6)
    along = np.gradient(unstable.points, axis=0)  # points are in the order of time
    assert np.all(np.sum(along * flow.velocity(unstable.points), axis=1)[1:-1] > 0)


def test_a_cycle_that_repels_outside_the_box_is_left_out() -> None:
    f = b"(1.69 - x**2 - y**2)*(0.64 - x**2 - y**2)"  # stable at 0.8, repelling at 1.3
    text = TWO_CYCLES.replace(b"(x**2 + y**2 - 0.25)*(1 - x**2 - y**2)", f)
    text = text.replace(b"1.5", b"1.2")
    (cycle,) = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0)).cycles
    assert not cycle.repels


def test_shear_between_closed_orbits_is_not_chaos() -> None:
    text = b"""
name: shear
define: {w: x**2 + y**2}
dynamics: {x: -y*w, y: x*w}
domain: {x: [-1, 1], y: [-1, 1]}
"""  # stretches like t, so that the mean rate is log(t)/t, alike in every trajectory
    found = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    assert not found.chaotic
    assert found.basins == {"closed orbits": 1.0}


def test_a_rest_state_without_derivatives_is_left_out() -> None:
    text = b"name: s\ndynamics: {x: sqrt(x), y: -y}\ndomain: {x: [-1, 1], y: [-1, 1]}"
    found = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    assert not len(found.fixed.points)


@pytest.mark.parametrize("rate", ["1e-300", "1e200"])
def test_a_field_whose_squares_are_no_numbers_is_refused(rate: str) -> None:
    text = f"name: s\ndynamics: {{x: {rate}*y, y: -{rate}*x}}\ndomain: {{x: [-1, 1], y: [-1, 1]}}"
    flow = Flow(field=load_system(text.encode()), input=np.empty(0))
    with pytest.raises(NumericalError, match="another unit of time"):
        anatomy(flow, generator=RNG(0))


def test_closed_orbits_side_by_side_are_no_cycles_that_repel() -> None:
    text = b"name: c\ndynamics: {x: y, y: -x}\ndomain: {x: [-1, 1], y: [-1, 1]}"
    found = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    assert not any(cycle.repels for cycle in found.cycles)


def test_fitzhugh_nagumo_spikes_at_half_and_rests_at_zero(flow_of: MakeFlow) -> None:
    spiking = anatomy(flow_of("fitzhugh_nagumo", inputs=(0.5,)), generator=RNG(0))
    assert spiking.cycles[0].period == pytest.approx(39.474, abs=1e-3)
    resting = anatomy(flow_of("fitzhugh_nagumo", inputs=(0.0,)), generator=RNG(0))
    assert resting.basins == {"fixed point 0": 1.0}


def test_exponents_of_lorenz_agree_within_their_error_bars(flow_of: MakeFlow) -> None:
    flow = flow_of("lorenz")
    generator = RNG(0)
    found = anatomy(flow, generator=generator)
    assert found.chaotic
    assert not found.cycles
    assert found.basins == {"irregular motion": 1.0}
    assert found.exponents is not None
    values, errors = found.exponents.values, found.exponents.errors
    known = np.array([0.906, 0.0, -14.572])
    assert np.all(np.abs(values - known) <= 4.0 * errors + [0.0, 0.02, 0.02])
    assert errors[0] < 0.06
    # The sum is the divergence, -(sigma + 1 + beta), at every point.
    assert values.sum() == pytest.approx(-(10 + 1 + 8 / 3), abs=1e-4)


def test_exponents_of_a_linear_system_are_its_eigenvalues(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "-0.5*x + y", "y": "-2*y"})
    found = lyapunov_exponents(flow, RNG(0).uniform(-1, 1, (4, 2)), 400)[0]
    np.testing.assert_allclose(found.values, [-0.5, -2.0], atol=1e-3)
    assert not found.chaotic


def test_basins_of_a_double_well_are_its_halves(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x - x**3", "y": "-y"}, box=2.0)
    starts = RNG(0).uniform(-1, 1, (200, 2))
    found = anatomy(flow, generator=RNG(0), starts=starts)
    np.testing.assert_array_equal(found.fate == 2, starts[:, 0] > 0)
    np.testing.assert_array_equal(found.fate == 0, starts[:, 0] < 0)


def test_what_leaves_the_box_is_said_to_leave(flow_of: MakeFlow) -> None:
    found = anatomy(flow_of({"x": "x", "y": "-y"}), generator=RNG(0))
    assert found.basins == {"left the box": 1.0}


def test_a_map_of_euler_steps_has_the_cycle_of_the_map(flow_of: MakeFlow) -> None:
    """With a coarse step the circle of the Hopf normal form is wider, by a known amount."""
    flow, dt = flow_of("hopf_normal_form"), 0.05
    found = anatomy(Flow(field=flow.field, input=np.empty(0), dt=dt), generator=RNG(0))
    (cycle,) = found.cycles
    # |1 + dt (1 - r² + 2i)| = 1
    squared = 1.0 + (1.0 - np.sqrt(1.0 - (2.0 * dt) ** 2)) / dt
    radius = np.linalg.norm(flow.domain.state_from_box(cycle.points), axis=1)
    np.testing.assert_allclose(radius, np.sqrt(squared), rtol=5e-3)
    angle = np.arctan2(2.0 * dt, np.sqrt(1.0 - (2.0 * dt) ** 2))
    assert cycle.period == pytest.approx(2.0 * np.pi * dt / angle, rel=2e-3)


def test_a_cycle_is_no_distance_from_itself(flow_of: MakeFlow) -> None:
    (cycle,) = anatomy(flow_of("hopf_normal_form"), generator=RNG(0)).cycles
    assert shape_distance(cycle, cycle) == 0.0


def test_period_of_a_pendulum_orbit_by_quadrature() -> None:
    """A driven rotation: theta' = a - sin(theta) on a cylinder drawn as a circle."""
    text = (
        b"name: rotor\ndynamics: {x: -(1.5 - y/(x**2 + y**2)**0.5)*y + x - x*(x**2 + y**2),"
        b" y: (1.5 - y/(x**2 + y**2)**0.5)*x + y - y*(x**2 + y**2)}\n"
        b"domain: {x: [-1.5, 1.5], y: [-1.5, 1.5]}\n"
    )
    found = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    period = quad(lambda theta: 1.0 / (1.5 - np.sin(theta)), 0.0, 2.0 * np.pi)[0]
    assert found.cycles[0].period == pytest.approx(period, rel=1e-7)


def test_a_start_that_comes_to_rest_on_a_saddle_is_no_part_of_the_chaos_beside_it(
    flow_of: MakeFlow,
) -> None:
    """Lorenz's z axis is invariant and leads to the origin, a saddle: there neighbours separate."""
    flow = flow_of("lorenz")
    axis = np.array([[0.0, 0.0, 0.3], [0.0, 0.0, -0.2]])
    starts = np.concatenate([RNG(1).uniform(-0.5, 0.5, (6, 3)), axis])
    found = anatomy(flow, generator=RNG(0), starts=starts, budget=QUICK)
    assert found.chaotic
    np.testing.assert_array_equal(found.fate[:6], IRREGULAR)
    assert not np.any(found.fate[6:] == IRREGULAR)
    origin = flow.domain.state_to_box(np.zeros(3))
    assert np.min(np.linalg.norm(found.cloud - origin, axis=1)) > 1e-3
