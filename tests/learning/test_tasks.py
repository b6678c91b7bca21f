"""Trials of the tasks are those of the paper, and those of a system are its own."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest

from lrfit.learning.learn import learn
from lrfit.learning.opening import as_task, network_of, task_of, weights_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.parameters import initial_weights
from lrfit.learning.system_task import SystemTask
from lrfit.learning.tasks import TASKS
from lrfit.learning.trials import TaskTrials
from lrfit.systems.open import load_system

WELLS = """\
name: wells
dynamics: {x: x - x**3 + u}
domain: {x: [-1, 3]}
inputs: {u: [-2, 2]}
task:
  duration: 6
  draws: {push: {choose: [-1, 1]}}
  initial: {x: 0}
  signals: {u: "push*pulse(t, 1, 2)"}
  judge: {at: [4, 6]}
"""


def drawn(name: str, count: int = 200, seed: int = 0) -> TaskTrials:
    return TASKS[name].draw(count, np.random.SeedSequence(seed))


@pytest.mark.parametrize("name", [*TASKS])
def test_equal_streams_give_equal_trials(name: str) -> None:
    one, two, other = drawn(name, 5, 1), drawn(name, 5, 1), drawn(name, 5, 2)
    for each in fields(TaskTrials):
        np.testing.assert_array_equal(getattr(one, each.name), getattr(two, each.name))
    assert not np.array_equal(one.inputs, other.inputs)


def test_a_flip_flop_remembers_the_last_pulse_on_its_channel_alone() -> None:
    trials = drawn("flip_flop")
    assert trials.inputs.shape == (100, 200, 2)
    for p in range(trials.count):
        u, y, mask = (each[:, p] for each in (trials.inputs, trials.targets, trials.mask))
        onsets = [t for t in range(100) if np.any(u[t]) and not np.any(u[t - 1])]
        assert onsets[0] == 2
        assert all(10 <= (b - a) / 2 <= 31 for a, b in pairwise(onsets))
        for t in range(100):
            past = [onset for onset in onsets if onset <= t]
            since = t - past[-1] if past else 0
            assert mask[t].tolist() == ([1, 1] if past and since >= 10 else [0, 0])
            wanted = 0.5 * u[past[-1]] if past and since >= 10 else np.zeros(2)
            np.testing.assert_array_equal(y[t], wanted)


def test_pulses_of_a_flip_flop_last_two_steps() -> None:
    on = np.any(drawn("flip_flop").inputs != 0, axis=2)
    assert np.all(on[2:4])
    assert not np.any(on[4:22])


def test_the_context_line_names_the_stream_that_decides() -> None:
    trials = drawn("context")
    assert trials.inputs.shape == (96, 200, 4)
    lines, streams = trials.inputs[:, :, :2], trials.inputs[:, :, 2:]
    attended = np.argmax(lines[10], axis=1)
    assert np.all(lines[6:46].sum(axis=2) == 1)
    assert not np.any(lines[:6])
    assert not np.any(lines[46:])
    coherence = streams[6:46].mean(axis=0)[np.arange(200), attended]
    np.testing.assert_array_equal(np.sign(coherence), np.sign(trials.targets[-1, :, 0]))
    assert np.all(np.abs(trials.targets[56:]) == 0.5)
    assert np.all(trials.mask[56:] == 1)
    assert not np.any(trials.mask[:56])


def test_noise_of_the_streams_is_that_of_the_paper() -> None:
    rest = drawn("context").inputs[:6, :, 2:]
    assert np.std(rest) == pytest.approx(0.05 / np.sqrt(0.5), rel=0.03)


def test_a_comparison_asks_for_the_larger_stimulus() -> None:
    trials = drawn("comparison")
    assert trials.inputs.shape == (56, 200, 1)
    for p in range(trials.count):
        u = trials.inputs[:, p, 0]
        on = np.flatnonzero(u)
        assert on[:2].tolist() == [6, 7]
        first, second, onset = u[6], u[on[2]], on[2]
        assert len(on) == 4
        assert 4 <= onset - 8 <= 17
        assert abs(first - second) >= 0.2
        response = trials.targets[onset + 12, p]
        np.testing.assert_array_equal(response, 0.5 * np.array([first > second, second > first]))
        np.testing.assert_array_equal(trials.mask[: onset + 2, p], 1)
        np.testing.assert_array_equal(trials.mask[onset + 2 : onset + 12, p], 0)
        np.testing.assert_array_equal(trials.mask[onset + 12 : onset + 32, p], 1)
        assert not np.any(trials.targets[: onset + 12, p])


@pytest.mark.parametrize("name", [*TASKS])
def test_the_targets_are_right_and_zero_is_wrong(name: str) -> None:
    trials = drawn(name)
    assert TASKS[name].right(trials.targets, trials) == 1.0
    assert TASKS[name].right(0.0 * trials.targets, trials) == 0.0
    assert TASKS[name].right(trials.targets + 0.2, trials) == 1.0
    assert TASKS[name].right(trials.targets + 0.3, trials) == 0.0


def the_wells() -> SystemTask:
    task = as_task(load_system(WELLS.encode()), LearnOptions())
    assert isinstance(task, SystemTask)
    return task


def test_targets_of_a_system_are_its_own_trajectory_in_units_of_its_box() -> None:
    task = the_wells()
    assert (task.tau, task.dt) == (0.12, pytest.approx(0.012))
    trials = task.draw(8, np.random.SeedSequence(0))
    assert trials.inputs.shape == (500, 8, 1)
    x = 1.0 + 2.0 * trials.targets[:, :, 0]
    u = 2.0 * trials.inputs[:, :, 0]
    slope = np.gradient(x, task.dt, axis=0)
    far = (np.arange(500) < 80) | (np.arange(500) > 170)  # from the jumps of the input
    ahead = np.roll(u, -1, axis=0)
    np.testing.assert_allclose(slope[far][1:-1], (x - x**3 + ahead)[far][1:-1], atol=0.02)
    assert np.all(trials.mask == 1)


def test_a_system_judges_at_its_own_times_by_the_sign_in_its_own_units() -> None:
    task = the_wells()
    trials = task.draw(8, np.random.SeedSequence(0))
    assert np.flatnonzero(trials.judged[:, 0, 0]).tolist() == [332, 499]
    assert task.right(trials.targets, trials) == 1.0
    # The middle of the box is x = 1: at an output of zero every x is positive.
    ups = np.mean(1.0 + 2.0 * trials.targets[-1, :, 0] > 0)
    assert 0.0 < ups < 1.0
    assert task.right(0.0 * trials.targets, trials) == ups


def test_batches_of_a_system_are_chosen_from_a_pool_each_trial_once() -> None:
    task = the_wells()
    task.__dict__["pool"] = task.draw(12, np.random.SeedSequence(3))
    batch = task.batch(12, np.random.SeedSequence(4))
    order = np.lexsort(batch.targets[-1].T), np.lexsort(task.pool.targets[-1].T)
    np.testing.assert_array_equal(batch.targets[:, order[0]], task.pool.targets[:, order[1]])


def test_a_network_for_a_system_is_in_its_units() -> None:
    task = the_wells()
    options = LearnOptions(neurons=6, precision="float64")
    weights = initial_weights(task, options)
    network = network_of(weights, task)
    np.testing.assert_allclose(network.input_weights, weights.inputs / 2.0)
    np.testing.assert_allclose(network.output_weights, 2.0 * weights.outputs)
    np.testing.assert_allclose(network.output_offset, [1.0])
    back = weights_of(network, task)
    np.testing.assert_allclose(back.inputs, weights.inputs)
    np.testing.assert_allclose(back.outputs, weights.outputs)


def test_a_system_that_was_learned_is_in_the_file_of_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lrfit.learning.system_task.POOL", 8)
    trained = learn(load_system(WELLS.encode()), neurons=8, epochs=2, test_trials=4, tau=0.5)
    assert trained.task == "wells"
    again = task_of(replace(trained, provenance=None))
    assert (again.name, again.tau, again.outputs) == ("wells", 0.5, ("x",))
    one, two = (t.draw(2, np.random.SeedSequence(9)) for t in (again, task_of(trained)))
    np.testing.assert_array_equal(one.targets, two.targets)
