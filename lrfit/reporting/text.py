"""What a report says of the network itself: errors, what was asked, its numbers, how to use it.

Place in the flow: a fit or a network file becomes parts of a page. Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

import lrfit
from lrfit.browsing.connectivity_view import rows_of, tables
from lrfit.core.arrays import Array
from lrfit.fitting.result import Fit
from lrfit.io.text import counted, shown
from lrfit.io.yaml_edit import edited
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.reporting.page import Code, Facts, Fold, Grid, Part
from lrfit.reporting.written_out import equations
from lrfit.systems.about import parameter_rows

_MOST_NEURONS = 60


def verdict(record: Fit) -> str:
    """The criterion and, with a tolerance, whether it is met; for the end of a sentence."""
    if record.tol is None:
        return f" ({record.report.criterion})"
    word = "met" if record.met else "not met"
    return f" ({record.report.criterion}; tolerance {record.tol:g}: {word})"


def found(record: Fit) -> Facts:
    """Size, errors and weights, and how sure the size is."""
    report, network, domain = record.report, record.network, record.network.domain
    names = [*domain.variables, *domain.inputs]
    place = named(names, [*report.worst_point, *report.worst_input])
    rows = [
        ("neurons", str(network.neurons)),
        ("error", f"{report.error:.4g}{verdict(record)}, price of noise included"),
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
        tries = record.evidence.get("starts_one_below", 0)
        rows.append(
            (
                "how sure",
                f"with {counted(network.neurons - 1, 'neuron')} the best error was "
                f"{float(below):.3g}, "
                f"in {counted(int(tries), 'try', 'tries')}",
            )
        )
    return Facts(rows=rows)


def by_variable(record: Fit) -> Grid:
    """Errors, box and center of every variable."""
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


def asked(record: Fit) -> list[Part]:
    """The options that matter, and the system as it was given."""
    options, report, stored = record.options, record.report, record.stored
    text, reference, unit = _described(record)
    rows = [
        *parameter_rows(stored.parameters, stored.overrides),
        ("criterion", report.criterion),
        ("tolerance", "none" if record.tol is None else f"{record.tol:g}"),
        ("noise", f"{report.noise:g} of every rate, {report.weight_noise:g} of every weight"),
        ("neurons", f"{options.nonlinearity}, {'with' if options.bias else 'without'} bias"),
        ("found by", f"{record.method}, seed {options.seed}"),
        ("unit of time", unit or "not stated"),
        *([("reference", reference)] if reference else []),
    ]
    return [Facts(rows=rows), *([Code(text=text)] if text else [])]


def _described(record: Fit) -> tuple[str, str, str]:
    """The system's text with the parameters that were set, its reference, and its unit of time.

    Facts that the text expects are left out where they are about other parameters.
    """
    stored, target = record.stored, record.target
    text = stored.text
    if stored.source_kind == "expressions" and stored.overrides:
        kept = target is not None and target.expected
        text = edited(text, "parameters", stored.overrides, [] if kept else ["expected"])
    return text, "" if target is None else target.reference, stored.time_unit


def numbers(record: Fit) -> list[Part]:
    """The equation, the latent system with its numbers, and all weights."""
    network = record.network
    parts: list[Part] = [
        Code(text=network.equation.replace(";  ", "\n").replace(",  ", "\n")),
        f"x: currents of the neurons (not a variable of the system); z: {_named(network)}.",
    ]
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


def _named(network: LowRankNetwork) -> str:
    """The latent state by its variables: "the state (x, y)"."""
    return f"the latent state ({', '.join(network.domain.variables)})"


def connectivity(record: Fit) -> list[Part]:
    """Overlaps, eigenvalues and weights; means and covariances of the loadings."""
    statistics = record.network.statistics
    moments = tables(statistics)[1]
    grid = Grid(header=moments.header or (), rows=moments.rows, numeric=True)
    return [Facts(rows=rows_of(statistics)), "Means and covariances over the neurons:", grid]


def _columns(record: Fit) -> tuple[list[str], Array]:
    network, domain = record.network, record.network.domain
    header = [*(f"m_{n}" for n in domain.variables), *(f"n_{n}" for n in domain.variables)]
    header += [f"B_{n}" for n in domain.inputs] + ["b"]
    columns = [network.M.T, network.N.T, network.input_weights.T, network.bias[None]]
    return header, np.vstack(columns)


def again(record: Fit) -> list[Part]:
    """The commands that led here; nothing for a fit that comes from Python."""
    lines = "\n".join(record.history)
    note = "With the system above, the versions below and the seed stated, this gives it again:"
    return [note, Code(text=lines)] if lines else []


def use(name: str) -> list[Part]:
    """How to load the file, with lrfit and without."""
    with_lrfit = (
        f"import lrfit\n\nrecord = lrfit.load({shown(name, 200)!r})\nnetwork = record.network\n"
        "J = network.J                       # (neurons, neurons)\n"
        "trajectory = lrfit.simulate(record, target=True)\n"
    )
    without = (
        f"import h5py\n\nwith h5py.File({shown(name, 200)!r}) as file:\n    net = file['network']\n"
        "    M, N, b, c = (net[k][()] for k in ('M', 'N', 'bias', 'center'))\n"
        "    B, C = (net[k][()] for k in ('input_weights', 'direct_input'))\n"
        "    tau = net.attrs['tau']\n"
        "J = M @ N.T                         # tau dx/dt = -x + J phi(x) + W u + b\n"
        "W = B + M @ C\n"
    )
    return [Code(text=with_lrfit), "Without lrfit:", Code(text=without)]


def footer(record: Fit) -> str:
    """Who made what, with which versions."""
    made = record.provenance
    if made is None:
        return f"lrfit {lrfit.__version__}"
    libraries = ", ".join(f"{k} {v}" for k, v in made.libraries.items())
    time = f", {made.file_time}" if made.file_time else ""
    by = f"lrfit {made.creator_version} ({libraries}){time}"
    return f"Network made by {by}; page by lrfit {lrfit.__version__}."


def named(names: Iterable[str], values: Iterable[float]) -> str:
    """Numbers by name: x 1, y 2."""
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, values, strict=True))
