"""Bounds on a field of expressions and on its derivatives, each made when first asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.fields.expressions.derivative import derivatives
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.tree import Expr


@dataclass(frozen=True, kw_only=True, eq=False)
class ExpressionEnclosures:
    """Interval programs of D right-hand sides `expressions`, their `derivatives` D x (D + U)."""

    expressions: tuple[Expr, ...]
    derivatives: tuple[tuple[Expr, ...], ...]
    symbols: tuple[str, ...]

    @cached_property
    def values(self) -> IntervalProgram:
        """The velocity: D rows."""
        return IntervalProgram(roots=self.expressions, symbols=self.symbols)

    @cached_property
    def slopes_by_state(self) -> IntervalProgram:
        """Derivatives by the state: D² rows."""
        D = len(self.expressions)
        return self._derived(entry for row in self.derivatives for entry in row[:D])

    @cached_property
    def slopes(self) -> IntervalProgram:
        """All first derivatives: D (D + U) rows."""
        return self._derived(self._slopes)

    @cached_property
    def slopes_and_curvatures(self) -> IntervalProgram:
        """All first derivatives, then the second ones by the pairs j <= k of every variable."""
        n = len(self.symbols)
        again = derivatives(self._slopes, self.symbols)
        pairs = list(zip(*np.triu_indices(n), strict=True))
        curved = [again[d * n + j][k] for d in range(len(self.expressions)) for j, k in pairs]
        return self._derived([*self._slopes, *curved])

    @property
    def _slopes(self) -> tuple[Expr, ...]:
        return tuple(entry for row in self.derivatives for entry in row)

    def _derived(self, roots: Iterable[Expr]) -> IntervalProgram:
        return IntervalProgram(roots=tuple(roots), symbols=self.symbols, derived=True)
