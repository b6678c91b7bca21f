"""`score` of trained networks: the judge of `learn`, and networks whose task the user names."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.learning.judge import fresh_judge
from lrfit.learning.opening import task_of, weights_of
from lrfit.networks.digest import full_rank_digest
from tests.command_line import Run


@cache
def trained(task: str = "flip_flop") -> lrfit.TrainedNetwork:
    steps = {"tau": 0.8, "dt": 0.8} if task == "decision_double_well" else {}
    return lrfit.learn(
        task, neurons=16, g=0.0, epochs=40, rate=0.3, test_trials=30, seed=2, **steps
    )


def unnamed(network: lrfit.FullRankNetwork) -> lrfit.FullRankNetwork:
    """The network as `import` makes it, which knows no names."""
    return replace(network, inputs=(), outputs=())


@pytest.mark.parametrize("task", ["flip_flop", "comparison", "decision_double_well"])
def test_seed_and_trials_of_learning_give_its_own_report(task: str) -> None:
    report = trained(task).report
    found = lrfit.score(trained(task), trials=30, seed=2)
    assert (found.loss, found.right) == (report.test_loss, report.right)
    assert found.target_right == 1.0
    assert lrfit.score(trained(task), trials=30, seed=3).loss != found.loss


@pytest.mark.parametrize("task", ["comparison", "decision_double_well"])
def test_mean_squares_are_those_of_the_masked_outputs_in_the_users_units(task: str) -> None:
    known = task_of(trained(task))
    found = lrfit.score(trained(task), trials=12)
    options = replace(trained(task).options, seed=0, test_trials=12)
    judge = fresh_judge(known, options)
    weights = weights_of(trained(task).network, known)
    trials = judge.trials
    for k, scale in enumerate(known.output_scale):
        asked = trials.mask[:, :, k] > 0
        off = scale * (judge.outputs(weights) - trials.targets)[:, :, k]
        assert found.mse_by_variable[k] == pytest.approx(np.mean(off[asked] ** 2), rel=1e-5)
        assert found.variance[k] == pytest.approx(
            np.mean((scale * trials.targets[:, :, k][asked]) ** 2), rel=1e-5
        )
    assert found.mse == pytest.approx(np.mean(found.mse_by_variable))
    alone = [
        judge.task.right(judge.outputs(weights)[:, [p]], trials.chosen(np.array([p])))
        for p in range(12)
    ]
    np.testing.assert_array_equal(found.right_by_trial, alone)
    assert found.right == np.mean(alone)


def test_an_imported_network_does_the_task_that_the_user_names() -> None:
    known = lrfit.score(trained(), trials=20)
    found = lrfit.score(unnamed(trained().network), task="flip_flop", trials=20)
    assert (found.loss, found.right, found.judged) == (known.loss, known.right, known.judged)


@pytest.mark.parametrize(
    ("change", "task", "why"),
    [
        ({}, None, "task of this network is not known"),
        ({}, "comparison", "give its own task"),
        ({"dt": None}, "flip_flop", "no step dt"),
        ({"tau": np.linspace(1.0, 2.0, 16)}, "flip_flop", "several time constants"),
        ({"form": "rate"}, "flip_flop", "rate form"),
    ],
)
def test_a_network_that_cannot_do_the_task_says_why(
    change: dict[str, object], task: str | None, why: str
) -> None:
    network = replace(unnamed(trained().network), **change)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=why):
        lrfit.score(network, task=task)


def test_the_command_scores_trained_files_and_refuses_those_without_a_task(run: Run) -> None:
    lrfit.save(trained(), "t.trained.h5")
    flags = ("--trials", 30, "--seed", 2)
    told = json.loads(run("score", "t.trained.h5", *flags, "--json", "-o", "s.h5").out)
    report = trained().report
    assert (told["system"], told["loss"], told["right"]) == (
        "flip_flop",
        report.test_loss,
        report.right,
    )
    shown = json.loads(run("show", "s.h5", "--json").out)
    assert (shown["loss"], shown["mse"]) == (told["loss"], told["mse"])
    assert "off the task's targets" in run("score", "t.trained.h5", *flags).out
    assert run("score", "t.trained.h5", "--rate-noise", 0.1).code == 2
    lrfit.save(unnamed(trained().network), "plain.h5")
    refused = run("score", "plain.h5")
    assert (refused.code, "is not known" in refused.error) == (2, True)
    assert run("score", "plain.h5", "--task", "flip_flop", *flags).code == 0
    assert run("score", "s.h5").code == 3


def test_the_digest_tells_networks_apart_by_whatever_they_compute_with() -> None:
    network = trained().network
    changes: list[dict[str, object]] = [
        {},
        {"J": np.asarray(network.J) * (1 + 1e-12)},
        {"bias": network.bias + 1e-9},
        {"dt": 0.25},
        {"form": "rate"},
        {"nonlinearity": ["tanh"] * 15 + ["erf"]},
        {"nonlinearity": ["erf"] + ["tanh"] * 15},
    ]
    digests = [full_rank_digest(replace(network, **each)) for each in changes]  # type: ignore[arg-type]
    assert len(set(digests)) == len(changes)
    assert full_rank_digest(unnamed(network)) == digests[0]  # names change nothing
