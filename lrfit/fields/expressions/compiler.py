"""Expressions -> one function over arrays, block by block, and one for single points.

Place in the flow: simplified trees become a `Program`; fields and signals run it. The points
go through in blocks whose buffers fit in the second-level cache, which is what makes the
generated code faster than numpy written by hand: there every subexpression travels to main
memory and back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.array_code import ArrayCode, array_code
from lrfit.fields.expressions.lower import lower
from lrfit.fields.expressions.point_code import PointCode, point_code
from lrfit.fields.expressions.tree import Expr
from lrfit.fields.steady import Repeated

# Up to here a loop over points in Python is faster than numpy calls on short arrays.
FEW_POINTS = 12
_CACHE_NUMBERS = 65_536  # 512 KiB: half of the second-level cache of current processors
_BLOCK_RANGE = (1_024, 16_384)


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Compiled `roots`, functions of `symbols`. Code is generated at the first call."""

    roots: tuple[Expr, ...]
    symbols: tuple[str, ...]

    @cached_property
    def _lowered(self) -> tuple[Expr, ...]:
        return lower(self.roots)

    @cached_property
    def _array(self) -> ArrayCode:
        return array_code(self._lowered, self.symbols)

    @cached_property
    def _point(self) -> PointCode:
        return point_code(self._lowered, self.symbols)

    @cached_property
    def _block(self) -> int:
        numbers = _CACHE_NUMBERS // (len(self.symbols) + len(self.roots) + self._array.buffers)
        low, high = _BLOCK_RANGE
        return int(np.clip(2 ** int(np.log2(max(numbers, 1))), low, high))

    def points(self, rows: Sequence[Sequence[float]]) -> list[tuple[float, ...]] | None:
        """Values at a few points, one tuple of roots each; None where a float operation raised.

        Then `fill` gives the same values with inf and NaN where they belong.
        """
        point = self._point
        try:
            return [point(*row) for row in rows]
        except (ArithmeticError, ValueError):
            return None

    def steady(self, u: Array) -> Callable[[Array], Array]:
        """Values (P, roots) at states (P, D), a new array, where the last symbols are constant."""
        tail, columns = u.tolist(), Repeated(u)

        def values(z: Array) -> Array:
            if 0 < len(z) <= FEW_POINTS:
                found = self.points([[*row, *tail] for row in z.tolist()])
                if found is not None:
                    return np.array(found)
            out = np.empty((len(z), len(self.roots)))
            self.fill([*z.T, *columns.rows(len(z)).T], list(out.T))
            return out

        return values

    def fill(self, columns: Sequence[Array], outputs: Sequence[Array]) -> None:
        """Evaluate at P points: `columns`, one (P,) per symbol, into `outputs`, (P,) per root.

        The values agree with those of `points` to the few units in the last place by which
        numpy's functions differ from the C library's.
        """
        count, block = len(outputs[0]), self._block
        with np.errstate(all="ignore"):
            if count <= block:  # the shortest way, for some hundred trials in an integrator
                buffers = np.empty((self._array.buffers, count))
                self._array.run([column.copy() for column in columns], outputs, list(buffers))
            else:
                self._fill_blocks(columns, outputs, count, block)

    def _fill_blocks(
        self, columns: Sequence[Array], outputs: Sequence[Array], count: int, block: int
    ) -> None:
        inputs = np.empty((len(columns), block))
        buffers = np.empty((self._array.buffers, block))
        for start in range(0, count, block):
            part = slice(start, start + block)
            size = min(block, count - start)
            for row, column in zip(inputs, columns, strict=True):
                row[:size] = column[part]
            rows = [out[part] for out in outputs]
            self._array.run(list(inputs[:, :size]), rows, list(buffers[:, :size]))
