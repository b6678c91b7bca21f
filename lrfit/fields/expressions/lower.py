"""Lowering: small powers as products, the last step before code.

    x^3 = x^2 x,  x^4 = (x^2)^2,  x^2.5 = x^2 sqrt(x),  x^-3 = 1 / x^3

A general power costs ten times a product or more. The products are nodes like any other, so
that x^2 is computed once for x^2, x^3 and x^4. Proofs and bounds work on the tree before
this, where x^2 is still known to be a square. Only at x = -inf are half powers different
(NaN for inf or 0).
"""

from __future__ import annotations

from collections.abc import Sequence

from lrfit.fields.expressions.simplify import ONE
from lrfit.fields.expressions.tree import Expr, apply, transform

_LARGEST = 8  # beyond it the products would lose more than 4 units in the last place


def lower(roots: Sequence[Expr]) -> tuple[Expr, ...]:
    """Rewrite powers with small integer or half-integer exponents."""
    return transform(roots, _rule)


def _rule(node: Expr, args: tuple[Expr, ...]) -> Expr:
    if node.op == "power" and args[1].is_constant:
        twice = 2.0 * abs(args[1].value)
        if twice.is_integer() and 1.0 <= twice <= 2 * _LARGEST:
            product = _half_power(args[0], int(twice))
            return product if args[1].value > 0.0 else apply("divide", ONE, product)
    return apply(node.op, *args) if args else node


def _half_power(x: Expr, twice: int) -> Expr:
    """Power x ** (twice / 2)."""
    whole, half = divmod(twice, 2)
    if not half:
        return _integer_power(x, whole)
    root = apply("sqrt", x)
    return apply("multiply", _integer_power(x, whole), root) if whole else root


def _integer_power(x: Expr, n: int) -> Expr:
    """Compute by squaring; x^3 as x^2 x, so that it shares x^2."""
    if n == 1:
        return x
    if n % 2:
        return apply("multiply", _integer_power(x, n - 1), x)
    root = _integer_power(x, n // 2)
    return apply("multiply", root, root)
