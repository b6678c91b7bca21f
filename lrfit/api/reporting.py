"""report() for users: one HTML page about a network, that one can send."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import lrfit
from lrfit.analysis.anatomy import Anatomy
from lrfit.analysis.faithful import Comparison
from lrfit.api.analysis import Analysis, analyze
from lrfit.api.plotting import drawn_simulation, require_matplotlib
from lrfit.arrays import Array
from lrfit.errors import LrfitError, UsageError
from lrfit.files.atomic import write_atomic
from lrfit.files.text import shown
from lrfit.records.frontier import frontier_errors
from lrfit.records.network_file import NetworkRecord
from lrfit.records.store import load_with_tree
from lrfit.search.result import Fit

if TYPE_CHECKING:
    from lrfit.plotting.page import Facts, Grid, Part
    from lrfit.plotting.subject import Subject

_MOST_NEURONS, _MOST_POINTS = 60, 20
_AT_ZERO = 1e-5
"""Half-widths: a coordinate nearer to zero is written as zero."""
_CAPTIONS = {
    "portrait": "Target beside network. Filled points are stable, open ones unstable, half filled "
    "ones saddles.",
    "trajectory": "The simulation that the system's file declares: network and, dashed, target; "
    "rates of the neurons, sorted by phase.",
    "error": "Where the network's field differs from the target's, relative to the target's rms "
    "speed, and how often by how much over the whole box.",
    "path": "Size against error of the networks that the search met, on its validation set.",
    "connectivity": "J with neurons sorted by their loadings, its singular values (box units), and "
    "the loadings of the neurons against each other.",
    "tuning": "The rate of every neuron over the latent box.",
}


def report(
    network: Fit | NetworkRecord | str | Path,
    *,
    output: str | Path | None = None,
    force: bool = False,
) -> str:
    """Write a self-contained page: what was asked, what was found, figures, how to use it.

    Parameters
    ----------
    network : Fit, NetworkRecord or path
        What it is about.
    output : path, optional
        Where to write it; the text is returned in any case.
    force : bool
        Replace a file that exists.

    Raises
    ------
    UsageError
        matplotlib is not installed, or the file is no network.
    InputError, OutputError
        The file cannot be read; the output exists or cannot be written.
    """
    require_matplotlib()
    record, frontier, name = _opened(network)
    html = _page(record, frontier, name)
    if output is not None:
        write_atomic(output, html.encode("utf-8"), overwrite=force)
    return html


def _opened(
    network: Fit | NetworkRecord | str | Path,
) -> tuple[Fit | NetworkRecord, dict[int, float], str]:
    """The network, the errors of its frontier, and the name of its file."""
    if not isinstance(network, str | Path):
        return network, {}, "network.h5"
    record, tree = load_with_tree(network)
    if not isinstance(record, NetworkRecord):
        raise UsageError(f"{shown(network, 200)} is no network; report one of those")
    has_frontier = tree is not None and "frontier" in tree
    name = Path(network).name if str(network) != "-" else "network.h5"
    return record, frontier_errors(tree) if has_frontier and tree is not None else {}, name


def _page(record: Fit | NetworkRecord, frontier: dict[int, float], name: str) -> str:
    from lrfit.plotting.page import Section, page  # noqa: PLC0415 - needs matplotlib
    from lrfit.plotting.subject import subject_of  # noqa: PLC0415

    subject = subject_of(record, frontier)
    analysis, failures = _analysis(record)
    figures, more = _figures(record, subject)
    sections = [
        Section(title="What was found", parts=[_found(record), _by_variable(record)]),
        Section(title="What its trajectories do", parts=_dynamics(analysis)),
        Section(title="Figures", parts=figures),
        Section(title="What was asked", parts=_asked(record)),
        Section(title="The network in numbers", parts=_numbers(record)),
        Section(title="How to make it again", parts=_again(record)),
        Section(title="How to use it", parts=_use(name)),
    ]
    verdict = _verdict(record)
    return page(
        subject.name,
        f"{subject.size}, error {record.report.error:.3g}{verdict}",
        [section for section in sections if section.parts],
        warnings=[
            *_missed(record),
            *record.warnings,
            *_differences(analysis, record),
            *failures,
            *more,
        ],
        footer=_footer(record),
    )


def _verdict(record: Fit | NetworkRecord) -> str:
    if record.tol is None:
        return f" ({record.report.criterion})"
    word = "met" if record.met else "not met"
    return f" ({record.report.criterion}; tolerance {record.tol:g}: {word})"


def _missed(record: Fit | NetworkRecord) -> list[str]:
    found = []
    if record.tol is not None and not record.met:
        found.append(
            f"the tolerance {record.tol:g} is not met: the error is {record.report.error:.3g}"
        )
    if record.interrupted:
        found.append("the search was interrupted; this is the best network it had by then")
    return found


def _analysis(record: Fit | NetworkRecord) -> tuple[Analysis | None, list[str]]:
    """The closed-loop comparison, or why there is none."""
    try:
        return analyze(record), []
    except LrfitError as error:
        return None, [f"its trajectories were not compared with the target's: {error}"]


def _differences(analysis: Analysis | None, record: Fit | NetworkRecord) -> list[str]:
    """What differs from the target, unless the fit's own warnings say so."""
    if analysis is None or analysis.faithfulness is None:
        return []
    said = " ".join(record.warnings)
    return [
        f"other than the target: {d}" for d in analysis.faithfulness.differences if d not in said
    ]


