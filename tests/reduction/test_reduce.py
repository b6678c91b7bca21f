"""`lrfit reduce`: 64 neurons that learned a flip-flop become two."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.learning.gradient import run as run_network
from lrfit.learning.opening import task_of, weights_of
from lrfit.learning.training import TANH
from tests.command_line import Run


@cache
def trained() -> lrfit.TrainedNetwork:
    return lrfit.learn("flip_flop", neurons=64, g=0.0, epochs=300, test_trials=32)


@cache
def reduced() -> lrfit.Fit:
    return lrfit.reduce(trained(), trials=64, iterations=25, starts=2)


def test_a_flip_flop_of_64_neurons_becomes_one_of_two_that_is_always_right() -> None:
    found = reduced().reduction
    assert found is not None
    assert (reduced().network.neurons, found.rank, found.by) == (2, 2, "projection")
    assert found.met
    assert found.right == found.trained_right == 1.0
    assert found.relative_loss < 0.05
    assert found.outputs_r2 > 0.98


def test_it_has_the_four_stable_states_of_the_trained_network() -> None:
    found = reduced().reduction
    assert found is not None
    assert len(found.trained_stable) == 4
    assert found.same_states
    for state in found.stable:  # (+-0.5, 0) and (0, +-0.5)
        assert sorted(np.abs(state).round(1)) == [0.0, 0.5]


def test_other_methods_are_told_beside_it() -> None:
    found = reduced().reduction
    assert found is not None
    peers = {each.method: each for each in found.peers}
    assert peers["projection"].rank == peers["truncation"].rank == 2
    assert all(each.enough for each in found.peers)


def test_its_simulation_is_a_trial_that_the_trained_network_solves_alike() -> None:
    run = lrfit.simulate(reduced())
    task = task_of(trained())
    u = np.asarray(run.u[0])[:-1, None, :]
    drawn = task.draw(1, np.random.SeedSequence(0))
    zeros = np.zeros((len(u), 1, 2))
    known = type(drawn)(
        inputs=u, targets=zeros, mask=zeros, answers=zeros, judged=zeros.astype(bool)
    )
    wanted = run_network(weights_of(trained().network, task), known, task.step, TANH).outputs
    off = np.asarray(run.z[0])[1:] - wanted[:, 0]
    assert np.abs(u).max() == 1.0
    assert np.sqrt(np.mean(off**2)) < 0.05


def test_the_file_holds_all_of_it(tmp_path: Path) -> None:
    lrfit.save(reduced(), tmp_path / "small.h5")
    again = lrfit.load(tmp_path / "small.h5")
    one, two = reduced().reduction, again.reduction
    assert one is not None
    assert two.peers == one.peers
    assert two.tried == one.tried
    for name in ("path", "trained_path", "stable", "points", "trained_unstable"):
        np.testing.assert_array_equal(getattr(two, name), getattr(one, name))
    assert again.target is None
    lrfit.save(again, tmp_path / "again.h5")
    np.testing.assert_array_equal(
        lrfit.simulate(tmp_path / "again.h5").z, lrfit.simulate(reduced()).z
    )


def test_both_portraits_are_drawn_in_one_latent_space() -> None:
    figure = lrfit.plot(reduced()).figure
    left, right = figure.axes[:2]
    assert left.get_title(loc="left") == "trained, 64 neurons"
    assert right.get_title(loc="left") == "reduced, 2 neurons"
    assert left.get_xlim() == right.get_xlim()
    found = reduced().reduction
    assert found is not None
    drawn = left.lines[0].get_xydata()
    np.testing.assert_array_equal(drawn, found.trained_path[0])
    # After alignment both go the same ways: nearer to each other than a tenth of their size.
    apart = np.sqrt(np.mean((found.path - found.trained_path) ** 2))
    assert apart < 0.2 * np.sqrt(np.mean(found.trained_path**2))


def test_the_command_writes_the_best_network_even_where_the_tolerance_is_missed(run: Run) -> None:
    lrfit.save(trained(), "t.trained.h5")
    flags = ["--neurons", 2, "--rank", 2, "--trials", 32, "--iterations", 6, "--starts", 1]
    found = run("reduce", "t.trained.h5", *flags, "--tol", 1e-9, "--json")
    assert found.code == 4
    assert "the network is in t.reduced.network.h5" in found.err
    told = json.loads(found.out)
    assert told["output"] == "t.reduced.network.h5"
    assert (told["neurons"], told["reduction"]["rank"]) == (2, 2)
    assert not told["reduction"]["met"]
    shown = run("show", "t.reduced.network.h5").out
    assert "stable states" in shown
    assert "the step of the trained network" in shown
    assert "flow map" not in shown  # nothing was fitted to one


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["none.h5"], 3, "none.h5"),
        (["t.h5", "--rank", 0], 2, "rank is 0"),
        (["t.h5", "--by", "magic"], 2, "--by"),
        (["t.h5", "--task", "context"], 2, "give its own task"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    run: Run, arguments: list[object], code: int, why: str
) -> None:
    lrfit.save(trained(), "t.h5")
    found = run("reduce", *arguments)
    assert found.code == code
    assert why in found.error
