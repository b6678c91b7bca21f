"""Indices, the degree on the border, and the statement that follows from them."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics import fixed_points
from lrfit.dynamics.completeness import Completeness, border_degree, index_of, stated

from .conftest import MakeFlow

RNG = np.random.default_rng
ALONE = np.empty((0, 2))


@pytest.mark.parametrize(
    ("x", "y", "index"),
    [
        ("x", "y", 1),
        ("x", "-y", -1),
        ("x**2", "-y", 0),
        ("-x**3", "-y", 1),
        ("x**2 - y**2", "2*x*y", 2),  # z², complex
        ("x**3 - 3*x*y**2", "-3*x**2*y + y**3", -3),  # the conjugate of z³
    ],
)
def test_index_is_that_of_the_complex_power(flow_of: MakeFlow, x: str, y: str, index: int) -> None:
    flow = flow_of({"x": x, "y": y})
    assert index_of(flow, np.zeros(2), ALONE) == index
    assert border_degree(flow) == index


def test_the_circle_holds_no_other_zero(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "x**2*(x - 0.004)", "y": "-y"})
    zeros = np.array([[0.0, 0.0], [0.004, 0.0]])
    assert index_of(flow, zeros[0], zeros) == 0
    assert index_of(flow, zeros[1], zeros) == -1


@pytest.mark.parametrize(("x", "index"), [("x", 1), ("-x**3", -1), ("x**2", 0), ("0*x", None)])
def test_index_on_a_line_is_half_the_change_of_sign(
    flow_of: MakeFlow, x: str, index: int | None
) -> None:
    assert index_of(flow_of({"x": x}), np.zeros(1), np.empty((0, 1))) == index


def test_a_field_that_turns_quickly_on_the_border_has_its_degree(flow_of: MakeFlow) -> None:
    x = "(x**2 + y**2 - 3)"
    found = fixed_points(flow_of({"x": x, "y": "0.001*x + 0*y - 0.0005"}), generator=RNG(0))
    assert found.degree == found.index_sum == 0
    stiff = flow_of({"x": "x", "y": "-1000000*y"})  # turns by pi within 1e-6 of a side's middle
    assert border_degree(stiff) == -1


def test_a_zero_on_the_border_leaves_no_degree(flow_of: MakeFlow) -> None:
    assert border_degree(flow_of({"x": "x - 1", "y": "y"})) is None
    assert border_degree(flow_of({"x": "x - 1"})) is None


def test_the_strongest_statement_wins() -> None:
    proof = Completeness(status="proved", text="boxes")
    failed = Completeness(status="evidence", text="not proved: why")
    starts = "512 starts"
    whole = stated(degree=1, index_sum=1, by_starts=starts, proof=proof)
    assert str(whole) == "proved: boxes"
    agrees = stated(degree=1, index_sum=1, by_starts=starts, proof=failed)
    assert agrees.status == "evidence"
    assert "degree 1 agree; not proved: why" in agrees.text
    lacks = stated(degree=1, index_sum=0, by_starts=starts, proof=None)
    assert lacks.status == "unknown"
    assert "DO NOT agree" in lacks.text
    without = stated(degree=None, index_sum=None, by_starts=starts, proof=None)
    assert str(without) == "evidence: 512 starts"
