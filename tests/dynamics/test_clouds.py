"""States of irregular motion: how many sets they belong to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.arrays import Array
from lrfit.dynamics.clouds import cloud_of
from lrfit.integrate.tracks import Track

T = np.linspace(0.0, 400.0, 4001)
GOLDEN = 0.5 * (1.0 + np.sqrt(5.0))


def torus(phase: float, center: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Track:
    """A trajectory that fills a torus of radii 1 and 0.3, (4001, 3)."""
    slow, fast = T + phase, GOLDEN * T + 2.0 * phase
    around = 1.0 + 0.3 * np.cos(fast)
    y = np.stack([around * np.cos(slow), around * np.sin(slow), 0.3 * np.sin(fast)], axis=1)
    return Track(t=T, y=y + center, f=np.gradient(y, T, axis=0))


@settings(max_examples=10, deadline=None)
@given(phases=st.lists(st.floats(0.0, 6.0), min_size=2, max_size=6))
def test_trajectories_of_one_set_are_one(phases: list[float]) -> None:
    states, sets = cloud_of([torus(phase) for phase in phases], 3)
    assert len(states) == len(sets) >= 2048
    np.testing.assert_array_equal(sets, 0)


@pytest.mark.parametrize("shift", [(0.9, 0.0, 0.0), (3.0, 0.0, 0.0), (0.0, 0.0, 0.7)])
def test_sets_that_overlap_in_part_are_two_the_larger_first(
    shift: tuple[float, float, float],
) -> None:
    tracks = [torus(0.1, shift), torus(0.2), torus(0.3), torus(0.4, shift), torus(0.5)]
    states, sets = cloud_of(tracks, 3)
    assert set(sets) == {0, 1}
    center = np.asarray(states[sets == 0]).mean(axis=0)
    np.testing.assert_allclose(center, 0.0, atol=0.05)
    np.testing.assert_allclose(states[sets == 1].mean(axis=0), shift, atol=0.05)


def test_without_a_trajectory_there_is_no_set() -> None:
    resting: Array = np.zeros((1, 3))
    for tracks in ([], [Track(t=np.zeros(1), y=resting, f=resting)]):
        states, sets = cloud_of(tracks, 3)
        assert states.shape == (0, 3)
        assert sets.shape == (0,)
