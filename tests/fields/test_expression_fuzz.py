"""Any text gives a value or one clean error; what is accepted compiles and evaluates."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.expressions import ExpressionError, compile_field, compile_signal, parse

CORPUS = [
    "mu*(1 - x**2)*y - x",
    "1/(1 + exp(-1.3*(16*x - 12*y + mu - 4))) - 1/(1 + exp(5.2))",
    "(1 - x)*0.641*y/(1 - exp(-0.154*y))",
    "maximum(x, minimum(y, -2e-3)) + abs(relu(x) - sigmoid(-y))**1.5",
    "arctan(sinh(x)/cosh(y))**-2 + log(x**2 + 1) - sqrt(erf(x)**2)",
    "((((-x))))**+2 - -y**--3",
    "pi*tan(x)*tanh(arcsin(x)*arccos(y))",
]
PIECES = ["x", "y", "mu", "pi", "sin", "exp(", "maximum(", "(", ")", ",", "+", "-", "*", "**", "/"]
PIECES += [
    "//",
    "2",
    "0.5",
    "1e300",
    ".",
    "e",
    "^",
    "lambda",
    "for",
    "if",
    "0x1",
    "j",
    "'",
    "[",
    "]",
]
PIECES += [":=", "=", "\n", "\\", "#", "_", "\0", "é", " "]


def attempt(function, *args, key, **options):
    """The value, or None after an ExpressionError in one clean line; nothing else gets through."""
    where = {compile_signal: {"key": key}, parse: {"where": key}}.get(function, {})
    try:
        return function(*args, **options, **where)
    except ExpressionError as error:
        refusal = error
    assert refusal.key == key
    assert len(str(refusal)) < 500
    assert str(refusal).isascii()
    assert str(refusal).isprintable()
    return None


def check(text):
    """Parse; what is accepted must compile, differentiate and evaluate without any exception."""
    field = attempt(compile_field, key="dynamics.x", equations={"x": text, "y": "x"}, inputs=["mu"])
    if field is None:
        return
    z, u = np.linspace(-2.0, 2.0, 40).reshape(20, 2), np.linspace(-1.0, 1.0, 20).reshape(20, 1)
    for count in (1, 20):
        assert field.velocity(z[:count], u[:count]).shape == (count, 2)
        assert field.jacobian(z[:count], u[:count])[1].shape == (count, 2, 1)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_arbitrary_text(text):
    check(text)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_soup_of_pieces_of_the_language(pieces):
    check("".join(pieces))


@st.composite
def mutated(draw):
    text = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 6)))
        other = draw(st.sampled_from(CORPUS))
        cut = draw(st.integers(0, len(other)))
        piece = draw(st.sampled_from([*PIECES, "", other[cut : cut + 8]]))
        text = text[:start] + piece + text[stop:]
    return text


@settings(deadline=None, max_examples=300)
@given(mutated())
def test_mutated_formulas(text):
    check(text)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60))
def test_arbitrary_bytes_as_signals(data):
    key = "simulate.signals.u"
    text, parameters = data.decode("latin-1"), {"mu": 2.0}
    signal = attempt(compile_signal, text, key=key, parameters=parameters)
    assert signal is None or signal(np.arange(3.0)).shape == (3,)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from("([-+*/,.x9 ^\\'\"\n"), st.integers(1, 5000), st.text(max_size=3))
def test_long_repetitions(character, count, tail):
    attempt(parse, character * count + tail, key="", names=("x",))
