"""The gradient is that of the complex step, and the run that of the network's own equation."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from lrfit.learning.gradient import Weights, loss_and_gradient, loss_of, run
from lrfit.learning.tasks import TASKS
from lrfit.learning.trials import TaskTrials
from lrfit.networks.nonlinearity import Nonlinearity, nonlinearity

TANH = nonlinearity("tanh")
A = 0.5


def some_weights(task: str, neurons: int = 5, seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    U, K = len(TASKS[task].inputs), len(TASKS[task].outputs)
    return Weights(
        J=1.2 * rng.normal(size=(neurons, neurons)) / np.sqrt(neurons),
        inputs=rng.normal(size=(neurons, U)),
        bias=0.3 * rng.normal(size=neurons),
        outputs=rng.normal(size=(K, neurons)),
    )


def some_trials(task: str, count: int = 3) -> TaskTrials:
    return TASKS[task].draw(count, np.random.SeedSequence(1))


def complex_step(weights: Weights, trials: TaskTrials, phi: Nonlinearity, name: str) -> np.ndarray:
    """Derivatives by all entries of one array, exact to rounding (Squire and Trapp 1998)."""
    found = np.empty(getattr(weights, name).shape)
    for place in np.ndindex(found.shape):
        step = weights.of_type(complex)
        getattr(step, name)[place] += 1e-30j
        loss = loss_of(run(step, trials, A, phi).outputs, trials)
        found[place] = np.imag(loss) / 1e-30
    return found


@pytest.mark.parametrize("name", [each.name for each in fields(Weights)])
@pytest.mark.parametrize("task", [*TASKS])
def test_the_gradient_is_that_of_the_complex_step(task: str, name: str) -> None:
    weights, trials = some_weights(task), some_trials(task)
    _, gradient = loss_and_gradient(weights, trials, A, TANH)
    wanted = complex_step(weights, trials, TANH, name)
    assert np.max(np.abs(getattr(gradient, name) - wanted)) < 1e-12 * np.max(np.abs(wanted))


@pytest.mark.parametrize("kind", ["sigmoid", "softplus", "erf", "relu", "sin"])
def test_the_gradient_of_other_nonlinearities_is_that_of_differences(kind: str) -> None:
    phi, trials = nonlinearity(kind), some_trials("comparison")
    weights = some_weights("comparison")
    _, gradient = loss_and_gradient(weights, trials, A, phi)
    direction = np.random.default_rng(2).normal(size=weights.J.shape)

    def loss(step: float) -> float:
        moved = replace(weights, J=weights.J + step * direction)
        return loss_of(run(moved, trials, A, phi).outputs, trials)

    slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
    assert np.sum(gradient.J * direction) == pytest.approx(slope, rel=1e-6)


def test_a_run_is_the_equation_step_by_step() -> None:
    weights, trials = some_weights("flip_flop"), some_trials("flip_flop")
    found = run(weights, trials, A, TANH)
    x = np.zeros((trials.count, 5))
    for t, u in enumerate(trials.inputs):
        current = np.tanh(x) @ weights.J.T + u @ weights.inputs.T + weights.bias
        x = (1 - A) * x + A * current
        np.testing.assert_allclose(found.currents[t + 1], x, atol=1e-13)
        np.testing.assert_allclose(found.outputs[t], np.tanh(x) @ weights.outputs.T, atol=1e-13)


def test_single_precision_gives_the_same_gradient_to_its_own_rounding() -> None:
    weights, trials = some_weights("context"), some_trials("context")
    loss, gradient = loss_and_gradient(weights, trials, A, TANH)
    loss32, single = loss_and_gradient(
        weights.of_type(np.float32), trials.of_type(np.float32), A, TANH
    )
    assert loss32 == pytest.approx(loss, rel=1e-5)
    for each in fields(Weights):
        short, exact = getattr(single, each.name), getattr(gradient, each.name)
        assert short.dtype == np.float32
        np.testing.assert_allclose(short, exact, atol=1e-5 * np.max(np.abs(exact)))
