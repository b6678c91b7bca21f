"""FORCE (Sussillo & Abbott 2009): recursive least squares on a chaotic reservoir's readout.

    tau x' = -x + g J r + F z + B u,   r = tanh(x),   z = Wᵀ r

J of variance 1/N, F and B uniform in [-1, 1]. W is updated every second step while the network
runs with its own output. Two ways of use: a periodic target, followed freely after learning; and
trials, each from the same state after half a second in which the output is held at the initial
state that the learner is told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.peers.trials import Trials
from lrfit.core.arrays import Array

EVERY = 2
SETTLING = 0.5
"""Seconds for which the output is held before a trial."""


@dataclass(kw_only=True, eq=False)
class Reservoir:
    """J (N, N) with its gain, F (N, D), B (N, U); W (N, D) and P (N, N) are learned."""

    J: Array
    F: Array
    B: Array
    start: Array
    step: float
    W: Array = field(init=False)
    P: Array = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is learned yet."""
        self.W, self.P = np.zeros(self.F.shape), np.eye(len(self.J))

    def advance(self, x: Array, z: Array, u: Array) -> Array:
        """Currents (trials, N) after a step with outputs z (trials, D) and inputs u (trials, U)."""
        pull = np.tanh(x) @ self.J.T + z @ self.F.T + u @ self.B.T
        return np.asarray(x + self.step * (pull - x))

    def output(self, x: Array) -> Array:
        """Z (trials, D) at currents x (trials, N)."""
        return np.asarray(np.tanh(x) @ self.W)

    def learn(self, x: Array, wrong: Array) -> None:
        """One step of recursive least squares for one state x (1, N), error `wrong` (1, D)."""
        r = np.tanh(x[0])
        p = self.P @ r
        scaled = p / (1.0 + r @ p)
        self.P -= np.outer(scaled, p)
        self.W -= np.outer(scaled, wrong[0])

    def settled(self, z: Array, u: Array, dt: float) -> Array:
        """States (trials, N) after the output was held at z, with the first input."""
        x = np.repeat(self.start[None], len(z), axis=0)
        for _ in range(round(SETTLING / dt)):
            x = self.advance(x, z, u)
        return x


def reservoir(
    neurons: int, D: int, U: int, *, dt: float, tau: float, seed: int, gain: float = 1.5
) -> Reservoir:
    generator = np.random.default_rng(seed)
    N = neurons
    return Reservoir(
        J=gain / np.sqrt(N) * generator.standard_normal((N, N)),
        F=generator.uniform(-1.0, 1.0, (N, D)),
        B=generator.uniform(-1.0, 1.0, (N, U)),
        start=0.5 * generator.standard_normal(N),
        step=dt / tau,
    )


def follow_cycle(network: Reservoir, target: Array, learn: int) -> tuple[Array, float, Array]:
    """Learn from target (T, D) for `learn` steps, then run freely.

    Returns the free output, CPU seconds of learning, and the state (1, N) at its end.
    """
    began = time.process_time()
    x, z = _learn(
        network, network.start[None], np.zeros((1, target.shape[1])), np.empty((learn, 0)), target
    )
    spent = time.process_time() - began
    return run_freely(network, x, z, np.empty((1, len(target) - learn, 0)))[0], spent, x


def learn_trials(network: Reservoir, trials: Trials, dt: float) -> float:
    """Learn from trials one after the other; CPU seconds."""
    began = time.process_time()
    for z, u in zip(trials.z, trials.u, strict=True):
        _learn(network, network.settled(z[:1], u[:1], dt), z[:1], u, z[1:])
    return time.process_time() - began


def _learn(network: Reservoir, x: Array, z: Array, u: Array, wanted: Array) -> tuple[Array, Array]:
    """Follow `wanted` (T, D) under inputs u (T, U) and learn on the way; last state and output."""
    for k in range(len(u)):
        x = network.advance(x, z, u[k : k + 1])
        z = network.output(x)
        if k % EVERY == 0:
            network.learn(x, z - wanted[k])
    return x, z


def run_trials(network: Reservoir, start: Array, u: Array, dt: float) -> Array:
    """Outputs (trials, T, D) of free runs, all trials at once."""
    return run_freely(network, network.settled(start, u[:, 0], dt), start, u)


def run_freely(network: Reservoir, x: Array, z: Array, u: Array) -> Array:
    """Outputs (trials, T, D) of the network by itself, from states and outputs, under u."""
    out = np.empty((*u.shape[:2], z.shape[1]))
    for k in range(u.shape[1]):
        x = network.advance(x, z, u[:, k])
        out[:, k] = z = network.output(x)
    return out
