"""Signals: step and pulse with their exact edges, shapes, and the times of their jumps."""

import pickle

import numpy as np
import pytest

from lrfit.fields.expressions import ExpressionError, compile_signal


def test_step_is_one_from_its_time_on():
    signal = compile_signal("step(t, 2)")
    np.testing.assert_array_equal(signal([1.0, np.nextafter(2.0, 0.0), 2.0, 3.0]), [0, 0, 1, 1])


@pytest.mark.parametrize("count", [1, 5, 400])
def test_pulse_is_one_on_a_half_open_interval_at_any_number_of_times(count):
    signal = compile_signal("3*pulse(t, 5, 7) - 1")
    t = np.resize([4.9, 5.0, 6.0, np.nextafter(7.0, 0.0), 7.0], count)
    np.testing.assert_array_equal(signal(t), np.resize([-1.0, 2.0, 2.0, 2.0, -1.0], count))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 3), (100, 2)])
def test_values_have_the_shape_of_the_times(shape):
    t = np.linspace(0.0, 1.0, int(np.prod(shape))).reshape(shape)
    np.testing.assert_allclose(compile_signal("0.5*cos(1.2*t)")(t), 0.5 * np.cos(1.2 * t))


def test_a_constant_signal_has_the_shape_of_the_times():
    np.testing.assert_array_equal(compile_signal("1.25")(np.zeros((20, 2))), np.full((20, 2), 1.25))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step(t)", "step takes 2 arguments, 1 given"),
        ("pulse(t, 1)", "pulse takes 3 arguments, 2 given"),
        ("x + 1", "unknown name 'x'"),
        ("step(t, 1/0)", "not finite"),
        ("", "empty"),
    ],
)
def test_refusals_name_the_signal(text, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        compile_signal(text, key="simulate.signals.u")
    assert caught.value.key == "simulate.signals.u"


def test_a_signal_survives_pickling():
    signal = pickle.loads(pickle.dumps(compile_signal("a*step(t, 1)", parameters={"a": 2.0})))
    np.testing.assert_array_equal(signal([0.0, 1.0]), [0.0, 2.0])
