"""Symmetric mixtures have the fixed points that are known, and networks of orbits are exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

import lrfit
from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.fields.point_groups import Symmetry, equivariance_error, point_group
from lrfit.networks.mixtures.mean_field import MeanField, mean_field_of


def field_of(m: list[float], overlap: float, sd: float, symmetry: str, more: str = "") -> MeanField:
    """The mean field of the orbit of one population with mu_m . mu_nu = overlap."""
    names = ["x", "y", "z"][: len(m)]
    nu = [overlap * each / float(np.dot(m, m)) for each in m]
    text = (
        f"name: orbit\nlatent: {names}\ndomain: {{{', '.join(f'{n}: [-3, 3]' for n in names)}}}\n"
        f"populations:\n  - share: 1\n    mean: {{m: {m}, nu: {nu}{more}}}\n"
        f"    cov: {{m.m: {sd**2}}}\n    symmetry: {symmetry}\n"
    )
    found = mean_field_of(lrfit.load_system(text.replace("'", "").encode()).field)
    assert found is not None
    return found


def along(field: MeanField, direction: Array, low: float = 0.1, high: float = 2.6) -> float:
    """The fixed point on a ray where the field is radial by symmetry."""
    e = direction / np.linalg.norm(direction)

    def radial(r: float) -> float:
        F = field.velocity(r * e[None], np.empty((1, 0)))[0]
        assert np.linalg.norm(F - (F @ e) * e) < 1e-12
        return float(F @ e)

    return float(brentq(radial, low, high, xtol=1e-12))


def unstable(field: MeanField, direction: Array, radius: float) -> tuple[int, float]:
    """Unstable directions there, and the slowest rate."""
    z = radius * direction / np.linalg.norm(direction)
    rates = np.linalg.eigvals(field.jacobian(z[None], np.empty((1, 0)))[0][0]).real
    return int(np.sum(rates > 0)), float(np.min(np.abs(rates)))


def ray(degrees: float) -> Array:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


@pytest.mark.parametrize(
    ("length", "corners", "stable", "saddle"),
    [
        (1.4, 6, 1.092, 1.041),
        (2.0, 6, 0.776, None),
        (3.0, 6, 0.521, None),
        (5.0, 6, 0.314, None),
        (1.4, 8, 1.069, 1.062),
        (1.4, 12, 1.065, 1.065),
    ],
)
def test_clusters_on_a_polygon(
    length: float, corners: int, stable: float, saddle: float | None
) -> None:
    """Of six clusters the stable points lie at the clusters, of eight and of twelve between."""
    field = field_of([length, 0.0], 3.0, 0.2, f"C{corners}")
    assert field.mixture.populations == corners
    at, between = ray(0), ray(180 / corners)
    if corners > 6:
        at, between = between, at
    radius = along(field, at)
    assert radius == pytest.approx(stable, abs=1e-3)
    assert unstable(field, at, radius)[0] == 0
    radius = along(field, between)
    count, slowest = unstable(field, between, radius)
    assert count == 1
    if saddle is not None:
        assert radius == pytest.approx(saddle, abs=1e-3)
    if length == 1.4:
        wanted = {6: 0.104, 8: 0.020, 12: 0.0005}[corners]
        assert slowest == pytest.approx(wanted, abs=5e-4 if corners < 12 else 5e-5)


def test_an_odd_polygon_has_twice_its_corners_unless_neurons_have_a_bias() -> None:
    """tanh is odd, so that -z is a fixed point with z."""
    field = field_of([1.4, 0.0], 3.0, 0.2, "C3")
    for degrees in (0, 60):
        radius = along(field, ray(degrees))
        assert radius == pytest.approx(1.092, abs=1e-3)
        assert unstable(field, ray(degrees), radius)[0] == 0
    biased = field_of([1.4, 0.0], 3.0, 0.2, "C3", more=", b: 0.8")
    z, u = np.random.default_rng(0).uniform(-2, 2, (50, 2)), np.empty((50, 0))
    mirrored = biased.velocity(-z, u) + biased.velocity(z, u)
    assert np.sqrt(np.mean(mirrored**2)) > 0.1 * np.sqrt(np.mean(biased.velocity(z, u) ** 2))


def test_stable_points_of_a_square_and_a_cube_lie_on_the_axes_and_not_at_the_clusters() -> None:
    square = field_of([0.75**0.5] * 2, 4.0, 0.5, "cube")
    assert square.mixture.populations == 4
    for direction, radius, count in (([1, 0], 1.818, 0), ([1, 1], 1.429, 1)):
        found = along(square, np.array(direction, float))
        assert found == pytest.approx(radius, abs=1e-3)
        assert unstable(square, np.array(direction, float), found)[0] == count
    cube = field_of([0.99**0.5] * 3, 6.0, 0.1, "cube")
    assert cube.mixture.populations == 8
    for direction, radius, count in (([1, 0, 0], 1.917, 0), ([1, 1, 0], 1.358, 1),
                                     ([1, 1, 1], 1.443, 1)):  # fmt: skip
        found = along(cube, np.array(direction, float))
        assert found == pytest.approx(radius, abs=1e-3)
        assert (unstable(cube, np.array(direction, float), found)[0] > 0) == (count > 0)


@pytest.mark.parametrize(
    ("overlap", "corner", "edge", "axis"), [(4.0, 1.044, 0.855, 0.606), (5.0, 1.531, None, None)]
)
def test_clusters_on_the_axes_of_space(
    overlap: float, corner: float, edge: float | None, axis: float | None
) -> None:
    field = field_of([1.7, 0.0, 0.0], overlap, 0.1, "cube")
    assert field.mixture.populations == 6
    for direction, radius, stable in (([1, 1, 1], corner, True), ([1, 1, 0], edge, False),
                                      ([1, 0, 0], axis, False)):  # fmt: skip
        if radius is not None:
            found = along(field, np.array(direction, float))
            assert found == pytest.approx(radius, abs=1e-3)
            assert (unstable(field, np.array(direction, float), found)[0] == 0) == stable


def ring(dimension: int = 2) -> MeanField:
    names = ["x", "y", "z"][:dimension]
    text = (
        f"name: ring\nlatent: [{', '.join(names)}]\n"
        f"domain: {{{', '.join(f'{n}: [-2, 2]' for n in names)}}}\n"
        f"populations: [{{share: 1, cov: {{m.m: 1, nu.m: 1.6}}, symmetry: O{dimension}}}]\n"
    )
    found = mean_field_of(lrfit.load_system(text.encode()).field)
    assert found is not None
    return found


@pytest.mark.parametrize("dimension", [2, 3])
def test_one_population_without_direction_has_a_ring_or_a_sphere(dimension: int) -> None:
    field = ring(dimension)
    for direction in np.random.default_rng(0).standard_normal((3, dimension)):
        radius = along(field, direction)
        assert radius == pytest.approx(0.948134, abs=1e-6)
        z = radius * direction / np.linalg.norm(direction)
        rates = np.linalg.eigvalsh(field.jacobian(z[None], np.empty((1, 0)))[0][0])
        assert np.sum(np.abs(rates) < 1e-12) == dimension - 1
    symmetry = field.symmetry
    assert symmetry is not None
    assert equivariance_error(field, symmetry, field.domain) < 1e-12


def tangential(network: lrfit.LowRankNetwork, radius: float) -> float:
    """Rms tangential speed on a circle."""
    e = np.stack([ray(angle) for angle in np.arange(720) / 2])
    F = network.velocity(radius * e, np.empty((720, 0)))
    return float(np.sqrt(np.mean((F[:, 1] * e[:, 0] - F[:, 0] * e[:, 1]) ** 2)))


def test_the_drift_along_a_ring_falls_with_the_order_of_dihedral_orbits() -> None:
    """The trapezoid rule on a circle: faster than any power of the number of images."""
    mixture, radius = ring().mixture, 0.9
    drifts = {
        k: tangential(mixture.sampled(960, np.random.default_rng(3), orbits=f"D{k}"), radius)
        for k in (6, 12, 24, 48)
    }
    alone = tangential(mixture.sampled(960, np.random.default_rng(3)), radius)
    assert alone > 1e-3
    assert drifts[12] < 0.2 * drifts[6] < 0.2 * alone
    assert drifts[24] < 0.01 * drifts[12]
    assert drifts[48] <= 1e-10


@pytest.mark.parametrize(
    ("symmetry", "orbits", "neurons"), [("C6", "D6", 300), ("C6", "C3", 30), ("D6", "D6", 12)]
)
def test_networks_of_whole_orbits_are_exactly_equivariant(
    symmetry: str, orbits: str, neurons: int
) -> None:
    mixture = field_of([1.4, 0.0], 3.0, 0.2, symmetry).mixture
    network = mixture.sampled(neurons, np.random.default_rng(0), orbits=orbits)
    assert network.neurons == neurons
    symmetric = Symmetry(group=point_group(orbits, 2), center=np.zeros(2))
    assert equivariance_error(network, symmetric, network.domain) < 1e-12
    alone = mixture.sampled(neurons, np.random.default_rng(0))
    assert equivariance_error(alone, symmetric, network.domain) > 1e-2
    labels = mixture.labels(neurons, orbits=orbits)
    # Every neuron is of the population whose mean it is nearest to: sd 0.2 of means 1.4 apart.
    gaps = np.linalg.norm(network.M[:, None] - mixture.mean[None, :, :2], axis=2)
    assert np.mean(np.argmin(gaps, axis=1) == labels) > 0.9


def test_dihedral_orbits_keep_all_six_points_where_independent_neurons_may_not() -> None:
    mixture = field_of([1.4, 0.0], 3.0, 0.2, "C6").mixture
    for seed in range(5):
        network = mixture.sampled(300, np.random.default_rng(seed), orbits="D6")
        for degrees in (0, 30):  # on mirrors the field is radial, so that there is a fixed point
            e = ray(degrees)
            low, high = (network.velocity(r * e[None], np.empty((1, 0)))[0] @ e for r in (0.5, 2))
            assert low > 0 > high


def test_what_has_no_such_symmetry_is_refused() -> None:
    mixture = field_of([1.4, 0.0], 3.0, 0.2, "C6").mixture
    generator = np.random.default_rng(0)
    with pytest.raises(UsageError, match="orbits of D6 have 12: give a multiple of that"):
        mixture.sampled(1000, generator, orbits="D6")
    with pytest.raises(UsageError, match="not symmetric under D5"):
        mixture.sampled(100, generator, orbits="D5")
    with pytest.raises(UsageError, match="orbits of O2 are infinite; give a polygon's"):
        ring().mixture.sampled(100, generator, orbits="O2")
    with pytest.raises(InputError, match="images of a population under O2 are infinitely many"):
        field_of([1.4, 0.0], 3.0, 0.2, "O2")
