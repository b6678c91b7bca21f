import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError, UsageError
from lrfit.fields.field import Domain
from lrfit.systems.signals.input_signal import SteppedInput, input_signal, resting_input


def box(*ranges):
    return Domain(
        variables=("x",),
        lower=[-1.0],
        upper=[1.0],
        inputs=tuple(f"u{i}" for i in range(len(ranges))),
        input_lower=[low for low, _ in ranges],
        input_upper=[high for _, high in ranges],
    )


def test_inputs_rest_at_zero_where_they_can_and_else_in_the_middle():
    domain = box((-1, 1), (0, 4), (-3, 0), (2, 6), (-5, -1))
    np.testing.assert_array_equal(resting_input(domain), [0.0, 0.0, 0.0, 4.0, -3.0])
    assert input_signal(domain).constant
    np.testing.assert_array_equal(input_signal(domain).at(np.zeros(2))[1], resting_input(domain))


@settings(max_examples=100, deadline=None)
@given(
    start=st.floats(0.0, 9.0),
    width=st.floats(1e-9, 1.0),
    dt=st.sampled_from([0.1, 0.03, 1.0, 2.5]),
)
def test_a_pulse_keeps_its_area_however_it_falls_between_the_steps(start, width, dt):
    stop = start + width
    signal = input_signal(
        box((-1, 1)),
        lambda t: np.where((t >= start) & (t < stop), 1.0, 0.0)[:, None],
        (stop, start),
    )
    u = signal.over_steps(0, int(12 / dt), dt)
    assert dt * u.sum() == pytest.approx(stop - start, abs=1e-12)


def test_steps_without_a_jump_see_the_signal_at_their_start():
    signal = input_signal(box((-1, 1)), lambda t: np.sin(t)[:, None], (0.35,))
    u = signal.over_steps(2, 4, 0.1)[:, 0]
    np.testing.assert_allclose(u[[0, 2, 3]], np.sin([0.2, 0.4, 0.5]))
    assert u[1] != np.sin(0.3)


def test_a_jump_on_a_step_acts_from_that_step_on_whatever_the_rounding():
    for dt, jump in [(0.1, 0.3), (0.1, 0.7), (0.01, 0.29), (1 / 3, 2.0)]:
        on = round(jump / dt)
        for edge in (np.nextafter(jump, 0), jump, np.nextafter(jump, 9)):
            signal = input_signal(
                box((-1, 1)), lambda t, edge=edge: np.where(t >= edge, 1.0, 0.0)[:, None], (edge,)
            )
            u = signal.over_steps(0, on + 3, dt)[:, 0]
            np.testing.assert_allclose(u, [0.0] * on + [1.0] * 3, atol=1e-12)


def test_reading_in_blocks_gives_the_whole():
    signal = input_signal(box((-1, 1), (0, 1)), lambda t: np.stack([t, t**2], axis=1), (1.234,))
    stepped = SteppedInput(signal, 0.001, 10_000)
    whole = signal.over_steps(0, 10_000, 0.001)
    np.testing.assert_array_equal([stepped[k] for k in range(10_000)], whole)


def test_the_signal_is_not_asked_beyond_the_last_step():
    asked = []

    def function(t):
        asked.append(t.max())
        return np.zeros((len(t), 1))

    stepped = SteppedInput(input_signal(box((-1, 1)), function), 0.5, 7)
    for k in range(7):
        stepped[k]
    assert max(asked) <= 3.0


def test_constants_are_the_same_at_all_times():
    signal = input_signal(box((-1, 1), (2, 3)), [0.5, 2.5])
    np.testing.assert_array_equal(signal.at(np.arange(3.0)), [[0.5, 2.5]] * 3)


@pytest.mark.parametrize(
    ("signal", "breakpoints", "error", "text"),
    [
        ([0.5, 0.5], (), UsageError, "give 1 numbers"),
        ([np.nan], (), UsageError, "not finite"),
        ([0.0], (np.inf,), UsageError, "not finite"),
        (lambda t: np.zeros(len(t)), (), UsageError, "times x inputs"),
        (lambda t: np.where(t > 1, np.inf, 0.0)[:, None], (), InputError, "u0 is inf at t=2"),
    ],
)
def test_unusable_inputs_are_refused_with_what_is_needed(signal, breakpoints, error, text):
    with pytest.raises(error, match=text):
        input_signal(box((-1, 1)), signal, breakpoints).at(np.array([0.0, 2.0]))


def test_an_undriven_system_has_no_columns():
    assert input_signal(box()).at(np.zeros(4)).shape == (4, 0)
    assert input_signal(box(), lambda t: np.zeros((len(t), 0))).over_steps(0, 3, 0.1).shape == (
        3,
        0,
    )
