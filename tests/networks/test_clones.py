"""Copies of neurons: equal dynamics, smaller errors."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrfit
from lrfit.core.errors import UsageError
from lrfit.networks.clones import cloned, merged, quotas
from lrfit.networks.wrong_weights import Errors, wrong_network
from lrfit.tuning.closed_loop import Loop, residuals
from lrfit.tuning.weights import layout_of
from tests.tuning.test_closed_loop import network, trials


@pytest.mark.parametrize("output", [False, True])
def test_clones_run_along_the_same_trajectory(output: bool) -> None:
    made, given = network(copied=False, output=output), trials()
    runs = []
    for each in (made, cloned(made, 7)):
        layout = layout_of(each)
        loop = Loop(layout=layout, solver="rk4", errors=Errors())
        runs.append(residuals(loop, layout.vector(each), given))
    np.testing.assert_allclose(runs[0], runs[1], rtol=0, atol=1e-12)


def test_clones_by_quotas_have_the_field_and_the_outputs_of_the_network() -> None:
    fit = lrfit.fit("context_decision", neurons=9, method="ols", drive={"ctx": "gated"}, look=False)
    quota = np.array([1, 4, 2, 7, 1, 1, 30, 2, 5])
    small, large = fit.network, cloned(fit.network, quota)
    assert small.output is not None
    assert np.any(small.output.rates)
    generator = np.random.default_rng(0)
    z, u = small.domain.from_box(
        generator.uniform(-1, 1, (50, small.domain.dimension + small.domain.input_count))
    )
    speed = np.abs(small.velocity(z, u)).max()
    np.testing.assert_allclose(large.velocity(z, u), small.velocity(z, u), atol=1e-12 * speed)
    np.testing.assert_allclose(large.state(z, u), small.state(z, u), atol=1e-12)
    back = merged(large)
    assert back.neurons == small.neurons
    np.testing.assert_array_equal(back.M, small.M)
    np.testing.assert_allclose(back.N, small.N, rtol=1e-13)
    np.testing.assert_array_equal(large.population, np.repeat(np.arange(9), quota))


def test_quotas_are_neymans_and_leave_no_population_without_a_neuron() -> None:
    np.testing.assert_array_equal(quotas(np.array([1.0, 2.0, 7.0]), 100), [10, 20, 70])
    np.testing.assert_array_equal(quotas(np.array([1e-9, 1.0, 3.0]), 9), [1, 2, 6])
    np.testing.assert_array_equal(quotas(np.zeros(3), 7), [3, 2, 2])
    with pytest.raises(UsageError, match="fewer than 3 populations"):
        quotas(np.ones(3), 2)


@given(loads=st.lists(st.floats(0.01, 100.0), min_size=2, max_size=4), total=st.integers(4, 14))
def test_no_other_quotas_make_the_price_of_wrong_weights_much_smaller(
    loads: list[float], total: int
) -> None:
    weights = np.array(loads)
    mine = np.sum(weights**2 / quotas(weights, total))
    every = (np.diff((0, *cuts, total)) for cuts in combinations(range(1, total), len(loads) - 1))
    # Largest remainders round the optimum, which costs least where quotas are large.
    assert mine <= 1.35 * min(np.sum(weights**2 / each) for each in every)


def test_independent_errors_of_clones_average() -> None:
    """The variance of N^T 1 falls as 1 / K: within a tenth for 4,000 draws."""
    made, errors = network(copied=False, output=False), Errors(weights=0.1)
    spread = []
    for each in (made, cloned(made, 16)):
        sums = [wrong_network(each, errors, k).N.sum(axis=0) for k in range(2000)]
        spread.append(np.var(np.array(sums), axis=0))
    np.testing.assert_allclose(spread[0] / spread[1], 16, rtol=0.15)


def test_too_many_neurons_are_refused() -> None:
    made = network(copied=False, output=False)
    for copies in (0, 10**6):
        with pytest.raises(UsageError, match="clones of each neuron"):
            cloned(made, copies)
    assert cloned(made, 1).neurons == made.neurons


def test_errors_change_only_the_weights_that_are_said() -> None:
    made = network(copied=False, output=True)
    wrong = wrong_network(made, Errors(weights=0.1, places=("N", "O")), 0)
    assert np.all(wrong.N != made.N)
    assert wrong.output is not None
    assert made.output is not None
    assert np.all(wrong.output.rates != made.output.rates)
    same = replace(wrong, N=made.N, output=made.output)
    for name in ("M", "bias", "input_weights", "center", "direct_input"):
        np.testing.assert_array_equal(getattr(same, name), getattr(made, name))
