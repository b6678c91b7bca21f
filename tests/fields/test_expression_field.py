"""A compiled system: values, shapes, holes, keys of errors, the same at any number of points."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import ExpressionError, compile_field

PARAMETERS = {"c1": 16.0, "c2": 12.0, "c3": 15.0, "c4": 3.0, "ae": 1.3, "the": 4.0, "ai": 2.0}
PARAMETERS |= {"thi": 3.7, "ke": 0.9945137, "ki": 0.9993886}


def wilson_cowan():
    return compile_field(
        equations={"E": "-E + (ke - E)*se", "I": "-I + (ki - I)*si"},
        inputs=("P",),
        definitions={
            "se": "1/(1 + exp(-ae*(c1*E - c2*I + P - the))) - 1/(1 + exp(ae*the))",
            "si": "1/(1 + exp(-ai*(c3*E - c4*I - thi))) - 1/(1 + exp(ai*thi))",
        },
        parameters=PARAMETERS,
    )


def wilson_cowan_by_hand(z, u):
    def s(x, a, theta):
        return 1.0 / (1.0 + np.exp(-a * (x - theta))) - 1.0 / (1.0 + np.exp(a * theta))

    k = PARAMETERS
    E, I, P = z[:, 0], z[:, 1], u[:, 0]  # noqa: E741 - the field's own symbol
    se = s(k["c1"] * E - k["c2"] * I + P, k["ae"], k["the"])
    si = s(k["c3"] * E - k["c4"] * I, k["ai"], k["thi"])
    return np.stack([-E + (k["ke"] - E) * se, -I + (k["ki"] - I) * si], axis=1)


def draw(count, D, U, seed=0):
    generator = np.random.default_rng(seed)
    return generator.uniform(-1.0, 1.0, (count, D)), generator.uniform(0.0, 1.0, (count, U))


@pytest.mark.parametrize("count", [0, 1, 2, 12, 13, 1000, 8192, 8193, 40_001])
def test_values_are_those_of_the_formula_at_any_number_of_points(count):
    z, u = draw(count, 2, 1)
    found = wilson_cowan().velocity(z, u)
    assert found.shape == (count, 2)
    np.testing.assert_allclose(found, wilson_cowan_by_hand(z, u), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("count", [0, 1, 12, 13, 8193])
def test_jacobian_is_the_slope_of_the_velocity(count):
    field, h = wilson_cowan(), 1e-6
    z, u = draw(count, 2, 1)
    by_state, by_input = field.jacobian(z, u)
    assert by_state.shape == (count, 2, 2)
    assert by_input.shape == (count, 2, 1)
    assert by_state.flags.c_contiguous
    for k in range(2):
        step = h * np.eye(2)[k]
        slope = (field.velocity(z + step, u) - field.velocity(z - step, u)) / (2.0 * h)
        np.testing.assert_allclose(by_state[:, :, k], slope, atol=1e-7)
    slope = (field.velocity(z, u + h) - field.velocity(z, u - h)) / (2.0 * h)
    np.testing.assert_allclose(by_input[:, :, 0], slope, atol=1e-7)


def test_rows_of_the_jacobian_are_outputs_and_columns_are_arguments():
    field = compile_field(
        equations={"x": "2*x + 3*y + 4*z", "y": "5*z + 6*a", "z": "7*b"}, inputs=("a", "b")
    )
    for count in (1, 50):
        by_state, by_input = field.jacobian(np.ones((count, 3)), np.ones((count, 2)))
        np.testing.assert_array_equal(by_state[-1], [[2, 3, 4], [0, 0, 5], [0, 0, 0]])
        np.testing.assert_array_equal(by_input[-1], [[0, 0], [6, 0], [0, 7]])


def test_polynomials_are_the_same_bits_at_few_points_and_at_many():
    field = compile_field(equations={"x": "y", "y": "1.5*(1 - x**2)*y - x"})
    z, u = draw(20_000, 2, 0)
    many = field.velocity(z, u)
    for k in (0, 7, 19_999):
        np.testing.assert_array_equal(field.velocity(z[k : k + 1], u[k : k + 1])[0], many[k])


def test_arguments_may_be_integers_strided_or_read_only_and_are_left_alone():
    field = wilson_cowan()
    z = np.asfortranarray(np.arange(60.0).reshape(30, 2) / 60.0)
    u = np.zeros((30, 2))[:, :1]
    z.flags.writeable = False
    before = z.copy()
    np.testing.assert_allclose(field.velocity(z, u), wilson_cowan_by_hand(z, u), rtol=1e-12)
    np.testing.assert_array_equal(z, before)
    whole = np.arange(40).reshape(20, 2)
    expected = field.velocity(whole.astype(float), u[:20])
    np.testing.assert_array_equal(field.velocity(whole, u[:20]), expected)
    np.testing.assert_allclose(field.velocity(whole[:3], u[:3]), expected[:3], rtol=1e-14)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_holes_stay_holes_as_in_ieee_arithmetic(count):
    field = compile_field(
        equations={"x": "x/(1 - exp(-x))", "y": "log(y)", "z": "exp(1000*z)", "w": "w**0.5"}
    )
    z = np.tile([0.0, 0.0, 1.0, -1.0], (count, 1))
    found = field.velocity(z, np.empty((count, 0)))
    np.testing.assert_array_equal(found, np.tile([np.nan, -np.inf, np.inf, np.nan], (count, 1)))


def test_a_vanishing_parameter_does_not_hide_a_hole():
    field = compile_field(equations={"x": "mu/x - x"}, parameters={"mu": 0.0})
    for count in (1, 50):
        assert np.isnan(field.velocity(np.zeros((count, 1)), np.empty((count, 0)))).all()


def test_constant_and_repeated_equations():
    field = compile_field(equations={"x": "2", "y": "y*x", "z": "x*y"}, inputs=("u",))
    for count in (1, 50):
        z = np.full((count, 3), 3.0)
        np.testing.assert_array_equal(field.velocity(z, np.ones((count, 1)))[-1], [2.0, 9.0, 9.0])


def test_definitions_are_shared_and_do_not_multiply():
    doubling = {f"d{k}": f"d{k - 1} + d{k - 1}" for k in range(1, 60)}
    field = compile_field(equations={"x": "d59*2**-59"}, definitions={"d0": "x", **doubling})
    np.testing.assert_array_equal(field.velocity(np.ones((1, 1)), np.empty((1, 0))), [[1.0]])
    np.testing.assert_array_equal(field.jacobian(np.ones((20, 1)), np.empty((20, 0)))[0], 1.0)


@pytest.mark.parametrize(
    ("system", "key", "message"),
    [
        ({"equations": {"x": "x + q"}}, "dynamics.x", "unknown name 'q'"),
        ({"equations": {"x": "x", "y": "x^2"}}, "dynamics.y", "use \\*\\*"),
        ({"equations": {"x": "r"}, "definitions": {"r": "1/0"}}, "define.r", "not finite"),
        ({"equations": {"x": "x/m"}, "parameters": {"m": np.nan}}, "parameters.m", "finite"),
        ({"equations": {"x": "x/m"}, "parameters": {"m": 10**400}}, "parameters.m", "finite"),
        ({"equations": {"x": "1/m"}, "parameters": {"m": 0}}, "dynamics.x", "'1/0' is not"),
        ({"equations": {"x": "b"}, "definitions": {"a": "b", "b": "x"}}, "define.a", "before them"),
        ({"equations": {"x": "a"}, "definitions": {"a": "a + 1"}}, "define.a", "before them"),
        ({"equations": {"x": "x"}, "inputs": ("x",)}, "dynamics.x", "declared in inputs"),
        ({"equations": {"x": "x"}, "inputs": ("u", "u")}, "inputs.u", "declared in inputs"),
        ({"equations": {"sin": "1"}}, "dynamics.sin", "taken by the expression language"),
        ({"equations": {"t": "1"}}, "dynamics.t", "taken by the expression language"),
        ({"equations": {"lambda": "1"}}, "dynamics.lambda", "reserved"),
        ({"equations": {"x": 3}}, "dynamics.x", "as text"),
    ],
)
def test_errors_carry_the_key_of_the_text_at_fault(system, key, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        compile_field(**system)
    assert caught.value.key == key
    assert str(caught.value) == f"{key}: {caught.value.message}"


def test_a_name_that_is_no_name_is_escaped_and_cut_in_the_message():
    name = "x\n\x1b[31m" + "y" * 10_000
    with pytest.raises(ExpressionError) as caught:
        compile_field(equations={name: "1"})
    assert caught.value.key == f"dynamics.{name}"
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_a_field_survives_pickling_also_after_use():
    field = wilson_cowan()
    z, u = draw(50, 2, 1)
    expected = field.velocity(z, u)
    again = pickle.loads(pickle.dumps(field))
    assert again.expressions == field.expressions
    np.testing.assert_array_equal(again.velocity(z, u), expected)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(0, 4), st.integers(0, 40))
def test_any_number_of_variables_and_inputs(D, U, count):
    matrix = np.random.default_rng(D + 10 * U).uniform(-2.0, 2.0, (D, D + U))
    names = [f"x{k}" for k in range(D)] + [f"u{k}" for k in range(U)]
    rows = (
        " + ".join(f"{a!r}*{n}" for a, n in zip(row, names, strict=True)) for row in matrix.tolist()
    )
    field = compile_field(equations=dict(zip(names, rows, strict=False)), inputs=names[D:])
    z, u = draw(count, D, U)
    both = np.concatenate([z, u], axis=1)
    np.testing.assert_allclose(field.velocity(z, u), both @ matrix.T, atol=1e-13)
    by_state, by_input = field.jacobian(z, u)
    np.testing.assert_array_equal(by_state, np.tile(matrix[:, :D], (count, 1, 1)))
    np.testing.assert_array_equal(by_input, np.tile(matrix[:, D:], (count, 1, 1)))
