"""From the units of a task's trials to the user's, and to a start that is read back.

Place in the flow: the last steps before a reduced network becomes a `Fit`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.learning.tasks import LearningTask
from lrfit.networks.lowrank import LowRankNetwork


def in_user_units(network: LowRankNetwork, task: LearningTask) -> LowRankNetwork:
    """The network for inputs and outputs in the user's units; its latent state stays."""
    output = network.output
    assert output is not None
    K, D = len(task.outputs), output.domain.dimension
    scale = np.concatenate([task.output_scale, np.ones(D - K)])
    middle = np.concatenate([task.output_middle, np.zeros(D - K)])
    read = replace(
        output,
        offset=middle + scale * output.offset,
        state=scale[:, None] * output.state,
        input=scale[:, None] * output.input / task.input_scale,
        rates=scale[:, None] * output.rates,
        domain=_scaled(output.domain, task, scale, middle),
    )
    ones, zeros = np.ones(D), np.zeros(D)
    return replace(
        network,
        input_weights=network.input_weights / task.input_scale,
        direct_input=network.direct_input / task.input_scale,
        domain=_scaled(network.domain, task, ones, zeros),
        output=read,
    )


def _scaled(domain: Domain, task: LearningTask, scale: Array, middle: Array) -> Domain:
    return replace(
        domain,
        lower=middle + scale * domain.lower,
        upper=middle + scale * domain.upper,
        input_lower=task.input_scale * domain.input_lower,
        input_upper=task.input_scale * domain.input_upper,
    )


def started_at(network: LowRankNetwork, start: Array) -> tuple[LowRankNetwork, Array, Array]:
    """The network with its latent state shifted, the state z0 (D,) at the start, and the shift.

    Several latent states may be read alike. Newton's method looks for that of z from y = z on:
    where y0 = z0 it finds the latent state y0 in which the network was tuned to begin.
    """
    output = network.output
    assert output is not None
    rest = np.zeros((1, network.domain.input_count))
    initial = network.state(start[None], rest)[0]
    shift = initial - start
    domain = network.domain
    shifted = replace(
        network,
        center=network.center + shift,
        domain=replace(domain, lower=domain.lower + shift, upper=domain.upper + shift),
        output=replace(output, offset=output.offset - output.state @ shift),
    )
    return shifted, initial, shift
