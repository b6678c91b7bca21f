"""The input u(t) of a simulation: a function of time, or a constant, with its events.

Place in the flow: signals (expressions of t, or any Python function) drive networks and
targets. Without one, every input rests at zero where its range contains zero, because zero
means "no input" in every model of the literature, and else in the middle of its range, because
nothing was fitted outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError, UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.field import Domain
from lrfit.fields.signal_events import SignalEvents
from lrfit.systems.signals.means import mean_over

Signal = Callable[[Array], Array]
"""t (T,) -> u (T, U), in the user's units."""


@dataclass(frozen=True, kw_only=True, eq=False)
class InputSignal:
    """u(t) for U inputs.

    level : (U,), the value of a constant input. function : the signal, None when constant.
    breakpoints : (K,), increasing times at which the signal jumps or has a kink. names : of the
    inputs. turns, widths : (L,), times of narrow extrema and how long they last. longest_step : of
    a solver that is to see all the rest. complete : whether nothing shorter can be missed. until :
    the time up to which these four, and the breakpoints of expressions, are known (`within`).
    """

    level: Array
    function: Signal | None
    breakpoints: Array
    names: tuple[str, ...]
    turns: Array = field(default_factory=lambda: np.empty(0))
    widths: Array = field(default_factory=lambda: np.empty(0))
    longest_step: float = math.inf
    complete: bool = True
    until: float = 0.0

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, level=(len(self.names),), breakpoints=(-1,))
        freeze_fields(self, turns=(-1,), widths=np.shape(self.turns))

    def within(self, duration: float) -> InputSignal:
        """The same signal with its events in [0, duration], as far as its function knows them."""
        if self.until == duration or not isinstance(self.function, Eventful):
            return self
        found = self.function.events(duration)
        jumps = sorted({*self.breakpoints.tolist(), *found.jumps.tolist()})
        return replace(
            self,
            breakpoints=np.array(jumps),
            turns=found.turns,
            widths=found.widths,
            longest_step=found.longest_step,
            complete=found.complete,
            until=duration,
        )

    @property
    def events(self) -> Array:
        """Increasing times over which no step may pass: breakpoints and narrow turns."""
        return np.array(sorted({*self.breakpoints.tolist(), *self.turns.tolist()}))

    @property
    def constant(self) -> bool:
        """Whether u is the same at all times."""
        return self.function is None

    def at(self, t: Array) -> Array:
        """U (T, U) at times t (T,).

        Raises
        ------
        UsageError
            The signal's result has the wrong shape.
        InputError
            It is not finite.
        """
        if self.function is None:
            if len(t) == 1:  # solvers ask for one time at a time, a thousand times
                return self.level[None]
            return np.broadcast_to(self.level, (len(t), len(self.level)))
        u = real_numbers(self.function(t), "what the input signal gives")
        if u.shape != (len(t), len(self.names)):
            raise UsageError(
                f"the input signal gives shape {u.shape} for {len(t)} times; "
                f"it must give ({len(t)}, {len(self.names)}): times x inputs"
            )
        if not np.isfinite(u).all():
            row, column = np.argwhere(~np.isfinite(u))[0]
            raise InputError(
                f"the signal of {self.names[column]} is {u[row, column]} at t={t[row]:g}; "
                "give one that is finite for the whole duration"
            )
        return u

    def over_steps(self, first: int, count: int, dt: float) -> Array:
        """What Euler sees in steps `first`, ..., (count, U): u(t_k), as everywhere in the field.

        In a step that contains an event it is the mean over the step instead, so that a pulse
        keeps its area however short it is and wherever it falls between the steps.
        """
        u = np.array(self.at(dt * np.arange(first, first + count, dtype=np.float64)))
        cells = self.cells(dt)
        for cell in cells[(cells >= first) & (cells < first + count)]:
            start, stop = cell * dt, (cell + 1) * dt
            u[cell - first] = mean_over(self.at, start, stop, self.breakpoints, self.turns)
        return u

    def cells(self, dt: float) -> NDArray[np.int64]:
        """Numbers of those steps dt that hold a breakpoint, or are next to a narrow turn."""
        turns = np.floor(self.turns / dt)
        numbers = np.concatenate([np.floor(self.breakpoints / dt), turns - 1, turns, turns + 1])
        return np.array(sorted({*numbers.astype(np.int64).tolist()}), dtype=np.int64)

    def shorter_than(self, dt: float) -> tuple[float, float] | None:
        """The time and duration of the shortest event that lasts less than dt, if any does."""
        pauses = np.diff(self.breakpoints)
        times = np.concatenate([self.breakpoints[:-1], self.turns])
        lengths = np.concatenate([pauses, self.widths])
        if not len(lengths) or np.min(lengths) >= dt * (1.0 - 1e-9):
            return None
        shortest = int(np.argmin(lengths))
        return float(times[shortest]), float(lengths[shortest])


