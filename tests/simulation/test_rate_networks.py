"""Any rate network is simulated as its equation says, with inputs, noise and steps of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm, solve_discrete_lyapunov

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import Limits
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.simulation.simulate import simulate

several = settings(max_examples=6, deadline=None)
seeds = st.integers(0, 2**32 - 1)
WEAK = 1e-4
"""Currents so small that tanh is linear."""


def drawn(seed: int = 0, *, n: int = 7, **given: Any) -> FullRankNetwork:
    """A random network with two inputs, three outputs and time constants of each neuron."""
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "J": 1.5 * rng.normal(size=(n, n)) / np.sqrt(n),
        "tau": rng.uniform(0.3, 1.0, n),
        "nonlinearity": ["tanh", "sigmoid", "sin", "softplus", "tanh", "erf", "tanh"][:n],
        "input_weights": rng.normal(size=(n, 2)),
        "bias": 0.3 * rng.normal(size=n),
        "output_weights": rng.normal(size=(3, n)),
    }
    return FullRankNetwork(**(options | given))


def wave(t: Array) -> Array:
    return np.stack([np.where((t >= 0.5) & (t < 1.2), 1.0, 0.0), np.sin(3 * t)], axis=1)


def starts(network: FullRankNetwork, count: int = 3) -> Array:
    return np.random.default_rng(9).normal(size=(count, network.neurons))


@pytest.mark.parametrize("solver", ["dop853", "lsoda", "rk45"])
def test_error_controlled_runs_are_those_of_scipy_for_the_equation_itself(solver: Any) -> None:
    network = drawn(nonlinearity="tanh")
    run = simulate(
        network,
        duration=2.0,
        currents=starts(network),
        signal=wave,
        breakpoints=(0.5, 1.2),
        solver=solver,
        points=21,
        store_rates=True,
        rtol=1e-9,
    )
    J, W, b, tau = network.J, network.input_weights, network.bias, network.tau

    def equation(t: float, x: Array, pulse: float) -> Array:
        return (-x + J @ np.tanh(x) + W @ np.array([pulse, np.sin(3 * t)]) + b) / tau

    assert run.x is not None
    assert run.complete
    for trial, start in enumerate(starts(network)):
        x = start
        for first, last, pulse in ((0.0, 0.5, 0.0), (0.5, 1.2, 1.0), (1.2, 2.0, 0.0)):
            exact = solve_ivp(
                equation,
                (first, last),
                x,
                args=(pulse,),
                method="LSODA",
                rtol=1e-10,
                atol=1e-12,
                dense_output=True,
            )
            kept = (run.t >= first) & (run.t <= last)
            np.testing.assert_allclose(run.x[trial, kept], exact.sol(run.t[kept]).T, atol=1e-6)
            x = exact.y[:, -1]
    np.testing.assert_allclose(run.z, np.tanh(run.x) @ network.output_weights.T, atol=1e-12)
    np.testing.assert_array_equal(run.u[1], wave(run.t))
    np.testing.assert_array_equal(run.u, run.v)
    assert (run.space, run.domain.variables) == ("full", ("z0", "z1", "z2"))


@several
@given(seed=seeds, sparse=st.booleans())
def test_euler_is_the_recursion_by_which_such_networks_are_trained(seed: int, sparse: bool) -> None:
    dense = drawn(seed, dt=0.1, tau=0.5)
    network = dataclasses.replace(dense, J=sp.csr_array(dense.J)) if sparse else dense
    run = simulate(
        network, duration=2.0, currents=starts(network), signal=wave, points=21, store_rates=True
    )
    assert (run.solver, run.dt) == ("euler", 0.1)
    assert run.x is not None
    x, a = starts(network), 0.1 / 0.5
    for k in range(21):
        np.testing.assert_allclose(run.x[:, k], x, rtol=1e-12, atol=1e-12)
        u = wave(np.array([0.1 * k]))
        x = (1 - a) * x + a * (
            dense.rates(x) @ np.asarray(dense.J).T + u @ dense.input_weights.T + dense.bias
        )


@pytest.mark.parametrize("solver", ["dop853", "euler"])
def test_a_sparse_network_runs_as_the_dense_one(solver: Any) -> None:
    rng = np.random.default_rng(4)
    J = sp.random_array((60, 60), density=0.1, rng=rng, data_sampler=rng.standard_normal)
    options: dict[str, Any] = {
        "tau": rng.uniform(0.5, 1.0, 60),
        "nonlinearity": ["tanh"] * 40 + ["softplus"] * 20,
    }
    runs = [
        simulate(
            FullRankNetwork(J=matrix, **options),
            duration=2.0,
            currents=0.1 * rng_start,
            solver=solver,
            points=5,
        ).x
        for rng_start in [np.random.default_rng(5).normal(size=(4, 60))]
        for matrix in (J, J.toarray())
    ]
    assert runs[0] is not None
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-9, atol=1e-9)


def test_a_linear_network_follows_the_matrix_exponential() -> None:
    # Rectifying neurons that never rest are linear: phi(x) = x.
    rng = np.random.default_rng(2)
    J, b, tau = 0.3 * rng.normal(size=(4, 4)), np.full(4, 50.0), np.array([0.5, 0.7, 1.0, 2.0])
    network = FullRankNetwork(J=J, tau=tau, nonlinearity="relu", bias=b)
    A = (J - np.eye(4)) / tau[:, None]
    rest = np.linalg.solve(np.eye(4) - J, b)
    x0 = rest + rng.normal(size=4)
    run = simulate(network, duration=3.0, currents=x0, points=7, rtol=1e-11)
    assert run.x is not None
    exact = [rest + expm(A * t) @ (x0 - rest) for t in run.t]
    np.testing.assert_allclose(run.x[0], exact, rtol=1e-9)


@several
@given(seed=seeds, D=st.integers(1, 2), U=st.integers(0, 2), euler=st.booleans())
def test_a_low_rank_network_and_its_full_rank_form_have_the_same_trajectories(
    random_network: Any, seed: int, D: int, U: int, euler: bool
) -> None:
    low: LowRankNetwork = random_network(seed, D=D, U=U)
    full = FullRankNetwork.from_low_rank(low)
    domain = low.domain

    def signal(t: Array) -> Array:
        return domain.input_from_box(np.repeat(np.sin(2 * t)[:, None], U, axis=1))

    z0 = domain.state_from_box(np.random.default_rng(seed).uniform(-0.8, 0.8, (2, D)))
    v0 = np.repeat(signal(np.zeros(1)), 2, axis=0)
    options: dict[str, Any] = {"duration": 1.0, "signal": signal, "points": 5}
    options |= {"solver": "euler", "dt": 0.05} if euler else {"rtol": 1e-10}
    latent = simulate(low, initial=z0, store_rates=True, **options)
    rates = simulate(full, currents=low.lift(z0, v0), store_rates=True, **options)
    assert latent.x is not None
    assert rates.x is not None
    np.testing.assert_allclose(rates.x, latent.x, atol=1e-6, rtol=1e-6)
    size = 1 + np.abs(latent.x).max()
    np.testing.assert_allclose((rates.z - latent.z) / domain.half_width, 0.0, atol=1e-6 * size)


def test_without_a_start_currents_are_zero_and_a_spread_is_drawn_from_the_seed() -> None:
    network = drawn()
    options: dict[str, Any] = {
        "duration": 0.1,
        "points": 2,
        "solver": "euler",
        "store_rates": True,
    }
    rest = simulate(network, **options)
    assert rest.x is not None
    assert not np.any(rest.x[0, 0])
    spread = {**options, "spread": 0.5, "trials": 300, "currents": np.full(7, 2.0)}
    one, two, other = (simulate(network, **spread, seed=seed).x for seed in (1, 1, 2))
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one, two)  # type: ignore[arg-type]
    assert np.all(one[:, 0] != other[:, 0])
    assert np.mean(one[:, 0]) == pytest.approx(2.0, abs=0.05)
    assert np.std(one[:, 0]) == pytest.approx(0.5, abs=0.03)
    own = simulate(network, **spread, generator=np.random.default_rng(1)).x
    np.testing.assert_array_equal(one, own)  # type: ignore[arg-type]


def test_a_network_without_outputs_shows_its_currents() -> None:
    network = drawn(output_weights=np.empty((0, 7)))
    run = simulate(network, duration=0.5, points=3)
    assert run.z.shape == (1, 3, 0)
    assert run.x is not None
    assert run.x.shape == (1, 3, 7)
    assert simulate(drawn(), duration=0.5, points=3).x is None


@pytest.mark.parametrize("kind", ["process", "rate"])
def test_noise_has_the_stationary_covariance_of_the_lyapunov_equation(kind: str) -> None:
    rng, n, dt = np.random.default_rng(3), 3, 0.05
    J, tau, theta = 0.3 * rng.normal(size=(n, n)), np.array([0.4, 0.5, 0.8]), 0.3
    k = np.diag(dt / tau)
    step = np.eye(n) + k @ (J - np.eye(n))
    s, decay = WEAK * np.array([1.0, 0.5, 2.0]), np.exp(-dt / theta)
    noise: dict[str, Any] = {"process_noise": s}
    exact = solve_discrete_lyapunov(step, dt * np.diag(s**2))
    if kind == "rate":
        # State [x, xi]: xi decays by itself and enters x through J.
        noise = {"rate_noise": WEAK, "noise_time": theta}
        both = np.block([[step, k @ J], [np.zeros((n, n)), decay * np.eye(n)]])
        fresh = np.zeros((2 * n, 2 * n))
        fresh[n:, n:] = (1 - decay**2) * WEAK**2 * np.eye(n)
        exact = solve_discrete_lyapunov(both, fresh)[:n, :n]
    run = simulate(
        FullRankNetwork(J=J, tau=tau, nonlinearity="tanh"),
        duration=10.0,
        currents=np.zeros((1500, n)),
        solver="euler",
        dt=dt,
        points=11,
        **noise,
    )
    assert run.x is not None
    x = run.x[:, 5:].reshape(-1, n)
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    np.testing.assert_allclose(x.T @ x / len(x) / size, exact / size, atol=0.05)


def test_a_run_that_grows_without_end_stops_at_its_neuron() -> None:
    network = FullRankNetwork(J=np.diag([0.5, 3.0]), tau=1.0, nonlinearity="relu")
    for solver in ("dop853", "euler"):
        run = simulate(
            network,
            duration=20.0,
            currents=[[1.0, 1.0], [1.0, -1.0]],
            solver=solver,  # type: ignore[arg-type]
            limits=Limits(bound=100.0),
            points=41,
        )
        assert [ending.kind for ending in run.endings] == ["diverged", "done"]
        assert "neuron 1" in run.status[0]


class Still:
    """A target of the outputs' names."""

    domain = Domain(variables=("z0", "z1", "z2"), lower=np.full(3, -1.0), upper=np.ones(3))

    def velocity(self, z: Array, u: Array) -> Array:
        return 0 * z

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"space": "latent"}, "no latent form; give space='full'"),
        ({"initial": [0.0, 0.0, 0.0]}, "no latent state to start from; give initial currents"),
        ({"initial": {"x": 1.0}}, "no latent state to start from"),
        ({"target": Still()}, "a target is followed from a state"),
        ({"target": True}, "target is not known"),
        ({"currents": np.zeros(6)}, r"shape \(6,\); give 7 numbers, one per neuron"),
        ({"currents": [0.0] * 6 + [np.inf]}, "neuron 6 in run 0 is inf"),
        ({"signal": [1.0]}, "one per input"),
        ({"solver": "euler", "dt": 0.7}, "where Euler diverges"),
        ({"process_noise": 0.1}, "use the solver euler"),
        ({"process_noise": [0.1] * 3, "solver": "euler"}, "7 of them"),
        ({"store_rates": True, "points": 10**8}, "fewer points"),
    ],
)
def test_what_such_a_network_cannot_do_is_one_clear_line(
    options: dict[str, Any], text: str
) -> None:
    with pytest.raises(UsageError, match=text) as found:
        simulate(drawn(), **({"duration": 1.0} | options))
    assert "\n" not in str(found.value)


