"""tune(): never worse than the start, equal for any number of workers, honest about both truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.fitting.result import Fit

TEXT = """
name: leaky
dynamics: {z: "-z**3 + u"}
domain: {z: [-2, 2]}
inputs: {u: [-1, 1]}
simulate: {duration: 4}
"""


def tuned(start: Fit, **options: Any) -> Fit:
    given = {"iterations": 6, "test_trials": 64, "validation_trials": 64, "draws": 5, "dt": 0.05}
    return lrfit.tune(start, look=False, **{**given, "workers": 1, **options})


def test_tuning_lowers_the_error_in_closed_loop_and_bears_wrong_weights(start: Fit) -> None:
    found = tuned(start)
    assert found.tuning is not None
    assert found.tuning.wrong_median < 0.5 * found.tuning.wrong_before
    assert found.tuning.on == "task"
    assert found.tuning.right <= 1.0
    assert found.report.error != start.report.error
    assert np.min(found.tuning.validation) <= found.tuning.validation[0]


def test_the_result_is_never_worse_on_validation_trials(start: Fit) -> None:
    found = tuned(start, iterations=0)
    assert found.tuning is not None
    assert found.tuning.best_round == 0
    np.testing.assert_array_equal(found.network.N, start.network.N)


def test_any_number_of_workers_gives_the_same_network(start: Fit) -> None:
    one, two = (tuned(start, iterations=2, draws=2, workers=n) for n in (1, 2))
    np.testing.assert_array_equal(one.network.N, two.network.N)
    np.testing.assert_array_equal(one.network.M, two.network.M)


def test_fewer_trials_than_weights_are_refused(start: Fit) -> None:
    with pytest.raises(UsageError, match="give at least"):
        tuned(start, trials=10)


def test_without_a_task_trajectories_start_all_over_the_box() -> None:
    fit = lrfit.fit(TEXT.encode(), neurons=3, method="ols", candidates=50, samples=256, look=False)
    found = tuned(fit, iterations=2, dt=None)
    assert found.tuning is not None
    assert found.tuning.on == "box"
    assert np.isnan(found.tuning.right)
    assert found.tuning.duration == pytest.approx(4.0, rel=0.02)


def test_clones_are_in_the_network_and_in_what_is_measured(start: Fit) -> None:
    found = tuned(start, iterations=3, clones=4)
    assert found.network.neurons == 24
    assert found.tuning is not None
    assert found.tuning.copies == 4


def test_a_goal_that_is_not_reached_is_told(start: Fit) -> None:
    found = tuned(start, iterations=0, mse=1e-12)
    assert found.tuning is not None
    assert found.tuning.met is False


def test_a_tuned_network_comes_back_from_its_file(start: Fit, tmp_path: Any) -> None:
    found = tuned(start, iterations=1)
    lrfit.save(found, tmp_path / "tuned.h5")
    again = lrfit.load(tmp_path / "tuned.h5")
    assert again.tuning.mse == found.tuning.mse  # type: ignore[union-attr]
    np.testing.assert_array_equal(again.tuning.training, found.tuning.training)  # type: ignore[union-attr]


def own(count: int, variables: int = 1, level: float = 0.0) -> lrfit.TrialSet:
    """Trials at rest."""
    return lrfit.TrialSet(
        start=np.zeros((count, variables)),
        inputs=np.full((4, count, 1), level),
        states=np.zeros((count, 4, variables)),
        dt=0.01,
        streams=np.arange(count),
    )


class Rest:
    """A callable object, which has no name of its own as functions have."""

    def __call__(self, count: int, _: object) -> lrfit.TrialSet:
        return own(count)


@pytest.mark.parametrize("draw", [lambda count, _: own(count), Rest()])
def test_trials_of_ones_own_take_the_place_of_the_task(start: Fit, draw: Any) -> None:
    found = tuned(start, draw=draw, iterations=1)
    assert found.tuning is not None
    assert (found.tuning.on, found.tuning.dt, found.tuning.duration) == ("own", 0.01, 0.04)
    assert "given trials" in found.tuning.summary


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draw": lambda *_: None}, "should give a TrialSet"),
        ({"draw": lambda count, _: own(count, variables=2)}, "trials have 2 variables"),
        ({"wrong": ("O",)}, "reads no rates"),
        ({"weigth_noise": 0.1}, "did you mean 'weight_noise'"),
        ({"workers": 0}, "workers is 0"),
        ({"task": "context_decision"}, "different variables"),
    ],
)
def test_what_cannot_be_tuned_on_is_refused(
    start: Fit, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        tuned(start, **options)


def test_a_network_alone_does_not_say_what_it_is_for(start: Fit) -> None:
    with pytest.raises(UsageError, match="give a Fit or the path"):
        lrfit.tune(start.network)


def test_trials_of_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        own(3, level=np.nan)
