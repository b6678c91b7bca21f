from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov

from lrfit.simulation.noise import ColoredRates, Noise, RateNoise
from lrfit.simulation.simulate import simulate

WEAK = 1e-4
"""Slope of the neurons: so weak that tanh is linear on all that the noise reaches."""


def linear_network(random_network, seed=0, neurons=12):
    network = random_network(seed, D=2, U=0, neurons=neurons, tau=0.5)
    rng = np.random.default_rng(seed)
    M = rng.standard_normal((neurons, 2))
    N = rng.standard_normal((neurons, 2)) / neurons
    middle = network.domain.middle
    return replace(network, M=WEAK * M, N=N / WEAK, bias=np.zeros(neurons), center=middle)


def stationary(network, space, *, dt, **noise):
    run = simulate(
        network,
        duration=9.0,
        initial=np.repeat(network.center[None], 1500, axis=0),
        solver="euler",
        dt=dt,
        space=space,
        points=10,
        generator=np.random.default_rng(0),
        **noise,
    )
    z = (run.z[:, 4:] - network.center).reshape(-1, 2)
    return z.T @ z / len(z)


@pytest.mark.parametrize("space", ["latent", "full"])
def test_process_noise_has_the_stationary_covariance_of_the_linear_formula(random_network, space):
    network, s, dt = linear_network(random_network), np.array([0.02, 0.05]), 0.02
    A = (network.N.T @ network.M - np.eye(2)) / network.tau
    step = np.eye(2) + dt * A
    exact = solve_discrete_lyapunov(step, dt * np.diag(s**2))
    continuous = solve_continuous_lyapunov(A, -np.diag(s**2))
    found = stationary(network, space, dt=dt, process_noise=s)
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    np.testing.assert_allclose(found / size, exact / size, atol=0.04)
    np.testing.assert_allclose(continuous / size, exact / size, atol=0.1)


@pytest.mark.parametrize(("space", "neurons"), [("latent", 12), ("full", 12), ("latent", 1)])
def test_rate_noise_has_the_stationary_covariance_of_the_lyapunov_equation(
    random_network, space, neurons
):
    network, dt, theta = linear_network(random_network, 1, neurons), 0.02, 0.3
    sd = 1e-2 * WEAK
    k, decay = dt / network.tau, np.exp(-dt / theta)
    A = network.N.T @ network.M - np.eye(2)
    # State [z, eta]: eta decays by itself, with covariance sd² NᵀN, and drives z.
    step = np.block([[np.eye(2) + k * A, k * np.eye(2)], [np.zeros((2, 2)), decay * np.eye(2)]])
    fresh = np.zeros((4, 4))
    fresh[2:, 2:] = (1 - decay**2) * sd**2 * network.N.T @ network.N
    exact = solve_discrete_lyapunov(step, fresh)[:2, :2]
    found = stationary(network, space, dt=dt, rate_noise=sd, noise_time=theta)
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    np.testing.assert_allclose(found / size, exact / size, atol=0.05)


@pytest.mark.parametrize("form", ["latent", "full"])
def test_colored_rates_are_stationary_with_their_correlation_time(random_network, form):
    network = random_network(2, D=2, neurons=6)
    noise = Noise(
        process=np.zeros(2),
        rate=RateNoise(sd=0.3, correlation_time=0.5),
        generator=np.random.default_rng(0),
    )
    colored = ColoredRates(network, noise, 0.2, form)
    rows = np.array(colored.start(40_000).T)
    first = rows.copy()
    for _ in range(3):
        colored.advance(rows)
    covariance = 0.09 * (network.N.T @ network.N if form == "latent" else np.eye(6))
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    for value, expected in [
        (first @ first.T, covariance),
        (rows @ rows.T, covariance),
        (rows @ first.T, np.exp(-0.6 / 0.5) * covariance),
    ]:
        np.testing.assert_allclose(value / 40_000 / size, expected / size, atol=0.03)


def test_the_latent_form_draws_one_number_per_variable(random_network):
    network = random_network(3, D=2, neurons=50)
    noise = Noise(
        process=np.zeros(2),
        rate=RateNoise(sd=1.0, correlation_time=1.0),
        generator=np.random.default_rng(0),
    )
    ColoredRates(network, noise, 0.1, "latent").start(7)
    spent = np.random.default_rng(0)
    spent.standard_normal((2, 7))
    assert noise.generator.standard_normal() == spent.standard_normal()


def test_runs_are_repeated_by_their_seed(random_network):
    network = random_network(4)

    def run(seed, space):
        return simulate(
            network,
            duration=1.0,
            initial=np.repeat(network.center[None], 3, axis=0),
            solver="euler",
            space=space,
            process_noise=0.1,
            rate_noise=0.1,
            noise_time=0.1,
            generator=np.random.default_rng(seed),
        ).z

    for space in ("latent", "full"):
        np.testing.assert_array_equal(run(1, space), run(1, space))
        assert np.all(run(1, space)[:, 1:] != run(2, space)[:, 1:])
