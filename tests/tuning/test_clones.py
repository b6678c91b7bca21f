"""Copies of neurons: equal dynamics, smaller errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.networks.wrong_weights import Errors, wrong_network
from lrfit.tuning.clones import cloned
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
