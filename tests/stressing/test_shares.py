"""Which neurons the error comes from: against draws, finite differences, and by symmetry."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from lrfit.fields.field import Domain
from lrfit.networks.clones import cloned
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output
from lrfit.networks.wrong_weights import blocks_of, reported_errors, wrong_network
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.resolve import resolve_for_network
from lrfit.simulation.simulate import simulate
from lrfit.stressing import march as march_module
from lrfit.stressing import shares as module
from lrfit.stressing.march import March
from lrfit.stressing.result import NeuronShare, Stress
from lrfit.stressing.stress import stress
from lrfit.stressing.study import distance, trajectories, unperturbed
from lrfit.stressing.view import tables

LATENT = Domain(
    variables=("p", "q"),
    lower=[-1.5, -2],
    upper=[1.5, 2],
    inputs=("u",),
    input_lower=[-1],
    input_upper=[1],
)
STATE = Domain(
    variables=("x", "y"),
    lower=[-1, -3],
    upper=[2, 3],
    inputs=("u",),
    input_lower=[-1],
    input_upper=[1],
)
START = Experiment(
    initial=[0.5, 1.0], signal=lambda t: 0.3 + 0.2 * np.sin(t)[:, None], duration=4.0
)
WRONG = ("M", "N", "B", "b", "O")


@pytest.fixture(autouse=True)
def fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few as accuracy needs; a short run has many more for the figures."""
    monkeypatch.setattr(march_module, "TIMES", 81)


def network(**changes: Any) -> LowRankNetwork:
    """Five neurons, with inputs and an output that reads rates."""
    generator = np.random.default_rng(3)
    made = LowRankNetwork(
        M=generator.normal(size=(5, 2)),
        N=0.6 * generator.normal(size=(5, 2)),
        bias=generator.normal(size=5),
        center=np.array([0.2, -0.4]),
        input_weights=generator.normal(size=(5, 1)),
        direct_input=generator.normal(size=(2, 1)),
        tau=0.7,
        nonlinearity=nonlinearity("tanh"),
        domain=LATENT,
        output=Output(
            offset=[0.1, 0.2],
            state=np.eye(2),
            input=[[0.1], [0.0]],
            rates=0.1 * generator.normal(size=(2, 5)),
            domain=STATE,
        ),
    )
    return dataclasses.replace(made, **changes)


def marched(made: LowRankNetwork, experiment: Experiment = START) -> March:
    return March(made, resolve_for_network(experiment, made))


def summed(found: tuple[NeuronShare, ...], place: str) -> np.ndarray:
    return np.array([getattr(each, place) for each in found])


@pytest.mark.parametrize("place", WRONG)
def test_a_draw_is_the_network_of_the_reports_of_tune_in_its_latent_form(place: Any) -> None:
    made = network()
    march = marched(made)
    found = trajectories(march, place, 0.1, 2, 7)
    for k in range(2):
        one = wrong_network(made, reported_errors(0.1, (place,), 7), k)
        run = simulate(one, START, space="latent", points=401)
        at = CubicSpline(run.t, run.z[0])(march.times)
        np.testing.assert_allclose(found[k], STATE.state_to_box(at), atol=1e-4)


def test_slopes_are_those_of_finite_differences() -> None:
    made, step = network(), 1e-4
    march = marched(made)
    exact = unperturbed(march)
    found = module.mean_squares(march)
    assert tuple(found) == WRONG
    field = {"M": "M", "N": "N", "B": "input_weights", "b": "bias"}
    for place, squares in found.items():
        block = blocks_of(made)[place]
        neuron = 3
        expected = 0.0
        at = (slice(None), neuron) if place == "O" else (neuron, ...)
        for j in range(block[at].size):
            moved = block.copy()
            part = np.atleast_1d(moved[at]).copy()
            part[j] *= 1.0 + step
            moved[at] = part.reshape(np.shape(block[at]))
            one = (
                dataclasses.replace(made, output=dataclasses.replace(made.output, rates=moved))  # type: ignore[type-var]
                if place == "O"
                else dataclasses.replace(made, **{field[place]: moved})
            )
            expected += float(distance(exact, unperturbed(marched(one))[None])[0] / step) ** 2
        assert squares[neuron] == pytest.approx(expected, rel=5e-3), place


