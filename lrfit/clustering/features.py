"""Loadings as points whose features have one scale, and mixtures back in the user's units.

    F_i = (m_i, nu_i, B_i, b_i) / s,      s_f² = mean F_f²  (means at 0)  or  var F_f

Features without any spread are left out: they say nothing of populations, and make covariances
singular. Place in the flow: `clustering` fits what comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array

_NONE = 1e-9
"""Of the size of a feature: a spread below this is rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Points (n, K) of n neurons with K features of one scale.

    kept : (K,) which of the F entries of a loading they are. scale : (F,) by which these were
    divided, 0 where left out. constant : (F,) the value of what was left out, 0 elsewhere.
    """

    points: Array
    kept: NDArray[np.intp]
    scale: Array
    constant: Array

    def back(self, mean: Array, covariance: Array) -> tuple[Array, Array]:
        """Means (P, F) and covariances (P, F, F) of loadings, from those of the features."""
        P, F, scale = len(mean), len(self.scale), self.scale[self.kept]
        means = np.tile(self.constant, (P, 1))
        means[:, self.kept] = mean * scale
        covariances = np.zeros((P, F, F))
        scaled = 0.5 * (covariance + np.swapaxes(covariance, 1, 2)) * np.outer(scale, scale)
        # Responsibilities that are next to 0 leave numbers of which nothing is known but that.
        scaled[np.abs(scaled) < _NONE * np.outer(scale, scale)] = 0.0
        covariances[:, self.kept[:, None], self.kept] = scaled
        return means, covariances


def features_of(loadings: Array, *, zero_mean: bool) -> Features:
    """The features of loadings (n, F)."""
    middle = np.zeros(loadings.shape[1]) if zero_mean else loadings.mean(axis=0)
    spread = np.sqrt(np.mean((loadings - middle) ** 2, axis=0))
    kept = np.flatnonzero(spread > _NONE * np.sqrt(np.mean(loadings**2, axis=0)))
    scale = np.zeros(loadings.shape[1])
    scale[kept] = spread[kept]
    constant = np.where(scale > 0.0, 0.0, middle)
    return Features(
        points=loadings[:, kept] / scale[kept], kept=kept, scale=scale, constant=constant
    )
