"""Learning: resumed as if never stopped, by Adam as written, and of the rank that was asked for."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import NumericalError, UsageError
from lrfit.core.progress import silent
from lrfit.learning.adam import no_moments, stepped
from lrfit.learning.gradient import Weights, run
from lrfit.learning.learn import learn
from lrfit.learning.opening import as_task, weights_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.parameters import Parameters, initial_weights
from lrfit.learning.result import TrainedNetwork
from lrfit.learning.tasks import TASKS
from lrfit.learning.training import TANH, Training, first_state

SMALL: dict[str, Any] = {"neurons": 24, "rate": 0.1, "test_trials": 40}


def assert_same_learning(one: TrainedNetwork, two: TrainedNetwork) -> None:
    np.testing.assert_array_equal(one.network.J, two.network.J)
    np.testing.assert_array_equal(one.network.output_weights, two.network.output_weights)
    np.testing.assert_array_equal(one.training.loss, two.training.loss)
    np.testing.assert_array_equal(one.training.checkpoint, two.training.checkpoint)
    np.testing.assert_array_equal(one.training.singular_values, two.training.singular_values)
    assert astuple(one.report) == astuple(two.report)
    for a, b in zip(one.training.state, two.training.state, strict=True):
        assert a.name == b.name
        np.testing.assert_array_equal(a.values, b.values)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"rank": 2, "learn": ("W", "bias")},
        {"precision": "float64", "keep_best": True},
        {"clip": 1.1, "batch": 4},
    ],
)
def test_a_resumed_network_is_that_of_one_run_bit_for_bit(
    more: dict[str, Any], tmp_path: Path
) -> None:
    first = learn("comparison", epochs=37, **SMALL, **more)
    lrfit.save(first, tmp_path / "first.h5")
    resumed = learn(resume=tmp_path / "first.h5", epochs=60)
    assert_same_learning(resumed, learn("comparison", epochs=60, **SMALL, **more))


def test_steps_are_those_of_the_algorithm_number_by_number() -> None:
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(6, 3))
    w, m, v = [0.5, -1.0, 0.0], [0.0] * 3, [0.0] * 3
    trained, moments = {"W": np.array(w)}, no_moments({"W": np.array(w)})
    for t, g in enumerate(gradients, start=1):
        for i in range(3):
            m[i] += (1 - 0.9) * (g[i] - m[i])
            v[i] += (1 - 0.999) * (g[i] ** 2 - v[i])
            w[i] -= 0.01 * (m[i] / (1 - 0.9**t)) / (math.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
        trained, moments = stepped(trained, {"W": g}, moments, {"W": 0.01}, t)
    np.testing.assert_allclose(trained["W"], w, atol=1e-15)


def test_the_first_step_of_adam_moves_every_weight_by_the_rate() -> None:
    gradient = np.array([3.0, -1e-3, 20.0])
    moved, _ = stepped(
        {"W": np.zeros(3)}, {"W": gradient}, no_moments({"W": gradient}), {"W": 0.1}, 1
    )
    np.testing.assert_allclose(moved["W"], -0.1 * np.sign(gradient), rtol=1e-4)


def test_a_change_of_rank_two_has_two_singular_values_and_starts_from_nothing() -> None:
    trained = learn("flip_flop", rank=2, epochs=20, **SMALL)
    values = np.linalg.svd(trained.change, compute_uv=False)
    assert values[1] > 1e-3
    assert values[2] < 1e-6 * values[0]
    np.testing.assert_allclose(trained.training.singular_values[-1][:5], values[:5], atol=1e-6)
    options = LearnOptions(rank=2, **SMALL)
    weights = initial_weights(TASKS["flip_flop"], options)
    parameters = Parameters(initial=weights, learn=options.learn, rank=2, seed=0)
    assert np.array_equal(parameters.weights_of(parameters.start()).J, weights.J)


def test_derivatives_by_factors_are_those_of_their_product() -> None:
    options = LearnOptions(rank=3, precision="float64", **SMALL)
    weights = initial_weights(TASKS["context"], options)
    parameters = Parameters(initial=weights, learn=("W",), rank=3, seed=0)
    rng = np.random.default_rng(1)
    trained = {"M": rng.normal(size=(24, 3)), "N": rng.normal(size=(24, 3))}
    dW = rng.normal(size=(24, 24))
    gradient = parameters.gradient_of(replace(weights, J=dW), trained)
    for name in "MN":
        step = rng.normal(size=(24, 3))
        ahead, behind = (
            parameters.weights_of({**trained, name: trained[name] + s * step}).J
            for s in (1e-3, -1e-3)
        )
        slope = np.sum(dW * (ahead - behind)) / 2e-3
        assert np.sum(gradient[name] * step) == pytest.approx(slope, rel=1e-9)


def test_only_what_is_to_be_learned_changes() -> None:
    trained = learn("flip_flop", learn=("outputs", "bias"), epochs=3, **SMALL)
    after, before = trained.network, trained.initial
    assert np.array_equal(after.J, before.J)
    assert np.array_equal(after.input_weights, before.input_weights)
    assert not np.array_equal(after.output_weights, before.output_weights)
    assert not np.array_equal(after.bias, before.bias)


def test_initial_weights_have_the_norms_of_the_paper() -> None:
    options = LearnOptions(neurons=400, g=1.5, precision="float64")
    weights = initial_weights(TASKS["flip_flop"], options)
    assert np.std(weights.J) * 20.0 == pytest.approx(1.5, rel=0.01)
    np.testing.assert_allclose(np.linalg.norm(weights.inputs, axis=0), 20.0)
    np.testing.assert_allclose(np.linalg.norm(weights.outputs, axis=1), 1 / 20.0)
    assert not np.any(weights.bias)


def a_training(**changes: Any) -> Training:
    options = LearnOptions(**{**SMALL, **changes})
    task = as_task("flip_flop", options)
    parameters = Parameters(
        initial=initial_weights(task, options), learn=options.learn, rank=options.rank, seed=0
    )
    return Training(task=task, parameters=parameters, options=options)


@pytest.mark.parametrize("rank", [None, 2])
def test_single_precision_stays_single(rank: int | None) -> None:
    training = a_training(rank=rank)
    state = training.epoch(first_state(training.parameters))
    for arrays in (state.trained, state.moments.mean, state.moments.square):
        assert all(each.dtype == np.float32 for each in arrays.values())


def test_a_long_gradient_is_shortened_to_the_multiple_of_the_median() -> None:
    training = a_training(clip=2.0)
    start = first_state(training.parameters)
    first = training.epoch(start)
    norm = first.norms[0]
    small = replace(start, epoch=21, losses=[1.0] * 21, norms=[norm / 8] * 21)
    large = replace(start, epoch=21, losses=[1.0] * 21, norms=[norm] * 21)
    clipped, free = training.epoch(small), training.epoch(large)
    assert (clipped.clipped, free.clipped) == (1, 0)
    ratio = clipped.moments.mean["W"] / free.moments.mean["W"]
    np.testing.assert_allclose(ratio, 0.25 * norm / free.norms[-1], rtol=1e-3)


def test_the_rate_falls_to_nothing_over_the_share_that_is_asked_for() -> None:
    training = a_training(epochs=100, fall=0.3)
    rates = [training._rate(number) for number in (0, 70, 85, 99)]
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.05, 0.1 / 30])


def test_with_keep_best_an_interrupt_leaves_a_network_from_which_learning_goes_on() -> None:
    def interrupt(stage: str, done: int, *_: Any) -> None:
        if done == 15:
            raise KeyboardInterrupt

    ended = learn("flip_flop", epochs=30, keep_best=True, progress=interrupt, **SMALL)
    assert ended.interrupted
    assert ended.epochs == 15
    whole = learn("flip_flop", epochs=30, keep_best=True, **SMALL)
    assert_same_learning(learn(resume=ended, epochs=30), whole)
    with pytest.raises(KeyboardInterrupt):
        learn("flip_flop", epochs=30, progress=interrupt, **SMALL)


def test_the_kept_network_is_that_of_the_smallest_loss() -> None:
    # A rate at which learning fails after it has succeeded in part.
    settings = {**SMALL, "rate": 3.0, "epochs": 60}
    kept, last = (learn("flip_flop", keep_best=keep, **settings) for keep in (True, False))
    losses = last.training.loss
    means = [np.mean(losses[k : k + 10]) for k in range(51)]
    assert kept.training.best_epoch == int(np.argmin(means)) + 9
    assert kept.report.test_loss < last.report.test_loss


def test_progress_tells_every_epoch() -> None:
    told: list[int] = []
    learn("flip_flop", epochs=4, progress=lambda _, done, *__: told.append(done), **SMALL)
    assert told == [1, 2, 3, 4]
    silent("learning", 1, 2, 3, 0.5)


def test_equal_seeds_give_equal_networks_and_others_do_not() -> None:
    one, two, other = (learn("context", epochs=3, seed=s, **SMALL) for s in (1, 1, 2))
    assert_same_learning(one, two)
    assert not np.array_equal(one.initial.J, other.initial.J)


def test_a_diverging_loss_is_said_in_one_line() -> None:
    with pytest.raises(NumericalError, match="smaller rate"):
        learn("flip_flop", epochs=200, **{**SMALL, "rate": 1e30})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"task": None}, "give a task"),
        ({"task": "flip_flop", "rank": 99, "neurons": 4}, "more than the 4 neurons"),
        ({"task": "flip_flop", "rank": 1, "learn": ("inputs",)}, "let learn contain W"),
        ({"task": "flip_flop", "tau": 2.0}, "of its own"),
        ({"task": "van_der_pol"}, "has no task"),
        ({"task": "flip_flop", "epochs": 0}, "epochs is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        learn(**given)


def test_a_resumed_network_takes_nothing_but_more_epochs() -> None:
    trained = learn("flip_flop", epochs=2, **SMALL)
    with pytest.raises(UsageError, match="as it began"):
        learn(resume=trained, epochs=4, rate=0.2)
    with pytest.raises(UsageError, match="more than that"):
        learn(resume=trained, epochs=2)


def test_the_network_simulates_as_it_was_trained() -> None:
    """The file's network, by lrfit's own simulation, does what training computed."""
    trained = learn("context", epochs=5, precision="float64", **SMALL)
    network = trained.network
    steps = 40
    u = np.random.default_rng(0).normal(size=(steps, len(network.inputs)))

    def signal(t: np.ndarray) -> np.ndarray:
        return u[np.minimum((t / 0.5 + 1e-9).astype(int), steps - 1)]

    found = lrfit.simulate(
        network, duration=20.0, dt=0.5, solver="euler", signal=signal, points=steps + 1
    )
    task = TASKS["context"]
    trials = replace(task.draw(1, np.random.SeedSequence(0)).of_type(np.float64), inputs=u[:, None])
    weights = weights_of(network, task)
    assert isinstance(weights, Weights)
    wanted = run(weights, trials, 0.5, TANH).outputs[:, 0]
    np.testing.assert_allclose(found.z[0, 1:], wanted, atol=1e-12)
