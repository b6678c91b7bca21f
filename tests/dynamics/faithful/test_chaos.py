"""Chaotic targets: compared by exponent and set, and missed where a network comes to rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.dynamics import Anatomy, Flow, anatomy
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful import Comparison, compare
from lrfit.dynamics.search import IRREGULAR
from lrfit.systems.open import load_system
from lrfit.systems.places import sobol_points


def lorenz(rho: float) -> Anatomy:
    flow = Flow(field=load_system("lorenz", overrides={"rho": rho}), input=np.empty(0))
    rng = np.random.default_rng
    starts = sobol_points(3, 8, rng(1))
    return anatomy(flow, generator=rng(0), starts=starts, budget=replace(QUICK, prove=False))


def compared(target: Anatomy, network: Anatomy) -> Comparison:
    return compare(target, network, duration=20.0, generator=np.random.default_rng(0))


@pytest.fixture(scope="module")
def chaotic() -> Anatomy:
    return lorenz(28.0)


@pytest.mark.parametrize("rho", [20.0, 21.0])
def test_chaos_that_is_a_transient_is_lost_chaos(chaotic: Anatomy, rho: float) -> None:
    """Below rho = 24.06 trajectories wander, ever longer towards it, and then come to rest."""
    network = lorenz(rho)
    assert chaotic.share(IRREGULAR) > 0.9
    assert "the chaotic motion is lost" in compared(chaotic, network).differences
    assert network.share(IRREGULAR) == 0.0
    assert "there is new chaotic motion" in compared(network, chaotic).differences


def test_chaos_beside_nearly_the_same_chaos_is_the_same(chaotic: Anatomy) -> None:
    found = compared(chaotic, lorenz(27.5))
    assert found.yardstick is not None
    assert found.cloud_distance is not None
    assert not any("Lyapunov" in line or "chaotic" in line for line in found.differences)


def test_chaos_of_another_extent_is_told(chaotic: Anatomy) -> None:
    """At rho = 45 z reaches 74 instead of 45."""
    differences = compared(chaotic, lorenz(45.0)).differences
    assert any("Lyapunov" in line or "chaotic" in line for line in differences)
