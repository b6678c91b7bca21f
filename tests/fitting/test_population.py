"""Populations: the best few that differ at every size, whatever is merged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fitting.policy import PopulationPolicy
from lrfit.fitting.population import Population, distinct
from lrfit.regression.refine import Polished
from lrfit.regression.variable_projection import Evaluation

POLICY = PopulationPolicy()
VALUES = st.lists(
    st.one_of(
        st.floats(1e-6, 1e3),
        st.floats(1.0, 1.003),  # many that count as the same
        st.sampled_from([np.inf, np.nan]),
    ),
    max_size=25,
)


def networks(values: list[float], size: int = 3, first: int = 0) -> Polished:
    """One network for every value; parameters and weights say which one it is."""
    count = len(values)
    label = np.arange(first, first + count, dtype=float)
    return Polished(
        theta=np.broadcast_to(label[:, None, None], (count, size, 2)).copy(),
        at=Evaluation(
            value=np.array(values, dtype=float),
            by_output=np.zeros((count, 1)),
            gradient=np.zeros((count, 2 * size)),
            hessian=np.zeros((count, 2 * size, 2 * size)),
            A=np.broadcast_to(label[:, None, None], (count, size, 1)).copy(),
            kappa=label.copy(),
            inverse=np.zeros((count, size, size)),
            settled=np.ones(count, dtype=bool),
        ),
        work=1.0,
        status=np.zeros(count, dtype=np.int8),
        steps=label.astype(np.int64),
        compiled=np.ones(count, dtype=bool),
    )


def labels(polished: Polished) -> list[int]:
    """Which networks these are, by parameters and by evaluation."""
    by_theta = polished.theta[:, 0, 0].astype(int).tolist()
    assert by_theta == polished.at.kappa.astype(int).tolist() == polished.steps.tolist()
    return by_theta


def best_that_differ(values: list[float], count: int) -> list[int]:
    """From the best on, whatever is more than 0.1 % above the last one kept."""
    kept: list[int] = []
    for index in sorted(
        (i for i, v in enumerate(values) if np.isfinite(v)), key=values.__getitem__
    ):
        if all(values[index] > 1.001 * values[other] for other in kept):
            kept.append(index)
    return kept[:count]


@settings(deadline=None, max_examples=100)
@given(values=VALUES, count=st.integers(1, 10))
def test_distinct_keeps_the_best_that_differ_by_a_thousandth(
    values: list[float], count: int
) -> None:
    assert labels(distinct(networks(values), count, same=1e-3)) == best_that_differ(values, count)


def test_of_equal_networks_the_earliest_is_kept() -> None:
    assert labels(distinct(networks([2.0, 1.0, 1.0, 2.0]), 5, same=1e-3)) == [1, 0]


def test_an_empty_population_has_no_sizes_and_an_infinite_value() -> None:
    population = Population(POLICY)
    assert population.sizes == []
    assert population.value(3) == np.inf
    assert population.parents(3) == {}


@settings(deadline=None, max_examples=50)
@given(batches=st.lists(VALUES, min_size=1, max_size=5))
def test_merging_keeps_the_best_ever_found_and_few_that_differ(
    batches: list[list[float]],
) -> None:
    population, seen = Population(POLICY), [np.inf]
    for number, values in enumerate(batches):
        population.merge(networks(values, first=100 * number))
        seen += [value for value in values if np.isfinite(value)]
        assert population.value(3) == min(seen)
        if population.sizes:
            kept = population.at(3).at.value
            assert len(kept) <= POLICY.kept
            assert np.all(kept[1:] > 1.001 * kept[:-1])
            for label, value in zip(labels(population.at(3)), kept, strict=True):
                assert batches[label // 100][label % 100] == value
    assert population.sizes == ([3] if len(seen) > 1 else [])


def test_as_many_are_kept_as_there_is_room_for() -> None:
    population = Population(POLICY)
    population.merge(networks([float(value) for value in range(20, 0, -1)]))
    assert population.at(3).at.value.tolist() == [
        float(value) for value in range(1, POLICY.kept + 1)
    ]
    population.merge(networks([0.5], first=50))
    assert labels(population.at(3))[0] == 50
    assert len(population.at(3).theta) == POLICY.kept


def test_merging_the_same_networks_again_changes_nothing() -> None:
    population, found = Population(POLICY), networks([3.0, 1.0, 2.0])
    for _ in range(2):
        population.merge(found)
        assert labels(population.at(3)) == [1, 2, 0]


def test_networks_without_a_finite_value_are_not_taken_in() -> None:
    population = Population(POLICY)
    population.merge(networks([np.inf, np.nan]))
    assert population.sizes == []
    population.merge(networks([2.0]))
    population.merge(networks([np.inf], first=7))
    assert labels(population.at(3)) == [0]


def test_sizes_are_kept_apart_and_listed_from_the_smallest() -> None:
    population = Population(POLICY)
    for size, value in ((5, 1.0), (2, 4.0), (9, 0.5)):
        population.merge(networks([value], size=size))
    assert population.sizes == [2, 5, 9]
    assert [population.value(size) for size in (2, 5, 9, 4)] == [4.0, 1.0, 0.5, np.inf]
    assert population.at(5).theta.shape == (1, 5, 2)


@pytest.mark.parametrize("size", [1, 3, 4])
def test_parents_are_the_networks_of_that_size_up_to_one_more_than_twice(size: int) -> None:
    population = Population(POLICY)
    for other in range(12, 0, -1):
        population.merge(networks([1.0], size=other, first=other))
    parents = population.parents(size)
    assert list(parents) == list(range(size, 2 * size + 2))
    for other, theta in parents.items():
        np.testing.assert_array_equal(theta, np.full((1, other, 2), float(other)))
