"""The order in which neurons are shown: neighbours in a figure have similar selectivity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.networks.lowrank import LowRankNetwork


def sorted_neurons(network: LowRankNetwork) -> NDArray[np.intp]:
    """(neurons,) by the angle of their loadings m in box units, in the plane of the two leading
    singular directions; one variable: by the state at which the current is zero.
    """
    M = network.M * network.domain.half_width
    if network.neurons < 2:
        return np.arange(network.neurons)
    if M.shape[1] == 1:
        threshold = network.center[0] - network.bias / np.where(
            network.M[:, 0], network.M[:, 0], 1e-12
        )
        return np.lexsort([threshold, np.sign(network.M[:, 0])])
    _, _, directions = np.linalg.svd(M, full_matrices=False)
    along = M @ directions[:2].T
    return np.argsort(np.arctan2(along[:, 1], along[:, 0]), kind="stable")
