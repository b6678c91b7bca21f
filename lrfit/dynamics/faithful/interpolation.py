"""How well a measured field is known between its points: one number, stated with every check.

Place in the flow: fixed points and trajectories of a measured target come from its interpolation,
whose errors by variable are those of `sample_errors`.
"""

from __future__ import annotations

from lrfit.dynamics.sample_errors import field_errors
from lrfit.systems.system import System


def interpolation_error(system: System) -> float | None:
    """Rms error between the points over the rms speed, box units; None where it is not known.

    None also for targets that are not measured: they have no error.
    """
    errors = field_errors(system)
    return None if errors is None else errors.overall
