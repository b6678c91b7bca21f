"""The distance of two runs with shifts allowed: what it forgives, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.arrays import Array
from lrfit.dynamics.faithful.shifted import SHIFT, SLACK, apart, gaps, rises, rises_through

T = np.linspace(0.0, 10.0, 1001)
SHARES = st.floats(-0.9, 0.9)


def allowed(t: Array) -> Array:
    return SHIFT * t + SLACK * T[-1]


def wave(t: Array) -> Array:
    """A curve in the plane that never repeats, (T, 2)."""
    return np.stack([np.sin(2.0 * t) + 0.3 * np.sin(5.1 * t), np.cos(3.3 * t)], axis=1)


def spike(at: float, height: float = 1.0, width: float = 0.1) -> Array:
    """A triangle of a height, zero from a width on either side of its middle: (T, 1)."""
    return height * np.clip(1.0 - np.abs(T - at) / width, 0.0, None)[:, None]


@settings(max_examples=25, deadline=None)
@given(of_time=SHARES, of_whole=SHARES)
def test_a_run_that_is_shifted_by_less_than_allowed_is_not_away(
    of_time: float, of_whole: float
) -> None:
    shift = of_time * SHIFT * T + of_whole * SLACK * T[-1] * (1.0 - np.exp(-T))
    found = apart(T, wave(T), wave(T - shift))
    # Between points 0.01 apart the chord is off by h²/8 |z''|, here 0.01²/8 * 20.
    assert found.distance <= 2.5e-4


@settings(max_examples=25, deadline=None)
@given(at=st.integers(100, 900), height=st.floats(0.01, 10.0))
def test_a_missing_spike_is_as_far_as_it_is_high_both_ways(at: int, height: float) -> None:
    present, absent = spike(T[at], height), np.zeros((len(T), 1))
    for first, second in ((present, absent), (absent, present)):
        found = apart(T, first, second)
        assert found.distance == pytest.approx(height, rel=1e-12)
        assert found.time == T[at]


@settings(max_examples=25, deadline=None)
@given(at=st.floats(2.0, 7.0), share=st.floats(0.05, 3.0), later=st.booleans())
def test_a_spike_counts_when_it_is_later_or_earlier_than_allowed(
    at: float, share: float, later: bool
) -> None:
    shift = share * (SHIFT * at + SLACK * T[-1])
    first, second = spike(at), spike(at + shift if later else at - shift)
    found = apart(T, first, second)
    # What of the other spike comes within reach of a spike's top is not missing: 0.1 on each
    # side. The top lies between two points, and what is allowed is rounded up to whole steps.
    reach = float(allowed(np.array(at)))
    if shift <= 0.9 * reach:
        assert found.distance <= 0.1 + 1e-9
    if shift >= 1.06 * reach + 0.12:
        assert found.distance >= 0.9


def test_a_longer_period_that_adds_up_counts_once_it_is_too_late() -> None:
    """4 % long at all times is allowed at all times; 8 % long is late by 8 % of the time."""
    for longer, far in ((1.04, False), (0.96, False), (1.08, True)):
        found = apart(T, np.sin(6.0 * T)[:, None], np.sin(6.0 * T / longer)[:, None])
        assert (found.distance > 0.1) is far


def test_the_last_states_do_not_count_unless_the_motion_has_ended() -> None:
    zero = np.zeros((len(T), 1))
    last = (1.0 - SLACK) * T[-1] / (1.0 + SHIFT)  # from here on the shift passes the end
    late, early = spike(last + 0.2), spike(last - 0.2)
    assert apart(T, late, zero).distance == 0.0
    assert apart(T, late, zero, ended=True).distance == pytest.approx(1.0, abs=0.1)
    assert apart(T, early, zero).distance == pytest.approx(1.0, abs=0.1)
    moved = np.where(T > 9.8, 0.7, 0.0)[:, None]
    assert apart(T, moved, zero).distance == 0.0
    assert apart(T, moved, zero, ended=True).distance == pytest.approx(0.7)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), dimension=st.integers(1, 3), start=st.floats(-5.0, 5.0))
def test_it_is_the_least_distance_to_the_other_curve_within_the_allowed_time(
    seed: int, dimension: int, start: float
) -> None:
    """Against brute force over a fine grid of the other curve's chords."""
    rng = np.random.default_rng(seed)
    t = start + np.linspace(0.0, 1.0, 60)
    first, second = (np.cumsum(rng.normal(size=(60, dimension)), axis=0) for _ in range(2))
    found = apart(t, first, second, ended=True)
    fine = start + np.linspace(0.0, 1.0, 59 * 40 + 1)

    def brute(wider: float) -> float:
        reach = SHIFT * (t - t[0]) + SLACK + wider + 1e-12
        worst = 0.0
        for a, b in ((first, second), (second, first)):
            curve = np.stack([np.interp(fine, t, column) for column in b.T], axis=1)
            gaps = np.linalg.norm(a[:, None] - curve[None], axis=2)
            near = np.abs(fine[None] - t[:, None]) <= reach[:, None]
            worst = max(worst, float(np.where(near, gaps, np.inf).min(axis=1).max()))
        return worst

    longest = max(np.linalg.norm(np.diff(s, axis=0), axis=1).max() for s in (first, second))
    step = 1.0 / 59.0  # what is allowed is rounded up to whole steps
    assert brute(step) - longest / 40.0 - 1e-9 <= found.distance <= brute(0.0) + 1e-9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), below=st.floats(0.0, 3.0), ended=st.booleans())
