"""Ground floor: trajectories of any velocity function, which always end.

    dy/dt = f(t, y),   y (trials, n)

`adaptive` follows each trial with error control (scipy's solvers, restarted where a signal
jumps); `fixed_step` marches all trials together (Euler, the only one that admits noise).
`flow` takes many points to one time, without what lies between.
The first two return an `IntegrationResult`: a run is done, diverged, or met the step or time
limit, and says so.
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.integrate.adaptive import SOLVERS, solve_adaptive
    from lrfit.integrate.fixed_step import count_steps, march, rk4, rk4_step, solve_euler
    from lrfit.integrate.flow import displacements
    from lrfit.integrate.solution import Ending, IntegrationResult, Limits, Region

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.integrate.adaptive": (
            "SOLVERS",
            "solve_adaptive",
        ),
        "lrfit.integrate.fixed_step": (
            "count_steps",
            "march",
            "rk4",
            "rk4_step",
            "solve_euler",
        ),
        "lrfit.integrate.flow": ("displacements",),
        "lrfit.integrate.solution": (
            "Ending",
            "IntegrationResult",
            "Limits",
            "Region",
        ),
    },
)

__all__ = [
    "SOLVERS",
    "Ending",
    "IntegrationResult",
    "Limits",
    "Region",
    "count_steps",
    "displacements",
    "march",
    "rk4",
    "rk4_step",
    "solve_adaptive",
    "solve_euler",
]
