"""What learning changed is known where it was made by hand, and as published where learned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.learning.change import ConnectivityChange, basis_of, change_of
from lrfit.learning.gradient import Weights
from lrfit.learning.judge import Judge, fresh_judge
from lrfit.learning.learn import learn
from lrfit.learning.opening import task_of
from lrfit.learning.options import LearnOptions
from lrfit.learning.parameters import initial_weights
from lrfit.learning.result import TrainedNetwork
from lrfit.learning.spectrum import eigenvalues_of_trained
from lrfit.learning.study import LearningStudy, study_learning
from lrfit.learning.study_view import speed_up
from lrfit.learning.tasks import TASKS

FAST: dict[str, Any] = {"neurons": 64, "rate": 0.1, "epochs": 150, "test_trials": 64}


def a_judge(options: LearnOptions) -> Judge:
    return fresh_judge(TASKS["flip_flop"], options)


def changed(rank: int, seed: int = 0) -> tuple[Weights, Weights, ConnectivityChange]:
    """A network whose change was made by hand: singular values 3, 2, 1, ..."""
    options = LearnOptions(neurons=30, g=0.8, precision="float64", test_trials=8)
    before = initial_weights(TASKS["flip_flop"], options)
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(30, 30)))[0][:, :rank] for _ in range(2))
    dW = (left * np.arange(rank, 0.0, -1.0)) @ right.T
    after = replace(before, J=before.J + dW)
    judge = a_judge(options)
    return before, after, change_of(before, after, judge, np.random.default_rng(1))


def test_singular_values_and_shares_are_those_that_were_put_in() -> None:
    _, _, change = changed(3)
    np.testing.assert_allclose(change.singular_values[:5], [3, 2, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(change.share[:4], [9 / 14, 13 / 14, 1, 1])
    assert change.change_norm == pytest.approx(np.sqrt(14))


def test_the_loss_at_full_rank_is_that_of_the_network_and_at_zero_that_of_none() -> None:
    before, after, change = changed(3)
    judge = a_judge(LearnOptions(neurons=30, g=0.8, precision="float64", test_trials=8))
    np.testing.assert_allclose(change.truncation_loss[3:], judge.loss(after), rtol=1e-9)
    assert change.truncation_loss[0] == pytest.approx(judge.loss(before), rel=1e-12)
    assert change.full_loss == pytest.approx(judge.loss(after))
    assert change.relative_loss[0] == 1.0


def test_both_functional_ranks_are_told_where_the_loss_rises_again() -> None:
    _, _, change = changed(1)
    losses = np.array([1.0, 0.5, 0.04, 0.2, 0.03, 0.01])
    made = replace(change, rank=np.arange(6), truncation_loss=2.0 * losses)
    assert (made.first_below, made.functional_rank) == (2, 4)
    assert made.relative_at(3) == pytest.approx(0.2)
    assert made.relative_at(10) == pytest.approx(0.01)
    never = replace(change, rank=np.arange(3), truncation_loss=[1.0, 0.01, 0.5])
    assert (never.first_below, never.functional_rank) == (1, None)
    at_once = replace(change, rank=np.arange(2), truncation_loss=[1.0, 0.9])
    assert (at_once.first_below, at_once.functional_rank) == (None, None)


def test_overlaps_are_one_along_the_weights_and_nothing_across() -> None:
    options = LearnOptions(neurons=30, precision="float64", test_trials=4)
    before = initial_weights(TASKS["flip_flop"], options)
    along = np.outer(before.outputs[0], before.inputs[:, 1])
    after = replace(before, J=before.J + along)
    change = change_of(before, after, a_judge(options), np.random.default_rng(0))
    assert change.left_outputs[0] == pytest.approx(1.0)
    assert change.right_inputs[0] == pytest.approx(1.0)
    inputs = basis_of(before.inputs)
    direction = before.outputs[0] / np.linalg.norm(before.outputs[0])
    assert change.left_inputs[0] == pytest.approx(np.linalg.norm(inputs.T @ direction))
    assert change.chance_inputs == pytest.approx(np.sqrt(2 / 30))


def test_eigenvalues_of_random_connectivity_fill_the_circle_of_radius_g() -> None:
    before, after, _ = changed(1)
    found = eigenvalues_of_trained(before.J, after.J, 0.8)
    assert found.before is not None
    for told, J in ((found.before, before.J), (found.after, after.J)):
        wanted = np.linalg.eigvals(J).astype(complex)
        np.testing.assert_allclose(np.sort_complex(told), np.sort_complex(wanted))
    assert np.max(np.abs(found.before)) == pytest.approx(found.radius, rel=0.3)
    np.testing.assert_array_equal(
        np.sort(np.abs(found.outliers)), np.sort(np.abs(found.after[np.abs(found.after) > 0.88]))
    )


def test_without_initial_connectivity_shuffling_it_changes_nothing() -> None:
    options = LearnOptions(neurons=20, g=0.0, precision="float64", test_trials=8)
    before = initial_weights(TASKS["flip_flop"], options)
    rng = np.random.default_rng(0)
    after = replace(before, J=before.J + rng.normal(size=(20, 20)) / 20)
    change = change_of(before, after, a_judge(options), rng)
    assert change.shuffled_loss == pytest.approx(change.full_loss, rel=1e-12)


@pytest.fixture(scope="module")
def study() -> LearningStudy:
    return study_learning("flip_flop", g=(0.0, 1.2), seeds=2, workers=1, **FAST)


def test_the_functional_rank_without_initial_connectivity_is_two(study: LearningStudy) -> None:
    """Schuessler et al. 2020, figure 3: flip-flop, two seeds."""
    assert [each.functional_rank for each in study.of(0.0)] == [2.0, 2.0]
    assert all(each.share_of_two > 0.9 for each in study.of(0.0))


def test_ten_directions_are_enough_at_every_strength(study: LearningStudy) -> None:
    assert all(each.relative_at_10 < 0.05 for each in study.networks)
    assert all(each.right > 0.95 for each in study.networks)


def test_random_initial_connectivity_makes_learning_faster_and_its_change_smaller(
    study: LearningStudy,
) -> None:
    assert speed_up(study, 1.2) > 1.5
    assert study.median(1.2, "change_norm") < 0.7 * study.median(0.0, "change_norm")


def test_the_change_is_tied_to_its_own_initial_connectivity(study: LearningStudy) -> None:
    assert all(each.shuffled > 0.5 for each in study.of(1.2))
    for each in study.of(0.0):
        assert each.shuffled < 0.05


def test_a_table_does_not_depend_on_how_many_processes_make_it() -> None:
    small = {**FAST, "neurons": 16, "epochs": 12, "test_trials": 8}
    one, two = (
        study_learning("context", g=(0.0, 0.5), seeds=2, workers=w, **small) for w in (1, 2)
    )
    np.testing.assert_array_equal(one.losses, two.losses)
    assert repr(one.networks) == repr(two.networks)


def test_a_row_of_the_table_is_the_network_that_learn_gives() -> None:
    small = {**FAST, "neurons": 16, "epochs": 12, "test_trials": 8}
    study = study_learning("context", g=(0.5,), seeds=2, workers=1, seed=3, **small)
    trained = learn("context", g=0.5, seed=4, **small)
    np.testing.assert_array_equal(study.losses[1], trained.training.loss)
    assert study.networks[1].test_loss == trained.report.test_loss
    assert study.networks[1].change_norm == pytest.approx(trained.change_norm)


@pytest.fixture(scope="module")
def trained() -> TrainedNetwork:
    return learn("flip_flop", g=0.0, **FAST)


def test_analyze_finds_four_memories_and_what_holds_them(trained: TrainedNetwork) -> None:
    found = lrfit.analyze(trained)
    at = found.at[0]
    assert at.stable == 4
    memories = at.outputs[at.unstable == 0]
    wanted = 0.5 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    for memory in wanted:
        assert np.min(np.linalg.norm(memories - memory, axis=1)) < 0.12
    assert at.unstable[at.hits > 0].max() == 2  # the origin
    assert found.change.functional_rank == 2
    assert found.activity.recurrent_dimension == 2
    assert task_of(trained).name == found.task


def test_analyze_at_a_constant_input_and_refuses_unknown_ones(trained: TrainedNetwork) -> None:
    found = lrfit.analyze(trained, inputs={"pulse1": 1.0})
    # A lasting pulse leaves one state, in which the first output is on.
    assert found.at[0].stable == 1
    assert found.at[0].outputs[0, 0] > 0.3
    with pytest.raises(UsageError, match="no input 'puls1'"):
        lrfit.analyze(trained, inputs={"puls1": 1.0})
    with pytest.raises(UsageError, match="no target"):
        lrfit.analyze(trained, target="van_der_pol")


def test_a_file_whose_network_is_not_for_its_task_is_refused(trained: TrainedNetwork) -> None:
    other = lrfit.FullRankNetwork(J=np.eye(3), tau=1.0, nonlinearity="tanh", dt=0.5)
    with pytest.raises(InputError, match="not those of the task flip_flop"):
        lrfit.analyze(replace(trained, network=other, initial=other))
    flow = replace(trained.network, dt=None)
    with pytest.raises(InputError, match="tanh neurons in steps"):
        lrfit.analyze(replace(trained, network=flow))
