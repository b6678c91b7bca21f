"""From solved neurons to a `Fit`: the network in the user's units and its report.

Place in the flow: the last step of every method. All numbers of the report are measured here,
on the test set, by the network itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrfit.analysis.field_error import field_report
from lrfit.analysis.lag import lag_error, longest_tau
from lrfit.network.lowrank import from_box
from lrfit.neurons.basis import Neurons
from lrfit.regression.noise_price import criterion_value
from lrfit.regression.readout import Readout
from lrfit.search.result import Fit, Path
from lrfit.search.setting import CONDITION_CAP, SLOWEST_LEAK, Setting
from lrfit.targets.sampling import SampleSet

_LAG = 0.1
"""Relative change of the declared signals by the membrane that is worth a warning."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A network that passed the final solve, with its error on the validation set.

    condition : of M in box units. method : what found it.
    """

    neurons: Neurons
    readout: Readout
    error: float
    condition: float
    method: str

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.neurons.count

    @property
    def sound(self) -> bool:
        """Whether the error is finite and the latent state can be read from the network."""
        return bool(np.isfinite(self.error) and self.condition <= CONDITION_CAP)


def settle(
    setting: Setting, neurons: Neurons, method: str, points: SampleSet | None = None
) -> Candidate:
    """Solve neurons exactly (QR) on the training set (or `points`), judge on the validation set."""
    readout = setting.solve(neurons, points)
    summary = setting.errors(neurons, readout, setting.samples.validation)
    return Candidate(
        neurons=neurons,
        readout=readout,
        error=criterion_value(summary, setting.options.criterion),
        condition=float(np.linalg.cond(neurons.M)),
        method=method,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """What accompanies the chosen network into its `Fit`."""

    began: float
    paths: tuple[Path, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    interrupted: bool = False


def assemble(
    setting: Setting, chosen: Candidate, findings: Findings, *, tol: float | None = None
) -> Fit:
    """Build the network in the user's units and measure it on the test set."""
    options = setting.options
    network = from_box(chosen.neurons, chosen.readout, setting.system.domain)
    report = field_report(
        network,
        setting.samples.test,
        criterion=options.criterion,
        noise=options.noise,
        weight_noise=options.weight_noise,
    )
    return Fit(
        network=network,
        report=report,
        system=setting.system,
        options=options,
        method=chosen.method,
        paths=findings.paths,
        tol=tol,
        met=None if tol is None else bool(report.error <= tol),
        warnings=(*findings.warnings, *_warnings(setting, chosen)),
        evidence=findings.evidence,
        seconds=time.monotonic() - findings.began,
        interrupted=findings.interrupted,
        floor=setting.floor,
    )


def _warnings(setting: Setting, chosen: Candidate) -> tuple[str, ...]:
    """What a user must know about this network before using it."""
    found = [*setting.samples.notes, *chosen.readout.status]
    if not chosen.condition <= CONDITION_CAP:
        found.append(
            f"M has condition {chosen.condition:.3g}: the latent state can hardly be read from "
            f"the neurons; use at least {setting.minimum} neurons with different directions"
        )
    leak = chosen.readout.kappa / setting.natural_leak
    if leak < (1.0 - 1e-9) * SLOWEST_LEAK:
        found.append(
            f"tau is {1.0 / leak:.3g} times the system's own time: so weak a leak does not hold "
            "the state against errors in the weights"
        )
    return (*found, *_lag(setting, chosen.readout.tau))


def _lag(setting: Setting, tau: float) -> tuple[str, ...]:
    """The error that low-passing adds to the declared signals, where it is not small."""
    simulation, inputs = setting.system.simulation, setting.system.domain.inputs
    if not simulation.duration or not setting.seen:
        return ()
    error = lag_error(simulation.signal, simulation.duration, tau, setting.seen)
    if error <= 1.5 * _LAG:
        return ()
    longest = longest_tau(simulation.signal, simulation.duration, setting.seen, error=_LAG)
    names = ", ".join(inputs[j] for j in setting.seen)
    return (
        f"the membrane changes the declared signal of {names} by {error:.0%} (tau {tau:.3g}); "
        f"--tau {longest:.2g} or less keeps that within {_LAG:.0%}",
    )
