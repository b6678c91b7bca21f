"""Families of closed orbits about a centre beside networks that lose them slowly or fast.

`compare` takes the anatomies of any flows: fields from formulas stand for networks here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.dynamics import Anatomy, Flow, anatomy
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful import Comparison, compare
from lrfit.dynamics.search import CLOSED
from lrfit.systems.places import sobol_points

from .conftest import MakeFlow

UNPROVED = replace(QUICK, prove=False, steps=1200, backward_steps=400)


def quick(flow: Flow, starts: int = 16) -> Anatomy:
    rng = np.random.default_rng
    places = sobol_points(flow.dimension, starts, rng(1))
    return anatomy(flow, generator=rng(0), starts=places, budget=UNPROVED)


def compared(target: Anatomy, network: Anatomy, duration: float) -> Comparison:
    return compare(target, network, duration=duration, generator=np.random.default_rng(0))


def pendulum(damping: float) -> dict[str, str]:
    return {"x": "y", "y": f"-sin(3*x)/3 - {damping}*y"}


def prey_and_predators(damping: float) -> dict[str, str]:
    """Lotka-Volterra about (0.3, 0.3), whose predators also die by crowding."""
    prey, predators = "(x + 1.3)", "(y + 1.3)"  # both 1.3 in the middle of the box
    return {
        "x": f"{prey}*(1.3 - {predators})",
        "y": f"{predators}*({prey} - 1.3) - {damping}*y",
    }


@pytest.mark.parametrize("family", [pendulum, prey_and_predators])
def test_a_family_of_closed_orbits_may_be_lost_slowly_and_not_fast(
    flow_of: MakeFlow, family: object
) -> None:
    assert callable(family)
    target = quick(flow_of(family(0.0)), 8)
    assert target.share(CLOSED) > 0.3
    assert target.orbits is not None
    itself = compared(target, target, 20.0)
    assert itself.orbits is not None
    assert itself.orbits < 1e-3
    assert (itself.differences, itself.unjudged) == ((), ())
    slow = compared(target, quick(flow_of(family(1e-3)), 8), 20.0)
    assert slow.differences == ()
    assert slow.orbits is not None
    assert 1e-3 < slow.orbits < 0.1  # amplitudes fall by 1 % in 20
    (line,) = compared(target, quick(flow_of(family(0.05)), 8), 20.0).differences
    assert line.startswith("it leaves the target's closed orbits by ")
    assert line.endswith(" half-widths in 20")


def test_the_same_damping_counts_where_the_declared_time_is_longer(flow_of: MakeFlow) -> None:
    target, damped = (
        quick(flow_of({"x": "y", "y": f"-x - x**3 - {damping}*y"}), 4) for damping in (0.0, 4e-3)
    )
    assert compared(target, damped, 20.0).differences == ()
    (line,) = compared(target, damped, 300.0).differences
    assert line.startswith("it leaves the target's closed orbits")
