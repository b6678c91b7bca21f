"""Poles are told from steep fields by what is known of them in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.systems.build import from_callable, from_expressions
from lrfit.systems.divergence import Divergence, find_divergence, tail_index
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System


def line(formula: str) -> System:
    return from_expressions({"x": formula}, domain={"x": (-1.0, 1.3)}, name="line")


def plane(formula: str) -> System:
    return from_expressions(
        {"x": formula, "y": "-y"}, domain={"x": (-1.0, 1.3), "y": (-1.0, 1.0)}, name="plane"
    )


def found(system: System, seed: int = 0) -> Divergence | None:
    return find_divergence(system, draw_set(system, 2**14, seed))


@settings(deadline=None, max_examples=15)
@given(power=st.sampled_from([0.2, 0.3, 0.35, 0.5, 0.7, 1.0, 2.0]), at=st.floats(-0.9, 1.2))
def test_a_mean_square_on_a_line_diverges_from_the_power_one_half_on(
    power: float, at: float
) -> None:
    here = found(line(f"abs(x - {at!r})**-{power}"))
    if here is None:
        assert power <= 0.2  # so weak a pole is not seen by so few points
        return
    assert here.heavy == (2.0 * power >= 1.0)
    z = line("x").domain.state_from_box(here.place)
    assert z == pytest.approx([at], abs=1e-8)


@pytest.mark.parametrize(("power", "heavy"), [(0.7, False), (1.0, True), (1.5, True)])
def test_in_the_plane_a_point_needs_twice_the_power(power: float, *, heavy: bool) -> None:
    here = found(plane(f"(x**2 + y**2)**-{power / 2}"))
    assert here is not None
    assert here.heavy == heavy


@pytest.mark.parametrize("formula", ["1/x", "tan(2*x)", "tan(60*x)", "1/(x - y)", "1/(x - 1.3)"])
def test_a_pole_along_a_line_or_at_the_border_is_found(formula: str) -> None:
    here = found(plane(formula))
    assert here is not None
    assert here.heavy
    assert here.variable == 0


STEEP = ["exp(20*x)", "exp(200*x)", "exp(-(x/0.001)**2)", "1/(x**2 + 1e-8)", "x**20", "tanh(1e4*x)"]


@pytest.mark.parametrize("formula", STEEP)
@pytest.mark.parametrize("make", [line, plane])
def test_a_steep_field_with_a_limit_is_none(formula: str, make: type) -> None:
    assert found(make(formula)) is None


def test_what_is_no_number_is_no_pole() -> None:
    def velocity(z: np.ndarray, u: np.ndarray) -> np.ndarray:
        return np.where(np.abs(z) < 1e-7, np.nan, np.exp(-((z / 1e-3) ** 2)))

    assert found(from_callable(velocity, domain={"x": (-1.0, 1.0)}, name="holes")) is None


@pytest.mark.parametrize("a", [0.5, 1.0, 2.0])
def test_the_tail_index_of_pareto_numbers_is_theirs(a: float) -> None:
    squares = np.random.default_rng(1).pareto(a, 200_000) + 1.0
    assert tail_index(np.sqrt(squares)) == pytest.approx(1.0 / a, rel=0.25)
