"""Functions with jumps, and with removable 0/0: values, slopes, bounds and parity (mpmath)."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import (
    FUNCTIONS,
    Program,
    affine_inputs,
    compile_field,
    derivatives,
    parse,
    proved_parity,
    to_text,
)
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.field import Domain

NAMES = ("x", "y")
EXACT = {
    "log10(x)": mpmath.log10,
    "log2(x)": lambda x: mpmath.log(x, 2),
    "log1p(x)": lambda x: mpmath.log(1 + x),
    "expm1(x)": mpmath.expm1,
    "exprel(x)": lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1),
    "sinc(x)": lambda x: mpmath.sin(x) / x if x else mpmath.mpf(1),
}


def tree(text):
    return simplify([parse(text, names=NAMES)])


def values(roots, x, y):
    """Through the array code and, as a check, through the code for single points."""
    program, out = Program(roots=tuple(roots), symbols=NAMES), np.empty((len(roots), len(x)))
    program.fill([x, y], list(out))
    for column, row in zip(out.T, zip(x.tolist(), y.tolist(), strict=True), strict=True):
        one = program.points([row])
        if one is not None:
            np.testing.assert_allclose(one[0], column, rtol=1e-13, atol=1e-15)
    return out


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_values_and_slopes_keep_all_digits_also_near_zero(text, order):
    x = np.array([1e-200, 1e-9, 1e-4, 0.03, 0.7, 2.0, 4.4, 9.0, 13.0, 33.0])
    if text in ("expm1(x)", "exprel(x)", "sinc(x)"):
        x = np.concatenate([x, -x, [0.0]])
    elif order:
        x = x[2:]
    roots = tree(text)
    for _ in range(order):
        roots = derivatives(roots, ["x"])[0]
    found = values(roots, x, x)[0]
    with mpmath.workdps(50):
        series = [mpmath.taylor(EXACT[text], mpmath.mpf(a), order)[order] for a in x if a]
        expected = [float(c * mpmath.factorial(order)) for c in series]
    np.testing.assert_allclose(found[x != 0], expected, rtol=4e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [("exprel(x)", k, 1 / (k + 1)) for k in range(5)]
    + [("sinc(x)", k, [1, 0, -1 / 3, 0, 1 / 5][k]) for k in range(5)],
)
def test_slopes_at_zero_are_the_integrals(text, order, value):
    roots = tree(text)
    for _ in range(order):
        roots = derivatives(roots, ["x"])[0]
    assert values(roots, np.zeros(1), np.zeros(1))[0, 0] == pytest.approx(value, abs=1e-16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sign(x)", lambda x, y: np.sign(x)),
        ("heaviside(x - y)", lambda x, y: np.float64(x >= y)),
        ("floor(x/y)", lambda x, y: np.floor(x / y)),
        ("mod(x, y)", lambda x, y: x - y * np.floor(x / y)),
        ("atan2(y, x)", lambda x, y: np.angle(x + 1j * y)),
        ("hypot(x, y)", lambda x, y: np.abs(x + 1j * y)),
    ],
)
def test_values_and_slopes_off_the_jumps(text, expected):
    x, y = np.random.default_rng(3).uniform(-3, 3, (2, 200))
    roots = tree(text)
    np.testing.assert_allclose(values(roots, x, y)[0], expected(x, y), rtol=1e-12, atol=1e-14)
    by_x, by_y = values(derivatives(roots, NAMES)[0], x, y)
    h = 1e-6
    dx = (expected(x + h, y) - expected(x - h, y)) / (2 * h)
    dy = (expected(x, y + h) - expected(x, y - h)) / (2 * h)
    smooth = np.maximum(np.abs(dx), np.abs(dy)) < 1e4  # no jump between the two points
    assert smooth.mean() > 0.95
    np.testing.assert_allclose(by_x[smooth], dx[smooth], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(by_y[smooth], dy[smooth], rtol=1e-5, atol=1e-6)


def test_the_jumps_take_the_value_that_is_documented():
    at = np.array([0.0, -0.0])
    assert values(tree("heaviside(x)"), at, at)[0].tolist() == [1.0, 1.0]
    assert values(tree("sign(x)"), at, at)[0].tolist() == [0.0, 0.0]
    x = np.array([-1.0, 0.0, 2.0, 2.5])
    assert values(tree("mod(x, 2)"), x, x)[0].tolist() == [1.0, 0.0, 0.0, 0.5]


TEXTS = [*EXACT, "sign(x)", "heaviside(x)", "floor(x)", "mod(x, y)", "mod(x, 2)", "atan2(y, x)"]
TEXTS += ["hypot(x, y)", "sinc(x*y)", "x*exprel(-x)", "atan2(x - y, x*y)", "floor(x)*sign(y)"]
ENDS = st.floats(-4.0, 4.0).map(lambda a: round(a, 2))


@settings(deadline=None, derandomize=True, max_examples=250)
@given(st.sampled_from(TEXTS), st.tuples(ENDS, ENDS), st.tuples(ENDS, ENDS), st.integers(0, 99))
def test_bounds_enclose_values_and_slopes(text, xs, ys, seed):
    roots = tree(text)
    lower, upper = np.array([[min(xs)], [min(ys)]]), np.array([[max(xs)], [max(ys)]])
    x, y = np.random.default_rng(seed).uniform(lower, upper, (2, 50))
    first = derivatives(roots, NAMES)[0]
    for derived, some in ((False, roots), (True, (*first, *derivatives(first, NAMES)[0]))):
        program = IntervalProgram(roots=some, symbols=NAMES, derived=derived)
        box = program.enclose(lower, upper)
        rows = zip(box.lower[:, 0], box.upper[:, 0], values(some, x, y), strict=True)
        for low, high, found in rows:
            allowed = 1e-12 * (1 + np.abs(found))
            inside = (found >= low - allowed) & (found <= high + allowed)
            assert np.isnan(low) or inside.all()


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    st.sampled_from(["sign(x)", "heaviside(x)", "floor(x)", "mod(x, y)", "atan2(x, y)"]),
    st.tuples(ENDS, ENDS),
    st.tuples(ENDS, ENDS),
)
def test_bounds_of_slopes_hold_the_mean_slope_over_every_box(text, xs, ys):
    """The mean value theorem, which a slope of 0 across a jump would break."""
    roots = tree(text)
    x, y = np.array(sorted(xs)), np.array(sorted(ys))
    box = IntervalProgram(roots=derivatives(roots, NAMES)[0], symbols=NAMES, derived=True).enclose(
        np.array([x[:1], y[:1]]), np.array([x[1:], y[1:]])
    )
    for b in (y, y[::-1]):
        f = values(roots, x, b)[0]
        change, width = f[1] - f[0], np.array([x[1] - x[0], b[1] - b[0]])
        if np.isnan(box.lower).any():
            return
        spread = np.sort([box.lower[:, 0] * width, box.upper[:, 0] * width], axis=0).sum(axis=1)
        assert spread[0] - 1e-9 <= change <= spread[1] + 1e-9


@pytest.mark.parametrize(
    ("text", "parity"),
    [
        ("sign(x)", "odd"),
        ("sign(x)*abs(y)", "odd"),
        ("sinc(x)", "even"),
        ("x*sinc(y)", "odd"),
        ("hypot(x, y)", "even"),
        ("hypot(x, y**2)*x", "odd"),
        ("atan2(x, y**2)", "odd"),
        ("atan2(y, x)", None),
        ("heaviside(x)", None),
        ("heaviside(x) - heaviside(-x)", "odd"),
        ("mod(x, 2)", None),
        ("floor(x)", None),
        ("exprel(x)", None),
        ("exprel(x) + exprel(-x)", "even"),
        ("log1p(x**2)", "even"),
        ("expm1(x)", None),
    ],
)
def test_parity_follows_from_the_rules(text, parity):
    assert proved_parity(tree(text)[0]) == parity


def test_an_input_that_jumps_is_not_affine():
    for text, affine in {"-x + sign(u)": False, "-x + mod(u, 1)": False, "-x + 2*u": True}.items():
        field = compile_field(equations={"x": text}, inputs=("u",))
        domain = Domain(
            variables=("x",),
            lower=[-1.0],
            upper=[1.0],
            inputs=("u",),
            input_lower=[0.1],
            input_upper=[0.9],
        )
        found = affine_inputs(field, domain, generator=np.random.default_rng(0))
        assert found.affine == (affine,)


def test_rate_functions_of_hodgkin_and_huxley_have_no_hole():
    """0.01 (V + 55) / (1 - exp(-(V + 55)/10)) = 0.1 / exprel(-(V + 55)/10)."""
    roots = tree("0.1/exprel(-(x + 55)/10)")
    v = np.array([-55.0, -55.0 + 1e-7, -40.0, -90.0])
    found = values(roots, v, v)[0]
    assert found[0] == pytest.approx(0.1)
    np.testing.assert_allclose(
        found[2:], 0.01 * (v[2:] + 55) / (1 - np.exp(-(v[2:] + 55) / 10)), rtol=1e-14
    )
    box = IntervalProgram(roots=roots, symbols=NAMES).enclose(
        np.array([[-60.0], [0.0]]), np.array([[-50.0], [0.0]])
    )
    assert box.lower[0, 0] == pytest.approx(found_at(roots, -60.0), rel=1e-12)


def found_at(roots, x):
    return values(roots, np.array([x]), np.array([x]))[0, 0]


def test_every_function_is_written_as_it_is_read():
    for name, count in FUNCTIONS.items():
        text = f"{name}({', '.join(NAMES[:count])})"
        assert to_text(parse(text, names=NAMES)) == text