def _figures(record: Fit | NetworkRecord, subject: Subject) -> tuple[list[Part], list[str]]:
    """Every figure that there can be; what cannot be drawn is said."""
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib
    from lrfit.plotting.page import Figure  # noqa: PLC0415

    found: list[Part] = []
    problems = []
    for kind, caption in _CAPTIONS.items():
        try:
            if kind == "trajectory":
                picture = drawn_simulation(record, subject.name)
            else:
                picture = kinds.draw(subject, kind)
        except LrfitError as error:
            if kind != "path":  # a network of a given size has none, and nobody misses it
                problems.append(f"no figure of the {kind}: {error}")
            continue
        found.append(Figure(picture=picture, caption=caption))
    return found, problems


def _found(record: Fit | NetworkRecord) -> Facts:
    from lrfit.plotting.page import Facts  # noqa: PLC0415 - needs matplotlib

    report, network, domain = record.report, record.network, record.network.domain
    names = [*domain.variables, *domain.inputs]
    place = _named(names, [*report.worst_point, *report.worst_input])
    rows = [
        ("neurons", str(network.neurons)),
        ("error", f"{report.error:.4g}{_verdict(record)}, price of noise included"),
        (
            "field alone",
            f"{report.field_error:.4g} overall; at worst {report.max_error:.4g}, at {place}",
        ),
        (
            "all criteria",
            f"overall {report.error_overall:.4g}, per variable {report.error_per_variable:.4g}, "
            f"worst {report.error_worst:.4g}",
        ),
        ("measured on", f"{report.points} points that neither fitting nor selection has seen"),
        (
            "weights",
            f"norm {report.weight_norm:.3g}, largest {report.weight_max:.3g}, condition of M "
            f"{report.condition:.3g}, sensitivity {report.sensitivity:.3g} (box units)",
        ),
    ]
    if (below := record.evidence.get("error_one_below")) and record.met:
        tries = record.evidence.get("starts_one_below", "?")
        rows.append(
            (
                "how sure",
                f"with {network.neurons - 1} neurons the best error was {float(below):.3g}, "
                f"in {tries} tries",
            )
        )
    return Facts(rows=rows)


