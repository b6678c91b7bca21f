"""What is said about a fit, to a person and to a program; the same for a network file."""

from __future__ import annotations

import math
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.expressivity.view import floor_fields, floor_text
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.fitting.result import Fit

STRUCTURES = ("symmetric", "shared_bias", "nonnegative_rates", "orthogonal")
_REPORT = (
    "error",
    "error_overall",
    "error_per_variable",
    "error_worst",
    "field_error",
    "max_error",
    "criterion",
    "noise",
    "weight_noise",
    "points",
    "weight_norm",
    "weight_max",
    "slope_max",
    "condition",
    "sensitivity",
    "error_float32",
    "error_float16",
)


def fields(fit: Fit) -> dict[str, Any]:
    """Fields of the JSON object; what is not known is None."""
    network, domain = fit.network, fit.network.domain
    return {
        "system": fit.stored.name,
        "parameters": dict(fit.stored.parameters),
        "overrides": dict(fit.stored.overrides),
        "dimension": domain.dimension,
        "input_names": list(domain.inputs),
        "neurons": network.neurons,
        **{name: getattr(fit.report, name) for name in _REPORT},
        "error_by_variable": named(domain.variables, fit.report.error_by_variable),
        "worst_point": named(domain.variables, fit.report.worst_point),
        "worst_input": named(domain.inputs, fit.report.worst_input),
        **(floor_fields(fit.floor, domain, fit.report.criterion) if fit.floor else {}),
        "tol": fit.tol,
        "met": fit.met,
        "method": fit.method,
        "nonlinearity": network.nonlinearity.name,
        "bias": fit.options.bias,
        **{name: name in fit.options.structures for name in STRUCTURES},
        "tau": network.tau,
        "update": "continuous" if network.dt is None else "euler",
        "dt": network.dt,
        "center": named(domain.variables, network.center),
        "seed": fit.options.seed,
        "seconds": fit.seconds,
        "interrupted": fit.interrupted,
        "faithful": _is_faithful(fit),
        "verdict": fit.faithful or None,
        "faithful_check": fit.faithful_check or None,
        "warnings": list(fit.warnings),
        "evidence": dict(fit.evidence),
        **({} if fit.tuning is None else {"tuning": _tuning_view().tuning_fields(fit.tuning)}),
        **(
            {}
            if fit.reduction is None
            else {"reduction": _reduction_view().reduction_fields(fit.reduction)}
        ),
        **(
            {}
            if fit.expansion is None
            else {"expansion": _expansion_view().expansion_fields(fit.expansion)}
        ),
    }


def tables(fit: Fit, *, verbose: bool, output: str = "") -> list[Table]:
    """A description for a person; `output` : the file of the network."""
    network, report, domain = fit.network, fit.report, fit.network.domain
    bias = "" if fit.options.bias else ", no bias"
    rows = [
        ("network", output) if output else ("system", fit.stored.name),
        *parameter_rows(fit.stored.parameters, fit.stored.overrides),
        ("neurons", f"{network.neurons} ({network.nonlinearity.name}{bias})"),
        ("error", f"{number(report.error)} {report.criterion}{_verdict(fit)}"),
        ("by variable", _pairs(domain.variables, report.error_by_variable)),
        ("field alone", f"{number(report.field_error)} overall, {_worst(fit)}"),
        *_inputs(fit),
        *_floor(fit),
        ("noise", _noise(fit)),
        ("weights", _weights(fit)),
        *_structure(fit),
        ("tau, center", f"{number(network.tau)}; {_pairs(domain.variables, network.center)}"),
        *_update(fit),
        ("found by", f"{fit.method}, seed {fit.options.seed}{_time(fit.seconds)}"),
        *(
            [("interrupted", "the best network so far; a longer search may find better")]
            * fit.interrupted
        ),
        *_certainty(fit),
        *([] if fit.tuning is None else _tuning_view().tuning_rows(fit.tuning, network.neurons)),
        *(
            []
            if fit.reduction is None
            else _reduction_view().reduction_rows(fit.reduction, network.neurons)
        ),
        *([] if fit.expansion is None else _expansion_view().expansion_rows(fit.expansion)),
        *_dynamics(fit),
        *_run(fit),
        *(("warning", warning) for warning in fit.warnings),
    ]
    title = title_with(fit.stored.name, fit.stored.overrides)
    return [Table(title=title, rows=rows + (_details(fit) if verbose else []))]


