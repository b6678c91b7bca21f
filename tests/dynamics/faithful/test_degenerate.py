"""Continua of rest states, degenerate points and borders of basins, beside a network.

`compare` takes the anatomies of any flows: fields from formulas stand for networks here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.dynamics import Anatomy, Flow, anatomy
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful import Comparison, compare
from lrfit.dynamics.search import CONTINUUM
from lrfit.systems.places import sobol_points

from .conftest import MakeFlow

UNPROVED = replace(QUICK, prove=False, steps=1200, backward_steps=400)


def quick(flow: Flow, starts: int = 16) -> Anatomy:
    rng = np.random.default_rng
    places = sobol_points(flow.dimension, starts, rng(1))
    return anatomy(flow, generator=rng(0), starts=places, budget=UNPROVED)


def compared(target: Anatomy, network: Anatomy, duration: float) -> Comparison:
    return compare(target, network, duration=duration, generator=np.random.default_rng(0))


def two_cycles(inner: float) -> dict[str, str]:
    """r' = 10 r (r² - inner²) (0.64 - r²): rest, a cycle that repels, one that attracts."""
    f = f"10*(x**2 + y**2 - {inner}**2)*(0.64 - x**2 - y**2)"
    return {"x": f"{f}*x - 2*y", "y": f"{f}*y + 2*x"}


def test_an_unstable_cycle_that_is_gone_takes_the_rest_state_with_it(flow_of: MakeFlow) -> None:
    target = quick(flow_of(two_cycles(0.2)))
    assert [cycle.repels for cycle in target.cycles] == [False, True]
    f = "10*(x**2 + y**2 + 0.04)*(0.64 - x**2 - y**2)"
    network = quick(flow_of({"x": f"{f}*x - 2*y", "y": f"{f}*y + 2*x"}))
    differences = compared(target, network, 10.0).differences
    assert "the unstable cycle of period 3.142 is missing" in differences
    assert "the stable focus at x 0, y 0 has become an unstable focus" in differences
    back = compared(network, target, 10.0).differences
    assert "there is a new unstable cycle of period 3.142" in back


@pytest.mark.parametrize("linear", ["- 0.001*x", "+ 0.001*x"])
def test_a_degenerate_point_may_split_by_less_than_a_tenth(flow_of: MakeFlow, linear: str) -> None:
    """+ 0.001 x makes three of one: stable at +-0.032, unstable between."""
    target = quick(flow_of({"x": "-x**3", "y": "-y"}))
    network = quick(flow_of({"x": f"-x**3 {linear}", "y": "-y"}))
    found = compared(target, network, 10.0)
    assert (found.differences, found.unjudged) == ((), ())
    assert found.judged == len(target.starts)
    assert len(found.pairs.split_points) == (2 if linear[0] == "+" else 0)


def test_a_degenerate_point_that_splits_widely_has_changed(flow_of: MakeFlow) -> None:
    target = quick(flow_of({"x": "-x**3", "y": "-y"}))
    apart = quick(flow_of({"x": "-x**3 + 0.04*x", "y": "-y"}))  # 0.2 on either side
    differences = compared(target, apart, 10.0).differences
    assert sum(line.startswith("there is a new stable node at x ") for line in differences) >= 1


def ring(slip: str) -> dict[str, str]:
    """r' = 2 (0.25 - r²) r, theta' = -slip."""
    pull = "2*(0.25 - x**2 - y**2)"
    return {"x": f"{pull}*x + ({slip})*y", "y": f"{pull}*y - ({slip})*x"}


LOCAL = "exp(-((x - 0.5)**2 + (y)**2)/0.02)"
"""1 at the angle 0 of the ring, 2e-6 at a right angle to it."""


def test_a_memory_that_is_lost_in_one_place_is_lost(flow_of: MakeFlow) -> None:
    target = quick(flow_of(ring("0")))
    assert target.share(CONTINUUM) > 0.9
    local = compared(target, quick(flow_of(ring(f"0.02*{LOCAL}"))), 20.0)
    assert local.drift is not None
    assert local.drift.typical < 0.1 < local.drift.moved  # on average it would be held
    (line,) = (line for line in local.differences if line.startswith("it drifts by up to "))
    assert "in 20 along the continuum" in line
    everywhere = compared(target, quick(flow_of(ring("0.002"))), 20.0)
    assert everywhere.drift is not None
    assert everywhere.drift.moved == pytest.approx(0.02, rel=0.05)  # 0.5 * 0.002 * 20
    assert not any("drifts" in line for line in everywhere.differences)
