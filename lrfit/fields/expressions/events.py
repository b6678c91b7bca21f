"""Where a signal does something that a step must not pass over: jumps, kinks and narrow turns.

Place in the flow: the tree of a signal tells its events up to a duration; solvers restart at them,
and Euler's method takes means over the steps that hold one. Jumps and kinks are the zeros of what
stands inside of step, pulse, minimum, maximum, abs and the like. Turns are zeros of the signal's
derivative: between two neighbours the signal is monotone, so that a step that ends on them sees
all of it, however narrow. Those are kept that longer steps could miss.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.compiler import Program
from lrfit.fields.expressions.crossings import Zeros, evaluated, split, zeros
from lrfit.fields.expressions.derivative import derivatives
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.simplify import ZERO, divide, multiply, simplified, simplify, subtract
from lrfit.fields.expressions.tree import Expr, constant, order, transform
from lrfit.fields.signal_events import NO_TURNS, SignalEvents, limited, narrow_turns

_SMALL = 1e-12
"""Of the signal's range: changes that are left aside."""


@lru_cache(maxsize=256)
def events_of(expression: Expr, duration: float) -> SignalEvents:
    """Find the events of an expression of t in [0, duration]."""
    (root,) = simplify((expression,))
    jumps, limits = _jumps(root, duration)
    rate = _between_jumps(derivatives((root,), ["t"])[0][0])
    if rate.is_constant:
        return limited(jumps, NO_TURNS, limits, duration)
    pieces = split(0.0, duration, jumps)
    small = _SMALL * _spread(root, pieces)
    bend = _between_jumps(derivatives((rate,), ["t"])[0][0])
    found = zeros(rate, pieces, slope=bend, least=small)
    signal = partial(evaluated, Program(roots=(root,), symbols=("t",)))
    turns = narrow_turns(signal, jumps, found.times, duration, small)
    return limited(jumps, turns, [*limits, found.spacing], duration)


def _between_jumps(slope: Expr) -> Expr:
    """A derivative with the slopes of jumps left out, between which it is taken."""
    return transform((slope,), _without_jump)[0]


def _without_jump(node: Expr, args: tuple[Expr, ...]) -> Expr:
    if node.op in ("flat", "cut"):
        return ZERO
    return simplified(node.op, *args) if args else node


def _jumps(root: Expr, duration: float) -> tuple[list[float], list[float]]:
    """Times of jumps and kinks, and steps that are short enough where they are too many."""
    times: set[float] = set()
    limits = []
    for node in order((root,)):
        for inside in _SWITCHES.get(node.op, _no_switch)(*node.args):
            if not inside.is_constant:
                found: Zeros = zeros(inside, split(0.0, duration, [*times]))
                times.update(found.times.tolist())
                limits.append(found.spacing)
    return sorted(times), limits


def _spread(root: Expr, pieces: Array) -> float:
    """An upper bound of the signal's range; 1 where there is none."""
    box = IntervalProgram(roots=(root,), symbols=("t",)).enclose(pieces[:1], pieces[1:])
    spread = float(np.max(box.upper) - np.min(box.lower))
    return spread if np.isfinite(spread) else 1.0


def _no_switch(*_: Expr) -> tuple[Expr, ...]:
    return ()


def _whole(a: Expr) -> tuple[Expr, ...]:
    """A function that vanishes where `a` is a whole number."""
    return (simplified("sin", multiply(constant(math.pi), a)),)


def _fraction(a: Expr, b: Expr) -> tuple[Expr, ...]:
    """Powers that are not whole have a kink where their base vanishes."""
    return () if b.is_constant and b.value.is_integer() and b.value >= 0.0 else (a,)


_SWITCHES: dict[str, Callable[..., tuple[Expr, ...]]] = {
    "step": lambda a, b: (subtract(a, b),),
    "pulse": lambda a, b, c: (subtract(a, b), subtract(a, c)),
    "minimum": lambda a, b: (subtract(a, b),),
    "maximum": lambda a, b: (subtract(a, b),),
    **dict.fromkeys(("abs", "relu", "sign", "heaviside", "sqrt"), lambda a: (a,)),
    "floor": _whole,
    "mod": lambda a, b: _whole(divide(a, b)),
    "atan2": lambda y, _: (y,),
    "power": _fraction,
}
