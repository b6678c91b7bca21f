"""Functions whose 0/0 is removable, with their derivatives of every order: exprel and sinc.

    exprel(x) = (exp(x) - 1) / x,    exprel^(k)(x) = E_k(x) = integral of s^k exp(s x)   over 0..1
    sinc(x)   = sin(x) / x,          sinc^(k)(x)   = S_k(x) = integral of s^k sin(s x + (k+1) pi/2)

The quotients lose all digits near 0, and so do the formulas for their derivatives. There the
values come from power series, elsewhere from the recurrences that follow from Leibniz' rule for
x E_0 = exp(x) - 1 and x S_0 = sin(x):

    E_k = (exp(x) - k E_{k-1}) / x,    S_k = (sin^(k)(x) - k S_{k-1}) / x

Left of 0 the series of E_k is that of Kummer's transformation (DLMF 13.2.39), whose terms are all
positive: E_k(x) = exp(x) sum_n (-x)^n / ((k+1) ... (k+1+n)). Without numpy; `removable_arrays` does
the same for arrays.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

_TERMS = 80


def exprel(x: float) -> float:
    """(exp(x) - 1) / x, 1 at 0."""
    return math.expm1(x) / x if x else 1.0


def sinc(x: float) -> float:
    """sin(x) / x, 1 at 0."""
    return math.sin(x) / x if x else 1.0


def exprel_slope(x: float, order: float) -> float:
    """Derivative of exprel of an order >= 0."""
    k = int(order)
    if abs(x) <= near_exprel(k):
        series = horner(rising(k) if x < 0.0 else moments(k), abs(x))
        return float(series * math.exp(x) if x < 0.0 else series)
    value, top = exprel(x), math.exp(x)
    for j in range(1, k + 1):
        value = (top - j * value) / x
    return value


def sinc_slope(x: float, order: float) -> float:
    """Derivative of sinc of an order >= 0."""
    k = int(order)
    if abs(x) <= near_sinc(k):
        return float(horner(alternating(k), x * x) * (x if k % 2 else 1.0))
    value, turned = sinc(x), waves(math.sin(x), math.cos(x))
    for j in range(1, k + 1):
        value = (turned[j % 4] - j * value) / x
    return value


def near_exprel(k: int) -> float:
    """Up to here the series are used: beyond it the recurrence loses no more than 2 digits."""
    return 8.0 + 2.0 * k


def near_sinc(k: int) -> float:
    """As `near_exprel`, of sinc."""
    return 1.0 + k


def waves(sine: Any, cosine: Any) -> tuple[Any, Any, Any, Any]:
    """The sine and its first three derivatives."""
    return sine, cosine, -sine, -cosine


def horner(coefficients: tuple[float, ...], x: Any) -> Any:
    """Value of a power series."""
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = value * x + coefficient
    return value


@cache
def moments(k: int) -> tuple[float, ...]:
    """Power series of E_k: 1 / (n! (n + k + 1))."""
    return tuple(1.0 / (math.factorial(n) * (n + k + 1)) for n in range(_TERMS))


@cache
def rising(k: int) -> tuple[float, ...]:
    """Of exp(-x) E_k in -x: 1 / ((k+1) ... (k+1+n))."""
    return tuple(math.factorial(k) / math.factorial(k + n + 1) for n in range(_TERMS))


@cache
def alternating(k: int) -> tuple[float, ...]:
    """Of S_k in x^2, after a factor x for odd k: (-1)^n / ((2n+1) (2n-k)!), from 2n >= k on."""
    first = (k + 1) // 2
    return tuple(
        (-1.0) ** n / ((2 * n + 1) * math.factorial(2 * n - k)) for n in range(first, first + 30)
    )
