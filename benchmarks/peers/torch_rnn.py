"""A full-rank network trained by PyTorch, step by step, as its users write it.

    x' = (1-a) x + a (W tanh(x) + B u),   z = O tanh(x'),   loss = 1/2 sum mask (z - y)^2 / sum mask

Automatic differentiation and `torch.optim.Adam`, in one thread.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrfit.learning.gradient import Weights
from lrfit.learning.trials import TaskTrials


def trainer(weights: Weights, a: float, rate: float) -> Callable[[TaskTrials], float]:
    """A function that takes one step on a batch and returns its loss before the step."""
    import torch  # noqa: PLC0415 - an optional peer

    torch.set_num_threads(1)
    W, B, out = (
        torch.tensor(np.array(each), requires_grad=True)
        for each in (weights.J, weights.inputs, weights.outputs)
    )
    optimizer = torch.optim.Adam([W, B, out], lr=rate)

    def step(trials: TaskTrials) -> float:
        u, y, mask = (
            torch.from_numpy(each) for each in (trials.inputs, trials.targets, trials.mask)
        )
        optimizer.zero_grad()
        x, outputs = torch.zeros(trials.count, len(W), dtype=W.dtype), []
        drive = u @ B.T
        for t in range(len(u)):
            x = (1.0 - a) * x + a * (torch.tanh(x) @ W.T + drive[t])
            outputs.append(torch.tanh(x) @ out.T)
        z = torch.stack(outputs)
        loss = 0.5 * torch.sum(mask * (z - y) ** 2) / torch.sum(mask)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step
