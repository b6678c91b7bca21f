"""Neurons as basis functions: phi(m . zeta + B . omega + b), in box units.

Place in the flow: samples and neurons become activities, the matrix that regression and
selection work on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.networks.nonlinearity import Nonlinearity, nonlinearity


@dataclass(frozen=True, kw_only=True, eq=False)
class Neurons:
    """N neurons in box units: slopes M (N, D), input slopes B (N, U), bias b (N,)."""

    M: Array
    B: Array
    b: Array
    nonlinearity: Nonlinearity

    def __post_init__(self) -> None:
        """Freeze the arrays; B may be given with no columns."""
        count, dimension = np.shape(self.M)
        freeze_fields(self, M=(count, dimension), B=(count, np.shape(self.B)[1]), b=(count,))

    @property
    def count(self) -> int:
        """N, the number of neurons."""
        return len(self.b)

    def current(self, zeta: Array, omega: Array) -> Array:
        """Argument of phi (P, N) at box coordinates zeta (P, D) and omega (P, U)."""
        current = zeta @ self.M.T
        if self.B.shape[1]:
            current += omega @ self.B.T
        current += self.b
        return current

    def activity(self, zeta: Array, omega: Array) -> Array:
        """Phi (P, N): every neuron's rate at every sample."""
        current = self.current(zeta, omega)
        return self.nonlinearity.phi(current, out=current)  # one matrix, not two

    def subset(self, indices: NDArray[np.intp]) -> Neurons:
        """The neurons at `indices`, in that order."""
        return Neurons(
            M=self.M[indices],
            B=self.B[indices],
            b=self.b[indices],
            nonlinearity=self.nonlinearity,
        )


def draw_neurons(
    count: int,
    dimension: int,
    inputs: int,
    *,
    phi: str = "tanh",
    bias: bool = True,
    scale: tuple[float, float] = (0.2, 3.0),
    origin: Array | None = None,
    generator: np.random.Generator,
) -> Neurons:
    """Draw random neurons whose active regions lie in the box.

    In box units: the direction of (m, B) is uniform on the sphere of R^(D+U); the slope
    |(m, B)| is log-uniform on `scale`, because a field has structure on several scales and
    none is known beforehand (up to 3: with 4, orthogonal least squares took one to four neurons
    more at 1 % for van der Pol, a pendulum and Lorenz, medians of 5 seeds); the hyperplane on
    which the current vanishes passes through a point uniform in the box widened by 30 %, so that
    no neuron is spent where phi is flat over the whole box, and the border is served as well as
    the middle. Without `bias` every hyperplane passes through `origin` (D+U,), the box
    coordinates of (z, u) = (c, 0), so that b vanishes in the user's units; None is the middle of
    the box.

    Returns
    -------
    Neurons
        M (count, dimension), B (count, inputs), b (count,).
    """
    total = dimension + inputs
    direction = generator.standard_normal((count, total))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    low, high = np.log(scale)
    slope = np.exp(generator.uniform(low, high, size=(count, 1)))
    weights = slope * direction
    through = generator.uniform(-1.3, 1.3, size=(count, total))
    if not bias:
        through = np.broadcast_to(np.zeros(total) if origin is None else origin, (count, total))
    b = -np.sum(weights * through, axis=1)
    return Neurons(
        M=weights[:, :dimension], B=weights[:, dimension:], b=b, nonlinearity=nonlinearity(phi)
    )
