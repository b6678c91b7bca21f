"""prove_bound(): a bound on the error over the whole box that no point can exceed.

    upper >= max |network velocity - target velocity| / rms(target velocity),   box units

Place in the flow: samples give the rms speed and a first idea where the error is large; branch
and bound does the rest. What is proved is upper * rms_speed, the absolute error in half-widths
per unit of time: in exact arithmetic, for the network and the formulas as the files hold them
(constants of a formula that are combined when it is read are rounded once). The rms speed itself
is a mean over Sobol points, stated with their number.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from lrfit.certification.branch import BranchResult, Goals, Work, branch_and_bound
from lrfit.certification.certificate import Certificate, Status
from lrfit.certification.climb import Found, improve, nothing_found
from lrfit.certification.cover import bounded_cover
from lrfit.certification.error_model import ErrorModel, error_model
from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.fields.expressions import CompiledField
from lrfit.fields.field import Domain
from lrfit.fields.sample_set import SampleSet
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.regression.noise_price import mean_squares
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System

POINTS = 2**16
"""Sobol points for the rms speed and the first places to look at."""
MOST_BOXES = 1_000_000
"""Boxes examined at most, by default: seconds to a minute."""
NEGLIGIBLE = 1e-9
"""Relative errors below this need no gap: they are near the rounding of the network itself."""
_SMALL_VARIABLE = 0.01
"""A variable whose error is below this share of the worst variable's is not bounded closer."""
_STARTS = 4


def prove_bound(
    network: LowRankNetwork,
    system: System,
    *,
    gap: float = 0.01,
    tol: float | None = None,
    max_boxes: int = MOST_BOXES,
    time_limit: float | None = None,
) -> Certificate:
    """Bound the error of a network over the whole box of its target.

    Parameters
    ----------
    network : LowRankNetwork
        With the domain of `system`.
    system : System
        Given by expressions.
    gap : float
        The bound is to be at most 1 + gap times an error that is really there.
    tol : float, optional
        Instead of the gap: prove or refute that no error is above `tol`.
    max_boxes, time_limit : int; float, seconds
        Where to stop; what is certain by then is returned.

    Raises
    ------
    InputError
        The target is not given by expressions, they have no bounds somewhere, or the network
        belongs to another domain.
    UsageError
        A gap, tolerance or limit that is not positive; a network in discrete time, or one with
        gated inputs.
    """
    started = time.perf_counter()
    if network.dt is not None:
        raise UsageError(
            "this network stands for a flow map (--update euler), which has no formula to "
            "certify; fit it without --update"
        )
    _check(gap=gap, tol=tol, max_boxes=max_boxes, time_limit=time_limit)
    if network.output is not None:
        raise UsageError(
            "gated inputs shift the network's latent state, which certify cannot follow; certify "
            "a network whose inputs are filtered or direct"
        )
    error, samples = _measured(network, system)
    found, sampled = _first_look(error, samples)
    outcome = branch_and_bound(
        error,
        bounded_cover(error, system),
        found,
        goals=_goals(gap) if tol is None else _tolerance(tol),
        work=Work(boxes=max_boxes, seconds=time_limit),
        enough=(lambda _: False) if tol is None else (lambda lower: bool(lower[0] > tol)),
    )
    status, reason = _verdict(outcome, gap, tol)
    return Certificate(
        system=system.name,
        neurons=network.neurons,
        status=status,
        reason=reason,
        gap_wanted=gap,
        tol=tol,
        points=samples.count,
        sampled=sampled,
        seconds=time.perf_counter() - started,
        **_bounds(error, outcome),
    )


def _check(**given: float | None) -> None:
    for name, value in given.items():
        if value is not None and not value > 0.0:
            raise UsageError(f"{name} is {value:g}; give a positive number")


def _formulas(system: System) -> CompiledField:
    if isinstance(system.field, CompiledField):
        return system.field
    what = "a Python function" if system.source.kind == "callable" else "samples"
    raise system.error(
        f"the target is given by {what}: nothing is certain between the points where it is "
        "known; certify needs its equations"
    )


def _shared_domain(network: LowRankNetwork, system: System) -> Domain:
    a, b = network.domain, system.domain
    same = a.variables + a.inputs == b.variables + b.inputs and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("lower", "upper", "input_lower", "input_upper")
    )
    if not same:
        raise InputError(
            f"the network belongs to another domain than {system.name}; certify it against the "
            "system that it was fitted to"
        )
    return b


def _measured(network: LowRankNetwork, system: System) -> tuple[ErrorModel, SampleSet]:
    """The error field in units of the target's rms speeds, and the points these come from."""
    field, domain = _formulas(system), _shared_domain(network, system)
    samples = draw_set(system, POINTS, 0)
    each, total = mean_squares(samples.velocity, samples.weight)
    scale = np.sqrt(np.concatenate([[total], each]))
    return error_model(network, field, domain, scale), samples


def _first_look(error: ErrorModel, samples: SampleSet) -> tuple[Found, float]:
    """Climb from the worst sample points, and the largest error among them."""
    domain = error.domain
    places = np.hstack([domain.state_from_box(samples.state), domain.input_from_box(samples.input)])
    values = error.evaluate(places)
    best = np.argsort(values, axis=1)[:, ::-1]
    found = nothing_found(error)
    for k in range(_STARTS):
        found = improve(error, found, places[best[:, k]], 0.1)
    return found, float(values[0].max())


def _goals(gap: float) -> Goals:
    def goals(lower: Array) -> Array:
        floor = np.full(len(lower), max(NEGLIGIBLE, _SMALL_VARIABLE * float(lower[1:].max())))
        floor[0] = NEGLIGIBLE
        return np.asarray(np.maximum((1.0 + gap) * lower, floor))

    return goals


def _tolerance(tol: float) -> Goals:
    """The bound on |e| must come down to the tolerance; those on variables need not."""
    return lambda lower: np.concatenate([[tol], np.full(len(lower) - 1, np.inf)])


def _verdict(outcome: BranchResult, gap: float, tol: float | None) -> tuple[Status, str]:
    upper, lower = outcome.upper[0], outcome.found.lower[0]
    if tol is None:
        if not outcome.stopped:
            return "certified", ""
        return "undecided", f"{outcome.stopped} came before the gap {gap:g}"
    if lower > tol:
        return "refuted", f"the error is at least {lower:.6g}, above the tolerance {tol:g}"
    if upper <= tol:
        return "proved", ""
    return "undecided", f"{outcome.stopped} came before a proof of the tolerance {tol:g}"


def _bounds(error: ErrorModel, outcome: BranchResult) -> dict[str, Any]:
    """What is certain, in the words of a certificate."""
    worst_point, worst_input = np.split(outcome.found.places[0], [error.domain.dimension])
    return {
        "domain": error.domain,
        "upper": float(outcome.upper[0]),
        "lower": float(outcome.found.lower[0]),
        "upper_by_variable": outcome.upper[1:],
        "lower_by_variable": outcome.found.lower[1:],
        "rms_speed": float(error.scale[0]),
        "rms_by_variable": error.scale[1:],
        "worst_point": worst_point,
        "worst_input": worst_input,
        "box_lower": outcome.box_lower,
        "box_upper": outcome.box_upper,
        "boxes": outcome.boxes,
    }
