"""`lrfit show`: any lrfit file, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.app import app
from lrfit.cli.console import Drawing, Table, draws_blocks
from lrfit.cli.declare import command
from lrfit.cli.flags import FileArgument, ReportFlags
from lrfit.cli.output import summarize
from lrfit.records.view import origin_fields, origin_rows

if TYPE_CHECKING:
    from lrfit.fitting.result import Fit
    from lrfit.systems.system import System

EXAMPLES = """
lrfit show van_der_pol.network.h5
lrfit show lorenz
"""


@command(app, examples=EXAMPLES)
def show(file: FileArgument, report: ReportFlags) -> int:
    """Describe any lrfit file.

    Whatever lrfit writes, a sampled field, or a system. Of a network --verbose and --json also
    tell its connectivity: means and covariances of loadings, overlaps, eigenvalues, weights.
    """
    from lrfit.records.kinds import NETWORK, kind_of_value
    from lrfit.records.store import load

    value = load(file)
    kind = kind_of_value(value)
    if kind is None:
        fields, tables = _system(value, verbose=report.verbose)
    else:
        origin = value.provenance
        fields = {"kind": kind.word, **kind.fields(value), **origin_fields(origin)}
        tables = kind.tables(value, verbose=report.verbose)
        if report.json or report.verbose:
            more, further = _connectivity(value)
            fields, tables = {**fields, **more}, [*tables, *further]
        tables = [*tables, Table(rows=origin_rows(origin))]
    shown: list[Table | Drawing] = [*tables]
    if kind is NETWORK and not (report.json or report.quiet):
        shown.append(_sketch(value))
    summarize("show", {"file": file, **fields}, shown, report)
    return 0


def _connectivity(value: Any) -> tuple[dict[str, Any], list[Table]]:
    """What is said of the connectivity of the network of a file; nothing where it holds none."""
    from lrfit.browsing import connectivity_view

    found = getattr(getattr(value, "network", value), "statistics", None)
    if found is None:
        return {}, []
    return {"connectivity": connectivity_view.fields(found)}, connectivity_view.tables(found)


def _sketch(fit: Fit) -> Drawing:
    """Error bars, the path of sizes, and in two dimensions a phase portrait."""
    import sys

    from lrfit.browsing.sketch import ASCII, BLOCKS, network_lines

    alphabet = BLOCKS if draws_blocks(sys.stdout) else ASCII
    return Drawing(lines=network_lines(fit, alphabet), dim=f"{BLOCKS.arrows}{BLOCKS.bar[1]}")


def _system(system: System, *, verbose: bool) -> tuple[dict[str, Any], list[Table]]:
    domain, data = system.domain, system.data
    fields = {
        "kind": "system" if data is None else "grid" if data.axes else "samples",
        "system": system.name,
        "dimension": domain.dimension,
        "input_names": list(domain.inputs),
        "variables": list(domain.variables),
        "lower": domain.lower,
        "upper": domain.upper,
        "points": None if data is None else data.count,
        "interpolation": system.interpolation,
        "parameters": dict(system.parameters),
        "overrides": dict(system.source.overrides),
        "reference": system.reference,
        "notes": list(system.notes),
        "sha256": system.source.sha256,
    }
    bounds = zip(domain.variables, domain.lower, domain.upper, strict=True)
    rows = [
        ("kind", system.kind or str(fields["kind"])),
        ("reference", system.reference or "-"),
        ("domain", ", ".join(f"{name} [{low:g}, {high:g}]" for name, low, high in bounds)),
        ("inputs", ", ".join(domain.inputs) or "none"),
        ("parameters", ", ".join(f"{k} {v:g}" for k, v in system.parameters.items()) or "none"),
    ]
    if data is not None:
        shape = " x ".join(str(len(axis)) for axis in data.axes) if data.axes else "scattered"
        rows.append(("points", f"{data.count} ({shape}), {system.interpolation} between them"))
    rows += [("note", note) for note in system.notes]
    more, further = _populations(system, verbose=verbose)
    return {**fields, **more}, [Table(title=system.name, rows=rows), *further]


def _populations(system: System, *, verbose: bool) -> tuple[dict[str, Any], list[Table]]:
    """What is said of the populations of neurons of which a system is the mean field."""
    from lrfit.browsing import mixture_view
    from lrfit.networks.mixtures.mean_field import mean_field_of

    field = mean_field_of(system.field)
    if field is None:
        return {}, []
    more = mixture_view.population_fields(field.mixture)
    return more, mixture_view.population_tables(field.mixture, verbose=verbose)
