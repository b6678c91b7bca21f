"""From solved neurons to a `Fit`: the network in the user's units and its report.

Place in the flow: the last step of every method. All numbers of the report are measured here,
on the test set, by the network itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.expressivity.structure import EXACT, violation
from lrfit.fitting.field_error import FieldReport, error_again, field_report
from lrfit.fitting.from_box import from_box
from lrfit.fitting.output_fit import fit_output, output_error
from lrfit.fitting.resolution import at_rest, fresh_points
from lrfit.fitting.result import Fit, SizePath
from lrfit.fitting.setting import CENTER_RANGE, CONDITION_CAP, SLOWEST_LEAK, FitProblem
from lrfit.io.text import counted
from lrfit.networks.basis import Neurons
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import Structure
from lrfit.networks.output import hide_copies
from lrfit.records.system_group import stored
from lrfit.regression.noise_price import criterion_value
from lrfit.regression.readout import Readout
from lrfit.simulation.lag import lag_error, longest_tau, state_error
from lrfit.systems.sampling import SampleSet
from lrfit.systems.transforms.copied import Copies
from lrfit.systems.transforms.shifted import Shift, remainder

_LAG = 0.1
"""Relative change of the declared signals by the membrane that is worth a warning."""


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """How the refinement of a network's neurons ended (`regression.refine.Status`), after how
    many steps, and by what: "compiled kernel" or "NumPy", whose rounding differs.
    """

    status: str
    steps: int
    by: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A network that passed the final solve, with its error on the validation set.

    condition : of M in box units. method : what found it. refinement : None where neurons are as
    they were drawn.
    """

    neurons: Neurons
    readout: Readout
    error: float
    condition: float
    method: str
    refinement: Refinement | None = None

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.neurons.count

    @property
    def sound(self) -> bool:
        """Whether the error is finite and the latent state can be read from the network."""
        return bool(np.isfinite(self.error) and self.condition <= CONDITION_CAP)


