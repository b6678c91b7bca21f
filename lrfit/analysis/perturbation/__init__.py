"""What a trajectory does not tell, and a push does: networks pushed on and off their trajectory.

driven       a network with its input: a field that depends on time
exponents    rates at which neighbours of a trajectory come back or leave
push         where, when, how and how far networks are pushed
response     all pushes of a network at once
recovery     return rate, divergence and phase shift of a response
scatter      what process noise does to a trajectory, to first order
separation   d' between two networks, and the amplitude at which it is enough
study        perturb(): all of it

Distances are in rms excursions of the trajectory (`lrfit.targets.curve`).
"""

from lrfit.analysis.perturbation.driven import Driven
from lrfit.analysis.perturbation.exponents import growth_rates
from lrfit.analysis.perturbation.push import Push, PushOptions
from lrfit.analysis.perturbation.study import Perturbation, perturb

__all__ = ["Driven", "Perturbation", "Push", "PushOptions", "growth_rates", "perturb"]
