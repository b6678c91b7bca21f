"""Distances between sets against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics.faithful.distances import border_leak, cloud_distance, split_distance

from .conftest import MakeFlow

RNG = np.random.default_rng


def test_a_set_moved_by_its_standard_deviation_is_one_away() -> None:
    cloud = RNG(0).standard_normal((4000, 1))
    assert cloud_distance(cloud, cloud, RNG(1)) == 0.0
    assert cloud_distance(cloud, cloud + cloud.std(), RNG(1)) == pytest.approx(1.0)
    # W1 of two centered normals is |s - 1| sqrt(2/pi).
    wide = cloud_distance(cloud, 1.5 * cloud, RNG(1))
    assert wide == pytest.approx(0.5 * np.sqrt(2 / np.pi), rel=0.05)


def test_the_distance_does_not_depend_on_units() -> None:
    first, second = RNG(0).standard_normal((2, 500, 3))
    plain = cloud_distance(first, second + 1.0, RNG(1))
    assert cloud_distance(7 * first, 7 * (second + 1.0), RNG(1)) == pytest.approx(plain)


def test_halves_share_no_trajectory() -> None:
    """Two trajectories of many close states each: their difference must show."""
    apart = np.repeat([[0.0], [1.0]], 200, axis=0) + 1e-3 * RNG(0).standard_normal((400, 1))
    assert split_distance(apart, RNG(1)) > 1.0
    independent = RNG(0).standard_normal((4000, 2))
    assert split_distance(independent, RNG(1)) < 0.08


def test_the_border_leaks_where_the_network_leaves_and_the_target_enters(
    flow_of: MakeFlow,
) -> None:
    target = flow_of({"x": "-x", "y": "-y"})
    assert border_leak(target, target, RNG(0)) == 0.0
    one_side = flow_of({"x": "2*x**2 - x", "y": "-y"})  # x = 1 leaves, x = -1 too: 3 > 0 inward
    assert border_leak(target, one_side, RNG(0)) == pytest.approx(0.25)
    outward = flow_of({"x": "x", "y": "y"})
    assert border_leak(target, outward, RNG(0)) == 1.0
    assert border_leak(outward, target, RNG(0)) == 0.0