def test_the_prediction_is_the_root_mean_square_of_small_errors() -> None:
    made, size, draws = network(), 1e-4, 200
    march = marched(made)
    exact = unperturbed(march)
    found = stress(made, START, relative=[size], draws=1)
    assert [each.where for each in found.effects] == [*WRONG, "all", "J"]
    for effect, predicted in zip(found.effects[:-1], found.predicted[:-1], strict=True):
        squares = distance(exact, trajectories(march, effect.where, size, draws, 3)) ** 2
        error = np.std(squares) / np.sqrt(draws)
        assert abs(np.mean(squares) - predicted**2) < 4 * error
    assert np.isnan(found.predicted[-1])


def test_shares_of_each_place_sum_to_one_and_lacking_places_have_none() -> None:
    found = stress(network(), START, draws=1, relative=[0.01]).shares
    for place in WRONG:
        assert np.sum(summed(found, place)) == pytest.approx(1.0, rel=1e-12)
    box = Domain(variables=("p", "q"), lower=[-1.5, -2], upper=[1.5, 2])
    bare = network(
        domain=box, output=None, input_weights=np.empty((5, 0)), direct_input=np.empty((2, 0)),
        bias=np.zeros(5),
    )  # fmt: skip
    still = Experiment(initial=[0.5, 1.0], duration=1.0)
    without = stress(bare, still, draws=1, relative=[0.01])
    assert {(each.B, each.O) for each in without.shares} == {(None, None)}
    assert {each.where for each in without.effects} == {"M", "N", "b", "all", "J"}
    assert np.all(summed(without.shares, "b") == 0.0)  # errors of zero are none
    assert "none" in tables(without, verbose=False)[2].rows[-1]


def test_the_neuron_that_makes_the_error_is_found() -> None:
    made = network()
    N = 1e-3 * made.N
    N[2] = 500 * N[2]
    loud = stress(network(N=N), START, draws=1, relative=[0.01])
    assert loud.shares[2].N > 0.99
    table = tables(loud, verbose=False)[2]
    assert table.rows[0][0] == "neuron 2"
    assert table.header is not None
    assert table.rows[-1][table.header.index("N")] == "1 of 5"


def test_clones_share_what_their_neuron_had_and_lower_the_error() -> None:
    one = stress(network(), START, draws=1, relative=[0.01])
    two = stress(cloned(network(), 2), START, draws=1, relative=[0.01])
    for place in ("M", "N", "B", "b"):
        split = summed(two.shares, place).reshape(-1, 5)
        whole = np.tile(summed(one.shares, place) / 2, (2, 1))
        flat = np.sort(split, axis=None), np.sort(whole, axis=None)
        np.testing.assert_allclose(*flat, rtol=1e-6)
    np.testing.assert_allclose(two.predicted[1], one.predicted[1] / np.sqrt(2), rtol=1e-6)


def balanced(duration: float, draws: int = 50) -> Stress:
    """A network on the unstable fixed point of a pitchfork."""
    switch = LowRankNetwork(
        M=[[2.0], [1.0], [1.0]], N=[[1.2], [0.3], [-0.3]], bias=[0.0, 0.1, 0.1], center=[0.0],
        input_weights=np.empty((3, 0)), direct_input=np.empty((1, 0)), tau=1.0,
        nonlinearity=nonlinearity("tanh"), domain=Domain(variables=("x",), lower=[-2], upper=[2]),
    )  # fmt: skip
    start = Experiment(initial=[0.0], duration=duration)
    return stress(switch, start, relative=[0.01], draws=draws)


def test_it_is_said_where_errors_are_beyond_first_order() -> None:
    lines = dict(tables(balanced(20.0), verbose=False)[0].rows)
    assert "N 0.01" in lines["first order"]
    assert "J" not in lines["first order"]
    assert "first order" not in dict(tables(balanced(0.5), verbose=False)[0].rows)
    few = balanced(20.0, draws=1)  # the median of a few draws is a matter of chance
    assert "first order" not in dict(tables(few, verbose=False)[0].rows)


def test_errors_that_grow_beyond_all_numbers_are_no_failure() -> None:
    found = balanced(300.0, draws=1)
    assert np.isnan(found.predicted[1]) or np.isinf(found.predicted[1])
    assert np.isnan(found.shares[0].N)
    assert "N 0.01" in dict(tables(found, verbose=False)[0].rows)["first order"]
    assert "not finite" in tables(found, verbose=False)[2].rows[-1]