def test_a_network_from_outside_needs_only_the_attributes_of_a_rate_network() -> None:
    class Ring:
        """Neurons that excite their neighbours, without a matrix."""

        neurons, tau, dt = 5, 0.4, None
        bias, full_input_weights = np.full(5, 0.1), np.empty((5, 0))
        state_domain = Domain(variables=("mean",), lower=np.array([-1.0]), upper=np.array([1.0]))

        def rates(self, x: Array) -> Array:
            return np.tanh(x)

        def recurrent(self, rates: Array) -> Array:
            return 0.8 * (np.roll(rates, 1, axis=1) + np.roll(rates, -1, axis=1))

        def full_velocity(self, x: Array, u: Array) -> Array:
            return (self.recurrent(self.rates(x)) + self.bias - x) / self.tau

        def full_jacobian(self, x: Array, u: Array) -> Array:
            raise NotImplementedError

        def lift(self, z: Array, v: Array) -> Array:
            return np.repeat(z, 5, axis=1)

        def readout(self, x: Array, v: Array) -> Array:
            return x.mean(axis=1, keepdims=True)

    ring = np.roll(np.eye(5), 1, axis=0)
    same = FullRankNetwork(
        J=0.8 * (ring + ring.T), tau=0.4, nonlinearity="tanh", bias=np.full(5, 0.1)
    )
    for solver in ("dop853", "euler"):
        options: dict[str, Any] = {"duration": 2.0, "points": 5, "solver": solver}
        run = simulate(Ring(), initial=[0.3], store_rates=True, **options)
        matrix = simulate(same, currents=np.full(5, 0.3), **options)
        np.testing.assert_allclose(run.x, matrix.x, atol=1e-9)  # type: ignore[arg-type]
        np.testing.assert_allclose(run.z[..., 0], run.x.mean(axis=2))  # type: ignore[union-attr]


@pytest.mark.parametrize("solver", ["dop853", "euler"])
def test_a_low_rank_network_may_start_from_currents_outside_its_latent_space(
    random_network: Any, solver: Any
) -> None:
    network: LowRankNetwork = random_network(1, D=2, U=0, neurons=6)
    x0 = network.lift(network.center[None], np.empty((1, 0)))[0]
    outside = np.linalg.svd(network.M)[0][:, -1]  # orthogonal to the columns of M
    run = simulate(
        network,
        duration=2.0,
        currents=x0 + outside,
        space="full",
        solver=solver,
        points=5,
        store_rates=True,
    )
    assert run.x is not None
    left = run.x[0] @ outside - network.bias @ outside
    step = 1.0 - 0.1 if solver == "euler" else np.exp(-0.1)
    decay = (1.0 + (x0 - network.bias) @ outside) * step ** (run.t / (network.tau / 10))
    np.testing.assert_allclose(left, decay, atol=1e-7)
    with pytest.raises(UsageError, match="belong to the full form"):
        simulate(network, duration=1.0, currents=x0)
