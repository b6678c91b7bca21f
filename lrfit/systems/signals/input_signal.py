"""The input u(t) of a simulation: a function of time, or a constant, with its jumps.

Place in the flow: signals (expressions of t, or any Python function) drive networks and
targets. Without one, every input rests at zero where its range contains zero, because zero
means "no input" in every model of the literature, and else in the middle of its range, because
nothing was fitted outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError, UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.field import Domain

Signal = Callable[[Array], Array]
"""t (T,) -> u (T, U), in the user's units."""


@dataclass(frozen=True, kw_only=True, eq=False)
class InputSignal:
    """u(t) for U inputs.

    level : (U,), the value of a constant input. function : the signal, None when constant.
    breakpoints : (K,), increasing times at which the signal jumps. names : of the inputs.
    """

    level: Array
    function: Signal | None
    breakpoints: Array
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, level=(len(self.names),), breakpoints=(-1,))

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

        In a step that contains jumps it is the mean over the step instead, so that a pulse
        keeps its area however short it is and wherever it falls between the steps.
        """
        u = np.array(self.at(dt * np.arange(first, first + count, dtype=np.float64)))
        cells = np.floor(self.breakpoints / dt)
        cells = cells[(cells >= first) & (cells < first + count)].astype(np.int64)
        for cell in np.unique(cells):
            u[cell - first] = self._mean(cell * dt, (cell + 1) * dt)
        return u

    def _mean(self, start: float, stop: float) -> Array:
        inside = self.breakpoints[(self.breakpoints > start) & (self.breakpoints < stop)]
        edges = np.concatenate([[start], inside, [stop]])
        lengths = np.diff(edges)
        return np.asarray(lengths @ self.at(edges[:-1] + 0.5 * lengths) / (stop - start))


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
