"""What a regression is given beside the neurons, and what it returns for them.

In box units the target velocity gamma (P, D) is written
    gamma ≈ Phi A - kappa (zeta - c) + (u / h_u) Eᵀ
with one kappa = 1/tau for all outputs, c (D,) and E (D, U) (docs/theory, eqs. 6 and 10).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError, UsageError


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
class ReadoutProblem:
    """Samples, prices and bounds of a regression: everything but the neurons.

    One problem is solved for many sets of neurons, so activities Phi (P, N) are given beside it.
    The objective is that of docs/theory, eq. 12, with the ridge of eqs. 11 and 15.

    Attributes
    ----------
    state, velocity : (P, D) zeta and the target gamma, box units.
    drive : (P, U) u / h_u; the columns named in `bounds.direct` are fitted.
    weight : (P,) quadrature weights of mean one.
    noise, weight_noise : sigma, standard deviation of each rate; delta, relative, of the weights.
    bounds : what kappa and the centre may be.
    output_scale : (D,) divides the outputs; it decides only how they share one kappa.
    copies : (N,) how many equal neurons share the weights of each one, which divides its price;
        None for one of each.

    Raises
    ------
    UsageError
        Arrays of different lengths.
    NumericalError
        A sample is not finite.
    """

    state: Array
    drive: Array
    velocity: Array
    weight: Array
    noise: float
    bounds: LeakBounds
    output_scale: Array
    weight_noise: float = 0.0
    copies: Array | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays and refuse what no regression could use."""
        D = np.shape(self.velocity)[1]
        parts = {name: getattr(self, name) for name in ("state", "drive", "velocity", "weight")}
        freeze_fields(self, **{name: np.shape(part) for name, part in parts.items()})
        freeze_fields(self, output_scale=(D,))
        for name, values in parts.items():
            shown = {"drive": "input"}.get(name, name)
            if len(values) != self.samples:
                raise UsageError(f"{len(values)} rows of {shown} for {self.samples} of velocity")
            if not np.all(np.isfinite(values)):
                raise NumericalError(
                    f"a {shown} in the samples is not finite; check the field there"
                )

    @property
    def samples(self) -> int:
        """P."""
        return len(self.velocity)

    @property
    def inputs(self) -> int:
        """U."""
        return int(self.drive.shape[1])

    @property
    def root(self) -> Array:
        """(P,) square roots of the weights, by which all rows are multiplied."""
        return np.sqrt(self.weight)

    @property
    def direct(self) -> Array:
        """(P, F) inputs with free columns."""
        return self.drive[:, list(self.bounds.direct)]

    @property
    def ridge(self) -> float:
        """Part of lambda_i that is the same for all neurons: P sigma² (docs/theory, eq. 12)."""
        return self.samples * self.noise**2

    def prices(self, squares: Array) -> Array:
        """lambda_i (N,) from the columns' |Phi_i|² (N,) (docs/theory, eqs. 12 and 15)."""
        prices = self.ridge + self.relative_ridge * squares
        return np.asarray(prices if self.copies is None else prices / self.copies)

    @property
    def relative_ridge(self) -> float:
        """Part of lambda_i relative to |Phi_i|²: delta² (docs/theory, eq. 15)."""
        return self.weight_noise**2


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
    status : what the user must know, one line each: that tau is at the end of its range, that
        neurons repeat each other.
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
