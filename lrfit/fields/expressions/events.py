"""Where a signal does something that a step must not pass over: jumps, kinks and narrow turns.

Place in the flow: the tree of a signal tells its events up to a duration; solvers restart at them,
and Euler's method takes means over the steps that hold one. Jumps and kinks are the zeros of what
stands inside of step, pulse, minimum, maximum, abs and the like. Turns are zeros of the signal's
derivative: between two neighbours the signal is monotone, so that a step that ends on them sees
all of it, however narrow. Those are kept that longer steps could miss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.expressions.compiler import Program
from lrfit.fields.expressions.crossings import Zeros, evaluated, margin, split, zeros
from lrfit.fields.expressions.derivative import derivatives
from lrfit.fields.expressions.interval import IntervalProgram
from lrfit.fields.expressions.simplify import ZERO, divide, multiply, simplified, simplify, subtract
from lrfit.fields.expressions.tree import Expr, constant, order, transform

STEPS = 100
"""Steps into which a solver divides the duration at least, and which see what is slower."""
MOST_TURNS = 100
"""Restarts; more of them become a longest step."""
_SHORTEST = 5e-6
"""Of the duration: no limit of steps is shorter, or no run would end."""
_HALVINGS = 45
_SMALL = 1e-12
"""Of the signal's range: changes that are left aside."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalEvents:
    """Events of a signal until some time.

    jumps : (K,) times at which it jumps or has a kink. turns : (L,) times of narrow extrema.
    widths : (L,) time in which the signal changes there. longest_step : of a solver that is to see
    everything else. complete : whether nothing shorter than that can be missed.
    """

    jumps: Array
    turns: Array
    widths: Array
    longest_step: float = math.inf
    complete: bool = True

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, jumps=(-1,), turns=(-1,), widths=np.shape(self.turns))


def of_jumps(jumps: Array) -> SignalEvents:
    """Events of a signal that is constant between jumps."""
    return SignalEvents(jumps=jumps, turns=np.empty(0), widths=np.empty(0))


@lru_cache(maxsize=256)
def events_of(expression: Expr, duration: float) -> SignalEvents:
    """Find the events of an expression of t in [0, duration]."""
    (root,) = simplify((expression,))
    jumps, limits = _jumps(root, duration)
    rate = _between_jumps(derivatives((root,), ["t"])[0][0])
    if rate.is_constant:
        return limited(jumps, _NONE, limits, duration)
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


_NONE = np.empty((2, 0))


def limited(
    jumps: Sequence[float], turns: Array, limits: Sequence[float], duration: float
) -> SignalEvents:
    """Events of jumps and turns with widths (2, L); too many turns become a longest step."""
    if turns.shape[1] > MOST_TURNS:
        limits, turns = [*limits, float(np.min(np.diff(turns[0])))], _NONE
    longest = min(limits, default=math.inf)
    return SignalEvents(
        jumps=np.array(jumps),
        turns=turns[0],
        widths=turns[1],
        longest_step=max(longest, _SHORTEST * duration),
        complete=longest >= _SHORTEST * duration,
    )


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


def narrow_turns(
    signal: Callable[[Array], Array],
    jumps: Sequence[float],
    turns: Array,
    duration: float,
    small: float,
) -> Array:
    """Those turns, with their widths (2, L), about which a step of a hundredth is long.

    `signal` gives values (T,) at times (T,), of which differences up to `small` do not count.
    Away from a turn it changes by c(d) within a time d, and by V within a step h. Where c(d) / d
    is several times V / h for some d, that change happens in a small part of the step.
    """
    if not len(turns):
        return _NONE
    h, edges = duration / STEPS, np.array([0.0, *jumps, duration])
    behind = np.clip(np.searchsorted(edges, turns, side="right"), 1, len(edges) - 1)
    times = h * 2.0 ** -np.arange(_HALVINGS)[:, None]
    before = np.maximum(turns - times, edges[behind - 1] + margin(edges[behind - 1]))
    after = np.minimum(turns + times, edges[behind] - margin(edges[behind]))
    around = np.stack([before, after])
    change = np.abs(signal(around.ravel()).reshape(around.shape) - signal(turns))
    with np.errstate(all="ignore"):
        speed = np.where(change > small, change / np.abs(around - turns), 0.0)
    fastest = np.max(speed, axis=(0, 1))
    kept = ~(fastest * h <= 4.0 * np.max(change, axis=(0, 1)) + small)
    widths = 2.0 * times[np.argmax(np.max(speed, axis=0), axis=0), 0]
    return np.stack([turns, widths])[:, kept]


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
