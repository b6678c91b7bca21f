"""Proofs that a list of fixed points is complete, and that nothing false is proved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.interval_flow import FieldBounds, field_bounds
from lrfit.dynamics.proof import prove_zeros
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng
NONE = np.empty(0)


def bounds_of(flow: Flow) -> FieldBounds:
    bounds = field_bounds(flow)
    assert bounds is not None
    return bounds


def plane(x: str, y: str) -> Flow:
    text = f"name: p\ndynamics: {{x: '{x}', y: '{y}'}}\ndomain: {{x: [-1, 1], y: [-1, 1]}}\n"
    return Flow(field=load_system(text.encode()), input=NONE)


def network(phi: str, dimension: int, neurons: int, seed: int) -> Flow:
    """A random network with an input, off-center, in a box that is not a cube."""
    generator = RNG(seed)
    domain = Domain(
        variables=tuple("xyz"[:dimension]),
        lower=np.array([-1.0, -2.0, 0.0])[:dimension],
        upper=np.array([1.5, 3.0, 7.0])[:dimension],
        inputs=("u",),
        input_lower=np.array([-1.0]),
        input_upper=np.array([1.0]),
    )
    field = LowRankNetwork(
        M=3.0 * generator.standard_normal((neurons, dimension)) / domain.half_width,
        N=2.0 * generator.standard_normal((neurons, dimension)) * domain.half_width,
        bias=generator.standard_normal(neurons),
        center=0.3 * generator.standard_normal(dimension),
        input_weights=generator.standard_normal((neurons, 1)),
        direct_input=generator.standard_normal((dimension, 1)),
        tau=0.7,
        nonlinearity=nonlinearity(phi),
        domain=domain,
    )
    return Flow(field=field, input=np.array([0.4]))


@pytest.mark.parametrize("phi", sorted(NONLINEARITIES))
@pytest.mark.parametrize("size", [1e-7, 1e-2, 0.5])
def test_bounds_of_a_network_hold_all_that_it_does(phi: str, size: float) -> None:
    flow = network(phi, 3, 12, 5)
    domain, bounds, generator = flow.domain, bounds_of(flow), RNG(1)
    middle = domain.state_from_box(generator.uniform(-0.5, 0.5, (40, 3)))
    radius = size * domain.half_width * generator.uniform(0.1, 1.0, (40, 3))
    lower, upper = (middle - radius).T, (middle + radius).T
    value, spread = bounds.values(lower, upper)
    slope, steep = bounds.slopes(lower, upper, middle.T)
    u = np.broadcast_to(flow.input, (40, 1))
    for _ in range(50):
        z = middle + radius * generator.choice([-1.0, 1.0, *generator.uniform(-1, 1, 4)], (40, 3))
        z = np.clip(z, lower.T, upper.T)
        assert np.all(np.abs(flow.field.velocity(z, u).T - value) <= spread)
        jacobian = np.moveaxis(flow.field.jacobian(z, u)[0], 0, -1)
        assert np.all(np.abs(jacobian - slope) <= steep)


@pytest.mark.parametrize("phi", sorted(NONLINEARITIES))
def test_slopes_of_a_network_are_bounded_closely_in_small_boxes(phi: str) -> None:
    if phi == "relu":
        return
    flow = network(phi, 2, 12, 5)
    point = flow.domain.state_from_box(np.array([[0.2, -0.1]]))
    half = 1e-4 * flow.domain.half_width
    _, spread = bounds_of(flow).slopes((point - half).T, (point + half).T, point.T)
    ends = np.array([point[0] + half * corner for corner in ([1, 1], [1, -1], [-1, 1], [-1, -1])])
    jacobian = flow.field.jacobian(ends, np.full((4, 1), 0.4))[0]
    true = 0.5 * np.ptp(jacobian, axis=0)
    # To first order in the size of the box the bound is the change itself.
    np.testing.assert_allclose(spread[..., 0], true, rtol=0.02, atol=1e-9)


@pytest.mark.parametrize("phi", sorted(NONLINEARITIES))
def test_fixed_points_of_random_networks_are_proved(phi: str) -> None:
    flow = network(phi, 2, 6, 2)
    found = fixed_points(flow, generator=RNG(0), starts=128, prove=True)
    assert found.complete.status == "proved", str(found.complete)
    assert np.all(found.unique_within > 0.0)
    again = fixed_points(flow, generator=RNG(1), starts=1024)
    np.testing.assert_allclose(again.points, found.points, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "inputs", "count"),
    [
        ("lorenz", (), 3),
        ("flip_flop_3bit", (0.0, 0.0, 0.0), 27),
        ("damped_pendulum", (), 3),  # two of them on the border, up to the rounding of pi
        ("wilson_cowan", (1.25,), 1),
        ("duffing_double_well", (0.0,), 3),
        ("van_der_pol", (), 1),
    ],
)
def test_lists_of_sample_systems_are_proved(
    flow_of: MakeFlow, name: str, inputs: tuple[float, ...], count: int
) -> None:
    found = fixed_points(flow_of(name, inputs=inputs), generator=RNG(0), prove=True)
    assert found.complete.status == "proved", str(found.complete)
    assert len(found.points) == count


ROOTS = st.lists(st.integers(-18, 18), min_size=1, max_size=4, unique=True)


@settings(max_examples=20, deadline=None)
@given(ROOTS, ROOTS, st.floats(-1.5, 1.5), st.data())
def test_a_zero_that_is_left_out_is_found_again(
    first: list[int], second: list[int], mix: float, data: st.DataObject
) -> None:
    """Products of factors, mixed: all zeros are known in closed form."""
    xs, ys = np.array(first) / 20.0, np.array(second) / 20.0
    x, y = ("*".join(f"({v} - ({r}))" for r in rs) for v, rs in (("x", xs), ("y", ys)))
    flow = plane(f"{x} + {mix}*{y}", f"{y} - {0.5 * mix}*{x}")
    zeros = np.array([(a, b) for a in xs for b in ys])
    kept = data.draw(st.lists(st.booleans(), min_size=len(zeros), max_size=len(zeros)))
    proof = prove_zeros(bounds_of(flow), flow.domain, zeros[np.array(kept)])
    assert proof.complete
    assert len(proof.zeros) == len(zeros)
    gaps = np.max(np.abs(proof.zeros[:, None] - zeros[None]), axis=2)
    np.testing.assert_allclose(gaps.min(axis=0), 0.0, atol=1e-12)
    # What is claimed of each zero: no other so near.
    others = np.where(gaps < 1e-9, np.inf, gaps).min(axis=1)
    assert np.all(others >= proof.radii)


def test_zeros_in_narrow_places_are_found_by_the_proof_alone() -> None:
    # Newton's method does not see a dip of width 0.01; the scan of one dimension does not apply.
    dip = "1 - 1.5*exp(-((x - 0.313)**2 + (y - 0.2)**2)/0.0001)"
    flow = plane(dip, "y - 0.2 + 0*x")
    proof = prove_zeros(bounds_of(flow), flow.domain, np.empty((0, 2)))
    away = 0.01 * np.sqrt(np.log(1.5))
    assert proof.complete
    order = np.argsort(proof.zeros[:, 0])
    known = [[0.313 - away, 0.2], [0.313 + away, 0.2]]
    np.testing.assert_allclose(proof.zeros[order], known, atol=1e-12)
    found = fixed_points(flow, generator=RNG(0), starts=1, budget=10, prove=True)
    assert found.complete.status == "proved"
    np.testing.assert_allclose(found.points, known, atol=1e-9)
    assert list(found.kinds) == ["saddle", "unstable node"]
    assert list(found.hits) == [0, 0]


@pytest.mark.parametrize("gap", [0.0, 1e-16, 1e-12, 1e-8])
def test_a_double_zero_is_proved_only_once_it_is_none(flow_of: MakeFlow, gap: float) -> None:
    apart = fixed_points(
        flow_of({"x": f"(x - 0.3)**2 - {gap:.1e}", "y": "-y"}), generator=RNG(0), prove=True
    )
    passed = fixed_points(
        flow_of({"x": f"(x - 0.3)**2 + {gap:.1e}", "y": "-y"}), generator=RNG(0), prove=True
    )
    if gap == 0.0:
        assert apart.complete.status == passed.complete.status == "evidence"
        assert "not proved" in str(apart.complete)
        return
    assert apart.complete.status == passed.complete.status == "proved"
    half = 0.5 * np.sqrt(gap)
    assert len(passed.points) == 0
    np.testing.assert_allclose(apart.points[:, 0], [0.3 - 2 * half, 0.3 + 2 * half], atol=half)
    assert apart.index_sum == apart.degree == 0


def test_a_place_where_f_is_small_but_does_not_vanish_is_taken_from_the_list(
    flow_of: MakeFlow,
) -> None:
    flow = flow_of({"x": "x**2 + 1.0e-11", "y": "-y"})
    assert len(fixed_points(flow, generator=RNG(0)).points) == 1
    found = fixed_points(flow, generator=RNG(0), prove=True)
    assert len(found.points) == len(found.kinds) == len(found.hits) == 0
    assert found.complete.status == "proved"
    assert any("proved to hold no fixed point" in note for note in found.notes)


@pytest.mark.parametrize(
    ("dynamics", "why"),
    [
        ({"x": "x**2", "y": "-y - y**3"}, "nonhyperbolic"),
        ({"x": "-x**3", "y": "-y**3"}, "nonhyperbolic"),
        ({"x": "0*x", "y": "-y"}, "continuum"),
        ({"x": "1/x - x", "y": "-y"}, "pole"),
        ({v: f"-{v}" for v in "abcd"}, "more than 3 variables"),
    ],
)
def test_what_cannot_be_proved_ends_quickly_and_says_why(
    flow_of: MakeFlow, dynamics: dict[str, str], why: str
) -> None:
    found = fixed_points(flow_of(dynamics, box=2.0), generator=RNG(0), prove=True)
    assert found.complete.status == "evidence"
    assert why in str(found.complete)
    # The work it takes to give up is part of the promise.
    if why in ("nonhyperbolic", "pole"):
        flow = flow_of(dynamics, box=2.0)
        places = flow.domain.state_from_box(found.points)
        proof = prove_zeros(bounds_of(flow), flow.domain, places)
        assert proof.remaining == 0
        assert proof.boxes < 20_000


def test_a_proof_ends_at_its_budget(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "sin(40*x)", "y": "cos(30*y) - x"})
    found = fixed_points(flow, generator=RNG(0), starts=64, budget=10_000, prove=True, boxes=500)
    assert found.complete.status != "proved"
    assert " left at the end of the budget" in str(found.complete)


def test_kinks_are_no_obstacle(flow_of: MakeFlow) -> None:
    corner = {"x": "abs(x) - 0.3 + 0.2*y", "y": "relu(y - 0.1) - 0.25 + 0.5*minimum(x, y)"}
    found = fixed_points(flow_of(corner), generator=RNG(0), prove=True)
    assert found.complete.status == "proved", str(found.complete)
    assert found.residual.max(initial=0.0) < 1e-12
    assert len(found.points) > 0


def test_a_field_that_is_no_formula_is_not_proved(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x - x**3", "y": "-y"}, box=2.0).backward
    found = fixed_points(flow, generator=RNG(0), prove=True)
    assert found.complete.status == "evidence"
    assert "not given by expressions" in str(found.complete)


def test_units_change_nothing(flow_of: MakeFlow) -> None:
    plain = fixed_points(
        flow_of({"x": "x - x**3", "y": "-y"}, box=2.0), generator=RNG(0), prove=True
    )
    text = b"name: s\ndynamics: {x: x - x**3/1.0e-12, y: -y}\n"
    text += b"domain: {x: [-2.0e-6, 2.0e-6], y: [-2.0e+9, 2.0e+9]}\n"
    flow = Flow(field=load_system(text), input=NONE)
    scaled = fixed_points(flow, generator=RNG(0), prove=True)
    assert scaled.complete == plain.complete
    assert scaled.complete.status == "proved"
    np.testing.assert_allclose(scaled.unique_within, plain.unique_within)


def test_a_box_of_neighbouring_numbers_ends_at_once() -> None:
    """Its boxes have no middle, and cutting them would go on for the whole budget."""
    next_to_one = 1.0 + 2.0**-52
    system = load_system(
        f"name: s\ndynamics: {{x: x - 1}}\ndomain: {{x: [1.0, {next_to_one!r}]}}\n"
    )
    flow = Flow(field=system, input=np.empty(0))
    bounds = field_bounds(flow)
    assert bounds is not None
    proof = prove_zeros(bounds, system.domain, np.empty((0, 1)))
    assert proof.boxes < 10_000
