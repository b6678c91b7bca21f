"""At which constant inputs a system is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics.faithful import tonic_inputs
from lrfit.targets.system import load_system

TEXT = """
name: driven
dynamics: {x: -x + u}
domain: {x: [-2, 2]}
inputs: {u: %s}
simulate: {initial: {x: 0}, duration: 20%s}
"""


def levels(signal: str | None, span: str = "[-1, 1]") -> list[float]:
    signals = "" if signal is None else f', signals: {{u: "{signal}"}}'
    return tonic_inputs(load_system((TEXT % (span, signals)).encode()))[:, 0].tolist()


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (None, [0.0]),
        ("0.5", [0.5]),
        ("pulse(t, 5, 8) - pulse(t, 15, 17)", [0.0, 1.0, -1.0]),
        ("pulse(t, 5, 5.5)", [0.0]),  # held for 2.5 % of the time: too short to matter
        ("step(t, 3)", [1.0, 0.0]),  # the longest first
        ("0.5*cos(1.2*t)", [0.0]),  # a sine holds nothing, though it lingers at its ends
    ],
)
def test_values_that_the_signal_holds_the_longest_first(
    signal: str | None, expected: list[float]
) -> None:
    np.testing.assert_allclose(levels(signal), expected, atol=1e-9)


def test_at_most_three_values() -> None:
    stairs = "0.2*step(t, 2) + 0.2*step(t, 5) + 0.2*step(t, 9) + 0.2*step(t, 14)"
    np.testing.assert_allclose(levels(stairs), [0.8, 0.6, 0.4], atol=1e-9)


def test_rest_is_the_middle_where_zero_is_out_of_range() -> None:
    assert levels(None, "[1, 3]") == [2.0]


def test_a_system_without_inputs_is_looked_at_once() -> None:
    assert tonic_inputs(load_system("lorenz")).shape == (1, 0)
