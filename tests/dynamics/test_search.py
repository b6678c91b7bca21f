"""Where starts go, against long integrations by another method and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.budget import FULL, QUICK
from lrfit.dynamics.cycles import Cycle
from lrfit.dynamics.search import (
    CLOSED,
    CONTINUUM,
    CYCLE,
    ESCAPED,
    MOVING,
    Search,
    _on,
)
from lrfit.integrate.tracks import Track
from lrfit.systems.open import load_system
from lrfit.systems.places import sobol_points

from .conftest import MakeFlow

RNG = np.random.default_rng


def searched(flow: Flow, starts: Array, steps: int = FULL.steps) -> Search:
    found = Search(flow, fixed_points(flow, generator=RNG(0)), starts, FULL, steps=steps)
    found.go()
    return found


def over_box(flow: Flow, count: int) -> Array:
    return sobol_points(flow.dimension, count, RNG(1))


def much_later(flow: Flow, y: Array, duration: float, h: float) -> tuple[Array, Array]:
    """States (S, D) at the end, by classical Runge-Kutta with fixed steps, and the extent (S,) of
    the motion in the last fifth.
    """
    low, high, steps = y + np.inf, y - np.inf, int(duration / h)
    for k in range(steps):
        a = flow.velocity(y)
        b = flow.velocity(y + 0.5 * h * a)
        c = flow.velocity(y + 0.5 * h * b)
        y = y + h / 6.0 * (a + 2.0 * (b + c) + flow.velocity(y + h * c))
        if k > 0.8 * steps:
            low, high = np.minimum(low, y), np.maximum(high, y)
    return y, np.max(high - low, axis=1)


def fitzhugh_nagumo(current: float) -> Flow:
    text = f"""
name: bistable
dynamics: {{v: v - v**3/3 - w + {current}, w: 0.08*(v + 0.7 - 0.8*w)}}
domain: {{v: [-2.5, 2.5], w: [-1, 2]}}
"""
    return Flow(field=load_system(text.encode()), input=np.empty(0))


@pytest.mark.parametrize("current", [0.325, 0.33])
def test_a_trajectory_that_passes_a_stable_point_has_not_arrived_there(current: float) -> None:
    """Beside its stable focus lies an unstable cycle, and trajectories of the stable one pass."""
    flow = fitzhugh_nagumo(current)
    starts = over_box(flow, 64)
    found = searched(flow, starts)
    _, extent = much_later(flow, starts, 600.0, 0.05)
    assert len(found.cycles) == 1
    np.testing.assert_array_equal(found.fate, np.where(extent > 0.3, CYCLE, 0))


def test_basins_of_a_focus_and_a_cycle_are_told_at_their_border(flow_of: MakeFlow) -> None:
    """r' = 10 r (r² - 0.09) (0.64 - r²): the border is the circle of radius 0.3."""
    f = "10*(x**2 + y**2 - 0.09)*(0.64 - x**2 - y**2)"
    flow = flow_of({"x": f"{f}*x - 2*y", "y": f"{f}*y + 2*x"})
    angle = np.linspace(0.0, 6.0, 20)
    radius = 0.3 + np.where(np.arange(20) % 2, 1e-3, -1e-3)
    starts = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = searched(flow, starts)
    np.testing.assert_array_equal(found.fate, np.where(radius > 0.3, CYCLE, 0))


def test_two_wells_are_told_from_each_other(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "2*y", "y": "x - 4*x**3 - 0.2*y"})
    starts = over_box(flow, 64)
    found = searched(flow, starts)
    last, extent = much_later(flow, starts, 150.0, 0.05)
    assert extent.max() < 0.01
    places = found.fixed.points[found.fate]
    np.testing.assert_allclose(places, last, atol=0.02)
    assert len(np.unique(found.fate)) == 2


def test_what_grows_without_bound_has_left_the_box(flow_of: MakeFlow) -> None:
    """x' = x³ - x/4 leaves from beyond 1/2, in finite time; from below it goes to 0."""
    flow = flow_of({"x": "x**3 - 0.25*x", "y": "-y"})
    starts = over_box(flow, 64)
    found = searched(flow, starts)
    there = int(np.flatnonzero(found.fixed.stable)[0])
    expected = np.where(np.abs(starts[:, 0]) > 0.5, ESCAPED, there)
    np.testing.assert_array_equal(found.fate, expected)


def test_what_comes_to_rest_outside_has_left_the_box(flow_of: MakeFlow) -> None:
    found = searched(flow_of({"x": "1.5 - x", "y": "-y"}), np.array([[0.0, 0.5], [0.9, -0.5]]))
    assert (found.fate == ESCAPED).all()


def test_a_swing_out_of_the_box_is_not_an_escape(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "4*y - 0.05*x", "y": "-x - 0.05*y"})  # ellipses twice as wide as high
    found = searched(flow, np.array([[0.0, 0.9], [0.5, 0.8]]))
    assert max(np.abs(track.y).max() for track in found.tracks if track is not None) > 1.3
    np.testing.assert_array_equal(found.fate, 0)


def test_a_line_of_rest_states_is_a_continuum(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "0*x", "y": "-y"})
    found = searched(flow, over_box(flow, 16))
    assert (found.fate == CONTINUUM).all()


