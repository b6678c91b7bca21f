"""Certainty beyond samples: a bound on a network's field error over the whole box.

pieces           fields over small boxes as quadratics with remainder; boxes last
network_model    the network's pieces, from enclosures of every neuron
target_model     the target's, from interval bounds of its formulas and their derivatives
bounds           the largest error that a piece allows
error_model      all of these together, network minus target
climb            points with large errors: the bound from below
cover            first boxes, over which the target has bounds, or a refusal
branch           branch and bound
proof            from a network, its target and a question to certain bounds
certificate      the result
certify          certify(), the function that users and the command call
view, command    what is said about a certificate; `lrfit certify`
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.certification.certificate import Certificate

__getattr__, __dir__ = lazy_names(__name__, {"lrfit.certification.certificate": ("Certificate",)})

__all__ = ["Certificate"]
