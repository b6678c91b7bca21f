"""From a parent to a network of many neurons, measured.

Place in the flow: `expand` hands over a small network and how many neurons each of its neurons
becomes; what comes out is a `Fit` whose report is about the large network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.expansion.heterogeneity import Price, correlation, jittered, refitted
from lrfit.expansion.options import ExpandOptions
from lrfit.expansion.samples import MEASURING, REFITTING, FocusedSamples, own_samples
from lrfit.fields.sample_set import SampleSet
from lrfit.fitting.expansion_report import Expansion, FittedMixture
from lrfit.fitting.field_error import FieldReport, field_report
from lrfit.fitting.result import Fit
from lrfit.networks.clones import cloned
from lrfit.networks.lowrank import LowRankNetwork

POINTS = 4096
RATES = 2**26
"""Rates at all points, at most: those of 16,384 neurons at 4,096 points."""
_JITTER = 94


@dataclass(frozen=True, kw_only=True, eq=False)
class Parent:
    """What is expanded: a fit, and how many neurons each of its neurons becomes (k,).

    samples : of its target, None where that is not known. method : "clones" of its neurons,
    "robust" populations, or neurons "sampled" from a mixture. error : expected with wrong weights,
    or of drawn networks, on validation points; NaN where none was asked for. mixture : from which
    neurons were drawn, where it was fitted to the target.
    """

    fit: Fit
    copies: NDArray[np.int64]
    samples: FocusedSamples | None = None
    method: str = "clones"
    error: float = float("nan")
    mixture: FittedMixture | None = None


class Expanding:
    """One expansion of a parent."""

    def __init__(self, parent: Parent, chosen: ExpandOptions) -> None:
        self.parent, self.chosen = parent, chosen
        if chosen.jitter and chosen.refit == "system" and parent.samples is None:
            raise UsageError("the system of this network is not known; choose --refit own or none")

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Population (neurons,) of each neuron: that of its parent, or the parent's number."""
        network, copies = self.parent.fit.network, self.parent.copies
        own = np.arange(network.neurons) if network.population is None else network.population
        return np.repeat(own, copies)

    @cached_property
    def equal(self) -> LowRankNetwork:
        """The network of equal neurons, labelled by the neurons that they come from."""
        made = cloned(self.parent.fit.network, self.parent.copies)
        return replace(made, population=self.labels)

    @cached_property
    def network(self) -> LowRankNetwork:
        """The same, or with neurons that differ within populations."""
        size, options = self.chosen.jitter, self.parent.fit.options
        if not self.differs:
            return self.equal
        _require_plain(self.parent.fit)
        generator = np.random.default_rng([options.seed, _JITTER])
        moved = jittered(self.equal, size, generator) if size else self.equal
        if self.chosen.refit == "none":
            return moved
        points = self._points(REFITTING)
        price = Price(noise=options.noise, weight_noise=self.chosen.delta)
        if self.chosen.refit == "system":
            field = points.velocity * moved.domain.half_width
        else:
            field = field_at(self.equal, points)
        return refitted(moved, field, points, price)

    @property
    def differs(self) -> bool:
        """Whether neurons of one population are not equal."""
        return self.chosen.jitter > 0.0 or self.parent.method == "sampled"

    def fit(self) -> Fit:
        """The expanded network with its reports."""
        small, robust = self.parent.fit, self.parent.method == "robust"
        return replace(
            small,
            network=self.network,
            report=self._report(),
            expansion=self._expansion(),
            tol=None,
            met=None,
            warnings=small.warnings if robust else (),
            evidence=small.evidence if robust else {},
            paths=(),
            frontier=(),
            tuning=None,
            reduction=None if self.chosen.jitter else small.reduction,
            faithful="",
            faithful_check="",
        )

    def _points(self, which: int) -> SampleSet:
        parent = self.parent
        count = min(POINTS, max(RATES // self.chosen.neurons, 1))
        if parent.samples is None:
            return own_samples(parent.fit.network, count, (parent.fit.options.seed, which))
        return parent.samples.draw(count, which)

    def _report(self) -> FieldReport:
        """Errors over the box; of an unknown target those of the parent, which the clones share."""
        small, samples, network = self.parent.fit, self.parent.samples, self.network
        if samples is not None:
            options = small.options
            return field_report(
                network,
                samples.setting.samples.test,
                criterion=options.criterion,
                noise=options.noise,
                weight_noise=options.weight_noise,
            )
        points, report = self._points(MEASURING), small.report
        lower = np.sum(loads(network, points) ** 2) / np.sum(loads(small.network, points) ** 2)
        N = network.N / network.domain.half_width
        return replace(
            report,
            sensitivity=float(report.sensitivity * np.sqrt(lower)),
            weight_norm=float(np.linalg.norm(N)),
            weight_max=float(np.max(np.abs(N))),
        )

    def _expansion(self) -> Expansion:
        parent, chosen, points = self.parent, self.chosen, self._points(MEASURING)
        known, robust = parent.samples is not None, parent.method == "robust"
        near = field_report(self.network, points, criterion="overall", noise=0.0)
        tol = chosen.tol if robust or parent.mixture is not None else None
        return Expansion(
            method=parent.method,
            neurons=self.network.neurons,
            parent_neurons=parent.fit.network.neurons if parent.method == "clones" else 0,
            quota=chosen.quota,
            focus=chosen.focus,
            weight_noise=(chosen.weight_noise or 0.0) if robust else 0.0,
            deleted=chosen.deleted if robust else 0.0,
            delta=chosen.delta if robust else 0.0,
            field_error=near.field_error if known else float("nan"),
            sensitivity=near.sensitivity,
            jitter=chosen.jitter,
            refit=chosen.refit or "none" if self.differs else "none",
            field_change=self._change(points),
            correlation=correlation(self.network, points) if self.differs else 1.0,
            quotas=np.bincount(self.labels),
            tol=tol,
            met=None if tol is None else bool(parent.error <= tol),
            mixture=parent.mixture,
        )

    def _change(self, points: SampleSet) -> float:
        """Relative change of the field by differences between neurons."""
        if not self.differs:
            return 0.0
        before, after = field_at(self.equal, points), field_at(self.network, points)
        h, weight = self.equal.domain.half_width, points.weight[:, None]
        squares = np.sum(weight * ((after - before) / h) ** 2) / np.sum(weight * (before / h) ** 2)
        return float(np.sqrt(squares))


def _require_plain(fit: Fit) -> None:
    """Refuse networks whose output reads rates, or whose structure differences would break."""
    output = fit.network.output
    if output is not None and np.any(output.rates):
        raise UsageError(
            "the output of this network reads its neurons, which must stay as they are; leave out "
            "--jitter"
        )
    broken = {"shared_bias", "orthogonal"} & {*fit.options.structures}
    if broken:
        what = " and ".join(sorted(name.replace("_", " ") for name in broken))
        raise UsageError(f"neurons that differ would not keep {what}; leave out --jitter")


def field_at(network: LowRankNetwork, points: SampleSet) -> Array:
    """The field (P, D) of a network at sample points, the user's units."""
    domain = network.domain
    return network.velocity(
        domain.state_from_box(points.state), domain.input_from_box(points.input)
    )


def loads(network: LowRankNetwork, points: SampleSet) -> Array:
    """|A_j| phi_j (neurons,): what one unit of relative error of each neuron's weights does."""
    domain = network.domain
    z, u = domain.state_from_box(points.state), domain.input_from_box(points.input)
    rates = network.rates(network.current(z, u))
    sizes = np.sqrt(np.mean(points.weight[:, None] * rates**2, axis=0))
    A = network.N / (network.tau * domain.half_width)
    return np.asarray(np.linalg.norm(A, axis=1) * sizes)
