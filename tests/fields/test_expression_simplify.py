"""Simplification and lowering change no value and leave the fewest operations."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import ExpressionError, Program, bind, order, parse, to_text
from lrfit.fields.expressions.array_code import array_code
from lrfit.fields.expressions.lower import lower
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.expressions.tree import symbol

NAMES = ("x", "y", "mu")


def read(text):
    return parse(text, names=NAMES)


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("0 + x", "x"),
        ("x - 0", "x"),
        ("0 - x", "-x"),
        ("1*x*1", "x"),
        ("x/1", "x"),
        ("-1*x", "-x"),
        ("-(-x)", "x"),
        ("x + -y", "x - y"),
        ("x - -y", "x + y"),
        ("-x + y", "y - x"),
        ("-x*-y", "x*y"),
        ("-(x - y)", "y - x"),
        ("2*(3*x)", "6*x"),
        ("-(2*x)", "-2*x"),
        ("6*x/3", "2*x"),
        ("x/4", "0.25*x"),
        ("0*sin(x)", "0"),
        ("x**1", "x"),
        ("x**0", "1"),
        ("x**0.5", "sqrt(x)"),
        ("(-x)**2", "x**2"),
        ("(-x)**3", "-x**3"),
        ("sin(-x)", "-sin(x)"),
        ("cos(-x)", "cos(x)"),
        ("0/x", "0/x"),  # not a number at x = 0
        ("0*log(x)", "0*log(x)"),
        ("1e200*(1e200*x)", "1e+200*(1e+200*x)"),
        ("x/3", "x/3"),  # x*(1/3) would round differently
    ],
)
def test_rules(text, simple):
    """The text has the older symbol first, so those of this test must be made by nobody else."""
    fresh = {"x": "earlier", "y": "later"}
    kept = [symbol(name) for name in fresh.values()]
    given, wanted = (re.sub(r"\b[xy]\b", lambda m: fresh[m[0]], each) for each in (text, simple))
    assert to_text(simplify([parse(given, names=[node.name for node in kept])])[0]) == wanted


def test_products_and_sums_in_either_order_are_one_node():
    a, b = simplify([read("(x*y + mu)**2"), read("(mu + y*x)**2")])
    assert a is b


def test_binding_folds_through_parameters_and_refuses_what_is_not_finite():
    assert to_text(bind(read("x*(mu**2 + 1)"), {"mu": 3.0})) == "x*10"
    with pytest.raises(ExpressionError, match=r"dynamics.x: '1/0' is not finite"):
        bind(read("x + 1/mu"), {"mu": 0.0}, key="dynamics.x")


@pytest.mark.parametrize("exponent", [k / 2 for k in range(-16, 17)])
def test_powers_as_products_are_accurate_to_a_few_units_in_the_last_place(exponent):
    x = np.concatenate([np.random.default_rng(0).uniform(0.01, 50.0, 50), [0.0, np.inf]])
    out = np.empty((1, x.size))
    Program(roots=simplify([read(f"x**({exponent})")]), symbols=("x",)).fill([x], list(out))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(out[0], x**exponent, rtol=2e-15)


def test_powers_share_their_squares():
    lowered = lower(simplify([read("x**2"), read("x**3"), read("x**4"), read("x**6")]))
    assert [node.op for node in order(lowered)] == ["symbol"] + ["multiply"] * 4


def test_powers_beyond_eight_and_variable_powers_stay_powers():
    assert {root.op for root in lower([read("x**9"), read("x**y"), read("2**x")])} == {"power"}


def test_a_long_sum_needs_two_buffers_and_an_output():
    roots = lower(simplify([read(" + ".join(f"sin({k}*x)*y" for k in range(2, 100)))]))
    assert array_code(roots, NAMES).buffers <= 2


@settings(deadline=None, max_examples=50)
@given(st.permutations(["x*y", "x*y + mu", "sin(x*y)", "x", "2", "x*y"]))
def test_outputs_in_any_order_repeated_constant_or_bare_are_right(texts):
    x, y, mu = np.random.default_rng(3).uniform(-1.0, 1.0, (3, 20))
    out = np.empty((len(texts), 20))
    Program(roots=simplify([read(t) for t in texts]), symbols=NAMES).fill([x, y, mu], list(out))
    for row, text in zip(out, texts, strict=True):
        expected = eval(text, {"sin": np.sin, "x": x, "y": y, "mu": mu})
        np.testing.assert_allclose(row, np.broadcast_to(expected, 20), rtol=1e-14)


def test_names_of_the_user_never_meet_names_of_the_generated_code():
    names = ("i", "o", "w", "i0", "o0", "w0", "c0", "run", "f_add", "np", "t1", "match", "_")
    text = " + ".join(f"{k}*{name}*{names[k - 1]}" for k, name in enumerate(names))
    tree = parse(text, names=names)
    program = Program(roots=simplify([tree]), symbols=names)
    point = np.random.default_rng(4).uniform(-1.0, 1.0, len(names))
    expected = sum(k * point[k] * point[k - 1] for k in range(len(names)))
    out = np.empty((1, 1))
    program.fill(list(point[:, None]), list(out))
    assert out[0, 0] == pytest.approx(expected, rel=1e-14)
    assert program.points([tuple(point)])[0][0] == pytest.approx(expected, rel=1e-14)


def test_symbols_that_are_not_used_cost_nothing_but_their_place():
    out = np.empty((1, 3))
    Program(roots=(symbol("y"),), symbols=NAMES).fill(
        [np.zeros(3), np.arange(3.0), np.ones(3)], list(out)
    )
    np.testing.assert_array_equal(out[0], np.arange(3.0))
