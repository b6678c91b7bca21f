"""Trials of a task: what is drawn anew in each, its inputs, and when its outcome is right.

    draws     numbers of a trial: coherences, delays, contexts
    signals   every input over the trial, from t and the draws, or random pulses or steps
    judge     at these times these variables must agree with the answer

Place in the flow: the `task:` block of a system becomes a `Task`, a generator makes `Trials` of
it, and `lrfit score` runs a network and its target through them. Every trial has a random stream
of its own, so that the first n of more trials are the same n trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.fields.expressions import ExpressionError, Signal, compile_signal
from lrfit.fields.field import Domain
from lrfit.fields.names import why_no_identifier
from lrfit.fields.signal_events import SignalEvents, of_jumps
from lrfit.systems.signals.input_signal import InputSignal, joined_events, resting_input
from lrfit.systems.task_schema import DrawKeys, PulseKeys, SignalKeys, StepKeys, TaskKeys

MOST_TRIALS = 100_000
_MOST_JUMPS = 100_000
"""Jumps of one random signal in one trial; more is a mistake in the file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """Trials that were drawn.

    draws : by name (trials,). initial : (trials, D). signals : one per trial, all inputs.
    times : (trials, K) at which outcomes are judged. answers : (trials, K, V), V judged
    variables; NaN where the target's own trajectory is the answer.
    """

    draws: Mapping[str, Array]
    initial: Array
    signals: tuple[InputSignal, ...]
    times: Array
    answers: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(
            self,
            initial=np.shape(self.initial),
            times=np.shape(self.times),
            answers=np.shape(self.answers),
        )

    @property
    def count(self) -> int:
        """How many."""
        return len(self.signals)


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A task of a system, checked.

    duration : of a trial. variables : those judged. within : how near to the answer is right;
    None: the sign must agree. start : (D,) initial state where the block gives none.
    """

    keys: TaskKeys
    domain: Domain
    parameters: Mapping[str, float]
    start: Array

    @property
    def duration(self) -> float:
        """Of a trial, in the system's unit of time."""
        return self.keys.duration

    @property
    def variables(self) -> tuple[str, ...]:
        """The judged variables, by default all."""
        judge = self.keys.judge
        return tuple(judge.variables or judge.answer or self.domain.variables)

    @property
    def within(self) -> float | None:
        """How near to the answer is right; None: the sign must agree."""
        return self.keys.judge.within

    def draw(self, count: int, seed: int | np.random.SeedSequence) -> Trials:
        """Draw trials; equal seeds give equal trials.

        Raises
        ------
        UsageError
            The count is out of range, or a random signal jumps beyond reason.
        ExpressionError
            A formula of the block cannot be evaluated with some drawn numbers.
        """
        if not 1 <= count <= MOST_TRIALS:
            raise UsageError(f"{count} trials; give from 1 to {MOST_TRIALS:,}")
        root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        single = [self._one(np.random.default_rng(stream)) for stream in root.spawn(count)]
        names = self.keys.draws
        return Trials(
            draws={name: np.array([each.draws[name] for each in single]) for name in names},
            initial=np.array([each.initial for each in single]),
            signals=tuple(each.signal for each in single),
            times=np.array([each.times for each in single]),
            answers=np.array([each.answers for each in single]),
        )

    def _one(self, generator: np.random.Generator) -> _Trial:
        keys, domain = self.keys, self.domain
        draws = {name: float(drawn(rule, generator)) for name, rule in keys.draws.items()}
        known = {**self.parameters, **draws}

        def value(text: str, key: str) -> float:
            return float(compile_signal(text, parameters=known, key=f"task.{key}")(np.array(0.0)))

        initial = self.start.copy()
        for name, text in keys.initial.items():
            initial[domain.variables.index(name)] = value(text, f"initial.{name}")
        judge = keys.judge
        times = [value(text, "judge.at") for text in judge.at] or [keys.duration]
        answer = [
            value(judge.answer[name], f"judge.answer.{name}") if name in judge.answer else np.nan
            for name in self.variables
        ]
        rest = dict(zip(domain.inputs, resting_input(domain).tolist(), strict=True))
        parts = {
            name: _signal(name, keys.signals[name], rest[name], known, keys.duration, generator)
            if name in keys.signals
            else _Stairs(edges=np.empty(0), levels=np.array([rest[name]]))
            for name in domain.inputs
        }
        return _Trial(
            draws=draws,
            initial=initial,
            signal=InputSignal(
                level=np.array(list(rest.values())),
                function=_Bank(parts=tuple(parts.values())) if parts else None,
                breakpoints=np.empty(0),
                names=domain.inputs,
            ).within(keys.duration),
            times=np.clip(times, 0.0, keys.duration),
            answers=np.tile(answer, (len(times), 1)),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Trial:
    draws: Mapping[str, float]
    initial: Array
    signal: InputSignal
    times: Array
    answers: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stairs:
    """A signal that is constant between its jumps: levels[k] from edges[k - 1] on."""

    edges: Array
    levels: Array

    def events(self, _: float) -> SignalEvents:
        """Where it jumps."""
        return of_jumps(self.edges)

    def __call__(self, t: Array) -> Array:
        """Values at times t."""
        return np.asarray(self.levels[np.searchsorted(self.edges, t, side="right")])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Bank:
    """All inputs of a trial as one function t (T,) -> u (T, U)."""

    parts: tuple[_Stairs | Signal, ...]

    def __call__(self, t: Array) -> Array:
        """Values of all signals at times t."""
        return np.stack([part(t) for part in self.parts], axis=1)

    def events(self, duration: float) -> SignalEvents:
        """Those of all signals."""
        return joined_events([part.events(duration) for part in self.parts])


def task_of(keys: TaskKeys, domain: Domain, parameters: Mapping[str, float], start: Array) -> Task:
    """Make a `Task` of a validated block, and try one trial of it.

    Raises
    ------
    ExpressionError
        With the key of the formula at fault; a draw's name that is taken or no identifier.
    """
    taken = {*domain.variables, *domain.inputs, *parameters, "t"}
    for name in keys.draws:
        problem = why_no_identifier(name)
        if name in taken:
            problem = f"{name!r} is a variable, an input or a parameter already; rename the draw"
        if problem:
            raise ExpressionError(problem, key=f"task.draws.{name}")
    task = Task(keys=keys, domain=domain, parameters=parameters, start=start)
    task.draw(1, 0)
    return task


def drawn(rule: DrawKeys, generator: np.random.Generator, size: int | None = None) -> Array:
    """Draw one number, or `size` of them."""
    if rule.choose is not None:
        return np.asarray(generator.choice(rule.choose, size))
    if rule.uniform is not None:
        return np.asarray(generator.uniform(*rule.uniform, size))
    mean, sd = rule.normal or (0.0, 1.0)
    return np.asarray(generator.normal(mean, sd, size))


def _signal(
    name: str,
    rule: SignalKeys,
    rest: float,
    known: Mapping[str, float],
    duration: float,
    generator: np.random.Generator,
) -> _Stairs | Signal:
    if rule.pulses is not None:
        return _pulses(rule.pulses, rest, duration, generator)
    if rule.steps is not None:
        return _steps(rule.steps, rest, duration, generator)
    return compile_signal(rule.expression or "0", parameters=known, key=f"task.signals.{name}")


def _pulses(
    rule: PulseKeys, rest: float, duration: float, generator: np.random.Generator
) -> _Stairs:
    """Whole pulses only: the last one ends before `stop`."""
    stop, levels = min(rule.stop or duration, duration), [rest]
    edges: list[float] = []
    now = rule.start + generator.exponential(1.0 / rule.rate)
    while now + rule.width <= stop:
        if len(edges) > _MOST_JUMPS:
            raise UsageError(f"a trial has more than {_MOST_JUMPS:,} jumps; lower the rate")
        edges += [now, now + rule.width]
        levels += [float(drawn(rule.value, generator)), rest]
        now += rule.width + rule.gap + generator.exponential(1.0 / rule.rate)
    return _Stairs(edges=np.array(edges, dtype=float), levels=np.array(levels))


def _steps(rule: StepKeys, rest: float, duration: float, generator: np.random.Generator) -> _Stairs:
    stop = min(rule.stop or duration, duration)
    count = int(np.ceil((stop - rule.start) / rule.every - 1e-9))
    if count > _MOST_JUMPS:
        raise UsageError(f"a trial has more than {_MOST_JUMPS:,} jumps; raise `every`")
    edges = rule.start + rule.every * np.arange(max(count, 0))
    levels = drawn(rule.value, generator, len(edges))
    return _Stairs(
        edges=np.concatenate([edges, [stop]]), levels=np.concatenate([[rest], levels, [rest]])
    )
