"""Reading a state that is not the latent one: what is fitted, read, set and simulated."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, NumericalError
from lrfit.fields.field import Domain
from lrfit.fitting.output_fit import fit_output, output_error
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output, hide_copies
from lrfit.simulation.simulate import simulate

BOX = Domain(
    variables=("x", "y"),
    lower=np.array([-1.0, -2.0]),
    upper=np.array([1.0, 2.0]),
    inputs=("u",),
    input_lower=np.array([-1.0]),
    input_upper=np.array([1.0]),
)


def known_output(neurons: int) -> Output:
    rng = np.random.default_rng(1)
    return Output(
        offset=np.array([0.1, -0.2]),
        state=np.eye(2) + 0.1 * rng.normal(size=(2, 2)),
        input=0.2 * rng.normal(size=(2, 1)),
        rates=0.05 * rng.normal(size=(2, neurons)),
        domain=BOX,
    )


@pytest.fixture
def network() -> LowRankNetwork:
    rng = np.random.default_rng(0)
    return LowRankNetwork(
        M=rng.normal(size=(8, 2)),
        N=0.2 * rng.normal(size=(8, 2)),
        bias=rng.normal(size=8),
        center=np.zeros(2),
        input_weights=rng.normal(size=(8, 1)),
        direct_input=np.zeros((2, 1)),
        tau=0.3,
        nonlinearity=nonlinearity("tanh"),
        domain=BOX,
        output=known_output(8),
    )


def places(network: LowRankNetwork, count: int = 400) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(2)
    y = BOX.state_from_box(rng.uniform(-1, 1, (count, 2)))
    v = rng.uniform(-1, 1, (count, 1))
    return y, v, network.nonlinearity.phi(network.current(y, v))


def test_a_reading_that_exists_is_found(network: LowRankNetwork) -> None:
    y, v, rates = places(network)
    assert network.output is not None
    z = network.output.read(y, v, rates)
    found = fit_output(y, v, rates, z, weight=np.ones(len(y)), noise=0.0, domain=BOX)
    assert np.allclose(found.read(y, v, rates), z, atol=1e-10)
    assert output_error(found, y, v, rates, z, noise=0.0) < 1e-9


def test_the_error_of_a_reading_includes_the_noise_of_its_weights(network: LowRankNetwork) -> None:
    y, v, rates = places(network)
    output = network.output
    assert output is not None
    z = output.read(y, v, rates)
    h = BOX.half_width
    size = np.sqrt(np.sum(np.mean((z / h) ** 2, axis=0)))
    noise = np.sqrt(np.sum((output.rates / h[:, None]) ** 2))
    assert output_error(output, y, v, rates, z, noise=0.02) == pytest.approx(0.02 * noise / size)
    shaken = rates + 0.02 * np.random.default_rng(3).normal(size=rates.shape)
    measured = np.sqrt(np.sum(np.mean(((output.read(y, v, shaken) - z) / h) ** 2, axis=0)))
    assert measured / size == pytest.approx(0.02 * noise / size, rel=0.1)


def test_the_state_can_be_set_as_it_is_read(network: LowRankNetwork) -> None:
    y, v, _ = places(network)
    assert np.allclose(network.latent(network.state(y, v), v), y, atol=1e-9)


def test_a_state_that_is_never_read_cannot_be_set(network: LowRankNetwork) -> None:
    assert network.output is not None
    deaf = dataclasses.replace(network.output, state=np.zeros((2, 2)))  # rates alone, bounded
    with pytest.raises(NumericalError, match="initial state"):
        dataclasses.replace(network, output=deaf).latent(np.full((1, 2), 50.0), np.zeros((1, 1)))


@pytest.mark.parametrize("solver", ["dop853", "euler"])
def test_latent_and_full_form_read_the_same_state(network: LowRankNetwork, solver: str) -> None:
    both = [
        simulate(
            network,
            duration=2.0,
            initial=[[0.3, -0.5], [-0.2, 0.4]],
            signal=lambda t: np.where(t >= 0.7, 0.8, -0.3)[:, None],
            breakpoints=[0.7],
            solver=solver,  # type: ignore[arg-type]
            space=space,  # type: ignore[arg-type]
            points=11,
            store_rates=True,
        )
        for space in ("latent", "full")
    ]
    assert np.allclose(both[0].z[:, 0], [[0.3, -0.5], [-0.2, 0.4]], atol=1e-9)
    assert np.allclose(both[0].z, both[1].z, atol=1e-6)
    assert both[0].x is not None
    assert both[1].x is not None
    assert np.allclose(both[0].x, both[1].x, atol=1e-6)
    v, x = both[1].v[0], both[1].x[0]
    y, rates = network.read(x, v), network.nonlinearity.phi(x)
    assert network.output is not None
    assert np.allclose(network.output.read(y, v, rates), both[1].z[0], atol=1e-8)


def test_copies_are_hidden_and_start_at_the_input() -> None:
    rng = np.random.default_rng(5)
    latent = Domain(
        variables=("x", "y", "u_copy"),
        lower=-np.ones(3),
        upper=np.ones(3),
        inputs=("u",),
        input_lower=np.array([-1.0]),
        input_upper=np.array([1.0]),
    )
    network = LowRankNetwork(
        M=rng.normal(size=(6, 3)),
        N=np.zeros((6, 3)),
        bias=np.zeros(6),
        center=np.zeros(3),
        input_weights=np.zeros((6, 1)),
        direct_input=np.array([[0.0], [0.0], [1.0]]),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=latent,
        output=hide_copies(BOX, (0,), 6),
    )
    y = network.latent(np.array([[0.2, 0.1]]), np.array([[0.7]]))
    assert np.allclose(y, [[0.2, 0.1, 0.7]])
    run = simulate(network, duration=1.0, initial=[0.2, 0.1], signal=[0.7], space="full", points=3)
    assert run.z.shape == (1, 3, 2)
    assert run.domain.variables == ("x", "y")
    assert np.allclose(run.z[0, -1], np.array([0.2, 0.1]) * np.exp(-2.0), atol=1e-6)


def test_an_output_of_another_network_is_refused(network: LowRankNetwork) -> None:
    with pytest.raises(InputError, match="another network"):
        dataclasses.replace(network, output=known_output(7))
    with pytest.raises(InputError, match="not finite"):
        dataclasses.replace(known_output(8), offset=np.array([np.nan, 0.0]))
