"""A search as a value: its goal, its policy, who carries out its tasks, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fitting.explore import explore
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.fit import fit
from lrfit.fitting.goal import Goal, OfSize, WithinTolerance
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.policy import ConfirmPolicy, EffortPolicy, SearchPolicy, SweepPolicy
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.fitting.tasks import Settle, Sweep, run
from lrfit.regression.noise_price import criterion_value
from lrfit.regression.refine import Status
from lrfit.systems.open import load_system
from lrfit.systems.system import System

SMALL = SearchPolicy(
    effort=EffortPolicy(sweeps=1, starts=4, units=(3e8,), total=1.0, stall=0.2),
    sweep=SweepPolicy(first_size=5),
)


@pytest.fixture(scope="module")
def setting(bistable_system: System) -> FitProblem:
    return prepare(bistable_system, FitOptions(samples=256))


def explored(setting: FitProblem, goal: Goal, policy: SearchPolicy = SMALL) -> Explorer:
    explorer = Explorer(setting, goal=goal, policy=policy)
    explore(explorer, workers=1)
    return explorer


class Backwards:
    """An executor of a user, which keeps a record and takes the last task first."""

    def __init__(self) -> None:
        self.tasks = 0

    def map(
        self, function: Callable[[Any, Any], Any], setup: Any, tasks: Sequence[Any]
    ) -> list[Any]:
        self.tasks += len(tasks)
        return [function(setup, task) for task in reversed(tasks)][::-1]


def test_a_goal_of_one_size_is_that_size_and_knows_no_tolerance(setting: FitProblem) -> None:
    explorer = explored(setting, OfSize(3))
    assert 3 in explorer.confirmed
    assert min(explorer.confirmed) == 3
    assert explorer.best_size is None
    assert set(explorer.log.reached.values()) == {0}


def test_the_network_of_a_size_gets_better_with_more_effort(setting: FitProblem) -> None:
    more = replace(SMALL, effort=SMALL.effort.scaled(80.0))
    brief, long = (explored(setting, OfSize(3), policy) for policy in (SMALL, more))
    assert long.log.work > 1.5 * brief.log.work
    assert long.population.value(3) <= brief.population.value(3)


@pytest.mark.parametrize("every_size", [False, True])
def test_every_size_is_confirmed_only_where_that_is_the_goal(
    setting: FitProblem, every_size: bool
) -> None:
    """Confirmed means polished on all points; others are settled as they are."""
    explorer = Explorer(setting, goal=WithinTolerance(0.05, every_size=every_size), policy=SMALL)
    polished: list[int] = []
    confirm = explorer.confirm

    def record(size: int) -> float:
        polished.append(size)
        return confirm(size)

    explorer.confirm = record  # type: ignore[method-assign]
    explore(explorer, workers=1)
    assert explorer.best_size is not None
    assert explorer.best_size <= 2
    assert set(explorer.confirmed) >= {2, 3, 4, 5}
    assert ({3, 4, 5} <= set(polished)) == every_size


def test_a_network_counts_only_within_the_margin_of_the_policy(setting: FitProblem) -> None:
    explorer = explored(setting, WithinTolerance(0.05))
    size = explorer.best_size
    assert size is not None
    error = explorer.confirmed[size].error
    strict = replace(SMALL, confirm=ConfirmPolicy(margin=0.9 * error / 0.05))
    assert explored(setting, WithinTolerance(0.05), strict).is_met(size) is False


@pytest.fixture(scope="module")
def swept() -> Explorer:
    """A sweep of a system with two variables, under the criterion per-variable."""
    setting = prepare(load_system("van_der_pol"), FitOptions(samples=256))
    explorer = Explorer(setting, goal=WithinTolerance(0.05), policy=SMALL)
    tasks = [
        Sweep(
            start=5,
            stop_size=4,
            give_up=np.inf,
            starts=4,
            points=256,
            seed=(0,),
            pace=SMALL.sweep.careful,
        )
    ]
    explorer.carry_out(tasks, "sweep", 5)
    return explorer


def largest(explorer: Explorer, powers: tuple[float, ...]) -> float:
    """The largest error of any variable after a network of four neurons is settled."""
    theta = explorer.population.at(4).theta[:1]
    done = run(explorer.common, Settle(theta=theta, steps=60, powers=powers))
    return float(np.sqrt(done.found[-1].at.by_output.max()))


def test_sharper_powers_lower_the_largest_error_of_any_variable(swept: Explorer) -> None:
    once, sharper = largest(swept, ()), largest(swept, (32.0, 128.0))
    assert sharper < once * (1.0 - 1e-4)
    # No network can do better by them than the power mean of two variables allows.
    assert sharper > once / 2.0 ** (1.0 / 16.0) * (1.0 - 1e-3)


def test_a_settled_network_keeps_the_leak_of_the_smallest_largest_error(swept: Explorer) -> None:
    swept.confirm(4)
    kept = swept.confirmed[4]
    setting, points = swept.setting, swept.points.all
    errors = {}
    for factor in (0.97, 1.0, 1.03):
        readout = setting.solve(kept.neurons, points, kept.readout.kappa * factor)
        summary = setting.errors(kept.neurons, readout, points)
        errors[factor] = criterion_value(summary, "per-variable")
    assert errors[1.0] < min(errors[0.97], errors[1.03])
    fitted = setting.solve(kept.neurons, points)
    summary = setting.errors(kept.neurons, fitted, points)
    assert errors[1.0] <= criterion_value(summary, "per-variable") * (1.0 + 1e-6)


def test_the_result_does_not_depend_on_who_carries_out_the_tasks(bistable_system: System) -> None:
    mine = Backwards()
    options = FitOptions(samples=256)
    found = [
        minimize(bistable_system, tol=0.01, options=options, policy=SMALL, workers=workers)
        for workers in (1, mine)
    ]
    assert mine.tasks >= 2  # a sweep and the polish of a network at least
    for name in ("M", "N", "bias"):
        one, other = (getattr(each.network, name) for each in found)
        np.testing.assert_array_equal(one, other)
    assert found[0].evidence["work"] == found[1].evidence["work"]


def test_evidence_tells_how_refinement_ended_and_what_made_it(
    bistable_system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = FitOptions(samples=256)
    found = minimize(bistable_system, tol=0.05, options=options, policy=SMALL, workers=1)
    words = {status.words for status in Status}
    assert found.evidence["refinement"] in words
    assert 0 < int(found.evidence["refinement_steps"]) <= SMALL.confirm.steps
    counted = {status: found.evidence[f"refined_{status.name.lower()}"] for status in Status}
    assert counted[Status.SINGULAR] == 0
    assert found.evidence["refinement_by"] in ("compiled kernel", "NumPy")
    monkeypatch.setenv("LRFIT_KERNEL", "numpy")
    plain = minimize(bistable_system, tol=0.05, options=options, policy=SMALL, workers=2)
    assert plain.evidence["refinement_by"] == "NumPy"
    assert plain.network.neurons == found.network.neurons
    assert plain.report.error == pytest.approx(found.report.error, rel=0.1)
    monkeypatch.setenv("LRFIT_KERNEL", "fast")
    with pytest.raises(UsageError, match="set it to auto or numpy"):
        minimize(bistable_system, tol=0.05, options=options, policy=SMALL, workers=2)
    assert sum(map(int, counted.values())) >= int(found.evidence["starts_at_size"])


def test_a_polish_of_no_steps_is_told_to_have_met_the_limit_of_steps(setting: FitProblem) -> None:
    policy = replace(SMALL, confirm=ConfirmPolicy(steps=0))
    explorer = explored(setting, OfSize(2), policy)
    told = explorer.confirmed[2].refinement
    assert told is not None
    assert told.steps == 0
    assert told.status in ("step limit", "converged")


def test_neurons_as_they_were_drawn_have_no_refinement(bistable_system: System) -> None:
    found = fit(bistable_system, neurons=5, options=FitOptions(samples=256))
    assert "refinement" not in found.evidence
    assert "refinement_by" not in found.evidence
    refined = fit(
        bistable_system,
        neurons=2,
        method="refine",
        options=FitOptions(samples=256),
        policy=SMALL,
    )
    assert "refinement" in refined.evidence
