"""Pieces enclose the fields they stand for, and their bounds the pieces: at random points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.certification.bounds import bound_errors
from lrfit.certification.cover import halves
from lrfit.certification.network_model import network_model
from lrfit.certification.pieces import Pieces, difference, pairs
from lrfit.certification.target_model import TargetModel
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.systems.open import load_system

TARGET = """
name: t
dynamics:
  x: "%s"
  y: "x*y*u - exp(-x)*sin(3*y)"
domain: {x: [-1, 3], y: [-2, 1]}
inputs: {u: [-1, 0.5]}
"""
FORMULAS = [
    "x**3 - y*u",
    "tanh(20*x)*y",
    "abs(x - 0.4)*u + maximum(y, u)",
    "sqrt(x + 1) + relu(x*y)",
    "(x + 1.5)**-1.5 + log(8 + x*y)",
    "exp(-(x/0.01)**2)",
    "sigmoid(5*x - y)*erf(u) + arctan(x*y)",
]


def random_boxes(system, rng, count=40):
    domain = system.domain
    lower = np.concatenate([domain.lower, domain.input_lower])[:, None]
    upper = np.concatenate([domain.upper, domain.input_upper])[:, None]
    size = 10.0 ** rng.uniform(-6, 0, count)
    low = lower + (upper - lower) * rng.uniform(0, 1, (3, count)) * (1 - size)
    high = np.minimum(low + (upper - lower) * size, upper)
    return low, high


def enclosed(low, high):
    middle = 0.5 * (low + high)
    return middle, np.maximum(high - middle, middle - low) * (1 + 1e-15)


def values_of(piece, s):
    """The quadratics (D, P) at s (n, P)."""
    first, second = pairs(len(s))
    linear = np.sum(piece.linear * s, axis=1)
    return piece.constant + linear + np.sum(piece.square * (s[first] * s[second]), axis=1)


def points_inside(rng, count):
    inside = rng.uniform(-1, 1, (3, 1000, count))
    inside[:, :8] = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, 8, 1)
    inside[:, 8] = 0.0
    return inside


def model_of(system):
    half_width = system.domain.half_width
    return TargetModel(bounds=system.enclosures, half_width=half_width, axes=3)


@pytest.mark.parametrize("text", FORMULAS)
def test_the_targets_pieces_enclose_it(text):
    system, rng = load_system(TARGET % text), np.random.default_rng(len(text))
    low, high = random_boxes(system, rng)
    middle, radius = enclosed(low, high)
    piece = model_of(system).enclose(low, high, middle, radius)
    assert np.isfinite(piece.remainder).all()
    for s in points_inside(rng, low.shape[1]).transpose(1, 0, 2)[:100]:
        y = np.clip(middle + radius * s, low, high)
        exact = system.velocity(y[:2].T, y[2:].T).T / system.domain.half_width[:, None]
        off = np.abs(exact - values_of(piece, (y - middle) / radius))
        assert np.all(off <= piece.remainder + 1e-12 * (1 + np.abs(exact)))
    centre = system.velocity(middle[:2].T, middle[2:].T).T / system.domain.half_width[:, None]
    assert np.all(np.abs(centre - piece.value) <= piece.doubt + 1e-13 * np.abs(centre))


@pytest.mark.parametrize("phi", sorted(NONLINEARITIES))
@pytest.mark.parametrize("slope", [0.5, 30.0])
def test_a_networks_pieces_enclose_it(phi, slope):
    system, rng = load_system(TARGET % "x"), np.random.default_rng(3)
    network = LowRankNetwork(
        M=slope * rng.normal(size=(9, 2)),
        N=rng.normal(size=(9, 2)),
        bias=rng.normal(size=9),
        center=rng.normal(size=2),
        input_weights=slope * rng.normal(size=(9, 1)),
        direct_input=rng.normal(size=(2, 1)),
        tau=0.3,
        nonlinearity=nonlinearity(phi),
        domain=system.domain,
    )
    low, high = random_boxes(system, rng)
    middle, radius = enclosed(low, high)
    piece = network_model(network).enclose(middle, radius)
    for s in points_inside(rng, low.shape[1]).transpose(1, 0, 2)[:100]:
        y = np.clip(middle + radius * s, low, high)
        exact = network.velocity(y[:2].T, y[2:].T).T / system.domain.half_width[:, None]
        assert np.all(np.abs(exact - values_of(piece, (y - middle) / radius)) <= piece.remainder)
    centre = network.velocity(middle[:2].T, middle[2:].T).T / system.domain.half_width[:, None]
    assert np.all(np.abs(centre - piece.value) <= piece.doubt)


def random_piece(rng, D, n, count):
    """Pieces with parts of very different sizes."""
    size = 10.0 ** rng.uniform(-4, 1, (4, count))
    return Pieces(
        value=rng.normal(size=(D, count)) * size[0],
        doubt=np.zeros((D, count)),
        constant=rng.normal(size=(D, count)) * size[0],
        linear=rng.normal(size=(D, n, count)) * size[1],
        square=rng.normal(size=(D, len(pairs(n)[0]), count)) * size[2],
        remainder=rng.uniform(size=(D, count)) * size[3],
        sway=rng.uniform(size=(n, count)),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 10**6))
def test_no_point_of_a_piece_is_above_its_bounds(D, n, seed):
    rng = np.random.default_rng(seed)
    piece = random_piece(rng, D, n, 20)
    found = bound_errors(piece, np.full((n, 20), 0.1), np.ones(n))
    for _ in range(60):
        s = np.clip(rng.normal(size=(n, 20)) * 2.0, -1, 1)
        push = rng.choice([-1.0, 1.0], size=(D, 20)) * piece.remainder
        error = values_of(piece, s) + push
        assert np.all(np.linalg.norm(error, axis=0) <= found.upper[0])
        assert np.all(np.abs(error) <= found.upper[1:])
    np.testing.assert_allclose(found.middle[1:], np.abs(piece.value), rtol=1e-11)


def test_bounds_of_linear_pieces_in_one_variable_are_exact():
    rng = np.random.default_rng(0)
    piece = random_piece(rng, 1, 3, 50)
    flat = np.zeros_like(piece.square), np.zeros_like(piece.remainder)
    piece = Pieces(**{**vars(piece), "square": flat[0], "remainder": flat[1]})
    found = bound_errors(piece, np.full((3, 50), 0.1), np.ones(3))
    corner = np.abs(piece.constant) + np.abs(piece.linear).sum(axis=1)
    np.testing.assert_allclose(found.upper[1:], corner, rtol=1e-9)
    np.testing.assert_allclose(found.upper[0], corner[0], rtol=1e-9)


def test_bounds_on_the_norm_use_that_components_peak_in_different_places():
    s = np.array([[1.0]])
    piece = Pieces(  # (1 + s, 1 - s): each reaches 2, the norm is never above 2
        value=np.ones((2, 1)),
        doubt=np.zeros((2, 1)),
        constant=np.ones((2, 1)),
        linear=np.stack([s, -s]),
        square=np.zeros((2, 1, 1)),
        remainder=np.zeros((2, 1)),
        sway=np.zeros((1, 1)),
    )
    found = bound_errors(piece, np.array([[0.1]]), np.ones(1))
    assert found.upper[:, 0] == pytest.approx([2.0, 2.0, 2.0], rel=1e-9)


def test_the_gap_of_a_difference_falls_with_the_cube_of_the_box():
    system, rng = load_system(TARGET % "x**4 - y*u"), np.random.default_rng(1)
    network = LowRankNetwork(
        M=rng.normal(size=(9, 2)),
        N=rng.normal(size=(9, 2)),
        bias=rng.normal(size=9),
        center=np.zeros(2),
        input_weights=rng.normal(size=(9, 1)),
        direct_input=np.zeros((2, 1)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=system.domain,
    )
    widths = 2.0 ** -np.arange(1.0, 7.0)
    middle = np.tile([[0.4], [-0.3], [0.1]], widths.size)
    target = model_of(system)
    pieces = difference(
        network_model(network).enclose(middle, 0.4 * np.tile(widths, (3, 1))),
        target.enclose(
            middle - 0.4 * widths, middle + 0.4 * widths, middle, np.tile(widths, (3, 1))
        ),
    )
    slopes = np.diff(np.log(pieces.remainder), axis=1) / np.diff(np.log(widths))
    np.testing.assert_allclose(slopes, 3.0, atol=0.5)


def test_halves_cover_their_box_and_share_one_face():
    lower, upper = np.array([[0.0, -1.0], [2.0, 0.0]]), np.array([[1.0, 1.0], [3.0, 8.0]])
    low, high = halves(lower, upper, np.array([0, 1]))
    np.testing.assert_array_equal(low, [[0.0, -1.0, 0.5, -1.0], [2.0, 0.0, 2.0, 4.0]])
    np.testing.assert_array_equal(high, [[0.5, 1.0, 1.0, 1.0], [3.0, 4.0, 3.0, 8.0]])
