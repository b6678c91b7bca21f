"""Quadratics enclose phi wherever they say so, and as tightly as they promise."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.networks.enclosure import bounds_of, enclose, largest_rate
from lrfit.networks.nonlinearity import NONLINEARITIES

NAMES = sorted(NONLINEARITIES)
SMOOTH = [name for name in NAMES if name != "relu"]
EXACT = {
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "sin": mpmath.sin,
}


def excess(name, current, radius):
    """How far phi leaves its enclosure anywhere in the interval: not above rounding."""
    phi = NONLINEARITIES[name]
    a, r = np.array([current]), np.array([radius])
    found = enclose(phi, a, r)
    t = radius * np.linspace(-1.0, 1.0, 401)
    quadratic = found.constant + found.linear * t + found.square * t**2
    return float(np.max(np.abs(phi.phi(current + t) - quadratic) - found.remainder))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(st.floats(-8.0, 8.0), st.floats(1e-9, 12.0))
def test_phi_lies_within_its_enclosure(name, current, radius):
    assert excess(name, current, radius) <= 1e-13 * (1.0 + abs(current) + radius)


@pytest.mark.parametrize("name", SMOOTH)
def test_remainders_fall_with_the_cube_of_the_radius(name):
    radius = 2.0 ** -np.arange(4.0, 12.0)
    remainder = enclose(NONLINEARITIES[name], np.full(8, 0.9), radius).remainder
    slopes = np.diff(np.log(remainder)) / np.diff(np.log(radius))
    np.testing.assert_allclose(slopes, 3.0, atol=0.3)


@pytest.mark.parametrize("name", SMOOTH)
def test_third_derivatives_are_below_their_bound_from_there_on(name):
    x = np.linspace(0.0, 8.0, 161)
    with mpmath.workdps(40):
        third = [abs(float(mpmath.diff(EXACT[name], float(each), 3))) for each in x]
    beyond = np.maximum.accumulate(third[::-1])[::-1]
    bound = bounds_of(NONLINEARITIES[name]).third(x)
    assert np.all(bound >= beyond * (1.0 - 1e-9) - 1e-15)
    assert bound[0] <= 1.001 * beyond[0]


@pytest.mark.parametrize("name", NAMES)
def test_slopes_and_ranges_are_within_their_bounds(name):
    x = np.linspace(-50.0, 50.0, 20001)
    phi, bounds = NONLINEARITIES[name], bounds_of(NONLINEARITIES[name])
    rates = phi.phi(x)
    assert np.max(np.abs(phi.slope(x, rates))) <= bounds.lipschitz
    assert np.ptp(rates) <= bounds.span
    assert np.max(np.abs(rates)) <= largest_rate(phi, np.array([50.0]))[0]


def test_a_steep_neuron_costs_no_more_than_its_range():
    for name in ("tanh", "erf", "sigmoid", "sin"):
        found = enclose(NONLINEARITIES[name], np.array([0.3]), np.array([1e6]))
        assert found.remainder[0] <= bounds_of(NONLINEARITIES[name]).span
        assert found.linear[0] == found.square[0] == 0.0


def test_relu_is_exact_on_either_side_of_its_kink():
    current, radius = np.array([2.0, -2.0, 1.0]), np.array([1.0, 1.5, 1.0])
    found = enclose(NONLINEARITIES["relu"], current, radius)
    assert found.remainder.tolist() == [0.0, 0.0, 0.0]
    assert found.linear.tolist() == [1.0, 0.0, 1.0]


def test_an_interval_of_no_width_gives_the_value():
    for name in NAMES:
        current = np.array([-1.3, 0.0, 0.7])
        found = enclose(NONLINEARITIES[name], current, np.zeros(3))
        np.testing.assert_array_equal(found.value, NONLINEARITIES[name].phi(current))
        assert np.all(found.remainder < 1e-100)
