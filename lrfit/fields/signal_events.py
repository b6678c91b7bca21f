"""Events of a signal: where it does something that a step must not pass over.

Place in the flow: signals of expressions (`expressions.events`) and sampled ones tell their events;
`systems.signals` hands them to solvers, which restart there, and takes means over steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields

STEPS = 100
"""Steps into which a solver divides the duration at least, and which see what is slower."""
MOST_TURNS = 100
"""Restarts; more of them become a longest step."""
_SHORTEST = 5e-6
"""Of the duration: no limit of steps is shorter, or no run would end."""
_HALVINGS = 45


NO_TURNS = np.empty((2, 0))
"""Turns with their widths."""


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


def limited(
    jumps: Sequence[float], turns: Array, limits: Sequence[float], duration: float
) -> SignalEvents:
    """Events of jumps and turns with widths (2, L); too many turns become a longest step."""
    if turns.shape[1] > MOST_TURNS:
        limits, turns = [*limits, float(np.min(np.diff(turns[0])))], NO_TURNS
    longest = min(limits, default=math.inf)
    return SignalEvents(
        jumps=np.array(jumps),
        turns=turns[0],
        widths=turns[1],
        longest_step=max(longest, _SHORTEST * duration),
        complete=longest >= _SHORTEST * duration,
    )


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
        return NO_TURNS
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


def margin(t: Array) -> Array:
    """What constants of derivatives, which were rounded many times, may shift a time by."""
    return np.asarray(512.0 * np.spacing(np.abs(t)))
