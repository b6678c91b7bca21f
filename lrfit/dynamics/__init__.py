"""What trajectories do in the long run: of a target, of a network, and of both side by side.

analyze         the function for users; its result (analysis, of dynamics at each input) is made
                from what follows (user_units), shown (view) and stored
flow            a target or a network at a tonic input, in box units
points          all rest states (zero_search), their types (stability), and whether these are all
                (completeness; proof and krawczyk by interval_flow; point_list holds the result)
runs            trajectories for a number of steps or for a time
attraction      neighbourhoods of stable points, where a trajectory has arrived
variation       the linearised flow along a trajectory
cycles          limit cycles from returns, with Floquet multipliers
shooting        a closed orbit made exact, by Newton's method on its start and period
orbits          families of closed orbits around a centre
exponents       Lyapunov exponents with error bars
search          where starts go
budget          how much work each of these may do
clouds          states of irregular motion, and the sets that they belong to
anatomies       all of these together
support         where a measured target is known at all (near_samples, sample_errors, noise)
faithful        a network beside its target, and the verdict
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.dynamics.analysis import Analysis, AtInput
    from lrfit.dynamics.anatomies import Anatomy, anatomy, name_of
    from lrfit.dynamics.budget import FULL, QUICK, Budget
    from lrfit.dynamics.completeness import Completeness
    from lrfit.dynamics.cycles import Cycle, shape_distance
    from lrfit.dynamics.dynamics import Dynamics
    from lrfit.dynamics.exponents import Exponents, lyapunov_exponents
    from lrfit.dynamics.flow import Flow
    from lrfit.dynamics.orbits import ClosedOrbits
    from lrfit.dynamics.points import FixedPoints, fixed_points

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.dynamics.analysis": ("Analysis", "AtInput"),
        "lrfit.dynamics.anatomies": (
            "Anatomy",
            "anatomy",
            "name_of",
        ),
        "lrfit.dynamics.budget": (
            "FULL",
            "QUICK",
            "Budget",
        ),
        "lrfit.dynamics.completeness": ("Completeness",),
        "lrfit.dynamics.cycles": (
            "Cycle",
            "shape_distance",
        ),
        "lrfit.dynamics.dynamics": ("Dynamics",),
        "lrfit.dynamics.exponents": (
            "Exponents",
            "lyapunov_exponents",
        ),
        "lrfit.dynamics.points": (
            "FixedPoints",
            "fixed_points",
        ),
        "lrfit.dynamics.flow": ("Flow",),
        "lrfit.dynamics.orbits": ("ClosedOrbits",),
    },
)

__all__ = [
    "FULL",
    "QUICK",
    "Analysis",
    "Anatomy",
    "AtInput",
    "Budget",
    "ClosedOrbits",
    "Completeness",
    "Cycle",
    "Dynamics",
    "Exponents",
    "FixedPoints",
    "Flow",
    "anatomy",
    "fixed_points",
    "lyapunov_exponents",
    "name_of",
    "shape_distance",
]
