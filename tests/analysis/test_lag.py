"""The membrane's low-pass: exact filtering, its error, and the tau that keeps it small."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.analysis.lag import filtered, lag_error, longest_tau
from lrfit.targets.input_signal import InputSignal


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
