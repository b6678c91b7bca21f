"""One trajectory, several networks: what a trajectory does not tell about the dynamics.

options    which solutions, how close, at which rates
path       the trajectory, of a system, of a file or given
tube       samples around the trajectory
clock      inputs that say what time it is
recipes    the regression problem of every kind of solution
build      one solution: selected, closed in a loop, measured
compare    how alike the trajectories are, and how different the fields
result     Degeneracy, the solutions with their networks
table      DegeneracyTable, what a file holds of them
degenerate degenerate(), the function that users and the command call
view, command    what is said about solutions; `lrfit degenerate`

Distances are in rms excursions of the trajectory (`lrfit.simulation.curve`).
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.degeneracy.build import Solution
    from lrfit.degeneracy.options import KINDS, DegenerateOptions, Kind
    from lrfit.degeneracy.path import ReferencePath
    from lrfit.degeneracy.result import Degeneracy

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.degeneracy.build": ("Solution",),
        "lrfit.degeneracy.options": (
            "KINDS",
            "DegenerateOptions",
            "Kind",
        ),
        "lrfit.degeneracy.path": ("ReferencePath",),
        "lrfit.degeneracy.result": ("Degeneracy",),
    },
)

__all__ = ["KINDS", "Degeneracy", "DegenerateOptions", "Kind", "ReferencePath", "Solution"]
