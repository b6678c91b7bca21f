"""Networks that fit the field well and do not spike as their target does: no, in both looks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.dynamics.faithful import Faithfulness, compare_run, examine, quick_look
from lrfit.fields.field import VectorField
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.systems.open import load_system
from lrfit.systems.system import System

FITZHUGH_NAGUMO = b"""
name: spikes
parameters: {a: 0.7, b: 0.8, eps: 0.08}
dynamics: {v: v - v**3/3 - w + I, w: eps*(v + a - b*w)}
domain: {v: [-2.5, 2.5], w: [-1, 2]}
inputs: {I: [0, 1]}
simulate:
  initial: {v: -1.2, w: -0.62}
  duration: 60
  signals: {I: "0.4*pulse(t, 10, 12) + 0.36*pulse(t, 40, 42)"}
"""
MORRIS_LECAR = b"""
name: morris_lecar
parameters: {C: 20, gL: 2, gCa: 4, gK: 8, V1: -1.2, V2: 18, V3: 12, V4: 17.4, phi: 0.0666666667}
define: {m: 0.5*(1 + tanh((v - V1)/V2)), open: 0.5*(1 + tanh((v - V3)/V4))}
dynamics:
  v: (I - gL*(v + 60) - gCa*m*(v - 120) - gK*n*(v + 84))/C
  n: phi*cosh((v - V3)/(2*V4))*(open - n)
domain: {v: [-75, 60], n: [-0.1, 0.7]}
inputs: {I: [0, 100]}
simulate: {initial: {v: -60, n: 0.01}, duration: 400, signals: {I: "45*step(t, 50)"}}
"""


def fitzhugh_nagumo() -> tuple[System, LowRankNetwork]:
    """Two neurons, made by `minimize` with a tolerance of 0.1: rests where the target spikes."""
    system = load_system(FITZHUGH_NAGUMO)
    network = LowRankNetwork(
        M=np.array([[-1.03827460e-03, -7.47248973e-02], [4.84267278e-01, 5.15714631e-05]]),
        N=np.array([[2.30015008e00, -1.32688632e01], [2.50418194e00, -2.82864205e-05]]),
        bias=np.array([-0.0002185, -0.04150462]),
        center=np.array([-0.08551855, 0.50410614]),
        input_weights=np.zeros((2, 1)),
        direct_input=np.array([[1.71354245e-01], [4.76489346e-07]]),
        tau=0.171354487,
        nonlinearity=nonlinearity("tanh"),
        domain=system.domain,
    )
    return system, network


def morris_lecar(slower: float) -> tuple[System, LowRankNetwork]:
    """Five neurons, made by `minimize` with a tolerance of 0.02, and slower by a factor.

    By itself its period is 11 % long: it spikes at 134, 244 and 354, the target at 121, 220, 320.
    """
    system = load_system(MORRIS_LECAR)
    network = LowRankNetwork(
        M=np.array(
            [
                [0.00895434, -0.20373221],
                [0.01395282, 0.36417344],
                [0.00715366, 0.19137282],
                [0.04462663, 0.02519211],
                [0.02154328, -0.5138859],
            ]
        ),
        N=np.array(
            [
                [7.11611491e01, -2.05950913e00],
                [3.64370794e01, 4.95792062e-01],
                [-4.62525315e01, 2.57905376e00],
                [1.17844158e01, 9.03891282e-03],
                [3.08003496e01, -2.96230168e-01],
            ]
        ),
        bias=np.array([-0.19794548, 0.76774934, -0.43874463, -1.23888064, -2.36323404]),
        center=np.array([-30.50294493, 0.81766364]),
        input_weights=np.zeros((5, 1)),
        direct_input=np.array([[2.89629447e-02], [-1.41287436e-09]]),
        tau=0.57926071 * slower,
        nonlinearity=nonlinearity("tanh"),
        domain=system.domain,
    )
    return system, network


def peaks(system: System, field: VectorField) -> Array:
    """Largest v and w in the declared run, by scipy; tau is short, and the low-pass left out."""
    signal = system.simulation.signal
    run = solve_ivp(
        lambda t, y: field.velocity(y[None], signal.at(np.array([t])))[0],
        (0.0, float(system.simulation.duration or 0.0)),
        system.simulation.initial,
        max_step=0.1,
    )
    return np.asarray(run.y.max(axis=1))


def spiking_line(found: Faithfulness) -> str:
    (line,) = (line for line in found.differences if line.startswith("the declared run is "))
    return line


@pytest.mark.parametrize("look", [quick_look, examine])
def test_a_network_that_never_spikes_is_told_by_its_rises(look: object) -> None:
    system, network = fitzhugh_nagumo()
    assert callable(look)
    found = look(system, network)
    assert found.faithful is False
    assert spiking_line(found).endswith("v rises never, the target's once (at 13.63)")
    (v, w), (network_v, network_w) = peaks(system, system), peaks(system, network)
    assert v > 0.9  # of the spike
    assert network_v < -0.4
    # Of the two, w differs more by half-widths: 1.5 of w, 2.5 of v.
    assert found.run.highest.variable == "w"
    highest = found.run.highest
    assert (highest.target, highest.network) == pytest.approx((w, network_w), abs=0.02)
    assert found.run.apart > 1.0


@pytest.mark.parametrize("look", [quick_look, examine])
def test_a_network_that_spikes_late_and_misses_one_is_told(look: object) -> None:
    system, network = morris_lecar(1.2)
    assert callable(look)
    found = look(system, network)
    assert found.faithful is False
    assert "v rises twice" not in spiking_line(found)
    assert "v rises 2 times (at 15" in spiking_line(found)
    assert "the target's 3 times (at 121" in spiking_line(found)
    (excursion,) = (one for one in found.run.excursions if one.variable == "v")
    # Both rest until 50, then the network takes 1.2 times as long as it did.
    assert excursion.network == pytest.approx((50 + 1.2 * 84, 50 + 1.2 * 194), abs=1.5)
    assert excursion.target == pytest.approx((121, 220, 320), abs=1.0)


def test_a_network_that_is_eleven_percent_late_is_told_without_a_missing_spike() -> None:
    system, network = morris_lecar(1.0)
    run = compare_run(system, network, Flow(field=system, input=np.array([45.0])))
    assert run.apart > 0.5
    assert run.excursions == ()


def test_the_target_itself_is_no_distance_away() -> None:
    """A network that is its target is 0 away; 4 % slower, its spikes come in the time allowed."""
    _, network = morris_lecar(1.0)
    system = load_system(MORRIS_LECAR)
    itself = dataclasses.replace(system, field=network)
    for slower, far in ((1.0, False), (1.04, False), (1.2, True)):
        _, other = morris_lecar(slower)
        run = compare_run(itself, other, Flow(field=itself, input=np.array([45.0])))
        assert (run.apart > 0.2) is far
