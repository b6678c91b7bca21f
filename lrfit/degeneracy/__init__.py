"""One trajectory, several networks: what a trajectory does not tell about the dynamics.

options    which solutions, how close, at which rates
tube       samples around the trajectory
clock      inputs that say what time it is
recipes    the regression problem of every kind of solution
build      one solution: selected, closed in a loop, measured
compare    how alike the trajectories are, and how different the fields
solve      all of it, for a trajectory and options
degenerate degenerate() for users; file, view and command

Distances are in rms excursions of the trajectory (`lrfit.simulation.curve`).
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.degeneracy.build import Solution
    from lrfit.degeneracy.options import KINDS, DegenerateOptions, Kind
    from lrfit.degeneracy.recipes import ReferencePath
    from lrfit.degeneracy.solve import Degeneracy

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.degeneracy.build": ("Solution",),
        "lrfit.degeneracy.options": (
            "KINDS",
            "DegenerateOptions",
            "Kind",
        ),
        "lrfit.degeneracy.recipes": ("ReferencePath",),
        "lrfit.degeneracy.solve": ("Degeneracy",),
    },
)

__all__ = ["KINDS", "Degeneracy", "DegenerateOptions", "Kind", "ReferencePath", "Solution"]