def test_orbits_about_a_centre_are_closed_and_with_damping_they_are_not(
    flow_of: MakeFlow,
) -> None:
    starts = np.array([[0.3, 0.0], [0.0, 0.6], [-0.5, 0.2]])
    centre = searched(flow_of({"x": "2*y", "y": "-2*x"}), starts)
    np.testing.assert_array_equal(centre.fate, CLOSED)
    orbits = centre.orbits_of(2)
    assert orbits is not None
    assert orbits.starts.tolist() == [0, 1]  # of the first two alone
    np.testing.assert_allclose(orbits.periods, np.pi, rtol=1e-9)
    assert centre.orbits_of(0) is None
    damped = searched(flow_of({"x": "2*y", "y": "-2*x - 0.1*y"}), starts)
    np.testing.assert_array_equal(damped.fate, 0)
    assert damped.orbits_of(3) is None


@pytest.mark.parametrize("power", [3, 5])
def test_a_degenerate_point_is_arrived_at_however_slowly(flow_of: MakeFlow, power: int) -> None:
    """x falls as t^(-1/(power - 1)): never within any distance by a rate of its own."""
    flow = flow_of({"x": f"-x**{power}", "y": "-y**3"})
    found = searched(flow, over_box(flow, 32))
    np.testing.assert_array_equal(found.fate, 0)


def test_a_saddle_node_is_arrived_at_from_its_one_side(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x**2", "y": "-y"})
    starts = over_box(flow, 32)
    found = searched(flow, starts)
    np.testing.assert_array_equal(found.fate, np.where(starts[:, 0] < 0.0, 0, ESCAPED))


def test_a_slow_focus_is_arrived_at(flow_of: MakeFlow) -> None:
    """It loses 1 % per radian, and its quadratic terms leave V no neighbourhood to fall in."""
    flow = flow_of({"x": "-0.01*x - y + x*y", "y": "x - 0.01*y"})
    starts = np.array([[0.4, 0.0], [0.0, -0.5]])
    found = searched(flow, starts)
    np.testing.assert_array_equal(found.fate, 0)


def test_what_the_steps_do_not_suffice_for_is_left_undecided(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "-0.01*x - y + x*y", "y": "x - 0.01*y"})
    found = searched(flow, np.array([[0.4, 0.0]]), steps=100)
    assert found.fate.tolist() == [MOVING]
    assert found.done == 100
    assert found.duration == found.tracks[0].t[-1]  # type: ignore[union-attr]


def test_looks_join_to_one_trajectory(flow_of: MakeFlow) -> None:
    """Of a linear flow the last state is known."""
    flow = flow_of({"x": "-0.01*x - y", "y": "x - 0.01*y"})
    points = fixed_points(flow, generator=RNG(0))
    found = Search(flow, points, np.array([[0.9, 0.0]]), QUICK, steps=300)
    found._neighbourhoods = []  # nothing to arrive at
    found.look(40)
    found.look(80)
    (track,) = found.tracks
    assert track is not None
    assert (np.diff(track.t) > 0.0).all()
    t = track.t[-1]
    expected = 0.9 * np.exp(-0.01 * t) * np.array([np.cos(t), np.sin(t)])
    np.testing.assert_allclose(found.ends[0], expected, atol=1e-4)


def test_the_same_search_gives_the_same_fates_and_cycles() -> None:
    flow = fitzhugh_nagumo(0.5)
    once, again = (searched(flow, over_box(flow, 16)) for _ in range(2))
    np.testing.assert_array_equal(once.fate, again.fate)
    np.testing.assert_array_equal(once.ends, again.ends)
    assert [c.period for c in once.cycles] == [c.period for c in again.cycles]


def test_shootings_are_bounded_by_the_budget(flow_of: MakeFlow) -> None:
    flow = fitzhugh_nagumo(0.5)
    points = fixed_points(flow, generator=RNG(0))
    found = Search(flow, points, over_box(flow, 16), replace(FULL, shootings=0), steps=400)
    found.go()
    assert found.shootings == 0
    assert not found.cycles
    assert (found.fate == MOVING).all()


@pytest.mark.parametrize("seed", range(40))
def test_a_track_is_on_a_cycle_as_brute_force_says(seed: int) -> None:
    """Distances from a few places of the curve decide as those from all of them."""
    angle = np.linspace(0.0, 2.0 * np.pi, 1024, endpoint=False)
    curve = np.stack([0.6 * np.cos(angle), 0.2 * np.sin(angle)], axis=1)
    cycle = Cycle(
        period=1.0, period_error=0.0, points=curve[::4], lower=curve.min(axis=0),
        upper=curve.max(axis=0), multipliers=np.array([1.0, 0.1 + 0j]), multiplier_error=0.0,
        curve=curve,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 3.0, 200)
    y = curve[(t * 341).astype(int) % 1024] * (1.0 + rng.uniform(0.0, 0.2) * rng.random((200, 1)))
    recent = y[t >= t[-1] - 1.05]
    step = max(1, len(recent) // 64)
    gaps = np.linalg.norm(recent[::step][:, None] - curve, axis=2).min(axis=1)
    for limit in (0.5 * gaps.max(), 0.99 * gaps.max(), 1.01 * gaps.max(), 2.0 * gaps.max(), 0.1):
        track = Track(t=t, y=y, f=np.zeros_like(y))
        assert _on(track, cycle, float(limit)) == bool(gaps.max() <= limit)
