"""What is drawn: a target, a network, or both, and what is known of them.

Place in the flow: a file that was read, or a fit, becomes a `FigureSubject`; figures see only this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.dynamics import Anatomy, Flow
from lrfit.fields.field import Domain
from lrfit.fitting.field_error import FieldReport
from lrfit.fitting.reduction_report import Reduction
from lrfit.fitting.result import Fit, SizePath
from lrfit.fitting.tuning_report import Tuning
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.options.python_values import told
from lrfit.systems.about import title_with
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System
from lrfit.systems.transforms.discrete import discretized


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureSubject:
    """A target, a network, or both.

    target : in continuous time; None where the file cannot hold it (a Python function).
    network, report : None for a system alone. frontier : error by size, where a file has it;
    fits : the networks of the frontier. below, tries : the best error with a neuron less, and of
    how many starts; None where no search tells. floor : error that no network of the kind can go
    below.
    anatomies : of target and network, where they are known already.
    tuning : how the network was tuned in closed loop, None where it was not.
    reduction : how it was reduced from a trained network, None where it was not. seed : of the fit.
    """

    name: str
    domain: Domain
    target: System | None = None
    network: LowRankNetwork | None = None
    time_unit: str = ""
    report: FieldReport | None = None
    paths: tuple[SizePath, ...] = ()
    method: str = ""
    tol: float | None = None
    met: bool | None = None
    frontier: Mapping[int, float] = field(default_factory=dict)
    fits: tuple[Fit, ...] = ()
    below: float | None = None
    tries: int = 0
    floor: float = 0.0
    anatomies: tuple[Anatomy, ...] = ()
    tuning: Tuning | None = None
    reduction: Reduction | None = None
    seed: int = 0

    def the_network(self) -> LowRankNetwork:
        """The network; InputError without one."""
        if self.network is None:
            raise InputError(
                "is a system without a network; make one with `lrfit minimize`", where=self.name
            )
        return self.network

    def the_reduction(self) -> Reduction:
        """How it was reduced from a trained network; InputError where it was not."""
        if self.reduction is None:
            raise InputError(
                "was not reduced from a trained network; `lrfit reduce` makes one that was",
                where=self.name,
            )
        return self.reduction

    def the_target(self) -> System:
        """The target; InputError without one."""
        if self.target is None:
            raise InputError(
                "its target is a trained network, which has no field to compare with; plot it with "
                "--kind reduction"
                if self.reduction is not None
                else "its target was a Python function, which a file cannot hold; plot the fit "
                "itself, in Python",
                where=self.name,
            )
        return self.target

    @cached_property
    def compared(self) -> System:
        """What the network was fitted to: the target, or its flow map for Euler steps."""
        target, dt = self.the_target(), self.the_network().dt
        return target if dt is None else discretized(target, dt)

    @property
    def size(self) -> str:
        """The number of neurons, in words."""
        count = self.the_network().neurons
        return f"{count} neuron{'s' if count != 1 else ''}"

    def flows(self, u: Array) -> list[tuple[str, Flow]]:
        """What there is to draw at a tonic input (U,), with titles: target first, then network."""
        found = []
        if self.target is not None:
            found.append((self.name, Flow(field=self.target, input=u)))
        if self.network is not None:
            flow = Flow(field=self.network, input=u, dt=self.network.dt)
            found.append((f"network, {self.size}", flow))
        return found

    @cached_property
    def usual_input(self) -> Array:
        """(U,) the input with which the system's own simulation starts, else at rest."""
        if self.target is not None:
            return np.array(self.target.simulation.signal.at(np.zeros(1))[0])
        return resting_input(self.domain)

    def input_text(self, u: Array) -> str:
        """A tonic input in words: I = 0.5."""
        return ", ".join(f"{n} = {v + 0.0:.3g}" for n, v in zip(self.domain.inputs, u, strict=True))


def subject_of(
    value: Fit | System,
) -> FigureSubject:
    """What a fit or a system has to show."""
    if isinstance(value, System):
        target = value.continuous
        return FigureSubject(
            name=title_with(target.name, target.source.overrides),
            domain=target.domain,
            target=target,
            time_unit=target.time_unit,
        )
    if not hasattr(value, "stored"):
        raise UsageError(f"{told(value)} has no figure; give a Fit, a System, a result or a path")
    return FigureSubject(
        name=title_with(value.stored.name, value.stored.overrides),
        domain=value.network.domain,
        target=None if value.target is None else value.target.continuous,
        network=value.network,
        time_unit=value.stored.time_unit,
        report=value.report,
        paths=value.paths,
        method=value.method,
        tol=value.tol,
        met=value.met,
        frontier={each.network.neurons: each.report.error for each in value.frontier},
        fits=value.frontier,
        below=_number(value, "error_one_below"),
        tries=int(_number(value, "starts_one_below") or 0),
        floor=value.floor.by_criterion(value.report.criterion) if value.floor else 0.0,
        tuning=value.tuning,
        reduction=value.reduction,
        seed=value.options.seed,
    )


def _number(fit: Fit, name: str) -> float | None:
    """A finite number among the evidence of a search."""
    number = fit.evidence.get(name)
    return float(number) if isinstance(number, int | float) and np.isfinite(number) else None
