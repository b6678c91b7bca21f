"""What a regression returns: readout weights, leak and centre for a given set of neurons.

In box units the target velocity gamma (P, D) is written
    gamma ≈ Phi A - kappa (zeta - c) + (u / h_u) Eᵀ
with one kappa = 1/tau for all outputs, c (D,) and E (D, U) (docs/theory, eqs. 6 and 10).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lrfit.core.arrays import Array, freeze_fields


@dataclass(frozen=True, kw_only=True)
class LeakBounds:
    """What the regression may choose for tau and the centre.

    kappa : (lowest, highest) leak 1/tau; equal numbers fix it.
    center : (lowest, highest), both (D,), box units; equal numbers fix that coordinate.
    direct : which inputs get free columns (drive: direct); indices into the U inputs.
    """

    kappa: tuple[float, float]
    center: tuple[Array, Array]
    direct: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Readout:
    """The ridge solution for given neurons, all in box units.

    Attributes
    ----------
    A : (N, D) readout weights; the network's N is tau A.
    kappa : 1/tau, per unit of time.
    center : (D,) c.
    direct : (D, U) E, zero for inputs that are not direct.
    rank, condition : of the noise-augmented activity matrix that was factorised.
    status : "ok", or what the user must know ("kappa at its bound", "rank lost: 7 of 9", ...).
    """

    A: Array
    kappa: float
    center: Array
    direct: Array
    rank: int
    condition: float
    status: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        count, dimension = np.shape(self.A)
        inputs = np.shape(self.direct)[1]
        freeze_fields(self, A=(count, dimension), center=(dimension,), direct=(dimension, inputs))

    @property
    def tau(self) -> float:
        """Membrane time constant, in the system's own unit of time."""
        return 1.0 / self.kappa

    def velocity(self, Phi: Array, zeta: Array, drive: Array) -> Array:
        """Fitted velocity (P, D) from activities, box state and drive = u / h_u (P, U)."""
        fitted = Phi @ self.A - self.kappa * (zeta - self.center)
        return fitted + drive @ self.direct.T if self.direct.shape[1] else fitted
