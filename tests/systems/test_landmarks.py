import numpy as np
import pytest

from lrfit.systems.landmarks import (
    fixed_points,
    landmarks,
    local_speeds,
    on_attractors,
    on_border,
    on_separatrices,
)
from lrfit.systems.open import load_system
from lrfit.systems.transforms.discrete import discretized

SADDLE = b"name: saddle\ndynamics: {x: x - x**3, y: -y}\ndomain: {x: [-2, 2], y: [-4, 4]}\n"


def rng():
    return np.random.default_rng(0)


def test_newton_finds_all_27_fixed_points_of_three_bits_and_nothing_else():
    system = load_system("flip_flop_3bit")
    found = fixed_points(system, 1536, rng())
    at_rest = found[np.all(np.abs(found[:, 3:]) < 1e-9, axis=1), :3] * 1.8
    distinct = np.unique(np.round(at_rest, 6) + 0.0, axis=0)
    assert len(distinct) == 27
    assert set(np.unique(distinct)) == {-1.0, 0.0, 1.0}


def test_newton_walks_to_a_whole_ring_of_fixed_points():
    system = load_system("ring_attractor")
    found = fixed_points(system, 512, rng())
    at_rest = found[np.abs(found[:, 2]) < 1e-9, :2] * 1.6
    radius = np.linalg.norm(at_rest, axis=1)
    on_ring = radius > 0.5
    np.testing.assert_allclose(radius[on_ring], 1.0, atol=1e-6)
    angle = np.arctan2(*at_rest[on_ring].T)
    assert np.histogram(angle, 8, (-np.pi, np.pi))[0].min() > 0


def test_attractors_are_where_long_runs_are():
    system = load_system("hopf_normal_form")
    places = on_attractors(system, 256, rng())
    assert len(places) == 256
    np.testing.assert_allclose(np.linalg.norm(places * 1.6, axis=1), 1.0, atol=1e-3)


def test_separatrices_lead_to_the_saddle():
    system = load_system(SADDLE)
    places = on_separatrices(system, fixed_points(system, 64, rng()), rng())
    assert np.abs(places[:, 0]).max() <= 0.03  # the line x = 0, from which both wells part
    assert np.abs(places[:, 1]).max() > 0.8


def test_the_local_speed_is_the_rms_speed_within_the_blur():
    system = load_system(SADDLE)
    places = np.array([[0.0, 0.0], [0.5, 0.0], [0.2, -0.7]])
    blur = 0.03 * rng().uniform(-1, 1, (20_000, 2))
    half = system.domain.half_width
    for place, speed in zip(places, local_speeds(system, places), strict=True):
        gamma = system.velocity((place + blur) * half, np.empty((len(blur), 0))) / half
        assert np.sqrt(np.mean(np.sum(gamma**2, axis=1))) == pytest.approx(speed, rel=0.02)


def test_the_border_is_where_the_field_points_inwards():
    system = load_system("van_der_pol")
    places = on_border(system, 512, rng())
    assert len(places) > 100
    assert np.all(np.abs(places).max(axis=1) == 1.0)
    z = places * system.domain.half_width
    step = z + 1e-6 * system.velocity(z, np.empty((len(z), 0)))
    assert np.all(np.abs(step / system.domain.half_width).max(axis=1) < 1.0)


def test_landmarks_are_as_many_as_asked_in_the_box_and_repeated_by_their_seed():
    system = load_system("decision_wong_wang")
    places = landmarks(system, 300, rng())
    assert places.shape == (300, 3)
    assert np.abs(places).max() <= 1.0
    np.testing.assert_array_equal(places, landmarks(system, 300, rng()))
    np.testing.assert_array_equal(places, landmarks(discretized(system, 0.1), 300, rng()))


def test_a_field_without_any_has_no_landmarks():
    system = load_system(b"name: wind\ndynamics: {x: 1 + 0*x}\ndomain: {x: [-1, 1]}\n")
    assert landmarks(system, 100, rng()).shape == (0, 1)