def settle(
    setting: FitProblem,
    neurons: Neurons,
    method: str,
    points: SampleSet | None = None,
    kappa: float | None = None,
) -> Candidate:
    """Solve neurons exactly (QR) on the training set (or `points`), judge on the validation set.

    kappa : the leak, where it is not to be fitted with the readout.
    """
    readout = setting.solve(neurons, points, kappa)
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
    paths: tuple[SizePath, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    interrupted: bool = False


def assemble(
    setting: FitProblem, chosen: Candidate, findings: Findings, *, tol: float | None = None
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
    evidence = _refinement(chosen) | _drive(setting, network.tau)
    if isinstance(setting.embedding, Copies):
        domain, copied = setting.embedding.system.domain, setting.embedding.copied
        network = replace(network, output=hide_copies(domain, copied, network.neurons))
    elif setting.embedding is not None:
        network, more = _with_output(network, setting, setting.embedding)
        evidence |= more
    report = field_report(
        network,
        setting.samples.test,
        criterion=options.criterion,
        noise=options.noise,
        weight_noise=options.weight_noise,
    )
    if not np.isfinite(report.error):
        raise NumericalError(
            f"the error of the network with {counted(network.neurons, 'neuron')} is not "
            "finite; choose less "
            "extreme values of --tau, --center, --scale and --noise"
        )
    doubts, other = _doubts(setting, network, report)
    if other is not None:
        evidence |= {"error_on_other_points": other}
    return Fit(
        network=network,
        report=report,
        stored=stored(setting.embedding.system if setting.embedding else setting.system.continuous),
        options=options,
        method=chosen.method,
        paths=findings.paths,
        tol=tol,
        met=None
        if tol is None
        else bool(max(report.error, other or 0.0) <= tol) and not _broken(violations),
        warnings=(
            *findings.warnings,
            *doubts,
            *_broken(violations),
            *_warnings(setting, chosen, evidence),
            *_short_weights(report, tol),
        ),
        evidence={**findings.evidence, **evidence}
        | {f"violation_{k}": v for k, v in violations.items()},
        seconds=time.monotonic() - findings.began,
        interrupted=findings.interrupted,
        floor=setting.floor,
    )


def _doubts(
    setting: FitProblem, network: LowRankNetwork, report: FieldReport
) -> tuple[tuple[str, ...], float | None]:
    """What makes the error doubtful; and its value on fresh points where that is another one."""
    domain, test = setting.system.domain, setting.samples.test
    found = list(at_rest(setting.system, test, report.criterion))
    if setting.system.data is not None:  # there are no points but those that were measured
        return tuple(found), None
    fresh = partial(fresh_points, setting.system, setting.samples, setting.options.seed)
    again = error_again(network, test, report, fresh)
    if again is None:
        return tuple(found), None
    place = ", ".join(
        f"{name} {value:.3g}"
        for name, value in zip(domain.variables, report.worst_point, strict=True)
    )
    found.append(
        f"the error does not converge: {report.error:.3g} on {report.points:,} test points, "
        f"{again[0]:.3g} on {again[1]:,} others, since few points carry it, such as {place}; "
        "restrict the domain to where the field is less steep"
    )
    return tuple(found), again[0]


def _refinement(chosen: Candidate) -> dict[str, float | int | str]:
    """How the refinement of the chosen network ended."""
    found = chosen.refinement
    if found is None:
        return {}
    return {
        "refinement": found.status,
        "refinement_steps": found.steps,
        "refinement_by": found.by,
    }


def _finished(setting: FitProblem, chosen: Candidate) -> LowRankNetwork:
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


def _drive(setting: FitProblem, tau: float) -> dict[str, float | int | str]:
    """How the inputs reach the network, and what the membrane does to those that are declared."""
    system, drive = setting.system, setting.drive
    domain, simulation = system.domain, system.simulation
    if not domain.inputs:
        return {}
    found: dict[str, float | int | str] = {"drive": drive.describe(domain.inputs)}
    if simulation.duration and drive.late:
        h, h_u = domain.half_width, domain.input_half_width
        signal, duration = simulation.signal, simulation.duration
        found["lag_signal"] = lag_error(signal, duration, tau, drive.late)
        with np.errstate(all="ignore"):
            at_once = h[:, None] * drive.E / h_u
            found["lag_state"] = state_error(system, tau, drive.late, at_once)
    return found


def _with_output(
    network: LowRankNetwork, setting: FitProblem, shift: Shift
) -> tuple[LowRankNetwork, dict[str, float | int | str]]:
    """The network with a reading of the target's state, and how good that is."""
    noise = setting.options.noise

    def places(points: SampleSet) -> tuple[Array, Array, Array, Array]:
        y = network.domain.state_from_box(points.state)
        v = network.domain.input_from_box(points.input)
        return y, v, network.nonlinearity.phi(network.current(y, v)), shift.to_state(y, v)

    training = setting.samples.training
    output = fit_output(
        *places(training), weight=training.weight, noise=noise, domain=shift.system.domain
    )
    left, before = remainder(shift)
    evidence: dict[str, float | int | str] = {
        "output_error": output_error(output, *places(setting.samples.test), noise=noise),
        "lag_left": left,
        "lag_without_shift": before,
    }
    return replace(network, output=output), evidence


def _warnings(
    setting: FitProblem, chosen: Candidate, evidence: Mapping[str, float | int | str]
) -> tuple[str, ...]:
    """What a user must know about this network before using it."""
    found = [*setting.system.notes, *setting.samples.notes, *chosen.readout.status]
    if held := _held(setting, chosen.readout):
        found.append(
            f"the center of {', '.join(held)} is as far out as the fit may choose "
            f"({CENTER_RANGE:g} half-widths from the middle of the box): one farther out "
            "would lower "
            "the error a little more; --center x=...,y=... sets it, and otherwise nothing needs to "
            "be done"
        )
    if not chosen.condition <= CONDITION_CAP:
        found.append(
            f"M has condition {chosen.condition:.3g}: the latent state can hardly be read from "
            f"the neurons, whose slopes all but repeat each other; use at least "
            f"{counted(setting.minimum, 'neuron')}, or draw others with --seed"
        )
    leak = chosen.readout.kappa / setting.natural_leak
    if setting.embedding is None and leak < (1.0 - 1e-9) * SLOWEST_LEAK:
        found.append(
            f"tau is {1.0 / leak:.3g} times the system's own time: so weak a leak does not hold "
            "the state against errors in the weights"
        )
    return (*found, *_lag(setting, chosen.readout.tau, evidence))


def _held(setting: FitProblem, readout: Readout) -> list[str]:
    """Variables whose centre would be further out, if it might."""
    low, high = map(np.asarray, setting.bounds.center)
    names, center = setting.system.domain.variables, readout.center
    at = (low < high) & ((center <= low) | (center >= high))
    return [name for name, there in zip(names, at, strict=True) if there]


def _lag(
    setting: FitProblem, tau: float, evidence: Mapping[str, float | int | str]
) -> tuple[str, ...]:
    """Advice where low-passing the declared signals costs more than all else."""
    late, names = setting.drive.late, setting.system.domain.inputs
    signal, state = (float(evidence.get(key, 0.0)) for key in ("lag_signal", "lag_state"))
    if signal <= 1.5 * _LAG and not state > _LAG:
        return ()
    simulation = setting.system.simulation
    longest = longest_tau(simulation.signal, simulation.duration or 0.0, late, error=_LAG)
    through = f", and with it the state by {state:.0%}" if np.isfinite(state) else ""
    short = (
        f"--tau {longest:.2g} or less keeps that within {_LAG:.0%}"
        if longest < tau
        else "a shorter --tau lessens that"
    )
    return (
        f"the membrane changes the declared signal of {', '.join(names[j] for j in late)} by "
        f"{signal:.0%}{through} (tau {tau:.3g}); {short}, and --drive {names[late[0]]}=gated or "
        "=copied does without most of the lag",
    )
