"""Many trajectories at once against closed forms and scipy; orders; how they end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lrfit.core.arrays import Array
from lrfit.integrate.tracks import ARRIVED, GOING, OUTSIDE, STUCK, trace

MU = 30.0


def van_der_pol(y: Array) -> Array:
    return np.stack([y[:, 1], MU * (1 - y[:, 0] ** 2) * y[:, 1] - y[:, 0]], axis=1)


def jacobian(y: Array) -> Array:
    J = np.zeros((len(y), 2, 2))
    J[:, 0, 1] = 1.0
    J[:, 1, 0] = -2 * MU * y[:, 0] * y[:, 1] - 1
    J[:, 1, 1] = MU * (1 - y[:, 0] ** 2)
    return J


def turn(y: Array) -> Array:
    return np.stack([-y[:, 1], y[:, 0]], axis=1)


def turning(y: Array) -> Array:
    return np.broadcast_to([[0.0, -1.0], [1.0, 0.0]], (len(y), 2, 2))


@pytest.mark.parametrize(("implicit", "accurate"), [(False, False), (False, True), (True, False)])
def test_a_circle_is_followed_to_its_tolerance(implicit: bool, accurate: bool) -> None:
    found = trace(
        turn,
        np.array([[1.0, 0.0], [0.0, 2.0]]),
        rounds=10_000,
        duration=np.array([1.0, 7.0]),
        jacobian=turning if implicit else None,
        accurate=accurate,
        rtol=1e-9,
    )
    assert list(found.ended) == [ARRIVED, ARRIVED]
    np.testing.assert_allclose(found.tracks[0].y[-1], [np.cos(1), np.sin(1)], atol=1e-8)
    np.testing.assert_allclose(found.tracks[1].y[-1], [-2 * np.sin(7), 2 * np.cos(7)], atol=1e-7)


@pytest.mark.parametrize(("implicit", "accurate", "order"), [(0, 0, 5), (0, 1, 8), (1, 0, 4)])
def test_work_grows_as_the_order_of_the_method_says(
    implicit: int, accurate: int, order: int
) -> None:
    """Steps grow like tolerance^(-1/order), and the error falls with the tolerance."""
    steps, errors = [], []
    for rtol in (1e-6, 1e-10):
        found = trace(
            turn,
            np.array([[1.0, 0.0]]),
            rounds=100_000,
            duration=20.0,
            jacobian=turning if implicit else None,
            accurate=bool(accurate),
            rtol=rtol,
        )
        steps.append(found.rounds)
        errors.append(np.linalg.norm(found.tracks[0].y[-1] - [np.cos(20), np.sin(20)]))
    growth = np.log(steps[1] / steps[0]) / np.log(1e4)
    assert growth == pytest.approx(1.0 / order, abs=0.06)
    assert errors[1] < 1e-3 * errors[0]


def test_a_stiff_oscillator_takes_few_implicit_steps_and_agrees_with_scipy() -> None:
    start = np.array([[2.0, 0.0]])
    exact = solve_ivp(
        lambda _, y: van_der_pol(y[None])[0],
        (0, 40),
        start[0],
        method="Radau",
        rtol=1e-11,
        atol=1e-12,
    ).y[:, -1]
    explicit = trace(van_der_pol, start, rounds=100_000, duration=40.0, rtol=1e-7)
    implicit = trace(
        van_der_pol, start, rounds=100_000, duration=40.0, jacobian=jacobian, rtol=1e-7
    )
    for found in (explicit, implicit):
        np.testing.assert_allclose(found.tracks[0].y[-1], exact, atol=2e-5)
    assert implicit.rounds < 0.7 * explicit.rounds


def test_states_between_steps_are_those_of_the_trajectory() -> None:
    found = trace(turn, np.array([[1.0, 0.0]]), rounds=1000, duration=5.0, rtol=1e-8)
    t = np.linspace(0.0, 5.0, 400)
    np.testing.assert_allclose(
        found.tracks[0].at(t), np.stack([np.cos(t), np.sin(t)], axis=1), atol=1e-5
    )


def test_trajectories_do_not_depend_on_those_beside_them() -> None:
    starts = np.random.default_rng(0).uniform(-2, 2, (5, 2))
    together = trace(van_der_pol, starts, rounds=300)
    for k, start in enumerate(starts):
        alone = trace(van_der_pol, start[None], rounds=300)
        t = np.linspace(0.0, 0.9 * alone.tracks[0].t[-1], 50)
        np.testing.assert_allclose(
            alone.tracks[0].at(t), together.tracks[k].at(t), rtol=1e-6, atol=1e-6
        )


def test_how_trajectories_end() -> None:
    def grows(y: Array) -> Array:
        return y**2

    found = trace(grows, np.array([[1.0], [-1.0]]), rounds=400, bound=100.0)
    assert list(found.ended) == [OUTSIDE, GOING]
    pole = trace(grows, np.array([[1.0]]), rounds=4000)  # 1 / (1 - t)
    assert pole.ended[0] == STUCK
    assert pole.tracks[0].t[-1] == pytest.approx(1.0, abs=1e-3)
    nowhere = trace(lambda y: np.full_like(y, np.nan), np.array([[1.0]]), rounds=10)
    assert nowhere.ended[0] == STUCK


def test_a_continuation_is_joined_without_a_seam() -> None:
    first = trace(turn, np.array([[1.0, 0.0]]), rounds=50)
    second = trace(turn, first.tracks[0].y[-1:], rounds=50, step=first.step)
    track = first.tracks[0].joined(second.tracks[0])
    assert np.all(np.diff(track.t) > 0)
    np.testing.assert_allclose(
        track.y, np.stack([np.cos(track.t), np.sin(track.t)], axis=1), atol=1e-4
    )
    late = track.after(track.t[60])
    assert late.t[0] == track.t[60]