def _dynamics(fit: Fit) -> list[tuple[str, str]]:
    """Whether it does what its target does, and how that was judged."""
    if not fit.faithful:
        return []
    how = "at a quick look; lrfit analyze looks closer"
    if fit.faithful_check == "full":
        strictness = float(fit.evidence.get("strictness", 0.0))
        how = "looked at closely"
        if strictness:
            how += (
                "; found with further samples around attractors, where the error may be "
                f"{1.0 / strictness:.3g} times the tolerance, relative to the local speed"
            )
    if _is_faithful(fit) is None:
        return [("dynamics", fit.faithful)]
    if _is_faithful(fit):
        return [("dynamics", f"those of the target ({how})")]
    what = fit.faithful.removeprefix("no").removeprefix(" (").removesuffix(")")
    return [("dynamics", f"NOT those of the target{f': {what}' if what else ''} ({how})")]


def _run(fit: Fit) -> list[tuple[str, str]]:
    """How it follows the target along the declared run, and how often both rise."""
    found = fit.evidence
    if "run_distance" not in found:
        return []
    distance, duration = float(found["run_distance"]), float(found["run_duration"])
    text = f"{100 * distance:.2g} % of the target's motion off (rms, over {duration:g})"
    if "run_variable" in found:
        wanted, own = int(found["run_rises_target"]), int(found["run_rises"])
        as_target = "as the target" if own == wanted else f"the target {wanted}"
        text += f"; {found['run_variable']} rises {counted(own, 'time')}, {as_target}"
    return [("run", text)]


def _is_faithful(fit: Fit) -> bool | None:
    from lrfit.fitting.result import is_faithful

    return is_faithful(fit.faithful)


def _update(fit: Fit) -> list[tuple[str, str]]:
    """How it is to be run, if not in continuous time, and where its steps are from."""
    tau, dt, reduction = fit.network.tau, fit.network.dt, fit.reduction
    if dt is None:
        return []
    if reduction is None:
        source = "fitted to the flow map"
    else:
        original = "trained network" if reduction.recorded_r2 is None else "recorded activity"
        source = f"the step of the {original}"
    return [("update", f"Euler, dt {number(dt)} (tau/{number(tau / dt)}), {source}")]


def _verdict(fit: Fit) -> str:
    if fit.tuning is not None:
        return " over the box, measured after tuning; the errors of its trials are below"
    if fit.tol is None:
        return ""
    return f" (tolerance {fit.tol:g}: {'met' if fit.met else 'NOT met'})"


def _worst(fit: Fit) -> str:
    domain, report = fit.network.domain, fit.report
    names = domain.variables + domain.inputs
    place = _pairs(names, [*report.worst_point, *report.worst_input])
    return f"{number(report.max_error)} at the worst of {report.points} points ({place})"


def _noise(fit: Fit) -> str:
    weights = f", {number(fit.report.weight_noise)} of every weight"
    return f"{number(fit.report.noise)} of every rate" + (
        weights if fit.report.weight_noise else ""
    )


def _structure(fit: Fit) -> list[tuple[str, str]]:
    """What the network was asked to be, and to what accuracy it is."""
    measured = {name: fit.evidence.get(f"violation_{name}") for name in fit.options.structures}
    texts = [
        f"{name.replace('_', ' ')} ({'exact' if size == 0 else f'to {number(float(size))}'})"
        for name, size in measured.items()
        if size is not None
    ]
    return [("structure", ", ".join(texts))] if texts else []


def _weights(fit: Fit) -> str:
    report = fit.report
    rounded = {"float32": report.error_float32, "float16": report.error_float16}
    errors = ", ".join(f"{number(e)} in {name}" for name, e in rounded.items() if not math.isnan(e))
    noise = f"0.1 % noise on N adds {number(1e-3 * report.sensitivity)}"
    return f"rounded, the error is {errors}; {noise}" if errors else noise


