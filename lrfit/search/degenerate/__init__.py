"""One trajectory, several networks: what a trajectory does not tell about the dynamics.

options    which solutions, how close, at which rates
tube       samples around the trajectory
clock      inputs that say what time it is
recipes    the regression problem of every kind of solution
build      one solution: selected, closed in a loop, measured
compare    how alike the trajectories are, and how different the fields
solve      degenerate(): all of it

Distances are in rms excursions of the trajectory (`lrfit.targets.curve`).
"""

from lrfit.search.degenerate.build import Solution
from lrfit.search.degenerate.options import KINDS, DegenerateOptions, Kind
from lrfit.search.degenerate.recipes import Path
from lrfit.search.degenerate.solve import Degeneracy, degenerate

__all__ = ["KINDS", "Degeneracy", "DegenerateOptions", "Kind", "Path", "Solution", "degenerate"]
