"""Pushes of networks with known answers: linear ones return at their eigenvalues."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.linalg import expm

from lrfit.core.errors import InputError, UsageError
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.perturbation import Driven, Push, PushOptions, growth_rates
from lrfit.perturbation.perturb import perturb
from lrfit.perturbation.push import directions, pushes_for
from lrfit.perturbation.recovery import decay_rate, nearest_on_path
from lrfit.perturbation.response import Response, respond
from lrfit.perturbation.scatter import covariance, trusted
from lrfit.perturbation.separation import sensitivity, threshold
from lrfit.simulation.curve import Curve
from lrfit.simulation.simulate import simulate
from lrfit.systems.signals.sampled_signal import sampled_input

OMEGA, DURATION = 2.0, 6.0
DOMAIN = Domain(
    variables=("x", "y"),
    lower=np.array([-2.0, -6.0]),
    upper=np.array([2.0, 6.0]),
    inputs=("p", "q"),
    input_lower=np.array([-9.0, -9.0]),
    input_upper=np.array([9.0, 9.0]),
)


def circle(t: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(OMEGA * t), 3.0 * np.sin(OMEGA * t)], axis=-1)


def linear(slopes: ArrayLike, name: str = "linear") -> Driven:
    """dz/dt = A z + u, led along an ellipse; neurons of slope 1e-4 are straight lines."""
    A, tau, small = np.asarray(slopes, dtype=float), 0.5, 1e-4
    network = LowRankNetwork(
        M=small * np.eye(2),
        N=((tau * A + np.eye(2)) / small).T,
        bias=np.zeros(2),
        center=np.zeros(2),
        input_weights=np.zeros((2, 2)),
        direct_input=tau * np.eye(2),
        tau=tau,
        nonlinearity=nonlinearity("tanh"),
        domain=DOMAIN,
    )
    t = np.linspace(0.0, DURATION, 2001)
    velocity = OMEGA * np.stack([-np.sin(OMEGA * t), 3.0 * np.cos(OMEGA * t)], axis=-1)
    signal = sampled_input(DOMAIN, t, velocity - circle(t) @ A.T)
    return Driven(
        name=name, network=network, signal=signal, initial=circle(np.zeros(())), duration=DURATION
    )


def path() -> Curve:
    t = np.linspace(0.0, DURATION, 1001)
    return Curve(domain=DOMAIN, t=t, z=circle(t))


def test_exponents_are_the_logarithms_of_the_singular_values() -> None:
    A = np.array([[0.5, 1.0, 0.0], [-0.4, -0.8, 0.3], [0.2, 0.0, -2.0]])
    found = growth_rates(np.repeat(A[None], 500, axis=0), 0.006)
    expected = np.log(np.linalg.svd(expm(3.0 * A))[1]) / 3.0
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_exponents_far_apart_are_all_found() -> None:
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    A = turn @ np.diag([1.0, -30.0, -90.0]) @ turn.T
    found = growth_rates(np.repeat(A[None], 200, axis=0), 0.1)
    np.testing.assert_allclose(found, [1.0, -30.0, -90.0], rtol=1e-6)


@pytest.mark.parametrize("kind", ["state", "input"])
@pytest.mark.parametrize("eigenvalue", [-1.3, 0.4])
def test_a_linear_network_returns_at_its_eigenvalue(kind: str, eigenvalue: float) -> None:
    V = np.array([[1.0, 0.5], [0.2, 3.0]])
    A = V @ np.diag([eigenvalue, -4.0]) @ np.linalg.inv(V)
    curve = path()
    way = V[:, 0] / curve.scale
    push = Push(
        kind=kind,  # type: ignore[arg-type]  # parametrized
        label="eigenvector",
        time=1.0,
        direction=way / np.linalg.norm(way),
        width=0.2 if kind == "input" else 0.0,
    )
    sizes = (0.01, 0.1)
    response = respond(linear(A), curve, [push], sizes)
    after = (response.t > 1.21) & (response.t < 3.0)
    for a, size in enumerate(sizes):
        distance = response.distance[0, a]
        rate = decay_rate(response.t[after], distance[after], size)
        assert rate == pytest.approx(-eigenvalue, rel=1e-5)
        lasted = DURATION - 1.0
        pulse = (np.exp(eigenvalue * 0.2) - 1.0) / (eigenvalue * 0.2) * np.exp(-eigenvalue * 0.2)
        expected = size * np.exp(eigenvalue * lasted) * (pulse if kind == "input" else 1.0)
        assert distance[-1] == pytest.approx(expected, rel=5e-3)  # a jump falls on the nearest step


def test_before_a_push_nothing_moves_and_right_after_it_the_distance_is_the_amplitude() -> None:
    curve = path()
    pushes = pushes_for(curve, PushOptions(times=(2.0,), kinds=("state",)))
    response = respond(linear(-np.eye(2)), curve, pushes, (0.05, 0.2))
    assert np.all(response.distance[..., response.t < 1.99] == 0.0)
    k = int(np.searchsorted(response.t, 2.0)) + 1
    expected = np.array([0.05, 0.2]) * np.exp(-(response.t[k] - 2.0))
    np.testing.assert_allclose(response.distance[:, :, k], np.tile(expected, (2, 1)), rtol=5e-3)


def test_directions_are_orthonormal_and_the_first_is_the_velocity() -> None:
    curve = path()
    (first, along), (second, off) = directions(curve, 1.3)
    velocity = curve.velocity(np.array([1.3]))[0] / curve.scale
    assert (first, second) == ("along", "off 1")
    np.testing.assert_allclose(along, velocity / np.linalg.norm(velocity))
    assert along @ off == pytest.approx(0.0, abs=1e-12)
    assert np.linalg.norm(off) == pytest.approx(1.0)


def test_what_runs_ahead_is_shifted_in_time_and_not_off_the_path() -> None:
    t = np.linspace(0.0, 9.0, 901)
    free = np.stack([np.cos(t), np.sin(t)], axis=1)
    ahead = np.stack([np.cos(t + 0.3), np.sin(t + 0.3)], axis=1)
    pushed = np.stack([ahead, 1.1 * free])[None]
    shift, off = nearest_on_path(Response(t=t, free=free, pushed=pushed), reach=20)
    np.testing.assert_allclose(shift, [[0.3, 0.0]], atol=1e-4)
    np.testing.assert_allclose(off, [[0.0, 0.1 / np.sqrt(2.0)]], atol=1e-4)


@pytest.mark.parametrize("slope", [-1.5, 0.5])
def test_scatter_of_a_linear_network_is_that_of_its_ornstein_uhlenbeck_process(
    slope: float,
) -> None:
    t, noise = np.linspace(0.0, DURATION, 301), 0.2
    curve = path()
    runs = np.array([curve.at(t), 1.2 * curve.at(t)]) / curve.scale
    sigma = covariance(linear(slope * np.eye(2)), t, runs, curve.scale, noise)
    variance = noise**2 * (np.exp(2.0 * slope * t) - 1.0) / (2.0 * slope)
    np.testing.assert_allclose(sigma[:, :, 0, 0], np.array([variance] * 2), rtol=1e-6)
    np.testing.assert_allclose(sigma[:, :, 0, 1], 0.0, atol=1e-9)


def test_scatter_is_the_solution_of_the_lyapunov_equation_whatever_the_matrix() -> None:
    A = np.array([[-3.0, 8.0], [-1.0, 0.5]])
    t, curve = np.linspace(0.0, 2.0, 41), path()
    runs = np.array([curve.at(t)]) / curve.scale
    sigma = covariance(linear(A), t, runs, curve.scale, 1.0)[0, -1]
    J = A * curve.scale / curve.scale[:, None]
    s = np.linspace(0.0, 2.0, 4001)
    steps = expm(s[:, None, None] * J)
    integral = np.trapezoid(steps @ steps.transpose(0, 2, 1), s, axis=0)
    np.testing.assert_allclose(sigma, integral, rtol=2e-4)


def test_a_covariance_is_trusted_until_the_scatter_is_too_large_and_not_again() -> None:
    spread = np.array([[0.0, 0.1, 0.29, 0.31, 0.1], [0.0, 0.1, np.nan, 0.1, 0.1]])
    sigma = spread[:, :, None, None] ** 2 * np.eye(3)
    expected = [[True, True, True, False, False], [True, True, False, False, False]]
    assert trusted(sigma).tolist() == expected


def test_a_run_that_has_ended_tells_nothing() -> None:
    first = np.array([[0.0, 0.0], [1.0, np.nan]])
    found = sensitivity(first, np.ones((2, 2)), np.broadcast_to(4.0 * np.eye(2), (2, 2, 2)))
    np.testing.assert_allclose(found, [np.sqrt(0.5), 0.0])


def test_dprime_is_that_of_simulated_noisy_trials() -> None:
    curve, size, noise = path(), 0.3, 0.15
    first, second = linear([[-1.0, 0.3], [0.0, -0.5]]), linear([[-3.0, 0.0], [-2.0, -2.0]])
    push = Push(kind="state", label="x", time=0.0, direction=np.array([0.8, 0.6]), width=0.0)
    responses = [respond(each, curve, [push], (size,)) for each in (first, second)]
    t = responses[0].t
    sigma = 0.5 * sum(
        covariance(each, t, response.pushed[0], curve.scale, noise)[0]
        for each, response in zip((first, second), responses, strict=True)
    )
    k = 120
    expected = sensitivity(responses[0].pushed[0, 0], responses[1].pushed[0, 0], sigma)[k]
    start = circle(np.zeros(())) + size * np.sqrt(2.0) * curve.scale * push.direction
    trials = [
        simulate(
            each.network,
            duration=float(t[k]),
            initial=np.tile(start, (4000, 1)),
            signal=each.signal.function,
            solver="euler",
            dt=0.002,
            points=2,
            process_noise=noise * curve.scale,
            generator=np.random.default_rng(seed),
        ).z[:, -1]
        / curve.scale
        for seed, each in enumerate((first, second))
    ]
    gap = trials[0].mean(axis=0) - trials[1].mean(axis=0)
    pooled = 0.5 * (np.cov(trials[0].T) + np.cov(trials[1].T))
    assert np.sqrt(gap @ np.linalg.solve(pooled, gap)) == pytest.approx(expected, rel=0.06)
    assert expected > 1.0


def test_the_threshold_is_where_dprime_crosses_the_criterion() -> None:
    sizes = np.array([0.1, 0.2, 0.4])
    assert threshold(sizes, 5.0 * sizes, 1.5) == pytest.approx(0.3)
    assert threshold(sizes, 20.0 * sizes, 1.0) == pytest.approx(0.05)
    assert threshold(sizes, 0.5 + 20.0 * sizes, 1.0, free=0.5) == pytest.approx(0.025)
    assert threshold(sizes, sizes, 1.0, free=2.0) == 0.0
    assert np.isnan(threshold(sizes, sizes, 1.0))


def test_pairs_that_share_a_trajectory_are_told_apart_and_a_network_from_itself_is_not() -> None:
    slow, fast = linear(-0.3 * np.eye(2), "slow"), linear(-3.0 * np.eye(2), "fast")
    study = perturb([slow, fast, replace(slow, name="again")], PushOptions(times=(1.0, 2.0)))
    assert study.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert np.all(study.alike < 1e-6)
    assert np.all(study.free_dprime < 1e-3)
    np.testing.assert_allclose(study.return_rate[0], 0.3, rtol=1e-3)
    np.testing.assert_allclose(study.return_rate[1], 3.0, rtol=1e-3)
    np.testing.assert_allclose(study.exponents, [[-0.3] * 2, [-3.0] * 2, [-0.3] * 2], rtol=1e-4)
    assert np.all(np.diff(study.dprime[0], axis=1) > 0.0)
    assert study.best_push(0) is not None
    assert study.best_push(1) is None
    assert not study.separated


def test_the_most_telling_push_needs_the_smallest_amplitude_for_all_pairs() -> None:
    # The third network differs from the second in one direction only.
    networks = [linear(np.diag(rates)) for rates in ([-0.2, -0.2], [-3.0, -3.0], [-3.0, 0.3])]
    study = perturb(networks, PushOptions(times=(0.5,), kinds=("state",)))
    worst = np.max(np.where(np.isnan(study.threshold), np.inf, study.threshold), axis=0)
    assert study.separated
    assert study.telling == int(np.argmin(worst))


def test_drawn_pushes_repeat_with_their_seed() -> None:
    curve = path()
    first, same, other = (pushes_for(curve, PushOptions(draw=3, seed=s)) for s in (1, 1, 2))
    assert [push.time for push in first] == [push.time for push in same]
    assert [push.time for push in first] != [push.time for push in other]
    assert len(first) == 6
    assert all(np.linalg.norm(push.direction) == pytest.approx(1.0) for push in first)


@pytest.mark.parametrize(
    "options",
    [
        {"amplitudes": (0.2, 0.1)},
        {"amplitudes": ()},
        {"amplitudes": (-1.0,)},
        {"amplitudes": (0.1, 1e300)},
        {"times": (1.0,), "draw": 2},
        {"kinds": ("state", "state")},
        {"noise": 0.0},
        {"width": -1.0},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        PushOptions(**options)  # type: ignore[arg-type]  # that is the point


def test_pushes_and_networks_that_do_not_fit_are_refused() -> None:
    network = linear(-np.eye(2))
    with pytest.raises(UsageError, match="push earlier"):
        pushes_for(path(), PushOptions(times=(DURATION,)))
    with pytest.raises(UsageError, match="is longer"):
        perturb([network], PushOptions(duration=2.0 * DURATION))
    with pytest.raises(UsageError, match="at least one network"):
        perturb([])
    renamed = replace(DOMAIN, variables=("a", "b"))
    with pytest.raises(InputError, match="same ones"):
        perturb([network, replace(network, network=replace(network.network, domain=renamed))])
