"""Derivatives agree with sympy, at kinks they are as documented, and they stay small."""

import numpy as np
import pytest
import sympy

from lrfit.fields.expressions import Program, derivatives, order, parse
from lrfit.fields.expressions.simplify import ONE, ZERO, simplify
from lrfit.fields.expressions.tree import constant

NAMES = ("x", "y")
SYMPY = {
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "abs": sympy.Abs,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "relu": lambda a: sympy.Max(a, 0),
    "minimum": sympy.Min,
    "maximum": sympy.Max,
    **{name: sympy.Symbol(name, real=True) for name in NAMES},
}
FORMULAS = [
    "1.5*(1 - x**2)*y - x",
    "x**5/7 - 3*x**-2 + y**0.5*x**1.5 + (x*y)**9",
    "1/(1 + exp(-1.3*(16*x - 12*y - 4))) - 0.2",
    "(1 - x)*0.641*y/(1 - exp(-0.154*y))",
    "sin(x*y) + cos(x - y)*tan(0.3*x) - x/cos(y)",
    "arcsin(0.4*x) - arccos(0.3*y) + arctan(x*y)",
    "sinh(x)*cosh(y) - tanh(2*x - y)**3",
    "log(x)*sqrt(y) + exp(-x**2*y)",
    "erf(x - y)*sigmoid(3*x*y)",
    "x**y + 2**x - (x*y)**(x - 1)",
    "abs(x - y)*relu(x - 0.7) + relu(-x)",
    "maximum(x*y, sin(x)) - minimum(x**2, maximum(y, 0.8))",
    "-(-x)/(-y) - (-x)**3 - -(x - y)",
]


def values(roots, x, y):
    out = np.empty((len(roots), len(x)))
    Program(roots=tuple(roots), symbols=NAMES).fill([x, y], list(out))
    return out


@pytest.mark.parametrize("text", FORMULAS)
def test_first_and_second_derivatives_are_those_of_sympy(text):
    x, y = np.random.default_rng(2).uniform(0.1, 2.0, (2, 12))
    theirs = sympy.sympify(text, locals=SYMPY)
    first = derivatives(simplify([parse(text, names=NAMES)]), NAMES)[0]
    second = derivatives(first, NAMES)
    for j, a in enumerate(NAMES):
        _compare(first[j], sympy.diff(theirs, SYMPY[a]), x, y)
        for k, b in enumerate(NAMES):
            slope = sympy.diff(theirs, SYMPY[a], SYMPY[b]).replace(sympy.DiracDelta, lambda *_: 0)
            _compare(second[j][k], slope, x, y)


def _compare(mine, theirs, x, y):
    exact = sympy.lambdify([SYMPY[name] for name in NAMES], theirs, modules="mpmath")
    expected = [
        float(exact(sympy.Float(a, 30), sympy.Float(b, 30))) for a, b in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(values([mine], x, y)[0], expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("abs(x)", 0.0, 0.0),
        ("abs(x)", -2.0, -1.0),
        ("relu(x)", 0.0, 0.0),
        ("relu(x)", 1e-300, 1.0),
        ("maximum(2*x, x)", 0.0, 2.0),
        ("minimum(2*x, x)", 0.0, 2.0),
        ("maximum(x, 3)", 4.0, 1.0),
        ("minimum(x, 3)", 4.0, 0.0),
        ("minimum(1/x, 5)", 0.0, 0.0),  # the branch not taken is infinite there
        ("x**2", 0.0, 0.0),
        ("x**3", -2.0, 12.0),
        ("x**0", 0.0, 0.0),
        ("sqrt(x)", 0.0, np.inf),
        ("x**0.5", 0.0, np.inf),
        ("x**-1", 0.0, -np.inf),
        ("2**x", 0.0, np.log(2.0)),
        ("sigmoid(x)", -700.0, np.exp(-700.0)),
        ("sigmoid(x)", 800.0, 0.0),
        ("tanh(x)", 400.0, 0.0),
    ],
)
def test_values_at_kinks_poles_and_tails(text, x, slope):
    (mine,) = derivatives(simplify([parse(text, names=NAMES)]), ("x",))[0]
    found = values([mine], np.array([x]), np.array([1.0]))[0, 0]
    np.testing.assert_allclose(found, slope, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("3*y", ZERO),
        ("x", ONE),
        ("2*(3*x) - 1/y", constant(6)),
        ("log(y)*0", ZERO),
        ("x/4", constant(0.25)),
    ],
)
def test_constant_derivatives_are_recognized(text, slope):
    assert derivatives(simplify([parse(text, names=NAMES)]), ("x",))[0][0] is slope


@pytest.mark.parametrize("text", ["*".join(["x", "y"] * 500), "sin(x*y + " * 99 + "x" + ")" * 99])
def test_derivatives_grow_in_proportion_to_the_expression(text):
    roots = simplify([parse(text, names=NAMES)])
    slopes = derivatives(roots, NAMES)
    assert len(order(slopes[0])) < 10 * len(order(roots))
