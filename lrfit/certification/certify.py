"""certify(): a bound on a network's field error over the whole box of its target."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from lrfit.certification.certificate import Certificate
from lrfit.certification.options import MOST_BOXES
from lrfit.certification.proof import Proof, Question, prove
from lrfit.core.errors import InputError, UsageError
from lrfit.fields.knowledge import Enclosures
from lrfit.networks.digest import network_digest
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.subject import Network, as_subject
from lrfit.systems.about import about
from lrfit.systems.given import Target, as_system
from lrfit.systems.system import System


def certify(
    network: Network,
    *,
    target: Target | None = None,
    gap: float = 0.01,
    tol: float | None = None,
    max_boxes: int = MOST_BOXES,
    time_limit: float | None = None,
) -> Certificate:
    """Prove a bound on the largest field error over the whole box, not only at samples.

    Parameters
    ----------
    network : Fit, LowRankNetwork or path
        What to certify, with the domain of its target.
    target : System, path or name of a sample system, optional
        By default the one that the network was fitted to; a bare LowRankNetwork has none. It is
        given by expressions, or by a field that offers `enclosures`.
    gap : float
        The bound is to be at most 1 + gap times an error that some point really has.
    tol : float, optional
        Instead of reaching the gap, prove or refute that no error is above `tol`.
    max_boxes : int
        Stop after examining so many parts of the box.
    time_limit : float, optional
        Stop after so many seconds. What is certain when a limit comes first is returned.

    Returns
    -------
    Certificate
        Bounds on the error in box units (half-widths of the domain per unit of time), relative to
        the rms speed of the target, like `max_error` of a fit's report; and whether what was
        asked for is certain (`status`).

    Raises
    ------
    UsageError
        No target; a gap, tolerance or limit that is not positive; a network in discrete time, or
        one with gated inputs.
    InputError
        The target is not given by expressions, they have no bounds somewhere, or the network
        belongs to another domain.

    Notes
    -----
    Interval arithmetic with outward rounding (Moore 1966) bounds the error over a box, and branch
    and bound (Land & Doig 1960) cuts the boxes with the largest bounds until the gap is reached.
    The relative error is that of docs/theory, eq. 11, without the price of weight noise.

    Examples
    --------
    >>> import lrfit
    >>> fit = lrfit.fit("pitchfork_bistable", neurons=8)
    >>> found = lrfit.certify(fit, gap=0.1)
    >>> found.status, bool(found.lower <= found.upper <= 1.1 * found.lower)
    ('certified', True)
    >>> lrfit.certify(fit, tol=2 * found.upper).status
    'proved'
    """
    started = time.perf_counter()
    question = Question(gap=gap, tol=tol, max_boxes=max_boxes, time_limit=time_limit)
    subject = as_subject(network)
    system = subject.system if target is None else as_system(target)
    if system is None:
        raise UsageError("this network does not say what it stands for; give its target")
    _require_continuous(subject.network)
    enclosures = _enclosures(system)
    _require_shared_domain(subject.network, system)
    proof = prove(subject.network, system, enclosures, question)
    status, reason = question.answer(proof.outcome)
    return Certificate(
        **about(system),
        system=system.name,
        neurons=subject.network.neurons,
        status=status,
        reason=reason,
        gap_wanted=gap,
        tol=tol,
        seconds=time.perf_counter() - started,
        network_sha256=network_digest(subject.network),
        system_sha256=system.source.sha256,
        **_bounds(proof),
    )


def _require_continuous(network: LowRankNetwork) -> None:
    if network.dt is not None:
        raise UsageError(
            "this network stands for a flow map (--update euler), which has no formula to "
            "certify; fit it without --update"
        )
    if network.output is not None:
        raise UsageError(
            "gated inputs shift the network's latent state, which certify cannot follow; certify "
            "a network whose inputs are filtered or direct"
        )


def _enclosures(system: System) -> Enclosures:
    if system.enclosures is not None:
        return system.enclosures
    if system.source.kind == "expressions":
        raise system.error(
            "the target is the mean field of populations, of which no bounds are known; certify "
            "needs equations"
        )
    what = "a Python function" if system.source.kind == "callable" else "samples"
    raise system.error(
        f"the target is given by {what}: nothing is certain between the points where it is "
        "known; certify needs its equations"
    )


def _require_shared_domain(network: LowRankNetwork, system: System) -> None:
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


def _bounds(proof: Proof) -> dict[str, Any]:
    """What is certain, by the names of a certificate's fields."""
    error, outcome = proof.error, proof.outcome
    worst_point, worst_input = np.split(outcome.found.places[0], [error.domain.dimension])
    return {
        "domain": error.domain,
        "upper": float(outcome.upper[0]),
        "lower": float(outcome.found.lower[0]),
        "upper_by_variable": outcome.upper[1:],
        "lower_by_variable": outcome.found.lower[1:],
        "rms_speed": float(error.scale[0]),
        "rms_by_variable": error.scale[1:],
        "points": proof.points,
        "sampled": proof.sampled,
        "worst_point": worst_point,
        "worst_input": worst_input,
        "box_lower": outcome.box_lower,
        "box_upper": outcome.box_upper,
        "boxes": outcome.boxes,
        "map_axes": outcome.map_axes,
        "bound_map": outcome.maps,
    }
