"""The figure of test trials: the trials of the report, and errors that it has too."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.fitting.result import Fit
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.plotting import task_trials as trials_module
from lrfit.plotting.style import BLUE, GREEN, INK, ORANGE, VERMILION
from lrfit.plotting.subject import subject_of
from lrfit.plotting.task_trials import TaskTrials, task_trials
from lrfit.simulation.field_trials import plan_trials
from lrfit.simulation.network_trials import run_network
from tests.plotting.test_result_figures import assert_nothing_overlaps, legend

WELL = """
name: well
time_unit: s
dynamics: {z: "z - z**3 + u + 0*w"}
domain: {z: [-1.6, 1.6]}
inputs: {u: [-0.5, 0.5], w: [0, 1]}
task:
  duration: 3
  draws: {c: {choose: [-0.4, -0.2, 0.2, 0.4]}}
  signals: {u: "c*pulse(t, 0.5, 2)", w: 1}
"""
OSCILLATOR = """
name: oscillator
dynamics: {x: y, y: "(1 - x**2)*y - x"}
domain: {x: [-3, 3], y: [-4, 4]}
simulate: {duration: 3}
"""


@cache
def fitted(text: str, **options: Any) -> Fit:
    given = {"neurons": 6, "method": "ols", "tau": 0.6, "candidates": 100, "samples": 256}
    return lrfit.fit(text.encode(), look=False, **{**given, **options})


@cache
def tuned(text: str, **options: Any) -> Fit:
    given = {"iterations": 0, "test_trials": 16, "validation_trials": 16, "draws": 4}
    return lrfit.tune(fitted(text), seed=3, look=False, dt=0.1, workers=1, **{**given, **options})


@cache
def found(fit: Fit) -> TaskTrials:
    return task_trials(subject_of(fit))


def mean_square(errors: np.ndarray) -> float:
    return float(np.mean(errors**2))


@cache
def drawn(text: str) -> Figure:
    return lrfit.plot(fitted(text), kind="task").figure


@pytest.mark.parametrize("text", [WELL, OSCILLATOR], ids=["task", "box"])
def test_errors_over_time_of_a_tuned_network_are_those_of_its_report(text: str) -> None:
    fit = tuned(text)
    assert fit.tuning is not None
    it = found(fit)
    wrong = [mean_square(errors) for errors in it.wrong_errors]
    assert (it.count, it.draws) == (fit.tuning.test_trials, fit.tuning.draws)
    assert mean_square(it.errors) == pytest.approx(fit.tuning.mse, rel=1e-4)
    assert np.median(wrong) == pytest.approx(fit.tuning.wrong_median, rel=1e-4)
    assert mean_square(it.worst_errors) == pytest.approx(fit.tuning.wrong_worst, rel=1e-4)


def ran(network: LowRankNetwork) -> np.ndarray:
    """States (64, T + 1, 1) in trials of the task, by the simulation that `score` has."""
    fit = fitted(WELL)
    assert fit.system.task is not None
    drawn_trials = fit.system.task.draw(64, np.random.SeedSequence([fit.options.seed, 20, 2]))
    plan = plan_trials(
        drawn_trials.signals, duration=3.0, dt=network.tau / 10, dimension=1, points=10**6
    )
    return run_network(network, drawn_trials.initial, plan).y


def test_states_are_those_of_the_network_in_trials_of_the_task() -> None:
    fit = fitted(WELL)
    it = found(fit)
    assert np.allclose(it.network, ran(fit.network)[it.numbers], atol=1e-9)
    assert it.t[-1] == pytest.approx(3.0, abs=fit.network.tau / 10)
    assert np.all(it.inputs[:, :, 1] == 1.0)


def test_the_last_trial_shown_has_the_largest_error() -> None:
    it = found(fitted(WELL))
    apart = np.mean((it.network - it.target)[:, 1:] ** 2, axis=(1, 2))
    assert np.argmax(it.mean_squares) == it.numbers[-1]
    assert len(set(it.numbers.tolist())) == len(it.numbers) == 3
    assert np.allclose(apart, it.mean_squares[it.numbers])


def test_the_worst_draw_is_the_network_with_the_largest_error_of_all() -> None:
    fit = fitted(WELL)
    it = found(fit)
    assert it.worst is not None
    worst = int(np.argmax([mean_square(errors) for errors in it.wrong_errors]))
    random = np.random.default_rng([fit.options.seed, 32, 1, worst])
    N = fit.network.N * (1.0 + 0.01 * random.standard_normal(fit.network.N.shape))
    states = ran(dataclasses.replace(fit.network, N=N))
    assert np.allclose(it.worst, states[it.numbers], atol=1e-9)


def test_equal_networks_have_equal_trials_and_draws() -> None:
    one, two = found(fitted(WELL)), task_trials(subject_of(fitted(WELL)))
    assert np.array_equal(one.wrong_errors, two.wrong_errors)
    assert np.array_equal(one.network, two.network)


def test_without_errors_in_the_weights_there_is_no_draw() -> None:
    fit = tuned(WELL, weight_noise=0.0)
    it = found(fit)
    assert (it.draws, it.worst) == (0, None)
    picture = lrfit.plot(fit, kind="task")
    assert legend(picture.figure) == ["network", "target", "input"]
    assert len(picture.figure.axes[-1].lines) == 1


def test_a_network_that_runs_away_is_told_and_not_drawn_beyond() -> None:
    fit = fitted(OSCILLATOR)
    wild = dataclasses.replace(fit, network=dataclasses.replace(fit.network, N=200 * fit.network.N))
    it = found(wild)
    assert it.lost[0] > 0
    assert np.isnan(it.network).any()
    figure = lrfit.plot(wild, kind="task").figure
    told = figure.axes[-1].get_title(loc="right")
    assert f"{it.lost[0]} of 64 lost by the network" in told
    assert figure.axes[0].get_ylim()[1] <= 1.25 * 3.0


def test_fewer_networks_run_where_trials_have_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = len(found(fitted(WELL)).t) - 1
    monkeypatch.setattr(trials_module, "_STEPS", 6 * steps)
    assert task_trials(subject_of(fitted(WELL))).draws == 5


def test_the_figure_has_a_column_for_each_trial_and_the_errors_of_all_below() -> None:
    figure = drawn(WELL)
    grid, below = np.array(figure.axes[:9]).reshape(3, 3), figure.axes[9]
    it = found(fitted(WELL))
    assert [axes.get_ylabel() for axes in grid[:, 0]] == ["u", "w", "z"]
    assert grid[0, 2].get_title(loc="left").endswith("with the largest error")
    assert [line.get_color() for line in grid[0, 0].lines] == [GREEN]
    worst, network, target = grid[2, 2].lines
    assert [line.get_color() for line in (worst, network, target)] == [VERMILION, BLUE, INK]
    assert target.is_dashed()
    assert np.array_equal(network.get_ydata(), it.network[2, :, 0])
    assert [line.get_color() for line in below.lines] == [BLUE, ORANGE, VERMILION]
    assert np.array_equal(below.lines[1].get_ydata(), np.median(it.wrong_errors, axis=0))
    assert below.get_xlabel() == "time (s)"
    assert "all 64 trials" in below.get_title(loc="left")
    assert "trials of its task; errors of 1 % in N" in figure.get_suptitle()


@pytest.mark.parametrize("text", [WELL, OSCILLATOR], ids=["task", "box"])
def test_labels_keep_clear_of_each_other(text: str) -> None:
    assert_nothing_overlaps(drawn(text))


def test_a_network_for_euler_steps_is_run_with_them() -> None:
    fit = fitted(OSCILLATOR, update="euler", dt=0.1, tau=1.0)
    it = found(fit)
    assert it.t[1] == pytest.approx(0.1)
    v = np.empty((1, 0))
    first = it.network[0, :1]
    step = fit.network.velocity(first, v) * 0.1
    assert np.allclose(it.network[0, 1], (first + step)[0])


@pytest.mark.parametrize("said", [{"seed": -1}, {"test_trials": 0}, {"test_trials": 10**12}])
def test_a_file_with_trials_that_cannot_be_drawn_is_refused(said: dict[str, Any]) -> None:
    fit = tuned(OSCILLATOR)
    assert fit.tuning is not None
    with pytest.raises(InputError, match="cannot be drawn"):
        task_trials(
            subject_of(dataclasses.replace(fit, tuning=dataclasses.replace(fit.tuning, **said)))
        )


def test_what_has_no_trials_is_told_what_to_do() -> None:
    text = "name: still\ndynamics: {x: -x**3}\ndomain: {x: [-1, 1]}\n"
    with pytest.raises(InputError, match="neither a task nor a duration"):
        lrfit.plot(fitted(text, neurons=2), kind="task")
    with pytest.raises(InputError, match="without a network"):
        lrfit.plot(lrfit.load_system(WELL.encode()), kind="task")
    with pytest.raises(UsageError, match="leave --input out"):
        lrfit.plot(fitted(WELL), kind="task", inputs=[{"u": 0.0}])