def _by_variable(record: Fit | NetworkRecord) -> Grid:
    from lrfit.plotting.page import Grid  # noqa: PLC0415 - needs matplotlib

    domain = record.network.domain
    columns = zip(
        domain.variables, record.report.error_by_variable, domain.lower, domain.upper,
        record.network.center, strict=True,
    )  # fmt: skip
    return Grid(
        header=("variable", "error", "from", "to", "center"),
        rows=[(n, f"{e:.3g}", f"{a:g}", f"{b:g}", f"{c:.4g}") for n, e, a, b, c in columns],
        numeric=True,
    )


def _dynamics(analysis: Analysis | None) -> list[Part]:
    from lrfit.plotting.page import Facts, Grid  # noqa: PLC0415 - needs matplotlib

    if analysis is None or analysis.faithfulness is None:
        return []
    faithful = analysis.faithfulness
    says = "does" if faithful.faithful else "does not do"
    parts: list[Part] = [f"The network {says} in the long run what its target does."]
    for comparison in faithful.comparisons:
        domain = analysis.system.domain
        at = _named(domain.inputs, comparison.input)
        parts.append(
            Grid(
                header=(f"at {at}" if at else "", "target", "network"),
                rows=_compared(comparison),
            )
        )
    run = faithful.run
    if run.network_ending == run.target_ending == "done":
        apart = "never" if math.isinf(run.horizon) else f"after {run.horizon:.3g}"
        parts.append(
            Facts(
                rows=[
                    (
                        "declared run",
                        f"0.2 half-widths apart {apart}, within {run.duration:g}; rms distance "
                        f"{run.error:.2g} of the target's motion",
                    )
                ]
            )
        )
    return parts


