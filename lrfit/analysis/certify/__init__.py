"""Certainty beyond samples: a bound on a network's field error over the whole box.

pieces           fields over small boxes as quadratics with remainder; boxes last
network_model    the network's pieces, from enclosures of every neuron
target_model     the target's, from interval bounds of its formulas and their derivatives
bounds           the largest error that a piece allows
error_model      all of these together, network minus target
climb            points with large errors: the bound from below
cover            first boxes, over which the target has bounds, or a refusal
branch           branch and bound
certificate      certify(), and what it returns
"""

from lrfit.analysis.certify.certificate import Certificate
from lrfit.analysis.certify.proof import MOST_BOXES, certify

__all__ = ["MOST_BOXES", "Certificate", "certify"]
