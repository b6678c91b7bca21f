"""The three tasks of Schuessler et al. 2020: flip-flop, context-dependent decision, comparison.

Time is in units of tau, steps are 0.5, and targets are 0 and +-0.5 (Schuessler et al. 2020,
section "Tasks", and their code). Trials of a batch are drawn as whole arrays, not one by one.

Place in the flow: `learn` asks a task for batches; `system_task` makes one of a system.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.learning.trials import Floats, TaskTrials

TAU, DT = 1.0, 0.5
AMPLITUDE = 0.5
"""Of the targets."""
WITHIN = AMPLITUDE / 2.0
"""How near to the target an output is right: at half of the amplitude."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningTask(ABC):
    """What a network can be trained on.

    Attributes
    ----------
    name : of the task. inputs, outputs : names of the U inputs and K outputs.
    tau : time constant of the neurons. dt : of Euler's steps.
    within : (K,) how near to the answer an output is right; None: its sign must agree.
    input_scale, output_scale : (U,), (K,), the user's units of a unit of the trials.
    output_middle : (K,), the user's value at an output of zero.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    tau: float
    dt: float
    within: Array | None
    input_scale: Array
    output_scale: Array
    output_middle: Array

    @property
    def step(self) -> float:
        """What the equations call a: dt/tau."""
        return self.dt / self.tau

    @abstractmethod
    def draw(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Draw trials; equal streams give equal trials."""

    def batch(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Trials for one step of learning; where drawing is quick, they are new ones."""
        return self.draw(count, stream)

    def right(self, outputs: Floats, trials: TaskTrials) -> float:
        """Share of the trials in which all outputs (T, P, K) agree wherever they are judged."""
        return float(np.mean(self.right_by_trial(outputs, trials)))

    def right_by_trial(self, outputs: Floats, trials: TaskTrials) -> NDArray[np.bool_]:
        """Which trials (P,) are right."""
        if self.within is None:
            # In the user's units: what is positive there need not be so in those of the box.
            middle, scale = self.output_middle, self.output_scale
            outcome, answer = (middle + scale * each for each in (outputs, trials.answers))
            agrees = np.sign(outcome) == np.sign(answer)
        else:
            agrees = np.abs(outputs - trials.answers) < self.within
        return np.asarray(np.all(agrees | ~trials.judged, axis=(0, 2)))


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrayTask(LearningTask):
    """A task whose trials are drawn as arrays.

    duration : of a trial. make : (generator, times (T,), trials) -> inputs, targets, mask. Outputs
    are judged wherever the mask is not zero.
    """

    duration: float
    make: Callable[[np.random.Generator, Array, int], tuple[Floats, ...]]

    def draw(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Draw trials."""
        times: Array = self.dt * np.arange(round(self.duration / self.dt), dtype=np.float64)
        inputs, targets, mask = self.make(np.random.default_rng(stream), times, count)
        return TaskTrials(
            inputs=inputs, targets=targets, mask=mask, answers=targets, judged=mask > 0
        )


def flip_flop(generator: np.random.Generator, times: Array, count: int) -> tuple[Floats, ...]:
    """The memory of the last of several pulses on two channels, +-0.5 there and 0 on the other.

    The first pulse is at t = 1, the next ones follow after 5 + U(5, 25). A pulse lasts 1. In the
    first 5 after its onset nothing is asked.
    """
    pulses = 2 + int(times[-1] // 10.0)
    gaps = 5.0 + generator.uniform(5.0, 25.0, (pulses - 1, count))
    onsets = 1.0 + np.concatenate([np.zeros((1, count)), np.cumsum(gaps, axis=0)])
    signs = generator.choice([-1.0, 1.0], (pulses, count))
    channels = generator.integers(0, 2, (pulses, count))
    inputs, targets = np.zeros((2, len(times), count, 2))
    mask = np.zeros_like(targets)
    now, trial = times[:, None], np.arange(count)
    ends = np.concatenate([onsets[1:], np.full((1, count), np.inf)])
    for onset, end, sign, channel in zip(onsets, ends, signs, channels, strict=True):
        inputs[:, trial, channel] += sign * ((now >= onset) & (now < onset + 1.0))
        held = (now >= onset + 5.0) & (now < end)
        targets[:, trial, channel] += AMPLITUDE * sign * held
        mask += held[:, :, None]
    return inputs, targets, mask


def context(generator: np.random.Generator, times: Array, count: int) -> tuple[Floats, ...]:
    """Which of two noisy streams is positive, the one that a context line names (Mante 2013).

    3 of fixation, 20 of stimulus, 5 of delay, 20 of decision, in which the target is +-0.5.
    Coherences are +-1, 2, 4, 8 eighths; noise 0.05/sqrt(dt) is on both streams at all times.
    """
    size = (count, 2)
    coherences = generator.choice([-1.0, 1.0], size) * generator.choice([1, 2, 4, 8], size) / 8.0
    attended = generator.integers(0, 2, count)
    stimulus = ((times >= 3.0) & (times < 23.0)).astype(float)[:, None]
    inputs = np.zeros((len(times), count, 4))
    inputs[:, np.arange(count), attended] = stimulus
    inputs[:, :, 2:] = stimulus[:, :, None] * coherences
    inputs[:, :, 2:] += generator.normal(0.0, 0.05 / np.sqrt(DT), inputs[:, :, 2:].shape)
    decision = np.broadcast_to((times >= 28.0)[:, None, None], (len(times), count, 1))
    sign = np.sign(coherences[np.arange(count), attended])
    return inputs, AMPLITUDE * sign[:, None] * decision, decision.astype(float)


def comparison(generator: np.random.Generator, times: Array, count: int) -> tuple[Floats, ...]:
    """Which of two stimuli was larger, across a delay of U(2, 8) (Romo 1999): two outputs.

    3 of fixation, 1 of stimulus, the delay, 1 of stimulus, 5 of waiting, 10 of response: 0.5 on
    the output of the larger, 0 on the other. Amplitudes are U(0.5, 1.5), at least 0.2 apart. Both
    outputs must be 0 until the end of the second stimulus.
    """
    first = generator.uniform(0.5, 1.5, count)
    second = generator.uniform(0.5, 1.5, count)
    while np.any(close := np.abs(first - second) < 0.2):
        first[close], second[close] = generator.uniform(0.5, 1.5, (2, int(close.sum())))
    onset = 4.0 + generator.uniform(2.0, 8.0, count)
    now = times[:, None]
    inputs = first * ((now >= 3.0) & (now < 4.0))
    inputs = inputs + second * ((now >= onset) & (now < onset + 1.0))
    response = (now >= onset + 6.0) & (now < onset + 16.0)
    larger = np.stack([first > second, second > first], axis=1)
    targets = AMPLITUDE * response[:, :, None] * larger
    mask = (response | (now < onset + 1.0)).astype(float)
    return inputs[:, :, None], targets, np.repeat(mask[:, :, None], 2, axis=2)


def _task(
    make: Callable[[np.random.Generator, Array, int], tuple[Floats, ...]],
    duration: float,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
) -> ArrayTask:
    """A task of the paper, in its units."""
    return ArrayTask(
        name=make.__name__,
        inputs=inputs,
        outputs=outputs,
        tau=TAU,
        dt=DT,
        within=np.full(len(outputs), WITHIN),
        input_scale=np.ones(len(inputs)),
        output_scale=np.ones(len(outputs)),
        output_middle=np.zeros(len(outputs)),
        duration=duration,
        make=make,
    )


TASKS = {
    task.name: task
    for task in (
        _task(flip_flop, 50.0, ("pulse1", "pulse2"), ("memory1", "memory2")),
        _task(context, 48.0, ("context1", "context2", "stream1", "stream2"), ("choice",)),
        _task(comparison, 28.0, ("stimulus",), ("first", "second")),
    )
}
