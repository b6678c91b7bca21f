"""What measured points allow to judge: where a target is known, and whether its dynamics are.

Place in the flow: a comparison of a network with a measured target counts only what happens where
the target is known (`support_of`), and nothing where the error between its points, or their
noise, hides its dynamics (`reliable`). Targets given by formulas are known everywhere.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lrfit.dynamics.near_samples import Support, box_points, support_of_points
from lrfit.dynamics.sample_errors import field_errors
from lrfit.systems.system import System

RELIABLE = 0.05
"""Error of the field over the rms of a variable's velocity, up to which a measured target is taken
for what it shows. Measured on van der Pol, Duffing and FitzHugh-Nagumo from 500 to 6,000 samples,
with noise of 0 to 10 % of the rms speed: up to here uniform samples show as many fixed points as
the true field, within 0.04 half-widths, and its limit sets within 0.05; from 0.06 on they move by
up to 0.14, and fixed points appear, up to 45. Along trajectories the limit is no guarantee: what
lies outside the known region must not be judged (`near_samples`)."""


@lru_cache(maxsize=4)  # of systems, by identity: every check of a search asks again
def support_of(system: System) -> Support | None:
    """Where the field of a system is known; None where that is the whole box.

    That is so for formulas and functions, and for grids, whose nodes span their box.
    """
    data = system.data
    if data is None or data.axes is not None:
        return None
    return support_of_points(system.domain, box_points(system.domain, data))


def reliable(system: System) -> str:
    """Why the dynamics of a target cannot be judged from its measured points; "" if they can.

    Where too few points leave the error unknown, nothing is held against them.
    """
    errors = field_errors(system)
    if errors is None or np.max(errors.field) <= RELIABLE:
        return ""
    worst = int(np.argmax(errors.field))
    name, noise = system.domain.variables[worst], float(errors.noise[worst])
    cause = f", with noise of {noise:.2g}" if noise > 0.1 * errors.field[worst] else ""
    return (
        f"the target is known only from {system.data.count if system.data else 0} points, between "
        f"which d{name}/dt has an error of {errors.field[worst]:.2g} of its rms{cause}; its fixed "
        f"points and cycles need {RELIABLE:g} or less: give more, or more exact, points"
    )
