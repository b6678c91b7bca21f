"""Interval arithmetic over expressions: bounds on their values over whole boxes, many at once.

Place in the flow: a field and its derivatives become an `IntervalProgram`, with which
`lrfit.certification` bounds errors where no sample lies. The bounds are those of the
formula in exact arithmetic, its constants being the floating-point numbers in the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.expressions.interval_parts import Bounds
from lrfit.fields.expressions.interval_rules import JUMPS, RULES
from lrfit.fields.expressions.tree import Expr, order
from lrfit.fields.knowledge import Enclosure

_FOLDED = 64 * 2.0**-52
"""Derivatives hold constants that were rounded when they were merged, each a few times."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IntervalProgram:
    """Bounds of simplified `roots`, functions of `symbols`.

    derived : the trees are derivatives: their constants are widened by the roundings they had.
    """

    roots: tuple[Expr, ...]
    symbols: tuple[str, ...]
    derived: bool = False

    def enclose(self, lower: Array, upper: Array) -> Enclosure:
        """Bounds over the boxes [lower, upper], both (symbols, n)."""
        known: dict[Expr, Bounds] = {}
        smooth = np.ones(lower.shape[1], dtype=np.bool_)
        with np.errstate(all="ignore"):
            for node in self._nodes:
                if node.is_constant:
                    known[node] = self._constant(node)
                elif node.is_symbol:
                    k = self.symbols.index(node.name)
                    known[node] = lower[k], upper[k]
                else:
                    known[node] = RULES[node.op](*_arguments(node, known))
                    if node.op in JUMPS:
                        smooth &= known[node][0] >= known[node][1]
        return self._enclosure([known[root] for root in self.roots], smooth)

    def _enclosure(self, bounds: Sequence[Bounds], smooth: NDArray[np.bool_]) -> Enclosure:
        low, high = np.empty((2, len(bounds), len(smooth)))
        for k, (a, b) in enumerate(bounds):
            low[k], high[k] = a, b
        bad = ~(np.isfinite(low) & np.isfinite(high))
        low[bad] = high[bad] = np.nan
        return Enclosure(lower=low, upper=high, smooth=smooth)

    @property
    def steps(self) -> int:
        """Distinct subexpressions: operations for one set of boxes."""
        return len(self._nodes)

    @cached_property
    def _nodes(self) -> list[Expr]:
        return order(self.roots)

    def _constant(self, node: Expr) -> Bounds:
        width = abs(node.value) * _FOLDED if self.derived else 0.0
        return np.asarray(node.value - width), np.asarray(node.value + width)


def _arguments(node: Expr, known: dict[Expr, Bounds]) -> list[Bounds]:
    bounds = [known[arg] for arg in node.args]
    if node.op == "power" and node.args[1].is_constant and node.args[1].value.is_integer():
        exponent = np.asarray(node.args[1].value)  # not widened: x**2 must stay a square
        bounds[1] = exponent, exponent
    return bounds
