"""The mean of a signal over a step that holds a jump, a kink or a narrow turn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrfit.core.arrays import Array

_HALVINGS = 45
_NODES = np.array([-np.sqrt(0.6), 0.0, np.sqrt(0.6)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
"""Of Gauss and Legendre, exact up to the fifth power."""


def mean_over(
    function: Callable[[Array], Array], start: float, stop: float, jumps: Array, turns: Array
) -> Array:
    """Mean (U,) of a signal t (T,) -> (T, U) over [start, stop].

    Between jumps by Gauss and Legendre. Pieces halve towards every turn, so that one of them is
    as long as the turn, however narrow it is.
    """
    edges, length = [start, stop, *jumps], stop - start
    for turn in turns[(turns >= start - length) & (turns <= stop + length)]:
        distances = 2.0 * length * 2.0 ** -np.arange(_HALVINGS)
        edges += [turn, *(turn - distances), *(turn + distances)]
    inside = np.array(sorted({time for time in edges if start <= time <= stop}))
    middle, half = 0.5 * (inside[1:] + inside[:-1]), 0.5 * np.diff(inside)
    values = function((middle + half * _NODES[:, None]).ravel()).reshape(3, len(middle), -1)
    means = np.einsum("k,kpu->pu", _WEIGHTS, values)
    return np.asarray(2.0 * half @ means / (stop - start))