def test_leaving_out_small_distances_changes_none_that_is_larger(
    seed: int, below: float, ended: bool
) -> None:
    rng = np.random.default_rng(seed)
    t = np.linspace(0.0, 1.0, 300)
    first, second = (np.cumsum(rng.normal(size=(300, 2)), axis=0) / 10.0 for _ in range(2))
    exact = gaps(t, first, second, ended=ended)
    found = gaps(t, first, second, ended=ended, below=below)
    larger = exact > below
    np.testing.assert_array_equal(found[larger], exact[larger])
    assert np.all(found >= exact)
    assert np.all(found[~larger] <= below)
    assert found.max() == exact.max() == gaps(t, first, second, ended=ended, below=np.inf).max()


def test_times_of_a_map_that_keeps_one_step_and_then_two_allow_no_more() -> None:
    """Kept steps of 6,000 at 4,001 times are 1 or 2 apart: the share of the time is the same."""
    steps = np.rint(np.linspace(0, 5999, 4001))
    t = 10.0 * steps / 5999
    late = np.clip(1.0 - np.abs(t - 5.4) / 0.02, 0.0, None)[:, None]  # 8 % late
    on_time = np.clip(1.0 - np.abs(t - 5.0) / 0.02, 0.0, None)[:, None]
    assert apart(t, on_time, late).distance > 0.9


def test_rises_of_a_cosine_are_counted_and_timed() -> None:
    t = np.linspace(0.0, 40.0, 40_001)
    found = rises(t, 5.0 - 3.0 * np.cos(2.0 * np.pi * t / 8.0), least=1.0)
    # 60 % of the range is passed where -cos = 0.2.
    expected = 8.0 * (np.arccos(-0.2) / (2.0 * np.pi) + np.arange(5))
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_rises_are_none_where_too_little_moves_or_the_motion_only_falls() -> None:
    t = np.linspace(0.0, 10.0, 1001)
    assert len(rises(t, 0.1 * np.sin(20.0 * t), least=0.3)) == 0
    assert len(rises(t, -t, least=0.3)) == 0
    assert len(rises(t, np.ones(1001), least=0.3)) == 0
    assert len(rises(t, t, least=0.3)) == 1


def test_ripple_about_the_middle_is_not_counted() -> None:
    t = np.linspace(0.0, 10.0, 10_001)
    ramp = t / 10.0 + 0.04 * np.sin(60.0 * t)
    assert len(rises(t, ramp, least=0.3)) == 1
    assert len(rises_through(t, ramp, 0.5, 0.5)) > 1  # without hysteresis it is


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rises_through_levels_agree_with_a_count_step_by_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=300))
    lower, upper = np.quantile(values, [0.4, 0.6])
    below, expected = False, []
    for k, value in enumerate(values):
        if value <= lower:
            below = True
        elif value >= upper and below:
            below = False
            expected.append(k)
    np.testing.assert_array_equal(rises_through(np.arange(300.0), values, lower, upper), expected)