def _compared(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Rows: what, target, network."""
    both = (comparison.target, comparison.network)
    target, network = both
    rows = [("fixed points", _points(target), _points(network))]
    if any(len(anatomy.fixed.continuum) for anatomy in both):
        first, second = ("yes" if len(each.fixed.continuum) else "no" for each in both)
        rows.append(("continuum of rest states", first, second))
    if any(anatomy.cycles for anatomy in both):
        rows.append(("limit cycles", _cycles(target), _cycles(network)))
    if any(anatomy.exponents is not None for anatomy in both):
        rows.append(("Lyapunov exponents", _exponents(target), _exponents(network)))
    rows.append(("starts go to", _fates(target), _fates(network)))
    return rows


def _points(anatomy: Anatomy) -> str:
    domain, fixed = anatomy.flow.domain, anatomy.fixed
    places = domain.state_from_box(fixed.points)
    places = np.where(np.abs(places) < _AT_ZERO * domain.half_width, 0.0, places)
    texts = [
        f"{k} ({_named(domain.variables, z)})" for k, z in zip(fixed.kinds, places, strict=True)
    ]
    more = f"; {len(texts) - _MOST_POINTS} more" if len(texts) > _MOST_POINTS else ""
    return "; ".join(texts[:_MOST_POINTS]) + more or "none"


def _cycles(anatomy: Anatomy) -> str:
    return "; ".join(f"period {cycle.period:.5g}" for cycle in anatomy.cycles) or "none"


def _exponents(anatomy: Anatomy) -> str:
    if anatomy.exponents is None:
        return "-"
    pairs = zip(anatomy.exponents.values, anatomy.exponents.errors, strict=True)
    return ", ".join(f"{value:.3g} ± {error:.1g}" for value, error in pairs)


def _fates(anatomy: Anatomy) -> str:
    return ", ".join(f"{name}: {share:.0%}" for name, share in anatomy.basins.items())


def _asked(record: Fit | NetworkRecord) -> list[Part]:
    from lrfit.plotting.page import Code, Facts  # noqa: PLC0415 - needs matplotlib

    options, report = record.options, record.report
    text, reference, unit = _described(record)
    rows = [
        ("criterion", report.criterion),
        ("tolerance", "none" if record.tol is None else f"{record.tol:g}"),
        ("noise", f"{report.noise:g} of every rate, {report.weight_noise:g} of every weight"),
        ("neurons", f"{options.nonlinearity}, {'with' if options.bias else 'without'} bias"),
        ("found by", f"{record.method}, seed {options.seed}"),
        ("unit of time", unit or "not stated"),
        *([("reference", reference)] if reference else []),
    ]
    return [Facts(rows=rows), *([Code(text=text)] if text else [])]


def _described(record: Fit | NetworkRecord) -> tuple[str, str, str]:
    """The system's text, its reference, and its unit of time."""
    if isinstance(record, Fit):
        system = record.system
        return system.source.text, system.reference, system.time_unit
    stored = record.stored
    reference = "" if stored.source_kind == "callable" else record.system.reference
    return stored.text, reference, stored.time_unit


def _numbers(record: Fit | NetworkRecord) -> list[Part]:
    from lrfit.plotting.page import Code, Fold, Grid  # noqa: PLC0415 - needs matplotlib
    from lrfit.plotting.written_out import equations  # noqa: PLC0415

    network = record.network
    parts: list[Part] = [Code(text=network.equation.replace(";  ", "\n").replace(",  ", "\n"))]
    if network.neurons > _MOST_NEURONS:
        return [*parts, f"The {network.neurons} neurons are in the file."]
    header, columns = _columns(record)
    rows = [(str(k + 1), *(f"{value:.6g}" for value in row)) for k, row in enumerate(columns.T)]
    return [
        *parts,
        "Its latent system, written out (r: rates of the neurons):",
        Code(text=equations(network)),
        Fold(
            title="All weights", content=Grid(header=("neuron", *header), rows=rows, numeric=True)
        ),
    ]


def _columns(record: Fit | NetworkRecord) -> tuple[list[str], Array]:
    network, domain = record.network, record.network.domain
    header = [*(f"m {n}" for n in domain.variables), *(f"n {n}" for n in domain.variables)]
    header += [f"B {n}" for n in domain.inputs] + ["b"]
    columns = [network.M.T, network.N.T, network.input_weights.T, network.bias[None]]
    return header, np.vstack(columns)


def _again(record: Fit | NetworkRecord) -> list[Part]:
    from lrfit.plotting.page import Code  # noqa: PLC0415 - needs matplotlib

    if isinstance(record, Fit):
        return []
    lines = "\n".join(record.provenance.history)
    note = "With the system above, the versions below and the seed stated, this gives it again:"
    return [note, Code(text=lines)] if lines else []


def _use(name: str) -> list[Part]:
    from lrfit.plotting.page import Code  # noqa: PLC0415 - needs matplotlib

    with_lrfit = (
        f"import lrfit\n\nrecord = lrfit.load({shown(name, 200)!r})\nnetwork = record.network\n"
        "J = network.J                       # (neurons, neurons)\n"
        "trajectory = lrfit.simulate(record, target=True)\n"
    )
    without = (
        f"import h5py\n\nwith h5py.File({shown(name, 200)!r}) as file:\n    net = file['network']\n"
        "    M, N, b, c = (net[k][()] for k in ('M', 'N', 'bias', 'center'))\n"
        "    tau = net.attrs['tau']\n"
        "J = M @ N.T                         # tau dx/dt = -x + J phi(x) + (B + M C) u + b\n"
    )
    return [Code(text=with_lrfit), "Without lrfit:", Code(text=without)]


def _footer(record: Fit | NetworkRecord) -> str:
    if isinstance(record, Fit):
        return f"lrfit {lrfit.__version__}"
    made = record.provenance
    libraries = ", ".join(f"{k} {v}" for k, v in made.libraries.items())
    time = f", {made.file_time}" if made.file_time else ""
    by = f"lrfit {made.creator_version} ({libraries}){time}"
    return f"Network made by {by}; page by lrfit {lrfit.__version__}."


def _named(names: Iterable[str], values: Iterable[float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, values, strict=True))
