"""The small network in the latent coordinates of the trained one.

    y' = A y + a,    M' = M A^-1,   N' = N A^T,   c' = A c + a,   S' = S A^-1,   ...

Trajectories of the outputs say nothing of the scale of M and the turn of the latent state: tuning
may change both. A and a are those that bring the small network's latent states nearest to the
trained one's on the same trials. The network stays the same one.

Place in the flow: after tuning, so that both are seen and measured in one latent space.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork

WORST = 1e6
"""Condition of A beyond which the coordinates stay as they are."""


def aligned(
    network: LowRankNetwork, start: Array, own: Array, wanted: Array, outputs: int
) -> tuple[LowRankNetwork, Array]:
    """The network, and its start (L,), in the coordinates of `wanted`.

    own, wanted : (P, L) latent states of the small and of the trained network at the same times.
    outputs : how many variables of its state are outputs; the others are latent variables.
    """
    columns = np.hstack([own, np.ones((len(own), 1))])
    found = np.linalg.lstsq(columns, wanted, rcond=None)[0]
    A, a = found[:-1].T, found[-1]
    if not np.linalg.cond(A) < WORST:
        A, a = np.eye(len(a)), np.zeros(len(a))
    back, output = np.linalg.inv(A), network.output
    assert output is not None
    state, offset = output.state @ back, output.offset - output.state @ back @ a
    further = np.arange(len(offset)) >= outputs
    state[further], offset = np.eye(len(a))[further], np.where(further, 0.0, offset)
    read = replace(
        output,
        state=state,
        offset=offset,
        input=np.where(further[:, None], 0.0, output.input),
        rates=np.where(further[:, None], 0.0, output.rates),
    )
    moved = replace(
        network,
        M=network.M @ back,
        N=network.N @ A.T,
        center=A @ network.center + a,
        direct_input=A @ network.direct_input,
        output=read,
    )
    return moved, A @ start + a
