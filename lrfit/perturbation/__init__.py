"""What a trajectory does not tell, and a push does: networks pushed on and off their trajectory.

driven       a network with its input: a field that depends on time
exponents    rates at which neighbours of a trajectory come back or leave
options      what the user may choose, each option declared once
push         where, when, how and how far networks are pushed
response     all pushes of a network at once
recovery     return rate, divergence and phase shift of a response
scatter      what process noise does to a trajectory, to first order
separation   d' between two networks, and the amplitude at which it is enough
study        all of it measured, for every network and every pair
result       Perturbation
perturb      perturb(), the function that users and the command call
view, command    what is said about a study; `lrfit perturb`

Distances are in rms excursions of the trajectory (`lrfit.simulation.curve`).
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.perturbation.driven import Driven
    from lrfit.perturbation.exponents import growth_rates
    from lrfit.perturbation.options import PushOptions
    from lrfit.perturbation.push import Push
    from lrfit.perturbation.result import Perturbation

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.perturbation.driven": ("Driven",),
        "lrfit.perturbation.exponents": ("growth_rates",),
        "lrfit.perturbation.options": ("PushOptions",),
        "lrfit.perturbation.push": ("Push",),
        "lrfit.perturbation.result": ("Perturbation",),
    },
)

__all__ = ["Driven", "Perturbation", "Push", "PushOptions", "growth_rates"]
