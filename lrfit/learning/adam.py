"""Steps of Adam (Kingma and Ba 2015, algorithm 1), as values: nothing is changed in place.

    m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
    w = w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

Epsilon is outside of the bias correction, as in PyTorch; inside, the first steps differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrfit.learning.trials import Floats

FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8

Arrays = Mapping[str, Floats]


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """Running means of the gradients and of their squares, by the names of what is trained."""

    mean: Arrays
    square: Arrays


def no_moments(trained: Arrays) -> Moments:
    """Those before the first step: zero."""
    return Moments(
        mean={name: np.zeros_like(each) for name, each in trained.items()},
        square={name: np.zeros_like(each) for name, each in trained.items()},
    )


def stepped(
    trained: Arrays, gradient: Arrays, moments: Moments, rates: Mapping[str, float], step: int
) -> tuple[Arrays, Moments]:
    """What is trained after step number `step`, from 1 on, and its moments.

    rates : by name.
    """
    mean, square, moved = {}, {}, {}
    for name, g in gradient.items():
        mean[name] = FIRST * moments.mean[name] + (1.0 - FIRST) * g
        square[name] = SECOND * moments.square[name] + (1.0 - SECOND) * g * g
        scale = np.sqrt(square[name] / (1.0 - SECOND**step)) + EPSILON
        moved[name] = trained[name] - (rates[name] / (1.0 - FIRST**step)) * mean[name] / scale
    return moved, Moments(mean=mean, square=square)
