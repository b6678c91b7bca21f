"""How far a network's field is from its target's: the report that every fit carries.

Everything is in box units (docs/theory, eq. 8), measured by the network itself, in the user's
units, on a test set that neither fitting nor selection has seen; no number is carried over
from the regression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rounding import Precision, rounded
from lrfit.regression.noise_price import ErrorSummary, criterion_value, summarize_errors

if TYPE_CHECKING:
    from lrfit.systems.sampling import SampleSet


@dataclass(frozen=True, kw_only=True, eq=False)
class FieldReport:
    """Errors of a network's field on fresh points, relative, in box units.

    Attributes
    ----------
    criterion, noise, weight_noise : what `error` means.
    error : by the criterion, including the noise price.
    error_overall, error_per_variable, error_worst : the three criteria.
    field_error, max_error : overall and worst without the noise price.
    error_by_variable : (D,) each relative to that variable's own rms speed.
    worst_point : (D,) and worst_input : (U,), user's units: where the field is furthest off.
    points : number of test points.
    weight_norm : Frobenius norm of N in box units. weight_max : largest |N| entry there.
    slope_max : largest norm of a row of (M, B), box units.
    condition : of M in box units (the state is read through its pseudo-inverse).
    sensitivity : S = sqrt(sum <phi_i²> |A_i|²) / rms(g): relative weight noise times S is the
        relative error that it adds.
    error_float32, error_float16 : `error` after rounding all weights to that format; inf when
        one of them overflows there, NaN when not known (files of earlier versions).
    """

    criterion: str
    noise: float
    weight_noise: float
    error: float
    error_overall: float
    error_per_variable: float
    error_worst: float
    field_error: float
    max_error: float
    error_by_variable: Annotated[Array, Axes("variable")]
    worst_point: Annotated[Array, Axes("variable")]
    worst_input: Annotated[Array, Axes("input")]
    points: int
    weight_norm: float
    weight_max: float
    slope_max: float
    condition: float
    sensitivity: float
    error_float32: float = np.nan
    error_float16: float = np.nan

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)


def field_report(
    network: LowRankNetwork,
    test: SampleSet,
    *,
    criterion: str,
    noise: float,
    weight_noise: float = 0.0,
) -> FieldReport:
    """Measure a network on a test set of its target, by all three criteria."""
    prices = {"noise": noise, "weight_noise": weight_noise}
    summary, mean_squares = _measure(network, test, **prices)
    report = _report(network, test, summary, criterion, mean_squares, prices)
    return replace(
        report,
        error_float32=_rounded_error(network, test, criterion, "float32", prices),
        error_float16=_rounded_error(network, test, criterion, "float16", prices),
    )


CONTRADICTED = 1.25
"""Ratio of the errors on two independent sets from which on they contradict each other."""
_FEW = 0.01
"""A single point of thousands that carries this share of a mean square makes it doubtful."""


def error_again(
    network: LowRankNetwork, test: SampleSet, report: FieldReport, fresh: Callable[[], SampleSet]
) -> tuple[float, int] | None:
    """Error on fresh points, and how many, where it contradicts that on the test set; else None.

    Fresh points are drawn only where single points of the test set carry its error.
    """
    domain = network.domain
    z, u = domain.state_from_box(test.state), domain.input_from_box(test.input)
    squares = (test.velocity - network.velocity(z, u) / domain.half_width) ** 2
    squares *= test.weight[:, None]
    if not np.any(np.max(squares, axis=0) > _FEW * np.sum(squares, axis=0)):
        return None
    points = fresh()
    prices = {"noise": report.noise, "weight_noise": report.weight_noise}
    again = criterion_value(_measure(network, points, **prices)[0], report.criterion)
    low, high = sorted([report.error, again])
    return None if high <= CONTRADICTED * low else (again, points.count)


_RATES = 2**25
"""Rates held at a time: those of 2,048 neurons at all points of a test set."""


def _measure(
    network: LowRankNetwork, test: SampleSet, *, noise: float, weight_noise: float
) -> tuple[ErrorSummary, Array]:
    """Errors on the test set, and <phi_i²> of every neuron (neurons,)."""
    domain = network.domain
    residual, squares = np.empty_like(test.velocity), np.zeros(network.neurons)
    each = max(1, _RATES // max(network.neurons, 1))
    for first in range(0, test.count, each):
        part = slice(first, first + each)
        z = domain.state_from_box(test.state[part])
        u = domain.input_from_box(test.input[part])
        residual[part] = test.velocity[part] - network.velocity(z, u) / domain.half_width
        rates = network.nonlinearity.phi(network.current(z, u))
        squares += np.sum(test.weight[part, None] * rates**2, axis=0)
    mean_squares = squares / test.count
    summary = summarize_errors(
        residual,
        test.velocity,
        _readout(network),
        test.weight,
        noise=noise,
        weight_noise=weight_noise,
        activity_mean_square=mean_squares,
        counted=network.state_domain.dimension,
    )
    return summary, mean_squares


def _readout(network: LowRankNetwork) -> Array:
    """A = N / tau (neurons, D), box units."""
    return network.N / (network.tau * network.domain.half_width)


def _rounded_error(
    network: LowRankNetwork,
    test: SampleSet,
    criterion: str,
    precision: Precision,
    prices: Mapping[str, float],
) -> float:
    """The error after rounding; inf when no network is left."""
    shorter = rounded(network, precision)
    if shorter is None:
        return np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        error = criterion_value(_measure(shorter, test, **prices)[0], criterion)
    return error if np.isfinite(error) else np.inf


def _report(
    network: LowRankNetwork,
    test: SampleSet,
    summary: ErrorSummary,
    criterion: str,
    mean_squares: Array,
    prices: Mapping[str, float],
) -> FieldReport:
    domain, A = network.domain, _readout(network)
    M, B = network.M * domain.half_width, network.input_weights * domain.input_half_width
    N = network.N / domain.half_width
    D = network.state_domain.dimension  # copies of inputs come after the state
    speed = np.sqrt(np.mean(test.weight * np.sum(test.velocity[:, :D] ** 2, axis=1)))
    drive = np.sqrt(mean_squares @ np.sum(A[:, :D] ** 2, axis=1))
    return FieldReport(
        criterion=criterion,
        **prices,
        error=criterion_value(summary, criterion),
        error_overall=summary.overall,
        error_per_variable=float(np.max(summary.per_variable)),
        error_worst=summary.worst,
        field_error=summary.field_overall,
        max_error=summary.field_worst,
        error_by_variable=summary.per_variable,
        worst_point=domain.state_from_box(test.state[summary.worst_index]),
        worst_input=domain.input_from_box(test.input[summary.worst_index]),
        points=test.count,
        weight_norm=float(np.linalg.norm(N)),
        weight_max=float(np.max(np.abs(N), initial=0.0)),
        slope_max=float(np.max(np.linalg.norm(np.hstack([M, B]), axis=1), initial=0.0)),
        condition=float(np.linalg.cond(M)) if len(M) else np.inf,
        sensitivity=float(drive / speed),
    )
