"""A Python function with a domain is a system like any other."""

import numpy as np
import pytest

from lrfit.core.errors import InputError, UsageError
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_samples

BOX = {"x": (-3.0, 3.0), "y": (-4e-3, 4e-3)}


def oscillator(z, u):
    x, y = z[:, 0], z[:, 1] * 1e3
    return np.stack([y, 1e-3 * ((1 - x**2) * y - x + u[:, 0])], axis=1)


def one_argument(z):
    return -z


def make(function=oscillator, **changes):
    return from_callable(function, **{"domain": BOX, "inputs": {"u": (-1, 1)}} | changes)


def test_a_function_gives_the_samples_of_the_same_formulas():
    text = (
        "name: s\ndynamics: {x: 1e3*y, y: 1e-3*((1 - x**2)*1e3*y - x + u)}\n"
        "domain: {x: [-3, 3], y: [-4e-3, 4e-3]}\ninputs: {u: [-1, 1]}\n"
    )
    one, other = draw_samples(make()).training, draw_samples(load_system(text)).training
    assert np.array_equal(one.state, other.state)
    assert np.allclose(one.velocity, other.velocity, rtol=1e-13)


def test_central_differences_follow_the_scale_of_every_variable():
    z, u = np.array([[0.5, 1e-3], [-2.0, 3e-3]]), np.array([[0.1], [0.5]])
    by_state, by_input = make().jacobian(z, u)
    x, y = z[:, 0], z[:, 1] * 1e3
    assert np.allclose(by_state[:, 0], [[0, 1e3]] * 2, rtol=1e-8)
    assert np.allclose(by_state[:, 1, 0], 1e-3 * (-2 * x * y - 1), rtol=1e-7)
    assert np.allclose(by_state[:, 1, 1], 1 - x**2, rtol=1e-7)
    assert np.allclose(by_input[:, :, 0], [[0, 1e-3]] * 2, rtol=1e-8)


def test_a_given_jacobian_is_used():
    system = make(jacobian=lambda z, u: (np.ones((len(z), 2, 2)), np.full((len(z), 2, 1), 7.0)))
    by_state, by_input = system.jacobian(np.zeros((3, 2)), np.zeros((3, 1)))
    assert by_state.tolist() == np.ones((3, 2, 2)).tolist()
    assert by_input[0].tolist() == [[7.0], [7.0]]


def test_without_inputs_the_input_jacobian_has_no_columns():
    system = from_callable(lambda z, _: -z, domain={"x": (0, 1)})
    by_state, by_input = system.jacobian(np.zeros((4, 1)), np.empty((4, 0)))
    assert np.allclose(by_state, -1)
    assert by_input.shape == (4, 1, 0)


def test_defaults_of_a_simulation_are_taken_over():
    system = make(initial={"y": 1e-3}, duration=20.0, signal=lambda t: np.sin(t)[:, None])
    assert system.simulation.initial.tolist() == [0.0, 1e-3]
    assert system.simulation.duration == 20.0
    assert system.simulation.signal.at(np.array([0.5])) == pytest.approx(np.sin([[0.5]]))


def test_the_source_is_the_text_of_the_function():
    source = make().source
    assert source.kind == "callable"
    assert source.label.endswith("test_callable_field.oscillator")
    assert "def oscillator" in source.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"function": lambda z, u: z[0]}, r"shape \(2,\); the function must return \(2, 2\)"),
        ({"jacobian": lambda z, u: (z, u)}, "Jacobian by state has shape"),
        ({"jacobian": lambda z, u: z}, "returns a ndarray; let it return two arrays"),
        ({"jacobian": lambda z: z}, r"the Jacobian function <lambda>\(z\) cannot be called as"),
        ({"function": one_argument}, r"the velocity function one_argument\(z\) cannot be called"),
        ({"function": lambda t, z, u: z}, r"<lambda>\(t, z, u\) cannot be called as .*\(z, u\)"),
        ({"function": lambda z, u: z * 1j}, "the velocity that the function gives holds complex"),
        ({"function": lambda z, u: ["1", "2"]}, "the velocity that the function gives holds"),
        ({"function": lambda z, u: None}, "the velocity that the function gives holds texts or"),
        ({"signal": [1j]}, "the constant input holds complex numbers"),
        ({"initial": [0.0, 1j]}, "the initial state holds complex numbers"),
        ({"domain": {}}, "domain is empty"),
        ({"domain": {"x": (0, 1), "sin": (0, 1)}}, "taken by the expression language"),
        ({"inputs": {"x": (0, 1)}}, "'x' is a variable and an input"),
        ({"name": "a b"}, "cannot name a system"),
        ({"initial": {"q": 1}}, "initial gives 'q'"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(changes, words):
    with pytest.raises(UsageError, match=words):
        make(**changes)


def test_a_signal_that_is_complex_is_refused_when_it_is_asked_for():
    system = make(signal=lambda t: np.exp(1j * t)[:, None])
    with pytest.raises(UsageError, match="what the input signal gives holds complex numbers"):
        system.simulation.signal.at(np.array([0.5]))


def test_any_callable_of_two_arguments_will_do():
    class Decay:
        def __call__(self, z, u=None, *, rate=1.0):
            return -rate * z

    for function in (Decay(), np.subtract, lambda *arguments: -arguments[0]):
        system = from_callable(function, domain={"x": (-1, 1)}, inputs={"u": (0, 0.5)})
        assert system.velocity(np.array([[0.5]]), np.zeros((1, 1))).shape == (1, 1)


def test_an_empty_range_is_an_input_error():
    with pytest.raises(InputError, match="range of x"):
        make(domain={"x": (1, 1), "y": (0, 1)})


def wrong(z, u):
    return np.log(z)


def test_a_velocity_that_is_not_finite_names_the_function_without_a_warning():
    system = from_callable(wrong, domain={"x": (-1, 1)})
    with pytest.raises(InputError, match="wrong: dx/dt is nan at x = -0"):
        draw_samples(system)
