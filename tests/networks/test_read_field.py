"""The field of what a network's output reads, against the latent field and simulations."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.dynamics import Flow, fixed_points
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output, hide_copies
from lrfit.networks.read_field import ReadField, field_of
from lrfit.simulation.simulate import simulate

BOX = Domain(
    variables=("x", "y"),
    lower=np.array([-1.0, -2.0]),
    upper=np.array([1.0, 2.0]),
    inputs=("u",),
    input_lower=np.array([-1.0]),
    input_upper=np.array([1.0]),
)
WITH_COPY = Domain(
    variables=("x", "y", "u_copy"),
    lower=np.array([-1.0, -2.0, -1.1]),
    upper=np.array([1.0, 2.0, 1.1]),
    inputs=("u",),
    input_lower=np.array([-1.0]),
    input_upper=np.array([1.0]),
)


def plain() -> LowRankNetwork:
    rng = np.random.default_rng(0)
    return LowRankNetwork(
        M=rng.normal(size=(8, 2)),
        N=0.2 * rng.normal(size=(8, 2)),
        bias=rng.normal(size=8),
        center=np.array([0.1, -0.3]),
        input_weights=rng.normal(size=(8, 1)),
        direct_input=np.array([[0.2], [-0.1]]),
        tau=0.3,
        nonlinearity=nonlinearity("tanh"),
        domain=BOX,
    )


def gated() -> LowRankNetwork:
    """The state is read from latent variables, filtered input and rates together."""
    rng = np.random.default_rng(1)
    output = Output(
        offset=np.array([0.1, -0.2]),
        state=np.eye(2) + 0.1 * rng.normal(size=(2, 2)),
        input=0.2 * rng.normal(size=(2, 1)),
        rates=0.05 * rng.normal(size=(2, 8)),
        domain=BOX,
    )
    return dataclasses.replace(plain(), output=output)


def copied() -> LowRankNetwork:
    """The copy w has no neurons' feedback: tau w' = u - w, at rest at the input."""
    rng = np.random.default_rng(5)
    N = 0.3 * rng.normal(size=(6, 3))
    N[:, 2] = 0.0
    return LowRankNetwork(
        M=rng.normal(size=(6, 3)),
        N=N,
        bias=rng.normal(size=6),
        center=np.zeros(3),
        input_weights=rng.normal(size=(6, 1)),
        direct_input=np.array([[0.0], [0.0], [1.0]]),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=WITH_COPY,
        output=hide_copies(BOX, (0,), 6),
    )


def places(count: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    z = BOX.state_from_box(rng.uniform(-0.8, 0.8, (count, 2)))
    return z, rng.uniform(-1, 1, (count, 1))


def test_without_an_output_it_is_the_network_itself() -> None:
    network = plain()
    assert field_of(network) is network
    z, u = places(50)
    np.testing.assert_allclose(
        ReadField(network=network).velocity(z, u), network.velocity(z, u), rtol=1e-14
    )


def test_its_box_is_that_of_the_state() -> None:
    for network in (gated(), copied()):
        assert isinstance(field_of(network), ReadField)
        assert field_of(network).domain is BOX


@pytest.mark.parametrize("make", [gated, copied])
@pytest.mark.parametrize("level", [-0.6, 0.0, 0.9])
def test_it_is_the_slope_of_what_is_read_in_a_simulation(make: object, level: float) -> None:
    """At a constant input, by central differences of the state that `simulate` reads."""
    assert callable(make)
    network = make()
    z0, _ = places(4)
    run = simulate(
        network, duration=1.0, initial=z0, signal=[level], points=2001, rtol=1e-11, atol=1e-12
    )
    h = run.t[1] - run.t[0]
    slope = (run.z[:, 2:] - run.z[:, :-2]) / (2.0 * h)
    states = run.z[:, 1:-1].reshape(-1, 2)
    found = field_of(network).velocity(states, np.full((len(states), 1), level))
    assert np.abs(found).max() > 0.5
    # The difference is off by h²/6 |z'''|, with h = 5e-4.
    np.testing.assert_allclose(found, slope.reshape(-1, 2), atol=1e-5)


@pytest.mark.parametrize("make", [gated, copied])
def test_its_rest_states_are_where_simulations_end(make: object) -> None:
    assert callable(make)
    network = make()
    flow = Flow(field=field_of(network), input=np.array([0.4]))
    found = fixed_points(flow, generator=np.random.default_rng(0), starts=64)
    run = simulate(network, duration=40.0, initial=[[0.2, 0.1]], signal=[0.4], points=3)
    ends = flow.domain.state_to_box(run.z[0, -1])
    assert np.linalg.norm(found.points[found.stable] - ends, axis=1).min() < 1e-6


def test_eigenvalues_do_not_depend_on_the_reading() -> None:
    """The latent and the read field are conjugate: at matching rest states J is similar."""
    network = gated()
    u = np.array([[0.3]])
    y = np.zeros((1, 2))
    for _ in range(30):
        J, _ = network.jacobian(y, u)
        y = y - np.linalg.solve(J, network.velocity(y, u)[..., None])[..., 0]
    assert np.abs(network.velocity(y, u)).max() < 1e-12
    latent = np.linalg.eigvals(network.jacobian(y, u)[0][0])
    z = network.state(y, u)
    field = field_of(network)
    np.testing.assert_allclose(field.velocity(z, u), 0.0, atol=1e-10)
    read = np.linalg.eigvals(field.jacobian(z, u)[0][0])
    np.testing.assert_allclose(np.sort_complex(read), np.sort_complex(latent), rtol=1e-6)


@pytest.mark.parametrize("make", [gated, copied])
def test_its_jacobian_is_the_derivative_of_its_velocity(make: object) -> None:
    """Against fourth-order differences with another step."""
    assert callable(make)
    field = field_of(make())
    z, u = places(10)
    by_state, by_input = field.jacobian(z, u)
    assert (by_state.shape, by_input.shape) == ((10, 2, 2), (10, 2, 1))

    def derivative(at: object) -> Array:
        assert callable(at)
        h = 1e-3
        return np.asarray((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h))

    for axis in range(2):
        step = np.eye(2)[axis]
        expected = derivative(lambda h, step=step: field.velocity(z + h * step, u))
        np.testing.assert_allclose(by_state[:, :, axis], expected, atol=1e-6)
    np.testing.assert_allclose(
        by_input[:, :, 0], derivative(lambda h: field.velocity(z, u + h)), atol=1e-6
    )


def test_where_no_latent_state_is_read_as_the_state_there_is_no_velocity() -> None:
    network = gated()
    assert network.output is not None
    deaf = dataclasses.replace(network.output, state=np.zeros((2, 2)))  # rates alone, bounded
    field = ReadField(network=dataclasses.replace(network, output=deaf))
    far = np.array([[50.0, 50.0]])
    assert np.isnan(field.velocity(far, np.zeros((1, 1)))).all()
