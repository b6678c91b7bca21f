"""All rest states, their types, and the evidence that none is missing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.dynamics import Flow, fixed_points
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng


def test_all_of_twenty_planted_points_are_found(flow_of: MakeFlow) -> None:
    roots_x, roots_y = (-0.83, -0.4, 0.05, 0.37, 0.9), (-0.7, -0.2, 0.31, 0.77)
    x = "*".join(f"(x - ({root}))" for root in roots_x)
    y = "*".join(f"(y - ({root}))" for root in roots_y)
    found = fixed_points(flow_of({"x": x, "y": f"{y} + 0.5*({x})"}), generator=RNG(0))
    planted = np.array([(a, b) for a in roots_x for b in roots_y])
    assert len(found.points) == 20
    gaps = np.linalg.norm(found.points[:, None] - planted[None], axis=2)
    np.testing.assert_allclose(gaps.min(axis=0), 0.0, atol=1e-10)
    assert found.complete.status == "evidence"
    assert found.degree == found.index_sum
    assert found.hits.min() >= 2
    assert found.residual.max() < 1e-10


def test_kinds_and_eigenvalues_of_a_linear_system_are_exact(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "-x + 2*y", "y": "-2*x - y"}), generator=RNG(0))
    assert found.kinds == ("stable focus",)
    np.testing.assert_allclose(np.sort_complex(found.eigenvalues[0]), [-1 - 2j, -1 + 2j])
    np.testing.assert_allclose(found.points, 0.0, atol=1e-12)


def test_index_sum_notices_a_point_that_is_left_out(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x - x**3", "y": "-y"}, box=2.0)
    whole = fixed_points(flow, generator=RNG(0))
    assert whole.kinds == ("stable node", "saddle", "stable node")
    assert (whole.degree, whole.index_sum) == (1, 1)
    assert whole.complete.status == "evidence"
    less = dataclasses.replace(whole, index_sum=0)
    assert less.complete.status == "unknown"
    assert "some are missing" in str(less.complete)
    # So few starts at a time go on until the indices add up.
    patient = fixed_points(flow, generator=RNG(0), starts=1)
    assert patient.complete.status == "evidence"
    assert len(patient.points) == 3
    assert patient.starts > 1


@pytest.mark.parametrize(
    ("dynamics", "kind", "index"),
    [
        ({"x": "-x**3"}, "stable, nonhyperbolic", -1),
        ({"x": "x**3"}, "unstable, nonhyperbolic", 1),
        ({"x": "x**2"}, "half-stable", 0),
        ({"x": "-x**3", "y": "-y"}, "stable, nonhyperbolic", 1),
        ({"x": "x**3", "y": "-y"}, "saddle, nonhyperbolic", -1),
        ({"x": "x**2", "y": "-y - y**3"}, "saddle-node", 0),
        ({"x": "-(x - 0.3)**5", "y": "-y + 0.1*x"}, "stable, nonhyperbolic", 1),
    ],
)
def test_a_degenerate_point_is_one_point_whose_index_agrees(
    flow_of: MakeFlow, dynamics: dict[str, str], kind: str, index: int
) -> None:
    found = fixed_points(flow_of(dynamics), generator=RNG(0))
    assert found.kinds == (kind,)
    assert found.degree == found.index_sum == index
    assert found.complete.status == "evidence"
    assert list(found.stable) == [kind.startswith("stable")]
    assert list(found.unstable) == [0]  # the linearization says nothing, and no more than that
    assert not len(found.continuum)


def test_two_simple_points_that_almost_touch_are_two(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "(x - 0.2)**2 - 1.0e-12", "y": "-y"}), generator=RNG(0))
    np.testing.assert_allclose(found.points[:, 0], [0.2 - 1e-6, 0.2 + 1e-6], atol=1e-9)
    assert found.kinds == ("stable node", "saddle")


def test_a_pole_is_no_fixed_point_but_counts_in_the_degree(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "1/x - x"}, box=2.0), generator=RNG(0))
    np.testing.assert_allclose(2.0 * found.points[:, 0], [-1.0, 1.0], atol=1e-12)
    assert found.kinds == ("stable node", "stable node")
    assert found.degree == found.index_sum == -1  # two stable ones, and the pole between them
    assert found.complete.status == "evidence"


def test_one_dimension_is_scanned_for_what_few_starts_miss(flow_of: MakeFlow) -> None:
    # A tooth of width 0.02 far from where Newton's steps lead.
    tooth = "1 + 0.1*x - 1.5*exp(-((x - 0.613)/0.01)**2)"
    found = fixed_points(flow_of({"x": tooth}), generator=RNG(0), starts=1)
    away = 0.01 * np.sqrt(np.log(1.5 / 1.0613))
    np.testing.assert_allclose(found.points[:, 0], [0.613 - away, 0.613 + away], atol=2e-5)
    assert found.degree == found.index_sum == 0


def test_a_slow_node_is_stable_all_the_same(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "-x", "y": "-0.001*y"}), generator=RNG(0))
    assert found.kinds == ("stable node",)
    np.testing.assert_allclose(found.eigenvalues[0], [-0.001, -1.0])


@pytest.mark.parametrize(
    ("r", "kinds"),
    [(1.0, ["stable node", "unstable node", "stable node"]), (-1.0, ["stable node"])],
)
def test_pitchfork(flow_of: MakeFlow, r: float, kinds: list[str]) -> None:
    found = fixed_points(flow_of({"x": f"({r})*x - x**3"}, box=2.0), generator=RNG(0))
    assert list(found.kinds) == kinds
    assert found.complete.status == "evidence"
    assert found.degree == found.index_sum
    if r > 0:
        np.testing.assert_allclose(2.0 * found.points[:, 0], [-1, 0, 1], atol=1e-10)
        np.testing.assert_allclose(found.eigenvalues[:, 0].real, [-2, 1, -2], atol=1e-9)


def test_points_of_lorenz_are_those_of_the_formula(flow_of: MakeFlow) -> None:
    flow = flow_of("lorenz")
    found = fixed_points(flow, generator=RNG(0))
    side = np.sqrt(8 / 3 * 27)
    known = np.array([[-side, -side, 27], [0, 0, 0], [side, side, 27]])
    np.testing.assert_allclose(flow.domain.state_from_box(found.points), known, atol=1e-7)
    assert found.kinds == ("saddle focus", "saddle", "saddle focus")


def test_a_ring_of_rest_states_is_told_apart_from_isolated_ones(flow_of: MakeFlow) -> None:
    flow = flow_of("ring_attractor", inputs=(0.0,))
    found = fixed_points(flow, generator=RNG(0))
    assert found.kinds == ("unstable node",)
    assert len(found.continuum) > 100
    radius = np.linalg.norm(flow.domain.state_from_box(found.continuum), axis=1)
    np.testing.assert_allclose(radius, 1.0, atol=1e-4)


def test_a_field_without_rest_states_has_none(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "1 + 0.1*x", "y": "-y"}), generator=RNG(0))
    assert len(found.points) == 0
    assert found.complete.status == "evidence"
    assert found.degree == found.index_sum


def test_points_do_not_depend_on_units(flow_of: MakeFlow) -> None:
    plain = fixed_points(flow_of({"x": "x - x**3", "y": "-y"}, box=2.0), generator=RNG(0))
    text = (
        b"name: s\ndynamics: {x: x - x**3/1048576, y: -y}\ndomain: {x: [-2048, 2048], y: [-2, 2]}\n"
    )
    scaled = fixed_points(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    np.testing.assert_allclose(scaled.points, plain.points, atol=1e-12)
    assert scaled.kinds == plain.kinds


def lagrange_points(mass: float) -> np.ndarray:
    """Positions (5, 2) in the rotating frame: Szebehely 1967, section 4.2."""
    from scipy.optimize import brentq

    def pull(x: float) -> float:
        first, second = x + mass, x - 1.0 + mass
        return x - (1 - mass) * first / abs(first) ** 3 - mass * second / abs(second) ** 3

    edge = 1e-6
    spans = ((-2.0, -mass - edge), (-mass + edge, 1 - mass - edge), (1 - mass + edge, 2.0))
    line = [(brentq(pull, low, high, xtol=1e-14), 0.0) for low, high in spans]
    height = np.sqrt(3) / 2
    return np.array([*line, (0.5 - mass, height), (0.5 - mass, -height)])


def three_bodies(mass: float) -> Flow:
    lines = [
        "name: three_bodies",
        f"parameters: {{mu: {mass}}}",
        "define: {r1: ((x + mu)**2 + y**2)**1.5, r2: ((x - 1 + mu)**2 + y**2)**1.5}",
        "dynamics:",
        "  x: vx",
        "  y: vy",
        "  vx: 2*vy + x - (1 - mu)*(x + mu)/r1 - mu*(x - 1 + mu)/r2",
        "  vy: -2*vx + y - (1 - mu)*y/r1 - mu*y/r2",
        "domain: {x: [-2, 2], y: [-2, 2], vx: [-2, 2], vy: [-2, 2]}",
    ]
    return Flow(field=load_system("\n".join(lines).encode()), input=np.empty(0))


@pytest.mark.parametrize("mass", [0.25, 0.0122])
def test_the_five_lagrange_points_are_found(mass: float) -> None:
    found = fixed_points(three_bodies(mass), generator=RNG(0))
    known = lagrange_points(mass)
    assert len(found.points) == 5
    assert found.evaluations < 300_000
    gaps = np.linalg.norm(2.0 * found.points[:, None, :2] - known[None], axis=2)
    np.testing.assert_allclose(gaps.min(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(found.points[:, 2:], 0.0, atol=1e-9)
    # Routh: the triangular points are centers below a mass of 0.0385.
    triangular = np.abs(found.points[:, 1]) > 0.1
    assert set(found.unstable[triangular]) == ({2} if mass > 0.0385 else {0})


def test_a_search_ends_at_its_budget_and_says_so(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "sin(20*x)", "y": "cos(15*y) - x"})
    found = fixed_points(flow, generator=RNG(0), budget=20_000)
    assert found.evaluations < 40_000
    assert any("budget of 20,000 evaluations" in note for note in found.notes)
    assert not fixed_points(flow_of({"x": "-x"}), generator=RNG(0)).notes


@pytest.mark.parametrize(
    ("name", "inputs"),
    [("line_attractor", (0.0,)), ("parametric_working_memory", (0.0, 0.0, 0.0))],
)
def test_lines_of_rest_states_are_continua(
    flow_of: MakeFlow, name: str, inputs: tuple[float, ...]
) -> None:
    found = fixed_points(flow_of(name, inputs=inputs), generator=RNG(0))
    assert len(found.points) == 0
    assert len(found.continuum) > 100
    assert np.ptp(found.continuum, axis=0).max() > 1.5
