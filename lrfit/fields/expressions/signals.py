"""Input signals: expressions of time, with jumps that an integrator can be told of.

step(t, t0) = 1 from t0 on,   pulse(t, t0, t1) = 1 on [t0, t1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.fields.expressions.compiler import FEW_POINTS, Program
from lrfit.fields.expressions.events import events_of
from lrfit.fields.expressions.fold import bind
from lrfit.fields.expressions.operations import SIGNAL_FUNCTIONS
from lrfit.fields.expressions.parser import parse
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.expressions.tree import Expr
from lrfit.fields.signal_events import SignalEvents


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """A function of time, vectorized; `expression` has the parameters put in."""

    text: str
    parameters: Mapping[str, float]
    expression: Expr

    def __call__(self, t: ArrayLike) -> Array:
        """Values at times t, in the shape of t; not finite where undefined."""
        times = np.asarray(t, dtype=np.float64)
        if 0 < times.size <= FEW_POINTS:
            values = self._program.points([[time] for time in times.ravel().tolist()])
            if values is not None:
                return np.array(values).reshape(times.shape)
        out = np.empty(times.size)
        self._program.fill([times.ravel()], [out])
        return out.reshape(times.shape)

    def events(self, duration: float) -> SignalEvents:
        """Jumps, kinks and narrow turns in [0, duration]."""
        return events_of(self.expression, duration)

    @cached_property
    def _program(self) -> Program:
        return Program(roots=simplify((self.expression,)), symbols=("t",))

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.text, dict(self.parameters))


def compile_signal(
    text: str, *, parameters: Mapping[str, float] | None = None, key: str = ""
) -> Signal:
    """Compile a signal; its names are `t` and the parameters.

    Raises
    ------
    ExpressionError
        With `key`, for anything that is not in the grammar.
    """
    parameters = dict(parameters or {})
    expression = parse(text, names=["t", *parameters], where=key, functions=SIGNAL_FUNCTIONS)
    return Signal(
        text=text, parameters=parameters, expression=bind(expression, parameters, key=key)
    )


def _remake(text: str, parameters: dict[str, float]) -> Signal:
    return compile_signal(text, parameters=parameters)
