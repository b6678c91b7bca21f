"""All rest states, their types, and the evidence that none is missing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.dynamics import fixed_points
from lrfit.dynamics.fixed_points import kind_of

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
    assert found.complete is True
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
    assert (whole.degree, whole.index_sum, whole.complete) == (1, 1, True)
    less = dataclasses.replace(whole, index_sum=whole.index_sum - 1)
    assert less.complete is False
    # So few starts at a time go on until the indices add up.
    patient = fixed_points(flow, generator=RNG(0), starts=1)
    assert patient.complete is True
    assert len(patient.points) == 3
    assert patient.starts > 1


def test_a_degenerate_point_is_one_neutral_point(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "-x**3"}), generator=RNG(0))
    assert found.kinds == ("neutral",)
    assert not len(found.continuum)


def test_a_slow_node_is_stable_all_the_same(flow_of: MakeFlow) -> None:
    found = fixed_points(flow_of({"x": "-x", "y": "-0.001*y"}), generator=RNG(0))
    assert found.kinds == ("stable node",)
    np.testing.assert_allclose(found.eigenvalues[0], [-0.001, -1.0])


def test_a_field_that_turns_quickly_on_the_border_has_its_degree(flow_of: MakeFlow) -> None:
    x, y = "(x**2 + y**2 - 3)", "(0.001*x)"  # the angle turns by pi within 0.001 of a corner
    found = fixed_points(flow_of({"x": x, "y": f"{y} + 0*y - 0.0005"}), generator=RNG(0))
    assert found.degree == found.index_sum


@pytest.mark.parametrize(
    ("r", "kinds"),
    [(1.0, ["stable node", "unstable node", "stable node"]), (-1.0, ["stable node"])],
)
def test_pitchfork(flow_of: MakeFlow, r: float, kinds: list[str]) -> None:
    found = fixed_points(flow_of({"x": f"({r})*x - x**3"}, box=2.0), generator=RNG(0))
    assert list(found.kinds) == kinds
    assert found.complete is True
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
    assert found.complete is True


def test_points_do_not_depend_on_units(flow_of: MakeFlow) -> None:
    plain = fixed_points(flow_of({"x": "x - x**3", "y": "-y"}, box=2.0), generator=RNG(0))
    text = (
        b"name: s\ndynamics: {x: x - x**3/1048576, y: -y}\ndomain: {x: [-2048, 2048], y: [-2, 2]}\n"
    )
    from lrfit.dynamics import Flow
    from lrfit.targets.system import load_system

    scaled = fixed_points(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    np.testing.assert_allclose(scaled.points, plain.points, atol=1e-12)
    assert scaled.kinds == plain.kinds


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ([-1, -2], "stable node"),
        ([-1 + 1j, -1 - 1j], "stable focus"),
        ([1, -1], "saddle"),
        ([2 + 1j, 2 - 1j], "unstable focus"),
        ([1j, -1j], "center"),
        ([0, -1], "neutral"),
        ([1, -1 + 2j, -1 - 2j], "saddle focus"),
    ],
)
def test_names_are_those_of_the_textbooks(rates: list[complex], kind: str) -> None:
    assert kind_of(np.array(rates, dtype=complex)) == kind
