"""Recurrent and input-driven activity: where a network's currents vary, and by what.

    x[t] = h[t] + B v[t],   v[t+1] = (1-a) v[t] + a u[t],   h[t+1] = (1-a) h[t] + a (J r[t] + b)

v is the input as the membranes see it, and h moves in the range of J alone (Dubreuil et al. 2022,
methods). The recurrent subspace is that of the principal components of h, the input subspace that
of the columns of B. Principal components of x mix the two.

Place in the flow: part of what `analyze` says of a trained network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.learning.change import basis_of
from lrfit.learning.gradient import Weights, run
from lrfit.learning.training import TANH
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.networks.nonlinearity import Nonlinearity

COMPONENTS = 30
MOST = 0.99
"""Share of the variance for which components are counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """Variance of a network's activity over trials and times.

    Attributes
    ----------
    variance, recurrent_variance, input_variance : of x, h and B v, sums over neurons. Those of h
        and B v need not add up to that of x: the two go together or against each other.
    share, recurrent_share, input_share : (30,) of each, in its first k principal components.
    in_input, in_recurrent : share of the variance of x in the span of B, and in the components of
        h that hold 99 % of its variance; directions may be in both.
    alignment : share of the variance of h that is in the span of B.
    """

    ENCODING: ClassVar = "lrfit-activity"

    variance: float
    recurrent_variance: float
    input_variance: float
    share: Annotated[Array, Axes("component")]
    recurrent_share: Annotated[Array, Axes("component")]
    input_share: Annotated[Array, Axes("component")]
    in_input: float
    in_recurrent: float
    alignment: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def dimension(self) -> int:
        """Components of x that hold 99 % of its variance (more than 30 count as 30)."""
        return components_for(self.share)

    @property
    def recurrent_dimension(self) -> int:
        """Components of h that hold 99 % of its variance."""
        return components_for(self.recurrent_share)


def components_for(share: Array, most: float = MOST) -> int:
    """How many leading components hold a share of the variance."""
    return min(int(np.searchsorted(share, most)) + 1, len(share))


def split(
    weights: Weights, trials: TaskTrials, a: float, phi: Nonlinearity = TANH
) -> tuple[Array, Array]:
    """Currents x and their recurrent part h, both (T, P, n), after every step."""
    x = run(weights, trials, a, phi).currents[1:]
    v = np.empty_like(trials.inputs)
    now = np.zeros_like(trials.inputs[0])
    for t, u in enumerate(trials.inputs):
        now = (1.0 - a) * now + a * u
        v[t] = now
    return x, x - v @ weights.inputs.T


def activity_of(weights: Weights, trials: TaskTrials, a: float) -> Activity:
    """Variances over all trials and times, and the components that hold them."""
    n = weights.neurons
    x, h = (each.reshape(-1, n) for each in split(weights, trials, a))
    whole, recurrent, driven = (_covariance(each) for each in (x, h, x - h))
    values, directions = np.linalg.eigh(recurrent)
    own = directions[:, ::-1][:, : components_for(_share(values))]
    spread = float(np.trace(whole))
    basis = basis_of(weights.inputs)
    return Activity(
        variance=spread,
        recurrent_variance=float(np.trace(recurrent)),
        input_variance=float(np.trace(driven)),
        share=_share(np.linalg.eigvalsh(whole)),
        recurrent_share=_share(values),
        input_share=_share(np.linalg.eigvalsh(driven)),
        in_input=_within(whole, basis),
        in_recurrent=_within(whole, own),
        alignment=_within(recurrent, basis),
    )


def _covariance(samples: Array) -> Array:
    centered = samples - samples.mean(axis=0)
    return np.asarray(centered.T @ centered / len(centered))


def _share(values: Floats) -> Array:
    """Of the total (30,), in the largest k of eigenvalues in increasing order."""
    largest = np.zeros(COMPONENTS)
    found = np.maximum(values[::-1][:COMPONENTS], 0.0)
    largest[: len(found)] = found
    total = float(np.sum(np.maximum(values, 0.0)))
    return np.cumsum(largest) / total if total else np.zeros(COMPONENTS)


def _within(covariance: Array, basis: Array) -> float:
    """Share of a variance in a subspace."""
    total = float(np.trace(covariance))
    return float(np.trace(basis.T @ covariance @ basis)) / total if total else 0.0
