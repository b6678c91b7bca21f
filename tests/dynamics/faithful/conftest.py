"""Fields made from formulas, and networks that are their own targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from lrfit.dynamics import Anatomy, Flow, anatomy
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.places import sobol_points
from lrfit.systems.system import System

MakeFlow = Callable[..., Flow]
Analyze = Callable[[Flow], Anatomy]


@pytest.fixture
def flow_of() -> MakeFlow:
    """A flow from formulas, on a square box."""

    def make(dynamics: Mapping[str, str], box: float = 1.0) -> Flow:
        lines = ["name: made", "dynamics:", *(f"  {k}: {v}" for k, v in dynamics.items())]
        lines += ["domain:", *(f"  {k}: [{-box}, {box}]" for k in dynamics)]
        return Flow(field=load_system("\n".join(lines).encode()), input=np.empty(0))

    return make


@pytest.fixture
def analyze() -> Analyze:
    """Anatomies from the same few starts, as a comparison needs them."""
    seed = np.random.default_rng

    def few(flow: Flow) -> Anatomy:
        return anatomy(flow, generator=seed(0), starts=sobol_points(flow.dimension, 16, seed(1)))

    return few


def rotor(gain: float, turn: float, tau: float = 1.0) -> LowRankNetwork:
    """Two neurons, tau z' = -z + R tanh(z): a limit cycle where the gain is above 1."""
    return LowRankNetwork(
        M=np.eye(2),
        N=np.array([[gain, turn], [-turn, gain]]),
        bias=np.zeros(2),
        center=np.zeros(2),
        input_weights=np.empty((2, 0)),
        direct_input=np.empty((2, 0)),
        tau=tau,
        nonlinearity=nonlinearity("tanh"),
        domain=Domain(variables=("x", "y"), lower=np.full(2, -2.5), upper=np.full(2, 2.5)),
    )


def target_of(network: LowRankNetwork) -> System:
    """The system that a network implements exactly."""
    return from_callable(
        network.velocity,
        domain={"x": (-2.5, 2.5), "y": (-2.5, 2.5)},
        jacobian=network.jacobian,
        initial={"x": 1.0},
        duration=80.0,
    )


def started(system: System, *initial: float) -> System:
    """The same system with another declared start."""
    return dataclasses.replace(
        system, simulation=dataclasses.replace(system.simulation, initial=np.array(initial))
    )