@runtime_checkable
class Eventful(Protocol):
    """A signal that knows its events."""

    def events(self, duration: float) -> SignalEvents:
        """Those in [0, duration]."""
        ...


def joined_events(parts: Sequence[SignalEvents]) -> SignalEvents:
    """Events of several signals together."""
    return SignalEvents(
        jumps=np.array(sorted({time for part in parts for time in part.jumps.tolist()})),
        turns=np.concatenate([np.empty(0), *(part.turns for part in parts)]),
        widths=np.concatenate([np.empty(0), *(part.widths for part in parts)]),
        longest_step=min((part.longest_step for part in parts), default=math.inf),
        complete=all(part.complete for part in parts),
    )


class SteppedInput:
    """u in each of so many Euler steps, computed for a block of steps at a time."""

    BLOCK = 4096

    def __init__(self, signal: InputSignal, dt: float, steps: int) -> None:
        self.signal, self.dt, self.steps = signal, dt, steps
        self._first, self._values = 0, np.empty((0, len(signal.names)))

    def __getitem__(self, k: int) -> Array:
        """U (U,) in step k."""
        if not 0 <= k - self._first < len(self._values):
            count = min(self.BLOCK, self.steps - k)
            self._first, self._values = k, self.signal.over_steps(k, count, self.dt)
        return np.asarray(self._values[k - self._first])


class SteppedTrials:
    """u in each of so many steps, each trial under a signal of its own.

    `keep` drops the trials that have ended, so that rows stay beside those of the state.
    """

    BLOCK = 256

    def __init__(self, signals: Sequence[InputSignal], dt: float, steps: int) -> None:
        self.signals, self.dt, self.steps = list(signals), dt, steps
        self._first, self._values = 0, np.empty((0, len(signals), len(signals[0].names)))

    def __getitem__(self, k: int) -> Array:
        """U (trials, U) in step k."""
        if not 0 <= k - self._first < len(self._values):
            count = min(self.BLOCK, self.steps - k)
            each = [signal.over_steps(k, count, self.dt) for signal in self.signals]
            self._first, self._values = k, np.stack(each, axis=1)
        return np.asarray(self._values[k - self._first])

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Go on with these trials only."""
        self.signals = [s for s, is_so in zip(self.signals, stays, strict=True) if is_so]
        self._values = self._values[:, stays]


StepInputs = SteppedInput | SteppedTrials
"""One input for all trials, (U,) in every step, or one for each, (trials, U)."""


def resting_input(domain: Domain) -> Array:
    """(U,) zero where the range contains it, else the middle of the range."""
    contains_zero = (domain.input_lower <= 0.0) & (domain.input_upper >= 0.0)
    return np.where(contains_zero, 0.0, domain.input_middle)


def input_signal(
    domain: Domain,
    signal: Signal | ArrayLike | None = None,
    breakpoints: Sequence[float] | Array = (),
) -> InputSignal:
    """Check and complete what the user gave: a function of time, U constants, or nothing.

    Raises
    ------
    UsageError
        The wrong number of constants, or values or breakpoints that are not finite.
    """
    # Not np.unique, which imports numpy.ma.
    jumps = np.array(sorted({*real_numbers(breakpoints, "the breakpoints").ravel().tolist()}))
    function, level = None, resting_input(domain)
    if callable(signal):
        function = signal
    elif signal is not None:
        level = real_numbers(signal, "the constant input")
    if level.shape != (domain.input_count,):
        raise UsageError(
            f"the constant input has shape {level.shape}; give {domain.input_count} numbers, "
            "one per input"
        )
    if not (np.all(np.isfinite(level)) and np.all(np.isfinite(jumps))):
        raise UsageError("a constant input or a breakpoint is not finite; give finite numbers")
    return InputSignal(level=level, function=function, breakpoints=jumps, names=domain.inputs)
