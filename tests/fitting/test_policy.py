"""The policy of a search: how much work it allows, and that levels differ in nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrfit.core.resources import MOST_WORKERS
from lrfit.fitting.log import Log
from lrfit.fitting.policy import BASE, Budget, EffortPolicy, search_policy
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.elimination import cost
from lrfit.regression.problem import RefinementProblem

NAMES = ("quick", "normal", "exhaustive")
dimensions, inputs = st.integers(1, 12), st.integers(0, 6)


def effort(name: str, dimension: int, seen: int) -> Budget:
    return search_policy(name).effort.budget(dimension, seen)


def ratio(one: Budget, other: Budget) -> float:
    """How many times as much work, which is the same in total and at one size."""
    assert one.total / other.total == pytest.approx(one.stall / other.stall)
    return one.total / other.total


@given(dimension=dimensions, seen=inputs)
def test_quick_is_a_quarter_of_normal_and_exhaustive_ten_times(dimension: int, seen: int) -> None:
    quick, normal, exhaustive = (effort(name, dimension, seen) for name in NAMES)
    assert ratio(normal, quick) == pytest.approx(4.0)
    assert ratio(exhaustive, normal) == pytest.approx(10.0)
    assert quick.sweeps <= normal.sweeps < exhaustive.sweeps


@given(name=st.sampled_from(NAMES), dimension=dimensions, seen=inputs)
def test_every_input_adds_a_fifth(name: str, dimension: int, seen: int) -> None:
    without = effort(name, dimension, 0)
    assert ratio(effort(name, dimension, seen), without) == pytest.approx(1.0 + 0.2 * seen)


@given(name=st.sampled_from(NAMES), dimension=dimensions, seen=inputs)
def test_work_grows_with_the_dimension_up_to_four(name: str, dimension: int, seen: int) -> None:
    one, more = effort(name, dimension, seen), effort(name, dimension + 1, seen)
    if dimension < 4:
        assert ratio(more, one) > 1.2
    else:
        assert ratio(more, one) == 1.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("dimension", "points"), [(1, 256), (2, 512), (4, 512), (6, 1024)])
def test_the_work_pays_for_every_sweep_and_one_size_never_takes_half(
    name: str, dimension: int, points: int
) -> None:
    """A sweep refines its starts of 20 neurons for 40 steps, and then goes down."""
    rows = np.ones((dimension, points))
    problem = RefinementProblem(
        design=np.ones((dimension + 1, points)),
        free=rows[:1],
        leak=rows,
        target=rows,
        root=rows[0],
        price=1e-8,
        weight_price=0.0,
        kappa=(0.1, 1.0),
        reach=np.ones(dimension),
        power=1.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=dimension,
        states=dimension,
    )
    allowed = effort(name, dimension, 0)
    assert allowed.total > allowed.sweeps * allowed.starts * 40 * cost(problem, 20)
    assert allowed.stall < 0.5 * allowed.total


def test_an_unknown_effort_is_refused() -> None:
    with pytest.raises(KeyError, match="lazy"):
        effort("lazy", 2, 0)


@pytest.mark.parametrize("name", NAMES)
def test_levels_differ_from_their_base_in_effort_alone(name: str) -> None:
    base = replace(BASE, effort=EffortPolicy(starts=3, units=(7.0,)))
    level = search_policy(name, base)
    assert replace(level, effort=base.effort) == base
    assert level.effort.starts == 3
    assert level.effort.budget(4, 0).total == pytest.approx(
        7.0 * search_policy(name).effort.total, rel=1e-12
    )


def test_every_search_writes_into_a_log_of_its_own() -> None:
    one, other = Log(), Log()
    for record in ("spent", "seconds", "reached", "tried", "refined"):
        getattr(one, record)[3] = 1
        assert getattr(other, record) == {}
    assert other.work == 0.0


def test_a_search_sets_as_many_tries_at_a_time_as_it_may_have_workers() -> None:
    assert BASE.descent.batch == MOST_WORKERS
