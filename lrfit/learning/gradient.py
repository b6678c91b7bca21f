"""The exact gradient of a trained network's loss, by backpropagation through time in NumPy.

    x[t+1] = (1-a) x[t] + a (J r[t] + B u[t] + b),   r = phi(x),   x[0] = 0,   a = dt/tau
    z[t+1] = O r[t+1],   loss = 1/2 sum mask (z - y)^2 / sum mask           (over outputs too)

With e = mask (z - y) / sum mask and delta[t] = d loss / d x[t], backwards in time (Werbos 1990)

    delta[t] = (1-a) delta[t+1] + phi'(x[t]) * (a J^T delta[t+1] + O^T e[t])
    dJ = a sum delta[t+1] r[t]^T,  dB = a sum delta[t+1] u[t]^T,  db = a sum delta[t+1],
    dO = sum e[t] r[t]^T

All arrays have time first, then trials, and are contiguous: a step is one product of (P, n) by
(n, n), and each of the sums over all steps is a single product at the end, which is why this is
faster than a library that multiplies at every step.

Place in the flow: `training` takes steps along it. Arrays may be float32 or float64; the loss also
takes complex ones, so that tests take derivatives by a complex step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lrfit.learning.trials import Floats, TaskTrials
from lrfit.networks.nonlinearity import Nonlinearity


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """Weights of a network, or derivatives by them; n neurons, U inputs, K outputs.

    J : (n, n), row i receives. inputs : B (n, U). bias : b (n,). outputs : O (K, n).
    """

    J: Floats
    inputs: Floats
    bias: Floats
    outputs: Floats

    @property
    def neurons(self) -> int:
        """How many neurons n."""
        return len(self.bias)

    def of_type(self, dtype: DTypeLike) -> Weights:
        """The same weights in another precision."""
        arrays = {each.name: getattr(self, each.name).astype(dtype) for each in fields(self)}
        return Weights(**arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A network's activity in P trials of T steps.

    currents, rates : (T + 1, P, n) from x[0] = 0 on. outputs : (T, P, K), after every step.
    """

    currents: Floats
    rates: Floats
    outputs: Floats


def run(weights: Weights, trials: TaskTrials, a: float, phi: Nonlinearity) -> Run:
    """Run a network through trials; a is dt/tau."""
    T, P, U = trials.inputs.shape
    n = weights.neurons
    x = np.zeros((T + 1, P, n), dtype=weights.J.dtype)
    # The input's share of every step at once, in the place of the currents it becomes part of.
    np.matmul(trials.inputs.reshape(T * P, U), (a * weights.inputs).T, out=x[1:].reshape(T * P, n))
    if np.any(weights.bias):
        x[1:] += a * weights.bias
    r = np.empty_like(x)
    r[0] = phi.phi(x[0])
    recurrent, pull = np.ascontiguousarray((a * weights.J).T), np.empty_like(x[0])
    for t in range(T):
        np.matmul(r[t], recurrent, out=pull)
        pull += x[t + 1]
        np.multiply(x[t], 1.0 - a, out=x[t + 1])
        x[t + 1] += pull
        phi.phi(x[t + 1], out=r[t + 1])
    outputs = r[1:].reshape(T * P, n) @ weights.outputs.T
    return Run(currents=x, rates=r, outputs=outputs.reshape(T, P, -1))


def loss_of(outputs: Floats, trials: TaskTrials) -> Any:
    """Half the masked mean square error of outputs (T, P, K): a number, complex if they are."""
    off = outputs - trials.targets
    # A sum, not a norm: it stays analytic for the complex step.
    return (0.5 * np.sum(trials.mask * off * off) / np.sum(trials.mask)).item()


def loss_and_gradient(
    weights: Weights, trials: TaskTrials, a: float, phi: Nonlinearity
) -> tuple[float, Weights]:
    """The loss and its derivatives by all weights; a is dt/tau."""
    T, P, U = trials.inputs.shape
    n, K = weights.neurons, len(weights.outputs)
    found = run(weights, trials, a, phi)
    error = trials.mask * (found.outputs - trials.targets) / np.sum(trials.mask)
    error = error.reshape(T * P, K).astype(weights.J.dtype, copy=False)
    # delta[t - 1] is the derivative by x[t]; at first what the outputs put there.
    delta = (error @ weights.outputs).reshape(T, P, n)
    back, pull = a * weights.J, np.empty_like(delta[0])
    for t in range(T, 0, -1):
        here = delta[t - 1]
        if t < T:
            here += np.matmul(delta[t], back, out=pull)
        here *= phi.slope(found.currents[t], found.rates[t])
        if t < T:
            here += np.multiply(delta[t], 1.0 - a, out=pull)
    flat = delta.reshape(T * P, n).T
    return loss_of(found.outputs, trials), Weights(
        J=a * (flat @ found.rates[:-1].reshape(T * P, n)),
        inputs=a * (flat @ trials.inputs.reshape(T * P, U)),
        bias=a * np.sum(flat, axis=1),
        outputs=error.T @ found.rates[1:].reshape(T * P, n),
    )
