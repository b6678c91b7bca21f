"""A trajectory as a curve: its velocity, its own scale and rate, and distances from it."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.simulation.curve import Curve, curve_of
from lrfit.simulation.trajectory import simulate_target
from lrfit.systems.open import load_system

DOMAIN = Domain(variables=("x", "y"), lower=np.array([-2.0, -9.0]), upper=np.array([2.0, 9.0]))
OMEGA, SIZE = 1.5, np.array([1.0, 4.0])


def ellipse(points: int = 801, turns: float = 3.0) -> Curve:
    t = np.linspace(0.0, turns * 2.0 * np.pi / OMEGA, points)
    z = SIZE * np.stack([np.cos(OMEGA * t), np.sin(OMEGA * t)], axis=1)
    return Curve(domain=DOMAIN, t=t, z=z)


def test_an_ellipse_has_the_scale_rate_and_velocity_of_its_formula() -> None:
    curve, t = ellipse(), np.array([0.3, 2.0, 7.7])
    np.testing.assert_allclose(curve.scale, SIZE / np.sqrt(2.0), rtol=2e-3)
    assert curve.rate == pytest.approx(OMEGA, rel=2e-3)
    phase = OMEGA * t
    velocity = OMEGA * SIZE * np.stack([-np.sin(phase), np.cos(phase)], axis=1)
    np.testing.assert_allclose(curve.velocity(t), velocity, atol=1e-8)
    np.testing.assert_allclose(curve.acceleration(t), -(OMEGA**2) * curve.at(t), atol=1e-5)


def test_distances_are_in_rms_excursions_whatever_the_units() -> None:
    curve, t = ellipse(), np.array([1.0])
    away = curve.at(t) + 0.3 * curve.scale
    assert curve.deviation(t, away)[0] == pytest.approx(0.3)


def test_a_shorter_curve_is_the_same_curve() -> None:
    curve, t = ellipse(), np.linspace(0.0, 4.0, 17)
    np.testing.assert_allclose(curve.until(4.0).at(t), curve.at(t), atol=1e-9)


def test_what_is_no_path_is_refused() -> None:
    t = np.linspace(0.0, 10.0, 100)
    with pytest.raises(InputError, match="rests"):
        Curve(domain=DOMAIN, t=t, z=np.ones((100, 2)))
    with pytest.raises(InputError, match="not finite"):
        Curve(domain=DOMAIN, t=t, z=np.full((100, 2), np.nan))
    with pytest.raises(InputError, match="at least 32"):
        Curve(domain=DOMAIN, t=t[:9], z=np.ones((9, 2)))
    with pytest.raises(InputError, match="give more points"):
        ellipse(points=40)


def test_a_run_that_ended_early_is_refused() -> None:
    system = load_system("name: out\ndynamics: {x: x**2}\ndomain: {x: [0.5, 2]}\n")
    trajectory = simulate_target(system, duration=5.0, initial=[1.0])
    with pytest.raises(InputError, match="trial 0 diverged at t="):
        curve_of(trajectory)
    with pytest.raises(InputError, match="no trial 1"):
        curve_of(trajectory, 1)
