"""The peers do what their papers say, and all are measured on the same thing."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="benchmarks are in the repository alone")

import lrfit
from benchmarks.parts import learning, learning_tasks, selection_speed, simulation_speed, start_up
from benchmarks.peers import force, pysindy_stlsq, trials
from benchmarks.timing import pairs
from lrfit.regression.greedy import orthogonal_least_squares

TASK = {task.name: task for task in trials.TASKS}
SMALL = learning_tasks.QUICK


def test_force_follows_a_sine_by_itself_after_learning_it() -> None:
    t = 0.01 * np.arange(3000)
    target = np.stack([np.sin(2 * np.pi * t), np.cos(2 * np.pi * t)], axis=1)
    network = force.reservoir(100, 2, 0, dt=0.01, tau=0.1, seed=0)
    free, seconds, _ = force.follow_cycle(network, target, 2000)
    assert np.mean((free[:300] - target[2000:2300]) ** 2) < 1e-3
    assert seconds > 0
    unlearned = force.reservoir(100, 2, 0, dt=0.01, tau=0.1, seed=0)
    assert not np.any(force.follow_cycle(unlearned, target, 0)[0])


def test_force_learns_a_decision_from_trials() -> None:
    task, rng = TASK["two-well decision"], np.random.default_rng(0)
    shown, test = (trials.draw(task, count, rng, 0.01) for count in (40, 20))
    network = force.reservoir(80, 1, 1, dt=0.01, tau=0.1, seed=1)
    before = force.run_trials(network, test.z[:, 0], test.u, 0.01)
    force.learn_trials(network, shown, 0.01)
    after = force.run_trials(network, test.z[:, 0], test.u, 0.01)
    wrong = [np.mean((z - test.z[:, 1:]) ** 2) for z in (before, after)]
    assert wrong[1] < 0.02 * wrong[0]


@pytest.mark.parametrize("drive", ["auto", "gated", "copied"])
def test_trials_march_as_lrfit_simulates(drive: str) -> None:
    task = TASK["context-dependent integration"]
    inputs = task.source.domain.inputs
    found = lrfit.fit(
        task.source, neurons=40, tau=0.1, samples=256, drive=dict.fromkeys(inputs, drive)
    )
    rng = np.random.default_rng(3)
    drawn = trials.draw(task, 1, rng, 0.01)
    z = learning_tasks.march(found.network, drawn.z[:, 0], drawn.u, 0.01)
    u = drawn.u[0]
    run = lrfit.simulate(
        found,
        duration=2.0,
        initial=drawn.z[0, 0],
        signal=lambda t: u[np.clip(np.rint(np.asarray(t) / 0.01).astype(int), 0, len(u) - 1)],
        solver="euler",
        dt=0.01,
        points=201,
    )
    np.testing.assert_allclose(z[0], run.z[0, 1:], atol=1e-9)


def test_gated_tasks_are_fitted_with_every_drive_and_others_with_one() -> None:
    settings = learning_tasks.Settings()
    names = [
        name for name, _ in learning_tasks.methods(TASK["parametric working memory"], settings)
    ]
    assert {"gated", "copied", "priced"} <= set(names)
    plain = learning_tasks.methods(TASK["1-bit flip-flop"], settings)
    assert not any("drive" in options for _, options in plain)


def test_of_each_kind_the_network_that_stands_wrong_weights_best_is_shown() -> None:
    def one(method: str, neurons: int, robust: float | None) -> dict[str, object]:
        return {
            "method": method, "neurons": neurons, "cpu_seconds": 1.0, "error": 1e-9,
            "robust": robust,
        }  # fmt: skip

    fitted = [one("lstsq", 16, 0.5), one("ols", 8, 0.25), one("priced", 64, None)]
    row = {"task": "a task", "fitted": fitted, "force": [], "bptt": None}
    line = learning_tasks.robust_table([row])[-1]
    assert line == "| a task | 8: 2.5e-01 | 64: diverges | - | - | - | - | - |"


@pytest.mark.parametrize("rule", ["ols", "omp"])
def test_the_plain_algorithm_is_an_oracle_of_both_rules(rule: str) -> None:
    neurons, zeta = selection_speed.candidates(300, 500)
    Phi, Y = selection_speed.activities(neurons, zeta, "C"), selection_speed.velocities(zeta, 3)
    path = orthogonal_least_squares(Phi, Y, 25, rule=rule)  # type: ignore[arg-type]
    assert path.support.tolist() == selection_speed.plain(Phi, Y, 25, rule)  # type: ignore[arg-type]


@pytest.mark.parametrize("space", ["latent", "full", "J"])
def test_the_loop_by_hand_is_the_same_simulation(space: str) -> None:
    network = simulation_speed.network_of(12, "tanh")
    ours = simulation_speed.simulated(network, space.replace("J", "full"), 4, 100)()
    theirs = simulation_speed.by_hand(network, space, 4, 100)()
    np.testing.assert_allclose(theirs.transpose(1, 0, 2), ours.z, atol=1e-13)


def test_ratios_are_of_pairs_and_the_first_pair_warms_up() -> None:
    mine, theirs = iter([9.0, 1.0, 4.0]), iter([9.0, 2.0, 2.0])
    found = pairs(lambda: {"cpu": next(mine)}, lambda: {"cpu": next(theirs)}, 2)
    assert found["cpu"]["ratio"] == {"median": 1.25, "least": 0.5, "most": 2.0}
    assert found["cpu"]["ours"] == {"median": 2.5, "least": 1.0, "most": 4.0}


def test_commands_that_are_timed_exist() -> None:
    commands = {case.command.split()[0] for case in start_up.cases(start_up.Settings())}
    assert {"--help", "minimize", "fit", "show", "simulate", "sample"} <= commands


def test_supports_of_stlsq_grow_as_the_threshold_falls() -> None:
    pytest.importorskip("pysindy")
    neurons, zeta = selection_speed.candidates(60, 200)
    Phi, Y = selection_speed.activities(neurons, zeta, "C"), selection_speed.velocities(zeta, 2)
    sizes = [len(one) for one in pysindy_stlsq.supports(Phi, Y, noise=1e-3, most=30)]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] > 30 >= sizes[0]


def test_torch_and_numpy_take_the_same_steps_on_the_same_trials() -> None:
    pytest.importorskip("torch")
    settings = learning.Settings(precision="float64", epochs=6)
    row = learning.compared("comparison", 12, settings)
    assert row["difference"] < 1e-12
