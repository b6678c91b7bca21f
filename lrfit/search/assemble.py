"""From solved neurons to a `Fit`: the network in the user's units and its report.

Place in the flow: the last step of every method. All numbers of the report are measured here,
on the test set, by the network itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lrfit.analysis.field_error import FieldReport, field_report
from lrfit.analysis.lag import lag_error, longest_tau
from lrfit.analysis.structure import EXACT, Structure, violation
from lrfit.errors import NumericalError
from lrfit.network.lowrank import LowRankNetwork, from_box
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
    error = criterion_value(summary, setting.options.criterion)
    if setting.emphasis is not None:
        error = max(error, setting.emphasis.error(neurons, readout, setting.scale))
    return Candidate(
        neurons=neurons,
        readout=readout,
        error=error,
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
    """Build the network in the user's units and measure it on the test set.

    Raises
    ------
    NumericalError
        Its error is not a finite number.
    """
    options = setting.options
    network = _finished(setting, chosen)
    violations = {name: violation(network, name) for name in options.structures}
    report = field_report(
        network,
        setting.samples.test,
        criterion=options.criterion,
        noise=options.noise,
        weight_noise=options.weight_noise,
    )
    if not np.isfinite(report.error):
        raise NumericalError(
            f"the error of the network with {network.neurons} neurons is not finite; choose less "
            "extreme values of --tau, --center, --scale and --noise"
        )
    return Fit(
        network=network,
        report=report,
        system=setting.system.continuous,
        options=options,
        method=chosen.method,
        paths=findings.paths,
        tol=tol,
        met=None if tol is None else bool(report.error <= tol) and not _broken(violations),
        warnings=(
            *findings.warnings,
            *_broken(violations),
            *_warnings(setting, chosen),
            *_short_weights(report, tol),
        ),
        evidence={**findings.evidence} | {f"violation_{k}": v for k, v in violations.items()},
        seconds=time.monotonic() - findings.began,
        interrupted=findings.interrupted,
    )


def _finished(setting: Setting, chosen: Candidate) -> LowRankNetwork:
    """The network in the user's units; biases that are one number differ by no rounding."""
    system = setting.system
    network = from_box(chosen.neurons, chosen.readout, system.domain, dt=system.dt)
    if not setting.options.shared_bias:
        return network
    return replace(network, bias=np.full(network.neurons, np.mean(network.bias)))


def _broken(violations: Mapping[Structure, float]) -> tuple[str, ...]:
    """Structure that was asked for and is not there: never expected, and never hidden."""
    return tuple(
        f"the network is not {name.replace('_', ' ')}: violated by {size:.2g}"
        for name, size in violations.items()
        if not size <= EXACT
    )


def _short_weights(report: FieldReport, tol: float | None) -> tuple[str, ...]:
    """Where a network within the tolerance leaves it in single precision."""
    if tol is None or report.error > tol or report.error_float32 <= tol:
        return ()
    return (
        f"with weights rounded to float32 the error is {report.error_float32:.3g}, above the "
        "tolerance; ask for less sensitive weights with --weight-noise",
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
    affine = setting.system.continuous.affine_inputs  # if direct too, little is left for neurons
    direct = {j for j in setting.bounds.direct if inputs[j] in affine}
    seen = tuple(j for j in setting.seen if j not in direct)
    if not simulation.duration or not seen:
        return ()
    error = lag_error(simulation.signal, simulation.duration, tau, seen)
    if error <= 1.5 * _LAG:
        return ()
    longest = longest_tau(simulation.signal, simulation.duration, seen, error=_LAG)
    names = ", ".join(inputs[j] for j in seen)
    return (
        f"the membrane changes the declared signal of {names} by {error:.0%} (tau {tau:.3g}); "
        f"--tau {longest:.2g} or less keeps that within {_LAG:.0%}",
    )
