"""Fast copies of inputs as further latent variables: gates without lag, whatever they gate.

    dw/dt = (u - w) / theta,   theta = tau / SPEED        w: a copy of every input that is `copied`
    dz/dt = F(z, w)

This is docs/theory, eq. 24. The copy is affine in u, so that it is driven at once (C u), and linear
in w: the neurons' feedback makes a membrane of time constant tau follow its input SPEED times
faster. Neurons see w as they see z, and products of inputs, of which no function of the slow v is
free of lag (see `shifted`), are late by theta only: the squared error falls by SPEED². What it
costs: one latent variable (rank of J) for each copy; rates' noise s enters w with weights of the
order SPEED; and Euler's method needs dt <= theta (with dt = tau / SPEED a copy is the input of the
step before).

Place in the flow: `fitting.setting` fits the `copied_system`; the output hides the copies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.callable_field import CallableField
from lrfit.systems.system import System

SPEED = 10.0
_ROOM = 1.1
"""The box of a copy relative to the range of its input: rounding must not leave it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Copies:
    """A system whose inputs `copied`, by index, are copied with a tenth of tau."""

    system: System
    tau: float
    copied: tuple[int, ...]

    @property
    def theta(self) -> float:
        """The time constant of the copies."""
        return self.tau / SPEED

    def to_state(self, y: Array, v: Array) -> Array:
        """The state z (P, D) of latent states y = [z, w]."""
        return y[:, : self.system.domain.dimension]

    def velocity(self, y: Array, u: Array) -> Array:
        """[dz/dt, dw/dt] (P, D + copies) at latent states y and inputs u (P, U)."""
        D, copied = self.system.domain.dimension, list(self.copied)
        seen = u.copy()
        seen[:, copied] = y[:, D:]
        follows = (u[:, copied] - y[:, D:]) / self.theta
        return np.hstack([self.system.velocity(y[:, :D], seen), follows])


def copied_system(copies: Copies) -> System:
    """The system of state and copies, which a network must implement.

    Raises
    ------
    UsageError
        The name of a copy, <input>_copy, is taken.
    """
    system, domain = copies.system, copies.system.domain
    each = list(copies.copied)
    names = tuple(f"{domain.inputs[j]}_copy" for j in each)
    if taken := {*names} & {*domain.variables, *domain.inputs, *system.parameters}:
        raise UsageError(f"{sorted(taken)[0]} is the name of a copy of an input; rename yours")
    room = _ROOM * domain.input_half_width[each]
    box = replace(
        domain,
        variables=domain.variables + names,
        lower=np.concatenate([domain.lower, domain.input_middle[each] - room]),
        upper=np.concatenate([domain.upper, domain.input_middle[each] + room]),
    )
    start = system.simulation.signal.at(np.zeros(1))[0, each]
    simulation = replace(
        system.simulation, initial=np.concatenate([system.simulation.initial, start])
    )
    field = CallableField(domain=box, function=copies.velocity)
    return replace(system, domain=box, field=field, simulation=simulation, notes=())
