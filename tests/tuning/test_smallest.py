"""minimize_for_task(): sizes count by what the tuned network does on trials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.fitting.result import Fit
from lrfit.tuning.sizes import MOST_NEURONS
from tests.tuning.conftest import WELL

FEW = lrfit.TuneOptions(iterations=6, validation_trials=48, test_trials=48, draws=10, dt=0.1)
TWO = """
name: two
dynamics: {x: "y", y: "-x + 0.4*(1 - x**2)*y"}
domain: {x: [-3, 3], y: [-3, 3]}
simulate: {duration: 3}
"""


def smallest(target: str = WELL, **goal: Any) -> Fit:
    return lrfit.minimize_for_task(
        target.encode(),
        look=False,
        workers=1,
        effort="quick",
        samples=256,
        tuning=FEW,
        tau=0.3,
        **goal,
    )


@pytest.fixture(scope="module")
def two() -> Fit:
    return smallest(TWO, mse=2e-3)


def test_a_loose_goal_needs_fewer_neurons_than_a_strict_one(two: Fit) -> None:
    loose = smallest(TWO, mse=0.5)
    assert loose.tuning is not None
    assert two.tuning is not None
    assert loose.tuning.met
    assert two.tuning.met
    assert loose.network.neurons < two.network.neurons


def test_the_size_below_was_tried_and_was_not_right(two: Fit) -> None:
    found = two
    assert found.tuning is not None
    n = found.network.neurons
    below = [size for size in found.tuning.tried if size.neurons == n - 1]
    assert below
    assert not any(size.met for size in below)
    assert [size.neurons for size in found.tuning.tried if size.met][-1] == n


def test_the_share_of_right_trials_is_a_goal_of_its_own() -> None:
    found = smallest(score=0.95)
    assert found.tuning is not None
    assert found.tuning.right >= 0.95
    assert found.tuning.goal_right == 0.95
    assert found.network.neurons == 1


def test_a_robust_network_bears_wrong_weights_by_clones_and_says_what_each_part_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lrfit.tuning.sizes.MOST_NEURONS", 64)
    found = smallest(mse=1e-3, robust=0.05, max_neurons=1)
    tuning = found.tuning
    assert tuning is not None
    assert tuning.met
    assert tuning.wrong_median <= 1e-3
    assert found.network.neurons <= MOST_NEURONS
    assert tuning.copies > 1
    assert tuning.wrong_single is not None
    assert tuning.wrong_single > tuning.wrong_median
    assert {size.copies for size in tuning.tried if size.met} != {tuning.copies}


def test_what_cannot_be_reached_is_told_with_the_best_network() -> None:
    found = smallest(mse=1e-14, max_neurons=2)
    assert found.tuning is not None
    assert found.tuning.met is False
    best = min(size.mse for size in found.tuning.tried)
    assert found.tuning.mse == pytest.approx(best, rel=1.0)


def test_equal_seeds_give_equal_networks_for_any_number_of_workers() -> None:
    def run(workers: int) -> Fit:
        return lrfit.minimize_for_task(
            WELL.encode(), mse=1e-3, look=False, effort="quick", samples=256, tuning=FEW,
            workers=workers, tau=0.3,
        )  # fmt: skip

    np.testing.assert_array_equal(run(1).network.N, run(2).network.N)


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({}, "task-tol MSE"),
        ({"mse": 0.0}, "task tol is 0"),
        ({"score": 1.5}, "score"),
        ({"robust": 0.01}, "needs a mean square"),
    ],
)
def test_goals_that_make_no_sense_are_refused(goal: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        smallest(**goal)


def test_right_trials_need_a_task() -> None:
    with pytest.raises(UsageError, match="needs a task"):
        smallest(TWO, score=0.9)
