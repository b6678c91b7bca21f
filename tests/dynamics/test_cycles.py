"""Cycles of any shape and stiffness: periods and multipliers against published and exact values."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics import Flow, anatomy
from lrfit.dynamics.budget import FULL, QUICK, Budget
from lrfit.dynamics.cycles import by_length, returns
from lrfit.dynamics.runs import extend
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng


def flow_in(
    box: dict[str, tuple[float, float]], dynamics: dict[str, str], define: str = ""
) -> Flow:
    text = "name: made\n" + (f"define: {define}\n" if define else "")
    text += "dynamics: {" + ", ".join(f"{k}: '{v}'" for k, v in dynamics.items()) + "}\n"
    text += "domain: {" + ", ".join(f"{k}: [{a}, {b}]" for k, (a, b) in box.items()) + "}\n"
    return Flow(field=load_system(text.encode()), input=np.empty(0))


def stiff_van_der_pol(mu: float, height: float) -> Flow:
    return flow_in(
        {"x": (-2.5, 2.5), "y": (-height, height)}, {"x": "y", "y": f"{mu}*(1 - x**2)*y - x"}
    )


@pytest.mark.parametrize(
    ("mu", "height", "period", "budget"),
    [(30, 50, 50.5437, QUICK), (30, 50, 50.5437, FULL), (100, 150, 162.837, QUICK)],
)
def test_relaxation_oscillators_have_their_periods(
    mu: float, height: float, period: float, budget: Budget
) -> None:
    found = anatomy(stiff_van_der_pol(mu, height), generator=RNG(0), budget=budget)
    (cycle,) = found.cycles
    assert cycle.period == pytest.approx(period, rel=2e-5)
    assert found.basins == {"cycle 0": 1.0}
    assert not cycle.repels
    assert found.exponents is None  # in the plane nothing is irregular


def test_three_nested_cycles_with_a_basin_that_no_start_lies_in() -> None:
    flow = flow_in(
        {"x": (-1.4, 1.4), "y": (-1.4, 1.4)},
        {"x": "g*x - y", "y": "g*y + x"},
        "{r2: x**2 + y**2, g: -40*(r2 - 0.01)*(r2 - 0.04)*(r2 - 1)}",
    )
    for budget in (QUICK, FULL):
        found = anatomy(flow, generator=RNG(0), budget=budget)
        radii = sorted((round(1.4 * c.upper[0], 4), c.repels) for c in found.cycles)
        assert radii == [(0.1, False), (0.2, True), (1.0, False)]
        for cycle in found.cycles:
            assert cycle.period == pytest.approx(2 * np.pi, rel=1e-6)


MORRIS_LECAR = b"""
name: morris_lecar
define: {m: 0.5*(1 + tanh((v + 1.2)/18)), w: 0.5*(1 + tanh((v - 12)/17.4))}
dynamics:
  v: (I - 2*(v + 60) - 4*m*(v - 120) - 8*n*(v + 84))/20
  n: 0.0667*cosh((v - 12)/34.8)*(w - n)
domain: {v: [-75, 60], n: [-0.1, 0.7]}
inputs: {I: [0, 100]}
"""


def test_a_neuron_just_above_its_threshold_spikes_rarely() -> None:
    found = anatomy(Flow(field=load_system(MORRIS_LECAR), input=np.array([40.0])), generator=RNG(0))
    (cycle,) = found.cycles
    assert cycle.period == pytest.approx(943.74, abs=0.01)
    assert found.basins == {"cycle 0": 1.0}


def test_an_excursion_out_of_the_box_is_no_escape() -> None:
    brusselator = flow_in(
        {"x": (0, 4.5), "y": (0, 6)}, {"x": "1 + x**2*y - 4*x", "y": "3*x - x**2*y"}
    )
    steep = flow_in({"x": (-3, 3), "y": (-10, 10)}, {"x": "y", "y": "5*(1 - x**2)*y - x"})
    for flow in (brusselator, steep):
        assert anatomy(flow, generator=RNG(0)).basins == {"cycle 0": 1.0}


def test_returns_are_one_period_apart(flow_of: MakeFlow) -> None:
    track = extend(flow_of("hopf_normal_form"), np.array([[0.5, 0.1]]), 400).tracks[0]
    found = returns(track)
    np.testing.assert_allclose(-np.diff(found.times)[:3], np.pi, rtol=1e-4)
    assert found.period(1) == pytest.approx(np.pi, rel=1e-4)


def test_the_curve_of_a_cycle_is_even_in_length() -> None:
    angle = np.linspace(0, 2 * np.pi, 20_001) ** 2 / (2 * np.pi)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    curve = by_length(circle, 100)
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(curve, axis=0), axis=1), 2 * np.sin(np.pi / 100), rtol=1e-3
    )
