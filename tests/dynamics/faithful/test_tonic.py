"""At which constant inputs a system is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics.faithful import tonic_inputs
from lrfit.systems.open import load_system

TEXT = """
name: driven
dynamics: {x: -x + u}
domain: {x: [-2, 2]}
inputs: {u: %s}
simulate: {initial: {x: 0}, duration: %g%s}
"""


def levels(signal: str | None, span: str = "[-1, 1]", duration: float = 20.0) -> list[float]:
    signals = "" if signal is None else f', signals: {{u: "{signal}"}}'
    return tonic_inputs(load_system((TEXT % (span, duration, signals)).encode()))[:, 0].tolist()


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (None, [0.0]),
        ("0.5", [0.5]),
        ("pulse(t, 5, 8) - pulse(t, 15, 17)", [0.0, 1.0, -1.0]),
        ("pulse(t, 5, 5.5)", [0.0, 1.0]),  # 2.5 % of the time
        ("pulse(t, 5, 5.12)", [0.0, 1.0]),  # 0.6 %
        ("pulse(t, 5, 5.08)", [0.0]),  # 0.4 %
        ("step(t, 3)", [1.0, 0.0]),  # the longest first
        ("0.5*cos(1.2*t)", [0.0]),  # a sine holds nothing, though it lingers at its ends
        ("0.5 + 0.3*sin(2*t)", [0.0]),  # and is looked at at rest, not at its mean
        ("0.4*step(t, 3) + (0.6*t/20 - 0.3)*pulse(t, 10, 20)", [0.4, 0.0]),  # nor does a ramp
    ],
)
def test_values_that_the_signal_holds_the_longest_first(
    signal: str | None, expected: list[float]
) -> None:
    np.testing.assert_allclose(levels(signal), expected, atol=1e-9)


def test_a_train_of_short_pulses_gives_both_of_its_levels() -> None:
    """3 % of the time: where spikes are made, and so where networks differ."""
    found = levels("pulse(t, 10, 12)", duration=60.0)
    np.testing.assert_allclose(found, [0.0, 1.0], atol=1e-9)
    two = levels("0.4*pulse(t, 10, 12) + 0.36*pulse(t, 40, 43)", duration=60.0)
    np.testing.assert_allclose(two, [0.0, 0.36, 0.4], atol=1e-9)


def test_at_most_six_values_those_held_longest() -> None:
    stairs = "0.1*step(t, 1) + 0.1*step(t, 2.5) + 0.1*step(t, 4.5) + 0.1*step(t, 7)"
    assert levels(stairs) == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0], abs=1e-9)
    longer = f"{stairs} + 0.1*step(t, 10) + 0.1*step(t, 13.5) + 0.1*step(t, 17.9)"
    # Held for 4.4, 3.5, 3, 2.5, 2.1, 2, 1.5 and 1.
    np.testing.assert_allclose(levels(longer), [0.6, 0.5, 0.4, 0.3, 0.7, 0.2], atol=1e-9)


def test_rest_is_the_middle_where_zero_is_out_of_range() -> None:
    assert levels(None, "[1, 3]") == [2.0]


def test_a_system_without_inputs_is_looked_at_once() -> None:
    assert tonic_inputs(load_system("lorenz")).shape == (1, 0)
