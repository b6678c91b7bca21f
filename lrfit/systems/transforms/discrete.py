"""The target of a network that is run by Euler's method with a coarse step: a flow map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.fields.flow_map import FlowMap
from lrfit.systems.system import System


def discretized(system: System, dt: float) -> System:
    """The same target in discrete time: its field becomes (Phi_dt(z, u) - z)/dt.

    Raises
    ------
    UsageError
        dt is not a positive number, or the target is in discrete time already.
    """
    if not 0 < dt < np.inf:
        raise UsageError(f"dt is {dt:g}; give a positive number")
    if system.dt is not None:
        raise UsageError(f"the target is in discrete time already (dt = {system.dt:g})")
    return replace(system, field=FlowMap(field=system.field, domain=system.domain, dt=dt), dt=dt)
