"""Scores of networks whose trajectories are known in closed form."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.errors import NumericalError, UsageError
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.scoring.score import score
from lrfit.systems.open import load_system
from lrfit.systems.system import System

LEAKY = """
name: leaky
dynamics: {x: -x + u, y: -2*y}
domain: {x: [-1, 1], y: [-1, 1]}
inputs: {u: [-1, 1]}
task:
  duration: 4
  draws: {c: {choose: [-0.5, 0.5]}}
  initial: {y: 0.5}
  signals: {u: c}
  judge: {variables: [x], at: [2, 4]%s}
"""


def network(direct: float, leak: float = 2.0) -> LowRankNetwork:
    """dx/dt = -x + direct u exactly, dy/dt = -y: no neuron does anything."""
    return LowRankNetwork(
        M=np.eye(2),
        N=np.zeros((2, 2)),
        bias=np.zeros(2),
        center=np.zeros(2),
        input_weights=np.zeros((2, 1)),
        direct_input=np.array([[direct], [0.0]]),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=load_system(LEAKY % "").domain,
    )


def mean_square(function: np.ndarray) -> float:
    return float(np.mean(function**2))


@pytest.fixture(scope="module")
def leaky() -> System:
    return load_system(LEAKY % "")


def test_errors_are_those_of_the_exact_solutions(leaky: System) -> None:
    found = score(network(0.4), task=leaky, trials=20, dt=0.02)
    t = np.linspace(0, 4, 201)
    off_x = 0.6 * 0.5 * (1 - np.exp(-t))
    off_y = 0.5 * (np.exp(-t) - np.exp(-2 * t))
    expected = [mean_square(off_x), mean_square(off_y)]
    assert np.allclose(found.mse_by_variable, expected, rtol=1e-5)
    assert found.mse == pytest.approx(np.mean(expected), rel=1e-5)
    assert np.allclose(found.mse_by_trial, found.mse, rtol=1e-6)
    size = mean_square(0.5 * (1 - np.exp(-t))) + mean_square(0.5 * np.exp(-2 * t))
    assert found.relative == pytest.approx(np.sqrt(sum(expected) / size), rel=1e-5)
    assert (found.right, found.target_right, found.finished) == (1.0, 1.0, 20)


def test_a_network_that_decides_the_other_way_is_always_wrong(leaky: System) -> None:
    found = score(network(-1.0), task=leaky, trials=10)
    assert (found.right, found.target_right) == (0.0, 1.0)
    assert not np.any(found.right_by_trial)


def test_the_answer_of_the_block_judges_the_target_too() -> None:
    """An answer that always says plus: the target is right where c is."""
    system = load_system(LEAKY % ", answer: {x: 1}")
    found = score(network(1.0), task=system, trials=60)
    share = float(np.mean(found.draws["c"] > 0))
    assert found.right == found.target_right == pytest.approx(share)
    assert np.array_equal(found.right_by_trial, found.draws["c"] > 0)


def test_within_asks_for_the_value_at_every_time() -> None:
    """x is c (1 - exp(-t)) against 0.4 c ...: at t = 4 off by 0.294, at t = 2 by 0.259."""
    loose, between = (load_system(LEAKY % f", within: {w}") for w in (0.30, 0.28))
    assert score(network(0.4), task=loose, trials=5).right == 1.0
    assert score(network(0.4), task=between, trials=5).right == 0.0


def test_euler_differs_by_its_own_error_and_noise_adds(leaky: System) -> None:
    exact = dataclasses.replace(network(1.0), tau=1.0)
    plain = score(exact, task=leaky, trials=8, dt=0.1, solver="euler")
    t = np.arange(41) * 0.1
    off = 0.5 * (np.exp(-t) - 0.9 ** np.arange(41))
    assert plain.mse_by_variable[0] == pytest.approx(mean_square(off), rel=1e-3)
    speaking = dataclasses.replace(exact, N=np.full((2, 2), 0.5))
    assert (
        score(speaking, task=leaky, trials=8, solver="euler", rate_noise=0.2).mse
        > score(speaking, task=leaky, trials=8, solver="euler").mse
    )


def test_what_diverges_is_wrong_and_counted(leaky: System) -> None:
    runaway = dataclasses.replace(network(1.0), N=np.diag([1e6, 0.0]))
    found = score(runaway, task=leaky, trials=4, solver="euler", dt=0.01)
    assert (found.finished, found.right) == (0, 0.0)
    assert np.isnan(found.mse)


def test_what_cannot_be_scored_is_refused(leaky: System) -> None:
    plain = load_system("name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n")
    with pytest.raises(UsageError, match="no task"):
        score(network(1.0), task=plain)
    other = load_system("name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\ntask: {duration: 1}\n")
    with pytest.raises(UsageError, match="different variables"):
        score(network(1.0), task=other)
    explosive = load_system(
        (LEAKY % "").replace("-x + u", "100*x + u").replace("-2*y", "100*y + 1")
    )
    with pytest.raises(NumericalError, match="the target itself fails"):
        score(network(1.0), task=explosive, trials=2)
