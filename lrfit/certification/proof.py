"""The proof: a bound on the error over the whole box that no point can exceed.

    upper >= max |network velocity - target velocity| / rms(target velocity),   box units

Place in the flow: a network and a target that `certify` has accepted, and a `Question`, become a
`Proof`. Samples give the rms speed and a first idea where the error is large; branch and bound
does the rest. What is proved is upper * rms_speed, the absolute error in half-widths per unit of
time: in exact arithmetic, for the network and the formulas as the files hold them (constants of a
formula that are combined when it is read are rounded once). The rms speed itself is a mean over
Sobol points, stated with their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.certification.branch import BranchResult, Work, branch_and_bound
from lrfit.certification.certificate import Status
from lrfit.certification.climb import Found, improve, nothing_found
from lrfit.certification.cover import bounded_cover
from lrfit.certification.error_model import ErrorModel, error_model
from lrfit.certification.options import ProofOptions
from lrfit.core.arrays import Array
from lrfit.fields.knowledge import Enclosures
from lrfit.fields.sample_set import SampleSet
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.regression.noise_price import mean_squares
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System

POINTS = 2**16
"""Sobol points for the rms speed and the first places to look at."""
NEGLIGIBLE = 1e-9
"""Relative errors below this need no gap: they are near the rounding of the network itself."""
_SMALL_VARIABLE = 0.01
"""A variable whose error is below this share of the worst variable's is not bounded closer."""
_STARTS = 4


@dataclass(frozen=True, kw_only=True)
class Question(ProofOptions):
    """What is to be proved: that the bound reaches a gap, or a tolerance if there is one."""

    def goals(self, lower: Array) -> Array:
        """What the bounds (K,) must come down to, given the largest errors found (K,)."""
        if self.tol is not None:  # that on |e|; those on variables need not
            return np.concatenate([[self.tol], np.full(len(lower) - 1, np.inf)])
        floor = np.full(len(lower), max(NEGLIGIBLE, _SMALL_VARIABLE * float(lower[1:].max())))
        floor[0] = NEGLIGIBLE
        return np.asarray(np.maximum((1.0 + self.gap) * lower, floor))

    def refuted(self, lower: Array) -> bool:
        """Whether an error above the tolerance is found: closer bounds would change nothing."""
        return self.tol is not None and bool(lower[0] > self.tol)

    def answer(self, outcome: BranchResult) -> tuple[Status, str]:
        """The status of a certificate, and the reason where it is not what was asked for."""
        upper, lower = outcome.upper[0], outcome.found.lower[0]
        if self.tol is None:
            if not outcome.stopped:
                return "certified", ""
            return "undecided", f"{outcome.stopped} came before the gap {self.gap:g}"
        if lower > self.tol:
            return "refuted", f"the error is at least {lower:.6g}, above the tolerance {self.tol:g}"
        if upper <= self.tol:
            return "proved", ""
        return "undecided", f"{outcome.stopped} came before a proof of the tolerance {self.tol:g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Proof:
    """The error field, what is certain of it, and the largest error at `points` samples."""

    error: ErrorModel
    outcome: BranchResult
    points: int
    sampled: float


def prove(
    network: LowRankNetwork, system: System, enclosures: Enclosures, question: Question
) -> Proof:
    """Bound the error field of a network over the box that it shares with its target."""
    error, samples = _measured(network, system, enclosures)
    found, sampled = _first_look(error, samples)
    outcome = branch_and_bound(
        error,
        bounded_cover(error, system),
        found,
        goals=question.goals,
        work=Work(boxes=question.max_boxes, seconds=question.time_limit),
        enough=question.refuted,
    )
    return Proof(error=error, outcome=outcome, points=samples.count, sampled=sampled)


def _measured(
    network: LowRankNetwork, system: System, enclosures: Enclosures
) -> tuple[ErrorModel, SampleSet]:
    """The error field in units of the target's rms speeds, and the points these come from."""
    samples = draw_set(system, POINTS, 0)
    each, total = mean_squares(samples.velocity, samples.weight)
    # Denominators of docs/theory, eqs. 11 and 13, without the price of the weights: the proof is
    # about the field itself.
    scale = np.sqrt(np.concatenate([[total], each]))
    return error_model(network, system, enclosures, scale), samples


def _first_look(error: ErrorModel, samples: SampleSet) -> tuple[Found, float]:
    """Climb from the worst sample points, and the largest error among them."""
    domain = error.domain
    places = np.hstack([domain.state_from_box(samples.state), domain.input_from_box(samples.input)])
    values = error.evaluate(places)
    # By objective: |e| and every |e_d| have places of their own.
    best = np.argsort(values, axis=1)[:, ::-1]
    found = nothing_found(error)
    for k in range(_STARTS):
        found = improve(error, found, places[best[:, k]], 0.1)
    return found, float(values[0].max())
