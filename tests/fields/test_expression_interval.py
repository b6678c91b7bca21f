"""Interval bounds hold for exact values (mpmath, 60 digits) of random trees in random boxes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import ExpressionError, derivatives, order, parse
from lrfit.fields.expressions.fold import fold_checked
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.interval_rules import RULES
from lrfit.fields.expressions.operations import FUNCTIONS, INTERNAL, OPERATORS, SIGNAL_FUNCTIONS
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.expressions.tree import apply, constant, symbol

NAMES = ("x", "y")
NUMBERS = st.sampled_from([-3.0, -0.5, 0.0, 0.25, 1.0, 2.0, 2.5, 7.0, 1e-3, 0.1])
EXPONENTS = st.sampled_from([-3.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0, 3.0, 4.0, 9.0, 17.0, 20.0])


def exact_exprel(x, k):
    """Integral of s^k exp(s x) over 0..1, DLMF 13.4.1."""
    return mpmath.hyp1f1(k + 1, k + 2, x) / (k + 1)


def exact_sinc(x, k):
    """Derivative of order k of sin(x)/x: the real part of the same integral of exp(i s x)."""
    turned = mpmath.hyp1f1(k + 1, k + 2, mpmath.mpc(0, x)) / (k + 1)
    return mpmath.re(turned * mpmath.mpc(0, 1) ** int(k))


EXACT = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "power": mpmath.power,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "abs": abs,
    "relu": lambda a: max(a, mpmath.mpf(0)),
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "minimum": min,
    "maximum": max,
    **{n: getattr(mpmath, n) for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{n: getattr(mpmath, n) for n in ("exp", "log", "sqrt", "erf", "sign")},
    "side": mpmath.sign,
    "heaviside": lambda a: mpmath.mpf(a >= 0),
    "flat": lambda a: mpmath.mpf(0),
    "cut": lambda y, x: mpmath.mpf(0),
    "log10": mpmath.log10,
    "log2": lambda a: mpmath.log(a, 2),
    "log1p": lambda a: mpmath.log(1 + a),
    "exprel": lambda a: exact_exprel(a, 0),
    "exprel_slope": exact_exprel,
    "sinc": lambda a: exact_sinc(a, 0),
    "sinc_slope": exact_sinc,
    "mod": lambda a, b: a - b * mpmath.floor(a / b),
    "atan2": lambda y, x: mpmath.atan2(y, x) if x or y else mpmath.mpf(0),
    **{n: getattr(mpmath, n) for n in ("expm1", "hypot", "floor")},
    "greater": lambda a, b: mpmath.mpf(a > b),
    "greater_equal": lambda a, b: mpmath.mpf(a >= b),
    "select": lambda c, a, b: a if c else b,
}


def exact(root, x, y):
    """The value in 60 digits; None where it is undefined or beyond all floats."""
    values = {}
    with mpmath.workdps(60):
        for node in order((root,)):
            if node.is_constant:
                values[node] = mpmath.mpf(node.value)
            elif node.is_symbol:
                values[node] = mpmath.mpf(float(x if node.name == "x" else y))
            else:
                try:
                    value = EXACT[node.op](*(values[arg] for arg in node.args))
                except (ZeroDivisionError, ValueError, OverflowError):
                    return None
                if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
                    return None
                if abs(value) > mpmath.mpf(10) ** 300:
                    return None
                values[node] = value
        return values[root]


def grow(inner):
    two = [name for name in FUNCTIONS if FUNCTIONS[name] == 2]
    return st.one_of(
        st.tuples(st.sampled_from([n for n in FUNCTIONS if FUNCTIONS[n] == 1]), inner),
        st.tuples(st.just("negative"), inner),
        st.tuples(st.sampled_from(["add", "subtract", "multiply", "divide", *two]), inner, inner),
        st.tuples(st.just("power"), inner, EXPONENTS.map(constant)),
        st.tuples(st.just("power"), inner, inner),
    ).map(joined)


def joined(parts):
    op, *args = parts
    try:
        return None if None in args else fold_checked(op, *args)
    except ExpressionError:
        return None


LEAVES = st.one_of(st.sampled_from([symbol(name) for name in NAMES]), NUMBERS.map(constant))
TREES = st.recursive(LEAVES, grow, max_leaves=8).filter(lambda tree: tree is not None)
MIDDLES = st.sampled_from([-2.0, -0.3, 0.0, 0.1, 0.7, 1.0, 1.5707963267948966, 3.3])
WIDTHS = st.sampled_from([0.0, 1e-12, 1e-3, 0.1, 0.3, 1.0, 2.5])


def boxes(draw_middles, draw_widths):
    middle, width = np.array(draw_middles), np.array(draw_widths)
    return (middle - width)[:, None], (middle + width)[:, None]


def points_in(lower, upper, generator, count=6):
    inside = generator.uniform(lower, upper, (len(lower), count))
    corners = [[lower[0, 0], upper[1, 0]], [upper[0, 0], upper[1, 0]], [lower[0, 0], lower[1, 0]]]
    return np.hstack([inside, np.array(corners).T])


def assert_encloses(root, enclosure, row, points):
    low, high = enclosure.lower[row, 0], enclosure.upper[row, 0]
    for x, y in points.T:
        value = exact(root, x, y)
        if value is None:  # overflow of intermediate values apart, what is undefined is marked
            continue
        assert np.isnan(low) or mpmath.mpf(float(low)) <= value <= mpmath.mpf(float(high))


def test_there_is_a_rule_for_every_operation():
    assert set(RULES) == {*OPERATORS, *SIGNAL_FUNCTIONS, *INTERNAL}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TREES, st.tuples(MIDDLES, MIDDLES), st.tuples(WIDTHS, WIDTHS), st.integers(0, 99))
def test_values_lie_within_the_bounds(tree, middles, widths, seed):
    lower, upper = boxes(middles, widths)
    enclosure = IntervalProgram(roots=(tree,), symbols=NAMES).enclose(lower, upper)
    points = points_in(lower, upper, np.random.default_rng(seed))
    assert_encloses(tree, enclosure, 0, points)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TREES, st.tuples(MIDDLES, MIDDLES), st.tuples(WIDTHS, WIDTHS), st.integers(0, 99))
def test_derivatives_lie_within_the_bounds(tree, middles, widths, seed):
    lower, upper = boxes(middles, widths)
    slopes = derivatives(simplify((tree,)), NAMES)[0]
    enclosure = IntervalProgram(roots=slopes, symbols=NAMES, derived=True).enclose(lower, upper)
    points = points_in(lower, upper, np.random.default_rng(seed))
    for row, slope in enumerate(slopes):
        assert_encloses(slope, enclosure, row, points)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TREES, st.tuples(MIDDLES, MIDDLES), st.tuples(WIDTHS, WIDTHS), st.integers(0, 99))
def test_what_is_undefined_in_a_box_is_marked(tree, middles, widths, seed):
    lower, upper = boxes(middles, widths)
    enclosure = IntervalProgram(roots=(tree,), symbols=NAMES).enclose(lower, upper)
    assume(np.isfinite(enclosure.lower[0, 0]))
    for x, y in points_in(lower, upper, np.random.default_rng(seed)).T:
        assert exact(tree, x, y) is not None


@pytest.mark.parametrize(
    ("text", "box", "bounds"),
    [
        ("x**2", (-1, 2), (0, 4)),
        ("x*x", (-1, 2), (0, 4)),
        ("x**3", (-1, 2), (-1, 8)),
        ("abs(x)", (-3, 2), (0, 3)),
        ("sin(x)", (0, 4), (np.sin(4), 1)),
        ("cos(x)", (-1, 4), (-1, 1)),
        ("sin(x)", (1e9, 1e9 + 7), (-1, 1)),
        ("cosh(x)", (-1, 2), (1, np.cosh(2))),
        ("1/x", (1, 4), (0.25, 1)),
        ("x**-2", (-4, -1), (1 / 16, 1)),
        ("2**x", (-1, 3), (0.5, 8)),
        ("sqrt(x - 1)", (1, 5), (0, 2)),  # exact at the border of where it is defined
        ("sqrt(x**2 + y**2)", (-1, 1), (0, np.sqrt(2))),
        ("exp(-(x/0.003)**2)", (-1, 1), (0, 1)),
        ("1/(1 + exp(-1000*x))", (-1, 1), (0, 1)),
        ("minimum(x, 0.5) - maximum(x, 2)", (0, 1), (-2, -1.5)),
        ("arccos(x)", (-1, 1), (0, np.pi)),
        ("1/(1 + exp(-1000*x))", (-2, -1), (0, 0)),  # exp overflows, the quotient does not
        ("sin(x)", (np.pi / 2, 1.6), (np.sin(1.6), 1)),
        ("0.5**y", (0, 2), (0.25, 1)),
    ],
)
def test_bounds_are_tight_where_a_name_occurs_once(text, box, bounds):
    (root,) = simplify([parse(text, names=NAMES)])
    lower, upper = np.full((2, 1), float(box[0])), np.full((2, 1), float(box[1]))
    found = IntervalProgram(roots=(root,), symbols=NAMES).enclose(lower, upper)
    assert found.lower[0, 0] == pytest.approx(bounds[0], rel=1e-13, abs=1e-13)
    assert found.upper[0, 0] == pytest.approx(bounds[1], rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("1/x", (-1, 1)),
        ("1/x", (0, 1)),
        ("tanh(1/x)", (-1, 1)),
        ("log(x)", (0, 1)),
        ("sqrt(x)", (-0.1, 1)),
        ("minimum(sqrt(x), 3)", (-0.1, 1)),
        ("tan(x)", (1.5, 1.6)),
        ("arcsin(x)", (0.5, 1.1)),
        ("x**-1", (-1, 1)),
        ("x**0.3", (-0.1, 1)),
        ("x**y", (-1, 1)),
        ("x/(1 - exp(-0.154*x))", (-1, 1)),  # removable, yet 0/0 to arithmetic
        ("exp(x)", (700, 800)),
        ("tanh(1/x)", (0, 1)),
        ("0*x + 0**y", (-1, 1)),
    ],
)
def test_poles_holes_and_overflow_are_marked(text, box):
    (root,) = simplify([parse(text, names=NAMES)])
    lower, upper = np.full((2, 1), float(box[0])), np.full((2, 1), float(box[1]))
    found = IntervalProgram(roots=(root,), symbols=NAMES).enclose(lower, upper)
    assert np.isnan(found.lower[0, 0])
    assert np.isnan(found.upper[0, 0])


def test_a_kink_is_seen_where_it_lies_and_only_there():
    roots = simplify([parse("abs(x - 0.5) + maximum(x, y)", names=NAMES)])
    slopes = derivatives(roots, NAMES)[0]
    lower = np.array([[0.4, 0.6, 0.6], [-1.0, -1.0, -1.0]])
    upper = np.array([[0.6, 0.9, 0.9], [0.0, 0.0, 0.7]])
    found = IntervalProgram(roots=slopes, symbols=NAMES, derived=True).enclose(lower, upper)
    assert found.smooth.tolist() == [False, True, False]
    np.testing.assert_allclose(found.lower[0], [0.0, 2.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(found.upper[0], [2.0, 2.0, 2.0], atol=1e-12)


def test_a_crest_at_an_end_of_the_interval_is_not_lost_to_rounding():
    crests = (np.arange(-40, 40) + 0.5) * np.pi
    lower, upper = np.vstack([crests, crests]), np.vstack([crests, crests]) + 1e-3
    roots = simplify([parse("sin(x)", names=NAMES)])
    found = IntervalProgram(roots=roots, symbols=NAMES).enclose(lower, upper)
    extreme = np.where(np.arange(-40, 40) % 2, found.lower[0], found.upper[0])
    np.testing.assert_array_equal(np.abs(extreme), 1.0)


def test_a_comparison_is_decided_only_where_intervals_do_not_meet():
    x, y = symbol("x"), symbol("y")
    roots = (apply("greater", x, y), apply("greater_equal", x, y), apply("side", x))
    lower, upper = np.array([[0.0, 2.0, 0.0, 1.0], [0.5, 1.0, 1.0, 0.0]]), np.empty((2, 4))
    upper[0], upper[1] = [1.0, 3.0, 1.0, 1.0], [2.0, 1.5, 4.0, 1.0]
    found = IntervalProgram(roots=roots, symbols=NAMES).enclose(lower, upper)
    np.testing.assert_array_equal(found.lower, [[0, 1, 0, 0], [0, 1, 0, 1], [0, 1, 0, 1]])
    np.testing.assert_array_equal(found.upper, [[1, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1]])
    assert found.smooth.tolist() == [False, True, False, False]


def test_a_choice_takes_the_branch_that_is_decided():
    x, y = symbol("x"), symbol("y")
    chosen = apply("select", apply("greater", x, constant(0.0)), apply("log", x), y)
    lower, upper = np.array([[1.0, -2.0, -1.0], [5.0] * 3]), np.array([[2.0, -1.0, 1.0], [6.0] * 3])
    found = IntervalProgram(roots=(chosen,), symbols=NAMES).enclose(lower, upper)
    np.testing.assert_allclose(found.lower[0, :2], [0.0, 5.0], atol=1e-13)
    np.testing.assert_allclose(found.upper[0, :2], [np.log(2.0), 6.0], atol=1e-13)
    assert np.isnan(found.lower[0, 2])


def test_bounds_shrink_in_proportion_to_the_box():
    (root,) = simplify([parse("sin(x*y) - tanh(2*x)*exp(-y) + x**3/(1 + y**2)", names=NAMES)])
    program = IntervalProgram(roots=(root,), symbols=NAMES)
    widths = 2.0 ** -np.arange(4, 20)
    middle = np.array([[0.3], [0.7]])
    found = program.enclose(middle - widths, middle + widths)
    excess = found.upper[0] - found.lower[0]
    slopes = np.diff(np.log(excess)) / np.diff(np.log(widths))
    np.testing.assert_allclose(slopes, 1.0, atol=0.05)
