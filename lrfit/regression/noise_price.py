"""The error of a fit, with the price of neural noise (docs/theory, eqs. 11, 13 to 15).

    error²   = (<|r|²> + s² |A|²) / <|g|²>                                         overall
    error_d² = (<r_d²> + s² sum_i A_id²) / max(<g_d²>, 1e-6 <|g|²>)           per variable
    worst²   = (max |r|² + s² |A|²) / <|g|²>

Noise of standard deviation s on every rate adds s² A_id² to output d; relative noise delta on
the weights adds delta² <phi_i²> A_id². Selection, refinement and the report all use these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError, UsageError

SLOWEST = 1e-6
"""A variable's mean square speed counts at least as this share of the total (at rest: no trap)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorSummary:
    """Relative errors of one fit on one set of points; `field_...` leaves the noise out."""

    overall: float
    per_variable: Array
    worst: float
    field_overall: float
    field_worst: float
    worst_index: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, per_variable=(-1,))


def mean_squares(velocity: Array, weight: Array) -> tuple[Array, float]:
    """Mean square speed of every output (D,), floored as in the module docstring, and in all.

    Raises
    ------
    NumericalError
        When the field vanishes everywhere (a relative error would be 0/0), or overflows.
    """
    with np.errstate(over="ignore"):
        each = np.mean(weight[:, None] * velocity**2, axis=0)
    total = float(np.sum(each))
    if not np.isfinite(total):
        raise NumericalError(
            "the field is too fast to compute with: its squares overflow; leave out wrong "
            "samples, or choose another unit of time"
        )
    if total <= 0.0:
        raise NumericalError(
            "the field is zero at every sample, so no relative error exists; check the "
            "equations and the domain"
        )
    return np.maximum(each, SLOWEST * total), total


def price(
    A: Array, *, noise: float, weight_noise: float = 0.0, activity_mean_square: Array | None = None
) -> Array:
    """Mean square error (D,) that noise on rates and weights adds to every output."""
    per_neuron = np.full(len(A), noise**2)
    if weight_noise > 0.0 and activity_mean_square is not None:
        per_neuron = per_neuron + weight_noise**2 * activity_mean_square
    return np.asarray(per_neuron @ A**2)


def summarize_errors(
    residual: Array,
    velocity: Array,
    A: Array,
    weight: Array,
    *,
    noise: float,
    weight_noise: float = 0.0,
    activity_mean_square: Array | None = None,
    counted: int | None = None,
) -> ErrorSummary:
    """Errors by all three criteria, from the residual (P, D) and readout weights A (N, D).

    counted : how many outputs, from the first, belong to the state; the others (copies of inputs,
    much faster than it) have their own error, and no part in one number for all.
    """
    each, total = mean_squares(velocity, weight)
    squares = np.mean(weight[:, None] * residual**2, axis=0)
    added = price(
        A, noise=noise, weight_noise=weight_noise, activity_mean_square=activity_mean_square
    )
    per_variable = np.sqrt((squares + added) / each)
    if counted is not None and counted < len(each):
        _, total = mean_squares(velocity[:, :counted], weight)
        squares, added = squares[:counted], added[:counted]
    pointwise = np.sum(residual[:, :counted] ** 2, axis=1)
    index = int(np.argmax(pointwise))
    return ErrorSummary(
        overall=float(np.sqrt((squares.sum() + added.sum()) / total)),
        per_variable=per_variable,
        worst=float(np.sqrt((pointwise[index] + added.sum()) / total)),
        field_overall=float(np.sqrt(squares.sum() / total)),
        field_worst=float(np.sqrt(pointwise[index] / total)),
        worst_index=index,
    )


def criterion_value(summary: ErrorSummary, criterion: str) -> float:
    """The one number that the tolerance is compared with."""
    if criterion == "per-variable":
        return float(np.max(summary.per_variable))
    if criterion == "overall":
        return summary.overall
    if criterion == "worst":
        return summary.worst
    raise UsageError(f"unknown criterion {criterion!r}; choose per-variable, overall or worst")
