"""Trials of a task with known latent trajectories: what all learners are trained and judged on.

A sample system runs `speed` times as fast as its file says, in seconds, and is stepped by Euler
with the same dt as every network: that discrete system is the task, for all learners alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import yaml

import lrfit
from lrfit.core.arrays import Array
from lrfit.systems.given import as_system
from lrfit.systems.system import System

Inputs = Callable[[np.random.Generator, int, Array], Array]


@dataclass(frozen=True, kw_only=True)
class Task:
    """initial : half-width of the uniform initial states, user's units. inputs : (rng, trials, t)
    -> (trials, T, U). gated : whether fast inputs multiply the state or each other. cycle : the
    period of an autonomous one, seconds.
    """

    name: str
    system: str
    speed: float
    duration: float
    initial: float
    inputs: Inputs
    gated: bool = False
    cycle: float = 0.0

    @property
    def source(self) -> System:
        """The system at the task's speed."""
        return _faster(self.system, self.speed)

    def velocity(self, z: Array, u: Array) -> Array:
        """Of the task, at states (P, D) and inputs (P, U)."""
        return self.source.velocity(z, u)


@cache
def _faster(name: str, speed: float) -> System:
    """A sample system with every rate multiplied, as lrfit would be told: inputs stay affine."""
    said = yaml.safe_load(lrfit.load_system(name).source.text)
    kept = {key: said[key] for key in ("parameters", "define", "domain", "inputs") if key in said}
    rates = {key: f"{speed!r}*({rate})" for key, rate in said["dynamics"].items()}
    text = yaml.safe_dump({"name": name, "dynamics": rates, **kept}, sort_keys=False)
    return as_system(text.encode())


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """z (trials, T + 1, D) states; u (trials, T, U) input over every step."""

    z: Array
    u: Array


def draw(task: Task, count: int, generator: np.random.Generator, dt: float) -> Trials:
    steps = round(task.duration / dt)
    field = task.source
    start = generator.uniform(-task.initial, task.initial, (count, field.domain.dimension))
    u = task.inputs(generator, count, dt * np.arange(steps))
    return Trials(z=follow(field.velocity, start, u, dt), u=u)


def follow(velocity: Callable[[Array, Array], Array], start: Array, u: Array, dt: float) -> Array:
    """States (trials, T + 1, D) under inputs u (trials, T, U), by Euler."""
    z = np.empty((len(start), u.shape[1] + 1, start.shape[1]))
    z[:, 0] = start
    for k in range(u.shape[1]):
        z[:, k + 1] = z[:, k] + dt * velocity(z[:, k], u[:, k])
    return z


def none(generator: np.random.Generator, count: int, t: Array) -> Array:
    return np.zeros((count, len(t), 0))


def evidence(generator: np.random.Generator, count: int, t: Array) -> Array:
    """One coherence per trial, from 0.05 to 0.55 s."""
    coherence = generator.choice([-0.5, -0.25, -0.12, -0.06, 0.06, 0.12, 0.25, 0.5], (count, 1, 1))
    return coherence * ((t >= 0.05) & (t < 0.55))[None, :, None]


def pulses(bits: int) -> Inputs:
    """Pulses of 0.05 s and random sign, six per second and bit on the average."""

    def inputs(generator: np.random.Generator, count: int, t: Array) -> Array:
        width = round(0.05 / (t[1] - t[0]))
        slots = -(-len(t) // width)
        on = generator.random((count, slots, bits)) < 0.3
        signs = on * generator.choice([-1.0, 1.0], (count, slots, bits))
        return np.repeat(signs, width, axis=1)[:, : len(t)]

    return inputs


def two_streams(generator: np.random.Generator, count: int, t: Array) -> Array:
    """Two streams of evidence, new every 0.1 s, and a context that says which one counts."""
    width = round(0.1 / (t[1] - t[0]))
    drawn = generator.uniform(-1.0, 1.0, (count, -(-len(t) // width), 2))
    context = np.broadcast_to(generator.choice([0.0, 1.0], (count, 1, 1)), (count, len(t), 1))
    return np.concatenate([np.repeat(drawn, width, axis=1)[:, : len(t)], context], axis=2)


def comparison(generator: np.random.Generator, count: int, t: Array) -> Array:
    """Two stimuli, 0.4 s each with their gate in the middle, after a random delay."""
    first = generator.choice([-0.6, -0.3, 0.0, 0.3, 0.6], (count, 1))
    second = first + generator.choice([-0.4, -0.2, 0.2, 0.4], (count, 1))
    delay = generator.uniform(0.2, 0.8, (count, 1))

    def during(start: Array | float, length: float) -> Array:
        return (t >= start) & (t < start + length)

    s = first * during(0.1, 0.4) + second * during(0.6 + delay, 0.4)
    gates = [during(0.2 + 0 * delay, 0.2), during(0.7 + delay, 0.2)]
    return np.stack([s, *gates], axis=2).astype(float)


TASKS = (
    Task(
        name="two-well decision",
        system="decision_double_well",
        speed=20.0,
        duration=2.0,
        initial=0.0,
        inputs=evidence,
    ),
    Task(
        name="1-bit flip-flop",
        system="flip_flop_1bit",
        speed=20.0,
        duration=2.0,
        initial=1.0,
        inputs=pulses(1),
    ),
    Task(
        name="3-bit flip-flop",
        system="flip_flop_3bit",
        speed=20.0,
        duration=2.0,
        initial=1.0,
        inputs=pulses(3),
    ),
    Task(
        name="Hopf oscillator, 1 Hz",
        system="hopf_normal_form",
        speed=np.pi,
        duration=3.0,
        initial=1.2,
        inputs=none,
        cycle=1.0,
    ),
    Task(
        name="van der Pol, x5",
        system="van_der_pol",
        speed=5.0,
        duration=3.0,
        initial=2.0,
        inputs=none,
        cycle=6.663287 / 5.0,
    ),
    Task(
        name="context-dependent integration",
        system="context_decision",
        speed=5.0,
        duration=2.0,
        initial=0.0,
        inputs=two_streams,
        gated=True,
    ),
    Task(
        name="parametric working memory",
        system="parametric_working_memory",
        speed=5.0,
        duration=2.4,
        initial=0.0,
        inputs=comparison,
        gated=True,
    ),
)
