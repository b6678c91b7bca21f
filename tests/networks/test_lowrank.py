from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError, NumericalError
from lrfit.fitting.from_box import from_box
from lrfit.networks.basis import draw_neurons
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.regression.readout import Readout

seeds = st.integers(0, 2**32 - 1)
every_phi = pytest.mark.parametrize("phi", NONLINEARITIES)
several = settings(max_examples=25, deadline=None)


def places(network, seed, count=5):
    rng = np.random.default_rng(seed)
    D, U = network.direct_input.shape
    domain = network.domain
    return (
        domain.state_from_box(rng.uniform(-1.5, 1.5, (count, D))),
        domain.input_from_box(rng.uniform(-1.5, 1.5, (count, U))),
        domain.input_from_box(rng.uniform(-1.5, 1.5, (count, U))),
    )


@several
@given(seed=seeds, D=st.integers(1, 4), U=st.integers(0, 3), phi=st.sampled_from([*NONLINEARITIES]))
def test_box_units_and_users_units_are_the_same_network(draw_domain, seed, D, U, phi):
    rng = np.random.default_rng(seed)
    domain = draw_domain(rng, D, U)
    neurons = draw_neurons(7, D, U, phi=phi, generator=rng)
    readout = Readout(
        A=rng.standard_normal((7, D)),
        kappa=float(np.exp(rng.uniform(-3, 3))),
        center=rng.uniform(-2, 2, D),
        direct=rng.standard_normal((D, U)),
        rank=7,
        condition=1.0,
    )
    network = from_box(neurons, readout, domain)
    zeta, omega = rng.uniform(-1, 1, (9, D)), rng.uniform(-1, 1, (9, U))
    z, u = domain.state_from_box(zeta), domain.input_from_box(omega)
    np.testing.assert_allclose(network.current(z, u), neurons.current(zeta, omega), atol=1e-9)
    fitted = readout.velocity(neurons.activity(zeta, omega), zeta, u / domain.input_half_width)
    np.testing.assert_allclose(network.velocity(z, u) / domain.half_width, fitted, atol=1e-8)
    assert network.tau == pytest.approx(1.0 / readout.kappa)


@several
@given(seed=seeds)
def test_a_network_without_bias_has_exactly_none(draw_domain, seed):
    rng = np.random.default_rng(seed)
    domain, center = draw_domain(rng, 2, 1), rng.uniform(-2, 2, 2)
    origin = np.append(center, domain.input_to_box(np.zeros(1)))
    neurons = draw_neurons(20, 2, 1, bias=False, origin=origin, generator=rng)
    readout = Readout(
        A=np.zeros((20, 2)),
        kappa=1.0,
        center=center,
        direct=np.zeros((2, 1)),
        rank=0,
        condition=1.0,
    )
    np.testing.assert_array_equal(from_box(neurons, readout, domain).bias, 0.0)


@several
@given(seed=seeds, D=st.integers(1, 4), U=st.integers(0, 3), phi=st.sampled_from([*NONLINEARITIES]))
def test_the_full_velocity_is_the_lift_of_the_latent_one(random_network, seed, D, U, phi):
    network = random_network(seed, phi=phi, D=D, U=U)
    z, v, u = places(network, seed)
    latent = network.latent_velocity(z, v, u) @ network.M.T
    latent += ((u - v) / network.tau) @ network.input_weights.T
    full = network.full_velocity(network.current(z, v), u)
    np.testing.assert_allclose(full, latent, atol=1e-10 * (1 + np.abs(full).max()))


@several
@given(seed=seeds)
def test_the_full_velocity_is_that_of_the_connectivity_matrix(random_network, seed):
    network = random_network(seed, U=2)
    rng = np.random.default_rng(seed)
    x, u = rng.standard_normal((3, 20)), rng.standard_normal((3, 2))
    weights = network.input_weights + network.M @ network.direct_input
    by_hand = -x + np.tanh(x) @ network.J.T + u @ weights.T + network.bias
    np.testing.assert_allclose(network.full_velocity(x, u), by_hand / network.tau, atol=1e-9)
    assert np.linalg.matrix_rank(network.J) == 2


@several
@given(seed=seeds, D=st.integers(1, 4), U=st.integers(0, 3))
def test_reading_inverts_lifting_and_ignores_what_lies_outside(random_network, seed, D, U):
    network = random_network(seed, D=D, U=U)
    z, v, _ = places(network, seed)
    x = network.current(z, v)
    np.testing.assert_allclose(network.read(x, v), z, rtol=1e-8, atol=1e-8)
    noise = np.random.default_rng(seed).standard_normal(x.shape)
    outside = noise - noise @ network.decoder.T @ network.M.T
    np.testing.assert_allclose(network.read(x + outside, v), z, rtol=1e-7, atol=1e-7)


