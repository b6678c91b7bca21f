"""The declared run: what counts there, and what happens when it cannot be followed."""

from __future__ import annotations

import ast
import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

import lrfit.dynamics
from lrfit.dynamics import Flow
from lrfit.dynamics.faithful import compare_run, quick_look, run
from lrfit.dynamics.faithful.verdict import _of_run, _run_unjudged
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.systems.build import from_callable
from lrfit.systems.system import System

from .conftest import rotor, started, target_of


class JumpingClock:
    """A clock that is 1000 s later at every call: a process that hardly ever gets to run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> float:
        self.calls += 1
        return 1000.0 * self.calls


def test_no_verdict_depends_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    system, network = target_of(rotor(1.5, 1.5)), rotor(1.5, 1.5)
    before = quick_look(system, network)
    clock = JumpingClock()
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", clock)
        patched.setattr(time, "perf_counter", clock)
        after = quick_look(system, network)
    assert clock.calls > 1000  # the integration of the run asks it, and is not stopped by it
    assert (before.verdict, before.run) == (after.verdict, after.run)
    assert before.verdict == "yes"


def test_nothing_in_the_analysis_of_dynamics_asks_for_the_time() -> None:
    room = Path(lrfit.dynamics.__file__).parent
    modules = sorted(room.rglob("*.py"))
    assert len(modules) > 20
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not {"time", "datetime", "signal"} & set(names), path.name


def test_a_run_that_cannot_be_followed_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    network = rotor(1.5, 1.5)
    system = target_of(network)
    monkeypatch.setattr(run, "_EVALUATIONS", (40, 60))
    found = quick_look(system, network)
    assert found.faithful is None
    assert found.run is not None
    assert found.run.duration < 2.0  # of 80
    assert found.verdict.startswith(
        "not judged: the declared run of the target was not followed to its end: step limit at t="
    )


def test_what_explicit_steps_cannot_follow_is_followed_by_implicit_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Relaxation a million times faster than the run: 1e6 explicit steps, some hundred others."""
    stiff = target_of(rotor(1.5, 1.5))

    def velocity(z: np.ndarray, u: np.ndarray) -> np.ndarray:
        slow = stiff.velocity(z[:, :2], u)
        return np.hstack([slow, -1e6 * (z[:, 2:] - 0.5 * z[:, :1])])

    network = rotor(1.5, 1.5)
    box = dict.fromkeys("xyz", (-2.5, 2.5))
    system = from_callable(velocity, domain=box, initial={"x": 1.0}, duration=40.0)
    third = LowRankNetwork(
        M=np.hstack([np.eye(2), np.zeros((2, 1))]),
        N=np.hstack([network.N, np.zeros((2, 1))]),
        bias=np.zeros(2),
        center=np.zeros(3),
        input_weights=np.empty((2, 0)),
        direct_input=np.empty((3, 0)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=system.domain,
    )
    flow = Flow(field=system, input=np.empty(0))
    monkeypatch.setattr(run, "_EVALUATIONS", (2_000, run._EVALUATIONS[1]))
    assert compare_run(system, third, flow).target_ending == "done"
    monkeypatch.setattr(run, "_EVALUATIONS", (2_000, 100))
    assert compare_run(system, third, flow).target_ending.startswith("step limit")


def growing(rate: float) -> LowRankNetwork:
    """One neuron: z' = rate z near 0, saturating far outside the box at a rate for ever."""
    return LowRankNetwork(
        M=np.array([[1e-3]]),
        N=np.array([[1e3 * (1.0 + rate)]]),
        bias=np.zeros(1),
        center=np.zeros(1),
        input_weights=np.empty((1, 0)),
        direct_input=np.empty((1, 0)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=Domain(variables=("x",), lower=np.array([-1.0]), upper=np.array([1.0])),
    )


def decaying(duration: float) -> System:
    return from_callable(
        lambda z, u: -z, domain={"x": (-1.0, 1.0)}, initial={"x": 0.5}, duration=duration
    )


def test_a_network_that_diverges_where_its_target_rests_is_no() -> None:
    found = quick_look(decaying(10.0), growing(1.0))
    assert found.faithful is False
    assert any(line.startswith("the declared run: diverged at t=") for line in found.differences)


def test_where_no_duration_is_declared_a_slow_approach_is_awaited() -> None:
    """x' = 0.01 - x² takes 30 units of time from -0.09; crossing the box takes 1.5."""
    slow = from_callable(lambda z, u: 0.01 - z**2, domain={"x": (-1.0, 1.0)}, initial={"x": -0.09})
    network = growing(-1.0)
    found = quick_look(slow, network)
    assert found.run is not None
    assert found.run.duration > 30.0
    assert found.run.at_rest
    assert found.run.final == pytest.approx(0.1, abs=0.01)  # the target is at 0.1, the network at 0


def test_the_last_states_count_where_the_target_has_come_to_rest() -> None:
    network = rotor(0.5, 0.0)
    system = target_of(network)
    moved = dataclasses.replace(network, center=np.array([0.8, 0.0]))
    found = compare_run(system, moved, Flow(field=system, input=np.empty(0)))
    assert found.at_rest
    assert found.apart == pytest.approx(found.final, rel=0.05)
    (line,) = _of_run(found, None)
    assert "; x goes " in line
    assert _run_unjudged(found, None) == []
    assert _of_run(found, 3.0) == []  # of a chaotic target the sets are compared instead


def test_a_run_along_a_separatrix_says_nothing_about_the_network() -> None:
    """From beside the saddle of two wells the target's own runs part from a nudge."""
    network = rotor(1.5, 0.0)
    beside = started(target_of(network), 0.004, 1.0)
    moved = dataclasses.replace(network, center=np.array([0.02, 0.0]))
    run = compare_run(beside, moved, Flow(field=beside, input=np.empty(0)))
    assert run.apart > 0.2
    assert run.sensitive
    assert _of_run(run, None) == []
    (why,) = _run_unjudged(run, None)
    assert "0.01 half-widths aside" in why
    far = started(target_of(network), 1.0, 0.5)  # inside a well nothing is sensitive
    found = compare_run(
        far,
        dataclasses.replace(network, center=np.array([1.2, 0.0])),
        Flow(field=far, input=np.empty(0)),
    )
    assert found.apart > 0.2
    assert not found.sensitive
