"""Neighbourhoods of stable points from which nothing escapes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.attraction import Neighbourhood, neighbourhoods

from .conftest import MakeFlow

RNG = np.random.default_rng


def only(flow: Flow) -> Neighbourhood:
    (found,) = neighbourhoods(flow, fixed_points(flow, generator=RNG(0)))
    return found


def inside(near: Neighbourhood, count: int, reach: float) -> Array:
    """States (n, D) inside a neighbourhood, of so many within a reach of its point."""
    D = len(near.place)
    places = near.place + reach * RNG(1).uniform(-1, 1, (count, D))
    return places[near.holds(places)]


def ends(flow: Flow, starts: Array, duration: float) -> Array:
    def velocity(_: float, y: Array) -> Array:
        return flow.velocity(y[None])[0]

    runs = [
        solve_ivp(velocity, (0.0, duration), s, rtol=1e-8, atol=1e-10, method="LSODA")
        for s in starts
    ]
    return np.array([run.y[:, -1] for run in runs])


UNSTABLE_CYCLE = {  # r' = 10 r (r² - 0.04) (0.64 - r²): from beyond r = 0.2 to r = 0.8
    "x": "10*(x**2 + y**2 - 0.04)*(0.64 - x**2 - y**2)*x - 2*y",
    "y": "10*(x**2 + y**2 - 0.04)*(0.64 - x**2 - y**2)*y + 2*x",
}


def test_it_stays_inside_the_cycle_that_bounds_the_basin(flow_of: MakeFlow) -> None:
    flow = flow_of(UNSTABLE_CYCLE)
    near = only(flow)
    held = inside(near, 4000, 0.5)
    radii = np.linalg.norm(held, axis=1)
    assert 0.15 < radii.max() < 0.2  # the cycle, with a step of 5 % between shells
    last = ends(flow, held[np.argsort(radii)[-6:]], 40.0)
    np.testing.assert_allclose(last, 0.0, atol=1e-3)


def test_a_thin_stable_ring_between_shells_is_not_jumped_over(flow_of: MakeFlow) -> None:
    """Between r = 0.2 and r = 0.23 V rises, and falls again beyond."""
    f = "100*(x**2 + y**2 - 0.04)*(0.0529 - x**2 - y**2)"
    near = only(flow_of({"x": f"{f}*x - 2*y", "y": f"{f}*y + 2*x"}))
    assert np.linalg.norm(inside(near, 4000, 0.5), axis=1).max() < 0.2


SHEARED = {"x": "-x + 300*y", "y": "-20*y + 0.5*x**2"}  # |zeta| grows 7 times before it falls


def test_starts_in_it_arrive_however_far_they_go_first(flow_of: MakeFlow) -> None:
    flow = flow_of(SHEARED)
    points = fixed_points(flow, generator=RNG(0))
    (near,) = (n for n in neighbourhoods(flow, points) if np.allclose(n.place, 0.0, atol=1e-6))
    held = inside(near, 400_000, 0.1)[:12]
    assert len(held) == 12
    np.testing.assert_allclose(ends(flow, held, 30.0), 0.0, atol=1e-6)


def test_rates_that_differ_a_thousandfold_do_not_make_it_small(flow_of: MakeFlow) -> None:
    near = only(flow_of({"x": "-x + 900*y", "y": "-1000*y"}))
    assert near.holds(np.array([[0.3, 0.0], [0.0, 0.0]])).all()


@pytest.mark.parametrize("dimension", [2, 3, 4, 6])
def test_no_other_rest_state_lies_in_it(flow_of: MakeFlow, dimension: int) -> None:
    """Two stable points 0.1 apart, a saddle between them: a cone that few directions meet."""
    names = ["x", "y", "z", "p", "q", "r"][:dimension]
    flow = flow_of({"x": "-x*(1 - 20*x)*(1 - 10*x)", **{name: f"-{name}" for name in names[1:]}})
    points = fixed_points(flow, generator=RNG(0))
    assert len(points.points) == 3
    for near in neighbourhoods(flow, points):
        others = np.delete(points.points, near.index, axis=0)
        assert not near.holds(others).any()
        assert near.radius > 0.0


def test_every_stable_point_has_one_and_no_other(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x - 4*x**3", "y": "-y"})
    points = fixed_points(flow, generator=RNG(0))
    found = neighbourhoods(flow, points)
    assert sorted(near.place[0] for near in found) == pytest.approx([-0.5, 0.5])
    assert [near.index for near in found] == np.flatnonzero(points.stable).tolist()
    for near in found:  # neither reaches over the saddle at x = 0
        assert (inside(near, 2000, 1.0)[:, 0] * near.place[0] > 0.0).all()


def test_a_double_eigenvalue_without_two_eigenvectors_has_a_small_one(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "-x + y", "y": "-y"})
    near = only(flow)
    assert near.holds(np.array([[0.0, 5e-4]])).all()
    assert not near.holds(np.array([[0.0, 0.5]])).any()


def test_of_a_map_only_what_its_steps_draw_in_counts(flow_of: MakeFlow) -> None:
    """x <- x + dt (-x + 4 x³) draws in below 1/2; with dt = 1.9 steps jump, but |x| falls still."""
    field = flow_of({"x": "-x + 4*x**3"}).field
    for dt in (0.1, 1.0):
        flow = Flow(field=field, input=np.empty(0), dt=dt)
        (near,) = (
            n for n in neighbourhoods(flow, fixed_points(flow, generator=RNG(0))) if n.index == 1
        )
        reach = inside(near, 4000, 1.0)
        x = reach[:, 0].copy()
        for _ in range(400):
            x = x + dt * (-x + 4 * x**3)
        np.testing.assert_allclose(x, 0.0, atol=1e-6)
        assert len(reach) > 100