def _inputs(fit: Fit) -> list[tuple[str, str]]:
    """How inputs reach the network, and what lag costs or the shifted reading leaves."""
    found = fit.evidence
    if "drive" not in found:
        return []
    rows = [("inputs", str(found["drive"]))]
    if "lag_signal" in found:
        signal, state = (number(float(found[key])) for key in ("lag_signal", "lag_state"))
        text = f"declared signals changed by {signal}, the target's path with them by {state}"
        rows.append(("lag", text))
    if "output_error" in found:
        error, left, before = (
            number(float(found[key])) for key in ("output_error", "lag_left", "lag_without_shift")
        )
        text = (
            f"state read with error {error}; of inputs that jump all at once {left} of the field "
            f"stays late, {before} without the shift"
        )
        rows.append(("gated", text))
    return rows


def _floor(fit: Fit) -> list[tuple[str, str]]:
    """What no network of the kind reaches: nothing is known of those with bias."""
    if fit.floor is None:
        return []
    return [("floor", f"{floor_text(fit.floor, fit.network.domain)}: {fit.floor.reason}")]


def _time(seconds: float) -> str:
    return "" if math.isnan(seconds) else f", {number(seconds)} s"


def _pairs(names: Any, values: Any) -> str:
    return ", ".join(f"{name} {number(value)}" for name, value in named(names, values).items())


def _certainty(fit: Fit) -> list[tuple[str, str]]:
    """How sure the size is: never a smallest network without what was tried below it."""
    evidence, size = fit.evidence, fit.network.neurons
    if "starts_at_size" not in evidence or not fit.met:
        return []
    tried = counted(int(evidence["starts_at_size"]), "try", "tries")
    reached = f"{evidence['starts_within_tolerance']} of {tried}"
    if size == evidence["smallest_possible"]:
        return [
            ("how sure", f"{reached} reached {counted(size, 'neuron')}; M needs one per variable")
        ]
    below, tries = number(float(evidence["error_one_below"])), evidence["starts_one_below"]
    return [
        (
            "how sure",
            f"{reached} reached {counted(size, 'neuron')}; with {size - 1} the best error was "
            f"{below} in "
            f"{counted(int(tries), 'try', 'tries')}, "
            f"{number(float(evidence.get('seconds_one_below', math.nan)))} s of "
            "them below the best size",
        )
    ]


def _details(fit: Fit) -> list[tuple[str, str]]:
    """What --verbose adds."""
    report = fit.report
    rows = [
        *([] if fit.tuning is None else _tuning_view().tuning_details(fit.tuning)),
        (
            "all criteria",
            f"overall {number(report.error_overall)}, per variable "
            f"{number(report.error_per_variable)}, worst {number(report.error_worst)}",
        ),
        (
            "norms",
            f"norm {number(report.weight_norm)}, largest {number(report.weight_max)}, steepest "
            f"slope {number(report.slope_max)}, condition of M {number(report.condition)}, "
            f"sensitivity {number(report.sensitivity)}",
        ),
        *((f"path {path.method}", _path(path)) for path in fit.paths),
        *_refinement(fit),
    ]
    shown = [f"{name} {_short(value)}" for name, value in fit.evidence.items()]
    return rows + ([("evidence", ", ".join(shown))] if shown else [])


def _refinement(fit: Fit) -> list[tuple[str, str]]:
    """How the refinement of the network's neurons ended."""
    if "refinement" not in fit.evidence:
        return []
    steps = fit.evidence["refinement_steps"]
    by = fit.evidence.get("refinement_by")  # files of earlier versions do not say
    how = f"{fit.evidence['refinement']} after {counted(int(steps), 'step')}"
    return [("refinement", f"{how}, by {by}" if by else how)]


def _short(value: float | int | str) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _path(path: Any) -> str:
    """Up to a dozen sizes of a path, with their errors."""
    step = max(1, -(-len(path.neurons) // 12))
    chosen = zip(path.neurons[::step], path.validation[::step], strict=True)
    return ", ".join(f"{size:.0f}: {error:.2g}" for size, error in chosen)


def _tuning_view() -> ModuleType:
    """What is said of tuned networks, loaded for these alone."""
    from lrfit.fitting import tuning_view

    return tuning_view


def _expansion_view() -> ModuleType:
    """What is said of expanded networks, loaded for these alone."""
    from lrfit.fitting import expansion_view

    return expansion_view


def _reduction_view() -> ModuleType:
    """What is said of reduced networks, loaded for these alone."""
    from lrfit.fitting import reduction_view

    return reduction_view
