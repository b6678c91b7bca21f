"""Latent models of a trained network, the coordinates of its field, and networks in them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.learning.trials import TaskTrials
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output
from lrfit.reduction.alignment import aligned
from lrfit.reduction.coordinates import Coordinates, coordinates_of, field_of
from lrfit.reduction.figures import explained
from lrfit.reduction.latent import LatentModel, components_of, filtered, galerkin
from lrfit.reduction.lint import lint
from lrfit.reduction.original import Original, as_original
from lrfit.reduction.units import started_at

TANH = nonlinearity("tanh")


@cache
def original() -> Original:
    """A network in the middle of learning, with a bias: the projection must carry it too."""
    trained = lrfit.learn(
        "flip_flop",
        neurons=12,
        g=0.8,
        epochs=40,
        rate=0.2,
        learn=("W", "inputs", "outputs", "bias"),
        test_trials=8,
    )
    return as_original(trained)


@cache
def trials() -> TaskTrials:
    return original().task.draw(16, np.random.SeedSequence(3))


@cache
def model() -> LatentModel:
    return galerkin(original(), components_of(original(), trials()), 3)


@cache
def followed() -> tuple[np.ndarray, np.ndarray]:
    return model().follow(trials().inputs, original().a, TANH)


@cache
def coordinates() -> Coordinates:
    z = original().run(original().weights, trials()).outputs
    return coordinates_of(followed()[0].reshape(-1, 3), z.reshape(-1, 2))


def test_the_projection_on_all_components_is_the_network_itself() -> None:
    whole = galerkin(original(), components_of(original(), trials()), original().neurons)
    outputs = original().weights.outputs
    found = original().run(whole.weights(outputs), trials())
    np.testing.assert_allclose(
        found.outputs,
        original().run(original().weights, trials()).outputs,
        atol=1e-11,
    )


def test_latent_states_of_all_components_give_the_currents() -> None:
    whole = galerkin(original(), components_of(original(), trials()), original().neurons)
    q, v = whole.follow(trials().inputs, original().a, TANH)
    x = q @ whole.M.T + v @ whole.inputs.T + whole.bias
    wanted = original().run(original().weights, trials()).currents[1:]
    np.testing.assert_allclose(x, wanted, atol=1e-11)


def test_components_are_those_of_the_recurrent_activity_alone() -> None:
    found = components_of(original(), trials())
    v = filtered(trials().inputs, original().a)
    x = original().run(original().weights, trials()).currents[1:]
    h = (x - v @ original().weights.inputs.T).reshape(-1, original().neurons)
    values = np.linalg.svd(h - h.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(found.share, np.cumsum(values) / values.sum(), atol=1e-10)
    np.testing.assert_allclose(found.directions.T @ found.directions, np.eye(12), atol=1e-12)


def test_coordinates_are_white_and_outputs_rise_along_the_first_of_them() -> None:
    y = coordinates().of(followed()[0]).reshape(-1, 3)
    np.testing.assert_allclose(np.cov(y.T), np.eye(3), atol=1e-9)
    z = original().run(original().weights, trials()).outputs.reshape(-1, 2)
    slope = np.linalg.lstsq(y, z - z.mean(axis=0), rcond=None)[0].T
    np.testing.assert_allclose(slope[:, 2], 0.0, atol=1e-9)
    np.testing.assert_allclose(slope[:, :2], slope[:, :2].T, atol=1e-9)
    assert np.all(np.linalg.eigvalsh(slope[:, :2]) >= 0.0)


def test_the_field_moves_coordinates_as_the_model_does() -> None:
    q, v = followed()
    y = coordinates().of(q)
    field = field_of(
        model(),
        coordinates(),
        y=y.reshape(-1, 3),
        v=v.reshape(-1, 2),
        tau=1.0,
        phi=TANH,
        names=("a", "b", "c"),
        inputs=("u", "w"),
    )
    now, seen = y[:-1].reshape(-1, 3), v[:-1].reshape(-1, 2)
    moved = now + original().task.dt * field.velocity(now, seen)
    np.testing.assert_allclose(moved, y[1:].reshape(-1, 3), atol=1e-10)


def small() -> LowRankNetwork:
    """A network of rank 3 that reads two outputs and a latent variable."""
    generator = np.random.default_rng(5)
    domain = lrfit.Domain(
        variables=("a", "b", "c"),
        lower=-np.ones(3),
        upper=np.ones(3),
        inputs=("u",),
        input_lower=[-1.0],
        input_upper=[1.0],
    )
    rates = np.vstack([generator.normal(size=(2, 6)), np.zeros((1, 6))])
    return LowRankNetwork(
        M=generator.normal(size=(6, 3)),
        N=generator.normal(size=(6, 3)) / 3.0,
        bias=generator.normal(size=6),
        center=generator.normal(size=3),
        input_weights=generator.normal(size=(6, 1)),
        direct_input=generator.normal(size=(3, 1)),
        tau=1.0,
        nonlinearity=TANH,
        domain=domain,
        dt=0.5,
        output=Output(
            offset=np.array([0.1, -0.2, 0.0]),
            state=np.vstack([generator.normal(size=(2, 3)), [0.0, 0.0, 1.0]]),
            input=np.vstack([generator.normal(size=(2, 1)), [[0.0]]]),
            rates=rates,
            domain=domain,
        ),
    )


def test_alignment_changes_coordinates_and_nothing_else() -> None:
    generator = np.random.default_rng(6)
    own, start = generator.normal(size=(50, 3)), generator.normal(size=3)
    turn, shift = generator.normal(size=(3, 3)), generator.normal(size=3)
    moved, at = aligned(small(), start, own, own @ turn.T + shift, 2)
    np.testing.assert_allclose(at, turn @ start + shift, atol=1e-10)
    v, u = generator.normal(size=(2, 50, 1))
    there = own @ turn.T + shift
    np.testing.assert_allclose(
        moved.latent_velocity(there, v, u), small().latent_velocity(own, v, u) @ turn.T, atol=1e-9
    )
    read = moved.state(there, v)
    np.testing.assert_allclose(read[:, :2], small().state(own, v)[:, :2], atol=1e-9)
    np.testing.assert_allclose(read[:, 2], there[:, 2], atol=1e-12)


def test_the_start_is_found_again_from_the_state_that_is_read_there() -> None:
    start = np.array([0.4, -2.0, 0.7])
    network, initial, shift = started_at(small(), start)
    rest = np.zeros((1, 1))
    np.testing.assert_allclose(initial, small().state(start[None], rest)[0], atol=1e-12)
    np.testing.assert_allclose(network.latent(initial[None], rest)[0], start + shift, atol=1e-9)
    np.testing.assert_allclose(network.state(start[None] + shift, rest)[0], initial, atol=1e-12)


def test_learning_on_the_rates_brings_a_low_rank_network_nearer_to_them() -> None:
    start = galerkin(original(), components_of(original(), trials()), 2)
    told: list[float] = []
    found = lint(
        original(),
        start,
        trials(),
        epochs=60,
        generator=np.random.default_rng(0),
        tell=lambda _, loss: told.append(loss),
    )
    wanted = original().run(original().weights, trials())

    def rates(each: LatentModel) -> float:
        weights = each.weights(original().weights.outputs)
        return explained(original().run(weights, trials()).rates, wanted.rates)

    assert (len(told), found.rank, found.by) == (60, 2, "lint")
    assert rates(found) > rates(start)


def test_what_has_no_latent_form_or_no_task_is_refused() -> None:
    network = original().network
    with pytest.raises(UsageError, match="say what it does"):
        as_original(network)
    with pytest.raises(UsageError, match="give its own task"):
        as_original(network, "context")

    def other(**changes: object) -> lrfit.FullRankNetwork:
        shape = {"J": network.J, "tau": 1.0, "nonlinearity": "tanh", "dt": 0.5}
        weights = {
            "input_weights": network.input_weights,
            "output_weights": network.output_weights,
        }
        return lrfit.FullRankNetwork(**{**shape, **weights, **changes})

    assert as_original(other(), "flip_flop").neurons == 12
    with pytest.raises(UsageError, match="several time constants"):
        as_original(other(tau=np.linspace(1.0, 2.0, 12)), "flip_flop")
    with pytest.raises(UsageError, match="rate form"):
        as_original(other(form="rate"), "flip_flop")
    with pytest.raises(UsageError, match="read from rates"):
        as_original(other(reads="currents"), "flip_flop")
    with pytest.raises(UsageError, match="dt/tau"):
        as_original(other(dt=0.25), "flip_flop")
    with pytest.raises(UsageError, match="says no step"):
        as_original(other(dt=None), "flip_flop")
