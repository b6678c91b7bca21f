"""Families of closed orbits: centres are an answer of their own, spirals are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ellipk

from lrfit.dynamics import Flow, anatomy
from lrfit.dynamics.orbits import closed_orbits, first_return
from lrfit.dynamics.runs import extend
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng


def test_predator_and_prey_go_round_on_a_continuum_of_orbits() -> None:
    text = b"""
name: lotka_volterra
dynamics: {a: a*(1.1 - 0.4*b), b: b*(0.1*a - 0.4)}
domain: {a: [0, 14], b: [0, 9]}
"""
    found = anatomy(Flow(field=load_system(text), input=np.empty(0)), generator=RNG(0))
    assert found.cycles == ()
    assert found.basins == {"closed orbits": 1.0}
    assert found.orbits is not None
    assert found.orbits.periods.min() > 2 * np.pi / np.sqrt(1.1 * 0.4)  # at the centre
    assert set(found.fixed.kinds) == {"saddle", "center"}


def test_periods_of_a_pendulum_are_elliptic_integrals(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "y", "y": "-sin(x)"}, box=2.0)
    for amplitude in (0.3, 1.9):
        start = np.array([amplitude / 2.0, 0.0])
        track = extend(flow, start[None], 300).tracks[0]
        about = first_return(track)
        assert about is not None
        (orbit,) = closed_orbits(flow, start[None], np.array(about[:1]))
        assert orbit is not None
        assert orbit[0] == pytest.approx(4 * ellipk(np.sin(amplitude / 2) ** 2), rel=1e-7)


@pytest.mark.parametrize("gain", ["1e-4", "-1e-4"])
def test_a_slow_spiral_is_no_closed_orbit(flow_of: MakeFlow, gain: str) -> None:
    flow = flow_of({"x": f"y + {gain}*x", "y": "-x"})
    start = np.array([0.5, 0.0])
    about = first_return(extend(flow, start[None], 300).tracks[0])
    assert about is not None
    assert closed_orbits(flow, start[None], np.array(about[:1])) == [None]


def test_a_cycle_that_attracts_weakly_is_a_cycle(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "y", "y": "0.01*(1 - x**2)*y - x"}, box=3.0)
    found = anatomy(flow, generator=RNG(0))
    assert found.orbits is None
    (cycle,) = found.cycles
    assert abs(cycle.leading) == pytest.approx(np.exp(-0.01 * 2 * np.pi), rel=1e-3)
