"""The mean field has the fixed points, cycles, derivatives and scatter that are known for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

import lrfit
from lrfit.core.arrays import Array
from lrfit.networks.mixtures.mean_field import MeanField
from lrfit.networks.nonlinearity import nonlinearity

NOTHING = np.empty((1, 0))


def rank_one(*populations: dict[str, float], reach: float = 3.0, **more: Any) -> MeanField:
    """Populations of one latent variable, by the numbers that are not 0."""
    P = len(populations)
    mean, covariance = np.zeros((P, 3)), np.zeros((P, 3, 3))
    for p, given in enumerate(populations):
        mean[p] = [given.get(key, 0.0) for key in ("m", "nu", "b")]
        cross, var = given.get("cov", 0.0), given.get("var_m", 1.0)
        nu = given.get("var_nu", cross**2 / var)
        covariance[p] = [[var, cross, 0], [cross, nu, 0], [0, 0, given.get("var_b", 0.0)]]
    mixture = lrfit.Mixture(
        domain=lrfit.Domain(variables=("k",), lower=[-reach], upper=[reach]),
        share=np.full(P, 1 / P),
        mean=mean,
        covariance=covariance,
        nonlinearity=nonlinearity("tanh"),
        **more,
    )
    return MeanField(mixture=mixture)


def root(field: MeanField, low: float, high: float) -> float:
    at = brentq(lambda z: field.velocity(np.array([[z]]), NOTHING)[0, 0], low, high, xtol=1e-13)
    return float(at)


def slope(field: MeanField, z: float) -> float:
    return float(field.jacobian(np.array([[z]]), NOTHING)[0][0, 0, 0])


@pytest.mark.parametrize(("cov", "point"), [(1.2, 0.486282), (1.6, 0.948134), (2.0, 1.337109)])
def test_the_fixed_point_of_one_population(cov: float, point: float) -> None:
    field = rank_one({"cov": cov})
    assert root(field, 0.1, 4.0) == pytest.approx(point, abs=1e-6)
    assert slope(field, 0.0) == pytest.approx(cov - 1.0, abs=1e-12)
    if cov == 1.2:
        assert slope(field, root(field, 0.1, 4.0)) == pytest.approx(-0.291413, abs=1e-6)


def test_two_populations_have_three_stable_states() -> None:
    field = rank_one({"var_m": 1.98, "cov": -10.0}, {"var_m": 0.02, "cov": 4.5}, reach=9.0)
    middle, outer = root(field, 1.0, 4.0), root(field, 4.0, 9.0)

    def oracle(z: float) -> float:
        gains = [
            quad(lambda x, s=s: norm.pdf(x) / np.cosh(s * x) ** 2, -12, 12, points=[0], limit=400)
            for s in (np.sqrt(1.98) * z, np.sqrt(0.02) * z)
        ]
        return float(-z + 0.5 * z * (-10.0 * gains[0][0] + 4.5 * gains[1][0]))

    assert (oracle(middle), oracle(outer)) == pytest.approx((0.0, 0.0), abs=1e-8)
    assert (middle, outer) == pytest.approx((2.8661, 6.4523), abs=1e-4)
    assert slope(field, 0.0) < 0 < slope(field, middle)
    assert slope(field, outer) < 0


def test_two_populations_with_means_have_one_fixed_point() -> None:
    field = rank_one(
        {"m": 1.0, "nu": 3.0, "b": 0.8, "var_m": 0.3, "cov": 0.4, "var_b": 0.2},
        {"m": -0.6, "nu": -1.0, "b": -0.3, "var_m": 0.5, "cov": 1.2, "var_b": 0.1},
    )
    z = np.linspace(-6, 6, 2001)[:, None]
    signs = np.sign(field.velocity(z, np.empty((2001, 0)))[:, 0])
    assert np.count_nonzero(np.diff(signs)) == 1
    assert root(field, -6.0, 6.0) == pytest.approx(2.147681, abs=1e-6)


def test_a_rotating_population_turns_on_a_circle() -> None:
    cross = np.array([[1.6, -0.8], [0.8, 1.6]])
    covariance = np.zeros((5, 5))
    covariance[:2, :2], covariance[2:4, :2], covariance[:2, 2:4] = np.eye(2), cross, cross.T
    covariance[2:4, 2:4] = cross @ cross.T
    field = MeanField(
        mixture=lrfit.Mixture(
            domain=lrfit.Domain(variables=("x", "y"), lower=[-2, -2], upper=[2, 2]),
            share=[1.0],
            mean=np.zeros((1, 5)),
            covariance=[covariance],
            nonlinearity=nonlinearity("tanh"),
            symmetry="SO2",
        )
    )
    radius = 0.9481343
    for angle in (0.0, 2.0):
        e = np.array([np.cos(angle), np.sin(angle)])
        along = np.array([-e[1], e[0]])
        F = field.velocity(radius * e[None], NOTHING)[0]
        assert F @ e == pytest.approx(0.0, abs=1e-6)
        assert 2 * np.pi * radius / (F @ along) == pytest.approx(4 * np.pi, abs=1e-5)
        J = field.jacobian(radius * e[None], NOTHING)[0][0]
        assert e @ J @ e == pytest.approx(-0.577210, abs=1e-6)


def random_mixture(phi: str, seed: int = 0) -> MeanField:
    """Three populations, two latent variables, two inputs; everything is correlated."""
    rng = np.random.default_rng(seed)
    roots = 0.6 * rng.standard_normal((3, 7, 7))
    return MeanField(
        mixture=lrfit.Mixture(
            domain=lrfit.Domain(
                variables=("x", "y"),
                lower=[-2, -2],
                upper=[2, 2],
                inputs=("u", "w"),
                input_lower=[-1, -1],
                input_upper=[1, 1],
            ),
            share=[0.2, 0.5, 0.3],
            mean=rng.standard_normal((3, 7)),
            covariance=roots @ roots.transpose(0, 2, 1),
            nonlinearity=nonlinearity(phi),
            tau=0.7,
            center=[0.3, -0.2],
            direct_input=rng.standard_normal((2, 2)),
        )
    )


def places(field: MeanField, count: int) -> tuple[Array, Array]:
    return field.domain.from_box(np.random.default_rng(1).uniform(-1, 1, (count, 4)))


@pytest.mark.parametrize("phi", ["tanh", "erf", "sigmoid", "relu", "softplus", "sin"])
def test_the_jacobian_is_that_of_the_velocity(phi: str) -> None:
    field, step = random_mixture(phi), 1e-5
    z, u = places(field, 20)
    by_state, by_input = field.jacobian(z, u)
    for j in range(2):
        move = step * np.eye(2)[j]
        state = (field.velocity(z + move, u) - field.velocity(z - move, u)) / (2 * step)
        given = (field.velocity(z, u + move) - field.velocity(z, u - move)) / (2 * step)
        np.testing.assert_allclose(by_state[:, :, j], state, atol=1e-8)
        np.testing.assert_allclose(by_input[:, :, j], given, atol=1e-8)


@pytest.mark.parametrize("phi", ["tanh", "relu"])
def test_large_networks_have_the_mean_field_within_the_predicted_scatter(phi: str) -> None:
    """Many small networks, whose mean and covariance are those of theory: n is no limit here."""
    field, draws, n = random_mixture(phi), 600, 100
    z, u = places(field, 3)
    generator = np.random.default_rng(2)
    found = np.array([field.mixture.sampled(n, generator).velocity(z, u) for _ in range(draws)])
    scatter = field.scatter(z, u) / n
    sd = np.sqrt(np.diagonal(scatter, axis1=1, axis2=2))
    error = np.abs(found.mean(axis=0) - field.velocity(z, u))
    assert np.all(error < 4.5 * sd / np.sqrt(draws))
    for p in range(3):
        own = np.cov(found[:, p].T)
        scale = np.outer(sd[p], sd[p])
        assert np.all(np.abs(own - scatter[p]) < 5 * np.sqrt(2 / draws) * scale)


def test_the_scatter_of_fixed_points_is_the_predicted_one() -> None:
    field = rank_one({"cov": 1.2, "var_nu": 2.25})
    z = root(field, 0.1, 3.0)
    predicted = float(np.sqrt(field.scatter(np.array([[z]]), NOTHING)[0, 0, 0])) / -slope(field, z)
    assert predicted == pytest.approx(2.398, abs=1e-3)
    draws, n = 300, 1000
    found = []
    for seed in range(draws):
        network = field.mixture.sampled(n, np.random.default_rng(seed))
        at = np.array([[z]])
        for _ in range(30):
            F, J = network.velocity(at, NOTHING), network.jacobian(at, NOTHING)[0]
            at = at - np.clip(F / J[:, :, 0], -0.1, 0.1)
        found.append(at[0, 0])
    assert np.sqrt(n) * np.std(found) == pytest.approx(2.398, rel=0.1)


def test_the_scatter_of_the_field_over_the_box() -> None:
    field = rank_one({"cov": 1.2, "var_nu": 2.25})
    z, u = np.linspace(-2, 2, 81)[:, None], np.empty((81, 0))
    predicted = float(np.sqrt(np.mean(field.scatter(z, u))))
    assert predicted == pytest.approx(0.867, rel=0.01)
    n, wanted = 1000, field.velocity(z, u)
    networks = (field.mixture.sampled(n, np.random.default_rng(seed)) for seed in range(100))
    squares = [np.mean((network.velocity(z, u) - wanted) ** 2) for network in networks]
    assert np.sqrt(n * np.mean(squares)) == pytest.approx(predicted, rel=0.15)


def test_what_the_field_knows_of_itself() -> None:
    field = rank_one({"cov": 1.2})
    verdict = field.parity(field.domain).whole
    assert (verdict.kind, verdict.proved) == ("odd", True)
    biased = rank_one({"cov": 1.2, "nu": 1.0, "b": 0.3})
    assert biased.parity(biased.domain).whole.kind == "neither"
    shifted = rank_one({"cov": 1.2}, center=[0.5])
    assert shifted.parity(shifted.domain).whole.kind == "neither"

    made = random_mixture("tanh")
    assert made.affine_inputs(made.domain) == ()
    covariance, mean = made.mixture.covariance.copy(), made.mixture.mean.copy()
    covariance[:, 5], covariance[:, :, 5], mean[:, 5] = 0.0, 0.0, 0.0  # w reaches no neuron
    quiet = MeanField(
        mixture=lrfit.Mixture(
            domain=made.domain,
            share=made.mixture.share,
            mean=mean,
            covariance=covariance,
            nonlinearity=nonlinearity("tanh"),
            direct_input=made.mixture.direct_input,
        )
    )
    assert quiet.affine_inputs(quiet.domain) == ("w",)
    z, u = places(quiet, 5)
    by_input = quiet.jacobian(z, u)[1]
    np.testing.assert_allclose(by_input[:, :, 1], np.tile(quiet.mixture.direct_input[:, 1], (5, 1)))
