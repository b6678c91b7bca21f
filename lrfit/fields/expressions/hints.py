"""What to say about names and calls that the grammar does not have.

A function is only suggested in place of another where the two mean the same. A spelling that is
nearly that of a function says nothing about its meaning, so that the functions are listed instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from lrfit.fields.expressions.scanner import Token

_SAME = {"ln": "log", "max": "maximum", "min": "minimum", "asin": "arcsin", "acos": "arccos"}
_SAME |= {"atan": "arctan", "arctan2": "atan2", "fabs": "abs", "logistic": "sigmoid"}
_SAME |= {"expit": "sigmoid", "sgn": "sign", "rem": "mod", "remainder": "mod"}

_FORMULAS = {
    "sec": "1/cos(x)",
    "csc": "1/sin(x)",
    "cot": "1/tan(x)",
    "sech": "1/cosh(x)",
    "csch": "1/sinh(x)",
    "coth": "1/tanh(x)",
    "asinh": "log(x + sqrt(x**2 + 1))",
    "acosh": "log(x + sqrt(x**2 - 1))",
    "atanh": "0.5*log((1 + x)/(1 - x))",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "square": "x**2",
    "pow": "x**y",
    "power": "x**y",
    "exp2": "2**x",
    "ceil": "-floor(-x)",
    "round": "floor(x + 0.5)",
    "softplus": "log1p(exp(x))",
    "erfc": "1 - erf(x)",
    "clip": "minimum(maximum(x, low), high)",
    "where": "heaviside(x - x0)*a + heaviside(x0 - x)*b",
    "piecewise": "heaviside(x - x0)*a + heaviside(x0 - x)*b",
    "step": "heaviside(x - x0) in a field; step belongs to signals",
    "pulse": "heaviside(x - x0) - heaviside(x - x1) in a field; pulse belongs to signals",
}
_DELAY = (
    "is the past of a variable, and lrfit has no delays; a chain of n variables, dx1/dt = "
    "n*(x - x1)/tau, dx2/dt = n*(x1 - x2)/tau and so on, follows x(t - tau) (linear chain trick)"
)
_TIME = (
    "a field does not depend on time; declare an input and write its signal, u: sin(t), in "
    "simulate.signals, or add variables that turn: dc/dt = -w*s, ds/dt = w*c"
)


def about_call(name: str, functions: Collection[str]) -> str:
    """What to say of a call of an unknown function."""
    guess = _SAME.get(name) or name.lower()
    if guess in functions:
        return f"did you mean {guess!r}?"
    if name in _FORMULAS:
        return f"write {_FORMULAS[name]}"
    return f"the functions are {' '.join(functions)}"


def about_name(name: str, names: Sequence[str]) -> str:
    """What to say of an unknown name that is not called."""
    if name in ("t", "time"):
        return _TIME
    if name in ("e", "E"):
        return "write exp(1)"
    # difflib takes quadratic time: neither endless names nor endless lists of them.
    known = [*names, "pi"]
    alike = [other for other in known if abs(len(other) - len(name)) <= 3 and len(other) <= 32]
    if close := difflib.get_close_matches(name[:35], alike[:40], n=1):
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"declared names are: {shown}" if shown else "no names are declared here"


def about_called_name(name: str, inside: Sequence[Token]) -> str:
    """What to say of a variable that is called; `inside` are the tokens after its parenthesis."""
    first, second = [*(token.text for token in inside[:2]), "", ""][:2]
    if first == "t" and second == ")":
        return f"depends on time without saying so; write {name}"
    if first == "t" and second == "-":
        return _DELAY
    return "is not a function; write * between a name and '('"
