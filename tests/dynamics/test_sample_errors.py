"""Errors of measured fields: against the true field, with and without noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.dynamics.faithful.interpolation import interpolation_error
from lrfit.dynamics.sample_errors import field_errors
from lrfit.dynamics.support import reliable, support_of
from lrfit.fields.data import SampledData, grid_data, scattered_data
from lrfit.fields.interpolation import SampledField
from lrfit.systems.open import load_system
from lrfit.systems.system import System

FITZHUGH = b"""
name: fhn
dynamics: {v: v - v**3/3 - w + 0.5, w: 0.08*(v + 0.7 - 0.8*w)}
domain: {v: [-2.5, 2.5], w: [-1, 2]}
"""


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(FITZHUGH)


def measured(system: System, data: SampledData) -> System:
    field = SampledField(data=data, domain=system.domain)
    return replace(system, field=field)


def noisy(system: System, count: int, noise: float, seed: int = 0) -> System:
    """Uniform samples; noise over the rms of each variable's velocity."""
    rng = np.random.default_rng(seed)
    z = system.domain.state_from_box(rng.uniform(-1, 1, (count, 2)))
    u = np.empty((count, 0))
    velocity = system.velocity(z, u)
    size = np.sqrt(np.mean(velocity**2, axis=0))
    noisy = velocity + noise * size * rng.standard_normal(velocity.shape)
    return measured(system, scattered_data(z, u, noisy))


def gridded(system: System, count: int, noise: float = 0.0) -> System:
    rng = np.random.default_rng(1)
    axes = (np.linspace(-2.5, 2.5, count), np.linspace(-1, 2, count))
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    velocity = system.velocity(nodes, np.empty((len(nodes), 0)))
    size = np.sqrt(np.mean(velocity**2, axis=0))
    velocity = velocity + noise * size * rng.standard_normal(velocity.shape)
    return measured(system, grid_data(axes, velocity.reshape(count, count, 2)))


def true_errors(system: System, sampled: System) -> np.ndarray:
    """Rms error over the rms velocity, by variable, at fresh places that the samples know."""
    zeta = np.random.default_rng(9).uniform(-1, 1, (4000, 2))
    support = support_of(sampled)
    if support is not None:
        zeta = zeta[support.known(zeta)]
    z, u = system.domain.state_from_box(zeta), np.empty((len(zeta), 0))
    truth = system.velocity(z, u)
    left = sampled.velocity(z, u) - truth
    return np.sqrt(np.mean(left**2, axis=0) / np.mean(truth**2, axis=0))


@pytest.mark.parametrize("count", [500, 1500])
@pytest.mark.parametrize("noise", [0.01, 0.03, 0.1])
def test_noise_and_field_are_told_apart_on_scattered_samples(
    system: System, noise: float, count: int
) -> None:
    sampled = noisy(system, count, noise)
    found = field_errors(sampled)
    assert found is not None
    np.testing.assert_allclose(found.noise, noise, rtol=0.2)
    ratio = found.field / true_errors(system, sampled)
    assert np.all((ratio > 0.75) & (ratio < 1.5))  # half of the samples know a little less


def test_the_error_is_that_of_the_interpolation_which_all_samples_get(system: System) -> None:
    """Beyond 4,096 samples it is by local quadratics, also where a half is fewer than that: with
    noise their error is twice that of the cubic through the same samples.
    """
    sampled, fewer = noisy(system, 4500, 0.01), noisy(system, 4000, 0.01)
    assert (sampled.interpolation, fewer.interpolation) == ("quadratic", "cubic")
    local, cubic = field_errors(sampled), field_errors(fewer)
    assert local is not None
    assert cubic is not None
    assert np.all(local.field > 1.5 * cubic.field)
    ratio = local.field / true_errors(system, sampled)
    assert np.all((ratio > 0.5) & (ratio < 1.5))  # rare places decide the rms of either


@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_noise_and_field_are_told_apart_on_grids(system: System, noise: float) -> None:
    sampled = gridded(system, 31, noise)
    found = field_errors(sampled)
    assert found is not None
    np.testing.assert_allclose(found.noise, noise, rtol=0.15)
    np.testing.assert_allclose(found.field, true_errors(system, sampled), rtol=0.35)


def test_a_smooth_grid_has_no_noise_and_no_error_beyond_its_splines(system: System) -> None:
    """Not-a-knot cubic splines reproduce cubics: the field is one."""
    found = field_errors(gridded(system, 21))
    assert found is not None
    assert np.max(found.noise) < 1e-12
    assert found.overall < 1e-12


def test_errors_of_smooth_samples_fall_with_their_number(system: System) -> None:
    few, many = (interpolation_error(noisy(system, count, 0.0)) for count in (200, 3000))
    assert few is not None
    assert many is not None
    assert many < 0.1 * few


def test_the_overall_error_is_that_of_all_variables_together(system: System) -> None:
    sampled = noisy(system, 500, 0.05)
    found = field_errors(sampled)
    assert found is not None
    squares = np.sum((found.field * found.size) ** 2) / np.sum(found.size**2)
    assert interpolation_error(sampled) == pytest.approx(np.sqrt(squares), rel=1e-12)


def test_noise_between_trajectories_is_seen(system: System) -> None:
    """Along a line its samples agree; beside it the interpolation follows their noise."""
    rng = np.random.default_rng(0)
    starts = rng.uniform(-0.9, 0.9, (12, 2))
    turns = np.linspace(0, 1, 60)[:, None]
    paths = [a + 0.3 * turns * np.array([np.cos(k), np.sin(k)]) for k, a in enumerate(starts)]
    zeta = np.clip(np.concatenate(paths), -1, 1)
    z, u = system.domain.state_from_box(zeta), np.empty((len(zeta), 0))
    velocity = system.velocity(z, u)
    size = np.sqrt(np.mean(velocity**2, axis=0))
    velocity = velocity + 0.01 * size * rng.standard_normal(velocity.shape)
    sampled = measured(system, scattered_data(z, u, velocity))
    found = field_errors(sampled)
    assert found is not None
    np.testing.assert_allclose(found.noise, 0.01, rtol=0.3)
    assert np.all(found.field > 2.0 * found.noise)
    assert reliable(sampled)


def test_exact_samples_are_reliable_and_noisy_ones_are_not(system: System) -> None:
    assert reliable(noisy(system, 1500, 0.0)) == ""
    assert reliable(noisy(system, 1500, 0.01)) == ""
    why = reliable(noisy(system, 1500, 0.1))
    assert "known only from 1500 points" in why
    assert "with noise of 0.1" in why
    assert "dv/dt" in why or "dw/dt" in why
    assert reliable(gridded(system, 21)) == ""
    assert reliable(gridded(system, 21, 0.1))


def test_targets_that_are_not_measured_have_no_error(system: System) -> None:
    assert field_errors(system) is None
    assert interpolation_error(system) is None
    assert reliable(system) == ""


def test_too_few_points_say_nothing(system: System) -> None:
    assert interpolation_error(noisy(system, 5, 0.0)) is None
    assert interpolation_error(gridded(system, 4)) is None


def test_a_variable_that_never_moves_is_known(system: System) -> None:
    rng = np.random.default_rng(0)
    z, u = system.domain.state_from_box(rng.uniform(-1, 1, (200, 2))), np.empty((200, 0))
    velocity = np.stack([z[:, 0], np.zeros(200)], axis=1)
    found = field_errors(measured(system, scattered_data(z, u, velocity)))
    assert found is not None
    assert found.field[1] == 0.0
    assert np.all(np.isfinite(found.field))
