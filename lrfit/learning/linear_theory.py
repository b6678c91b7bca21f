"""How learning of a linear network begins, to third order (docs/theory, eqs. 39 to 41).

Schuessler, Mastrogiuseppe, Dubreuil, Ostojic & Barak 2020, NeurIPS 33, for networks so large that
random overlaps vanish. With beta = 1/(1 - g^2) and s = beta^2 rate epoch,

    z  = target [ s - s^2/2 + s^3 (1 + 8 target^2 beta)/6 ]
    s1 = (target/beta) [ s - s^2/2 + s^3 (1 + 3.5 target^2 beta)/6 ]
    s2 = target^3 s^3/12

Place in the flow: `learn_linear` puts these beside what `linear` computes.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array


def expected_beta(g: float) -> float:
    """Beta = 1/(1 - g^2) of very large networks: by how much W0 enlarges each of its two factors.

    Parameters
    ----------
    g : at least 0, below 1. Entries of W0 have variance g^2/neurons.
    """
    return 1.0 / (1.0 - g * g)


def output(s: Array, target: float, beta: float) -> Array:
    """Outputs z (S,) at times s (S,) of learning (docs/theory, eq. 39)."""
    return np.asarray(target * _series(s, 8.0 * target**2 * beta))


def largest_value(s: Array, target: float, beta: float) -> Array:
    """The largest singular value (S,) of the change of W (docs/theory, eq. 40)."""
    return np.asarray(target / beta * _series(s, 3.5 * target**2 * beta))


def second_value(s: Array, target: float) -> Array:
    """The second singular value (S,) of the change of W (docs/theory, eq. 41)."""
    return np.asarray(target**3 * s**3 / 12.0)


def _series(s: Array, gain: float) -> Array:
    return np.asarray(s - s**2 / 2.0 + s**3 * (1.0 + gain) / 6.0)