@every_phi
@pytest.mark.parametrize(("D", "U"), [(1, 0), (2, 1), (3, 2)])
def test_the_jacobian_is_the_derivative_of_the_velocity(random_network, phi, D, U):
    network = random_network(5, phi=phi, D=D, U=U)
    z, u, _ = places(network, 5)
    by_state, by_input = network.jacobian(z, u)
    step = 1e-5
    for i, width in enumerate(network.domain.half_width):
        move = step * width * np.eye(D)[i]
        slope = (network.velocity(z + move, u) - network.velocity(z - move, u)) / (2 * step * width)
        np.testing.assert_allclose(by_state[:, :, i], slope, rtol=1e-6, atol=1e-6)
    for i, width in enumerate(network.domain.input_half_width):
        move = step * width * np.eye(U)[i]
        slope = (network.velocity(z, u + move) - network.velocity(z, u - move)) / (2 * step * width)
        np.testing.assert_allclose(by_input[:, :, i], slope, rtol=1e-6, atol=1e-6)
    assert by_state.shape == (5, D, D)
    assert by_input.shape == (5, D, U)


@pytest.mark.parametrize("phi", ["tanh", "erf", "sin", "sigmoid"])
def test_the_jacobian_agrees_with_a_complex_step_to_rounding(random_network, phi):
    network = random_network(6, phi=phi, D=3, U=0)
    z, u, _ = places(network, 6)
    by_state, _ = network.jacobian(z, u)
    for i in range(3):
        moved = network.velocity(z + 1e-30j * np.eye(3)[i], u)
        np.testing.assert_allclose(by_state[:, :, i], moved.imag / 1e-30, rtol=1e-10, atol=1e-12)


@several
@given(seed=seeds)
def test_the_order_of_the_neurons_is_of_no_consequence(random_network, seed):
    network = random_network(seed, D=3, U=2)
    order = np.random.default_rng(seed).permutation(20)
    shuffled = replace(
        network,
        M=network.M[order],
        N=network.N[order],
        bias=network.bias[order],
        input_weights=network.input_weights[order],
    )
    z, v, u = places(network, seed)
    np.testing.assert_allclose(
        shuffled.latent_velocity(z, v, u), network.latent_velocity(z, v, u), atol=1e-10
    )
    np.testing.assert_allclose(shuffled.jacobian(z, u)[0], network.jacobian(z, u)[0], atol=1e-10)


def test_a_network_without_neurons_only_leaks(random_network):
    network = random_network(0, neurons=0, D=2, U=1)
    z, v, u = places(network, 0)
    leak = (network.center - z + u @ network.direct_input.T) / network.tau
    np.testing.assert_allclose(network.latent_velocity(z, v, u), leak)
    np.testing.assert_allclose(network.jacobian(z, u)[0], [-np.eye(2) / network.tau] * 5)


def test_a_state_that_reaches_no_neuron_cannot_be_read(random_network):
    network = random_network(1, D=2)
    flat = replace(network, M=network.M @ np.array([[1.0, 2.0], [0.5, 1.0]]))
    for poor in (flat, random_network(1, neurons=1, D=2), random_network(1, neurons=0)):
        with pytest.raises(NumericalError, match="use more neurons"):
            poor.read(np.zeros((1, poor.neurons)), np.zeros((1, 1)))


def test_reading_does_not_depend_on_the_units_of_the_variables(random_network):
    network = random_network(3, D=2, U=0)
    units = np.array([1e-12, 1e12])
    domain = replace(
        network.domain, lower=network.domain.lower * units, upper=network.domain.upper * units
    )
    rescaled = replace(
        network,
        M=network.M / units,
        N=network.N * units,
        center=network.center * units,
        domain=domain,
    )
    z, v, _ = places(network, 3)
    x = rescaled.current(z * units, v)
    np.testing.assert_allclose(x, network.current(z, v), atol=1e-9)
    np.testing.assert_allclose(rescaled.read(x, v) / units, z, atol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"M": np.zeros((2, 20))}, r"M has shape \(2, 20\); needed is \(20, 2\)"),
        ({"center": np.zeros(3)}, "center has shape"),
        ({"input_weights": np.zeros(20)}, "input_weights has shape"),
        ({"bias": np.full(20, np.nan)}, "not finite"),
        ({"tau": 0.0}, "tau is 0"),
        ({"tau": np.inf}, "tau is inf"),
    ],
)
def test_weights_that_do_not_fit_together_are_refused(random_network, wrong, text):
    with pytest.raises(InputError, match=text):
        replace(random_network(0), **wrong)


def test_points_and_values_are_not_changed(random_network):
    network = random_network(2)
    z, v, u = places(network, 2)
    copies = [array.copy() for array in (z, v, u)]
    network.latent_velocity(z, v, u)
    network.jacobian(z, u)
    network.full_velocity(network.current(z, v), u)
    for array, copy in zip((z, v, u), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    with pytest.raises(ValueError, match="read-only"):
        network.M[0] = 0
