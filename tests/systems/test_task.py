"""Trials are what the block says: drawn from the stated laws, repeatable, and judged as stated."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.systems.library import sample_names
from lrfit.systems.open import load_system
from lrfit.systems.task import Task

TEXT = """
name: everything
parameters: {k: 2.0}
dynamics: {x: -x + u, y: -y + w}
domain: {x: [-2, 2], y: [-2, 2]}
inputs: {u: [-1, 1], w: [1, 3], r: [-1, 1]}
simulate: {initial: {y: 0.25}}
task:
  duration: 50
  draws: {c: {choose: [-1, 3]}, d: {uniform: [2, 4]}, e: {normal: [10, 0.5]}}
  initial: {x: k*c}
  signals:
    u: c*pulse(t, d, d + 1)
    w: {pulses: {rate: 0.5, width: 0.5, gap: 1, value: {choose: [1.5, 2.5]}, start: 5, stop: 40}}
    r: {steps: {every: 0.25, value: {uniform: [-1, 1]}, start: 10, stop: 20}}
  judge: {variables: [y, x], at: [d, 50], within: 0.1, answer: {x: c + e}}
"""


@pytest.fixture(scope="module")
def task() -> Task:
    found = load_system(TEXT).task
    assert found is not None
    return found


def test_equal_seeds_give_equal_trials_and_more_trials_begin_with_the_same(task: Task) -> None:
    few, many, other = task.draw(3, 7), task.draw(5, 7), task.draw(3, 8)
    t = np.linspace(0, 50, 997)
    for name, values in few.draws.items():
        assert np.array_equal(values, many.draws[name][:3])
    for a, b in zip(few.signals, many.signals, strict=False):
        assert np.array_equal(a.at(t), b.at(t))
    assert not np.array_equal(few.draws["d"], other.draws["d"])


def test_draws_follow_their_laws(task: Task) -> None:
    drawn = task.draw(400, 0).draws
    assert set(drawn["c"]) == {-1.0, 3.0}
    assert abs(np.mean(drawn["c"] == 3.0) - 0.5) < 0.1
    assert drawn["d"].min() >= 2
    assert drawn["d"].max() <= 4
    assert np.mean(drawn["d"]) == pytest.approx(3, abs=0.1)
    assert np.mean(drawn["e"]) == pytest.approx(10, abs=0.1)
    assert np.std(drawn["e"]) == pytest.approx(0.5, rel=0.15)


def test_expressions_see_draws_and_parameters(task: Task) -> None:
    trials = task.draw(6, 1)
    c, d, e = (trials.draws[name] for name in "cde")
    assert np.array_equal(trials.initial, np.stack([2 * c, np.full(6, 0.25)], axis=1))
    assert np.array_equal(trials.times, np.stack([d, np.full(6, 50.0)], axis=1))
    assert task.variables == ("y", "x")
    assert np.all(np.isnan(trials.answers[..., 0]))  # the target's own
    assert np.array_equal(trials.answers[..., 1], np.stack([c + e, c + e], axis=1))
    for trial, signal in enumerate(trials.signals):
        before, on, after = signal.at(d[trial] + np.array([-1e-6, 1e-6, 1 + 1e-6]))[:, 0]
        assert (before, on, after) == (0.0, c[trial], 0.0)
        assert {d[trial], d[trial] + 1} <= set(signal.breakpoints)


def test_pulses_are_whole_apart_and_as_frequent_as_said(task: Task) -> None:
    t = np.arange(0, 50, 0.01)
    counts = []
    for signal in task.draw(200, 2).signals:
        level = signal.at(t)[:, 1]
        assert set(level) <= {1.0, 1.5, 2.5} | {2.0}
        on = level != 2.0  # the middle of [1, 3], where zero is no value
        edges = np.flatnonzero(np.diff(on.astype(int)))
        starts, stops = t[edges[0::2]], t[edges[1::2]]
        assert len(starts) == len(stops)
        assert np.all(np.abs(stops - starts - 0.5) < 0.02)
        assert np.all(starts[1:] - stops[:-1] > 0.98)
        assert not on[t < 5].any()
        assert not on[t > 40].any()
        counts.append(len(starts))
    # A renewal process of mean interval 1/0.5 + 0.5 + 1 over 35.
    assert np.mean(counts) == pytest.approx(35 / 3.5, rel=0.06)


def test_steps_hold_for_their_time_and_rest_outside(task: Task) -> None:
    signal = task.draw(1, 3).signals[0]
    held = signal.at(10 + 0.25 * np.arange(40) + 0.01)[:, 2]
    assert np.array_equal(held, signal.at(10 + 0.25 * np.arange(40) + 0.24)[:, 2])
    assert len(set(held)) == 40
    assert not np.any(signal.at(np.array([0.0, 9.99, 20.01, 49.0]))[:, 2])


def test_a_block_without_judge_asks_for_all_signs_at_the_end() -> None:
    system = load_system("name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\ntask: {duration: 3}\n")
    assert system.task is not None
    trials = system.task.draw(2, 0)
    assert (system.task.variables, system.task.within) == (("x",), None)
    assert np.array_equal(trials.times, [[3.0], [3.0]])


@pytest.mark.parametrize("count", [0, 100_001])
def test_counts_out_of_range_are_refused(task: Task, count: int) -> None:
    with pytest.raises(UsageError, match="trials; give from 1"):
        task.draw(count, 0)


def test_a_signal_that_never_stops_jumping_is_refused() -> None:
    with pytest.raises(UsageError, match="jumps"):
        load_system(
            "name: s\ndynamics: {x: -x + u}\ndomain: {x: [-1, 1]}\ninputs: {u: [-1, 1]}\n"
            "task: {duration: 1, signals: {u: {steps: {every: 1e-9, value: {choose: [1]}}}}}\n"
        )


def test_systems_with_tasks_can_travel_to_another_process(task: Task) -> None:
    copy = pickle.loads(pickle.dumps(task))
    assert np.array_equal(copy.draw(2, 0).initial, task.draw(2, 0).initial)


def test_the_sample_systems_of_tasks_have_them() -> None:
    tasks = {name for name in sample_names() if load_system(name).task is not None}
    assert {
        "context_decision",
        "decision_double_well",
        "flip_flop_1bit",
        "flip_flop_3bit",
        "parametric_working_memory",
    } <= tasks
