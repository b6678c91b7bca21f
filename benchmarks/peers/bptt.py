"""Backpropagation through time: a low-rank RNN in torch, Adam, as these networks are trained.

    x' = x + dt/tau (-x + M Nᵀ tanh(x) + B u + b),   x(0) = E z(0) + e,   z = R x + r

All of M, N (rank as the task's D), B, b, E, e, R, r are learned on trials in batches of 64,
against the true states. Gradients are clipped at norm 0.1 (at 1 one of three bits was lost for
good in most runs), and the rate falls to nothing over the last 40 % of the budget (twice to four
times better than a constant one). The budget is CPU time of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.peers.trials import Trials
from lrfit.core.arrays import Array

Run = Callable[[Array, Array], Array]
CLIP, COOLING = 0.1, 0.4
WRONG, WRONG_DRAWS = 0.01, 10
"""Relative errors in the weights N, and how many draws of them."""


def train(
    batch: Callable[[], Trials],
    *,
    neurons: int,
    dt: float,
    tau: float,
    rate: float,
    seed: int,
    budget: float,
    judge: Callable[[Run], float],
) -> dict[str, float]:
    """Train until the budget (CPU seconds) is spent; the error then.

    `robust` is the median error with N wrong by 1 %. The time that drawing trials and judging
    take does not count.
    """
    import torch  # noqa: PLC0415 - an optional peer

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(seed)
    first = batch()
    D, U = first.z.shape[2], first.u.shape[2]

    def normal(*shape: int, scale: float) -> torch.Tensor:
        return (scale * torch.randn(*shape, generator=generator)).requires_grad_()

    N = neurons
    M, learned = normal(N, D, scale=1.0), normal(N, D, scale=1.0 / N)
    B, b, E = normal(N, U, scale=1.0), normal(N, scale=0.5), normal(N, D, scale=1.0)
    e, R = normal(N, scale=0.1), normal(N, D, scale=1.0 / N)
    r = torch.zeros(D, requires_grad=True)
    weights = [M, learned, B, b, E, e, R, r]
    optimiser = torch.optim.Adam(weights, lr=rate)

    def unroll(start: torch.Tensor, u: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        x, states = start @ E.T + e, []
        drive = u @ B.T + b
        for k in range(u.shape[1]):
            x = x + dt / tau * ((torch.tanh(x) @ n) @ M.T + drive[:, k] - x)
            states.append(x @ R + r)
        return torch.stack(states, dim=1)

    def judged(wrong: float) -> float:
        def run(start: Array, u: Array) -> Array:
            with torch.no_grad():
                off = 1.0 + wrong * torch.randn(N, D, generator=generator)
                z = unroll(
                    torch.tensor(start, dtype=torch.float32),
                    torch.tensor(u, dtype=torch.float32),
                    learned * off,
                )
            return z.numpy().astype(float)

        return judge(run)

    spent, steps = 0.0, 0
    while spent < budget:
        trials = batch()
        start = torch.tensor(trials.z[:, 0], dtype=torch.float32)
        u = torch.tensor(trials.u, dtype=torch.float32)
        wanted = torch.tensor(trials.z[:, 1:], dtype=torch.float32)
        began = time.process_time()
        optimiser.param_groups[0]["lr"] = rate * min(1.0, (1.0 - spent / budget) / COOLING)
        optimiser.zero_grad()
        loss = torch.mean((unroll(start, u, learned) - wanted) ** 2)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimiser.step()
        spent += time.process_time() - began
        steps += 1
    robust = np.median([judged(WRONG) for _ in range(WRONG_DRAWS)])
    return {
        "cpu_seconds": spent,
        "steps": float(steps),
        "error": judged(0.0),
        "robust": float(robust),
    }
