"""Jumps, kinks and narrow turns of signals: all are found, where they are known in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import compile_signal


def events(text, duration=100.0):
    return compile_signal(text).events(duration)


PI = np.pi


@pytest.mark.parametrize(
    ("text", "jumps"),
    [
        ("pulse(t, 5, 7)", [5, 7]),
        ("pulse(t, 7, 9) + step(t, 5) - sin(pulse(t, 5, 7))", [5, 7, 9]),
        ("step(t, t/2 + 1)", [2]),
        ("pulse(t - 50, 0, 0.01)", [50, 50.01]),
        ("pulse(2*t, 100, 100.02)", [50, 50.01]),
        ("step(t - 50, 0) - step(t - 50.01, 0)", [50, 50.01]),
        ("pulse(-t, -3, -1)", [1, 3]),
        ("maximum(t - 20, minimum(t/2, 30))", [40, 60]),
        ("relu(1 - abs(t - 50)/0.001)", [49.999, 50, 50.001]),
        ("sign(t - 3) + heaviside(4 - t)", [3, 4]),
        ("step(sin(t), 0)", PI * np.arange(1, 32)),
        ("maximum(0, cos(t))", PI * (np.arange(0, 32) + 0.5)),
        ("mod(t, 10)", 10 * np.arange(1, 10)),
        ("floor(t/25)", [25, 50, 75]),
        ("step(t**2, 100)", [10]),
        ("step((t - 50)**2, 1e-8)", [49.9999, 50.0001]),
        ("step(1e-8 - (t**2 - 100*t + 2500), 0)", [49.9999, 50.0001]),
        ("pulse(pulse(t, 3, 4), 0.5, 2)", [3, 4]),
        ("step(exp(-((t - 50)/0.01)**2), 0.5)", 50 + 0.01 * np.sqrt(np.log(2)) * np.array([-1, 1])),
        ("sqrt(abs(t - 12))", [12]),
        ("tanh(t)", []),
    ],
)
def test_jumps_and_kinks_are_found(text, jumps):
    found = events(text)
    np.testing.assert_allclose(found.jumps, jumps, rtol=1e-9)
    assert found.complete
    assert found.longest_step == np.inf
    assert not len(found.turns)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.floats(0.2, 30.0),
    st.floats(-100.0, 100.0),
    st.floats(1.0, 99.0),
    st.floats(1e-6, 0.5),
)
def test_an_affine_pulse_jumps_at_its_two_ends(slope, shift, start, width):
    text = f"pulse({slope!r}*t + {shift!r}, {slope * start + shift!r}, "
    found = events(text + f"{slope * (start + width) + shift!r})")
    np.testing.assert_allclose(found.jumps, [start, start + width], rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("exp(-((t - 50)/0.01)**2)", [50]),
        ("1e-6*exp(-((t - 50)/1e-5)**2)", [50]),
        ("exp(-((t - 50)/0.01)**4)", [50]),  # flat at the top: the derivative has a triple zero
        ("exp(-((t - 20)/0.01)**2) - exp(-((t - 80)/0.001)**2)", [20, 80]),
        ("tanh((t - 50)/1e-3) - tanh((t - 50.01)/1e-3)", [50.005]),
        ("1/(1 + ((t - 33)/1e-4)**2)", [33]),
        ("step(t, 10)*exp(-((t - 50)/0.01)**2)", [50]),
        ("sin(t/30)*(1 + exp(-((t - 50)/1e-3)**2))", [49.996167, 50]),  # a dip, a peak
        ("sin(t)", []),  # a hundred steps see it as it is
        ("cos(2*t)*exp(-t/10)", []),
        ("t**2/10", []),
    ],
)
def test_narrow_turns_are_found_and_wide_ones_are_left(text, turns):
    found = events(text)
    np.testing.assert_allclose(found.turns, turns, atol=1e-5)
    assert found.complete


def test_the_width_of_a_narrow_turn_is_that_of_the_signal():
    for width in (1e-1, 1e-3, 1e-6):
        found = events(f"exp(-((t - 50)/{width})**2)")
        assert 0.5 * width < found.widths[0] < 8 * width


def test_many_turns_become_a_step_that_sees_every_swing():
    found = events("sin(1000*t)")
    assert not len(found.turns)
    assert found.longest_step <= PI / 1000
    assert found.longest_step >= 0.5e-3
    many = events("step(sin(1000*t), 0)")
    assert many.longest_step <= PI / 1000


def test_what_no_step_can_follow_is_told():
    found = events("sin(1/(t - 50.003))")
    assert not found.complete
    assert found.longest_step == pytest.approx(5e-4)
