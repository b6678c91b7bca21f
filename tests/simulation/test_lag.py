"""The membrane's low-pass: exact filtering, its error, and the tau that keeps it small."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.simulation.lag import filtered, lag_error, longest_tau, state_error
from lrfit.systems.open import load_system
from lrfit.systems.signals.input_signal import InputSignal


def signal(function: object, names: tuple[str, ...] = ("u",)) -> InputSignal:
    level = np.zeros(len(names))
    return InputSignal(level=level, function=function, breakpoints=np.empty(0), names=names)  # type: ignore[arg-type]


def test_a_ramp_is_filtered_exactly() -> None:
    t, tau = np.linspace(0, 5, 301), 0.7
    v = filtered(t[:, None], tau * 300 / 5)
    np.testing.assert_allclose(v[:, 0], t - tau * (1 - np.exp(-t / tau)), atol=1e-12)


def test_a_constant_passes_unchanged() -> None:
    u = np.full((50, 2), [3.0, -1.0])
    np.testing.assert_allclose(filtered(u, 7.3), u, rtol=1e-12)


def test_a_sine_loses_what_the_linear_formula_says() -> None:
    omega, tau = 20.0, 0.05
    error = lag_error(signal(lambda t: np.sin(omega * t)[:, None]), 40 * np.pi, tau, (0,))
    assert error == pytest.approx(omega * tau / np.hypot(1, omega * tau), rel=0.02)


def test_no_lag_without_change_or_without_filtered_inputs() -> None:
    steady = InputSignal(level=np.ones(1), function=None, breakpoints=np.empty(0), names=("u",))
    assert lag_error(steady, 10.0, 1.0, (0,)) == 0.0
    assert lag_error(signal(lambda t: np.sin(t)[:, None]), 10.0, 1.0, ()) == 0.0
    assert longest_tau(steady, 10.0, (0,), error=0.1) == np.inf


def test_the_longest_tau_has_just_the_error_asked_for() -> None:
    pulse = signal(lambda t: ((t > 2) & (t < 4)).astype(float)[:, None])
    tau = longest_tau(pulse, 20.0, (0,), error=0.2)
    assert lag_error(pulse, 20.0, tau, (0,)) == pytest.approx(0.2, rel=1e-6)
    assert lag_error(pulse, 20.0, 2 * tau, (0,)) > 0.25


LINEAR = """
name: linear
dynamics: {x: -x + 2*u}
domain: {x: [-1, 1]}
inputs: {u: [-1, 1]}
simulate: {initial: {x: 0}, duration: 3, signals: {u: "0.5*step(t, 1)"}}
"""


def test_the_lag_of_the_state_is_that_of_the_exact_solutions() -> None:
    """From the step on x = 1 - exp(-s), and behind tau = 1/4: 1 - (4 exp(-s) - exp(-4 s))/3."""
    system, none = load_system(LINEAR), np.zeros((1, 1))
    s = np.clip(np.linspace(0, 3, 3001) - 1.0, 0.0, None)
    at_once, late = 1 - np.exp(-s), 1 - (4 * np.exp(-s) - np.exp(-4 * s)) / 3
    expected = np.sqrt(np.mean((late - at_once) ** 2) / np.mean(at_once**2))
    assert state_error(system, 0.25, (0,), none) == pytest.approx(expected, rel=2e-2)
    assert state_error(system, 0.25, (0,), np.array([[2.0]])) < 1e-9  # all of it acts at once
    half = state_error(system, 0.25, (0,), np.array([[1.0]]))
    assert half == pytest.approx(0.5 * expected, rel=2e-2)


def test_the_lag_of_the_state_is_not_known_where_nothing_is_declared() -> None:
    system, none = load_system(LINEAR), np.zeros((1, 1))
    assert np.isnan(state_error(system, 0.25, (), none))
    assert np.isnan(state_error(system, 1e-6, (0,), none))  # too many steps for one number
