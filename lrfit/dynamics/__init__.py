"""The anatomy of a field: what its trajectories do in the long run.

flow            a target or a network at a tonic input, in box units
fixed_points    all rest states, their types, and evidence that none is missing
runs            long runs from many starts, and where they arrive
cycles          limit cycles by shooting, with Floquet multipliers
exponents       Lyapunov exponents with error bars
anatomy         all of these together
"""

from lrfit.dynamics.anatomy import Anatomy, anatomy, name_of
from lrfit.dynamics.cycles import Cycle, shape_distance
from lrfit.dynamics.exponents import Exponents, lyapunov_exponents
from lrfit.dynamics.fixed_points import FixedPoints, fixed_points
from lrfit.dynamics.flow import Flow

__all__ = [
    "Anatomy",
    "Cycle",
    "Exponents",
    "FixedPoints",
    "Flow",
    "anatomy",
    "fixed_points",
    "lyapunov_exponents",
    "name_of",
    "shape_distance",
]
