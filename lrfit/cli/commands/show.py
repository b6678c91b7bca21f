"""`lrfit show`: any lrfit file, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.certification.view import certificate_fields, certificate_table
from lrfit.cli.app import app
from lrfit.cli.console import Drawing, Table, draws_blocks
from lrfit.cli.declare import command
from lrfit.cli.flags import ReportFlags
from lrfit.cli.output import summarize
from lrfit.degeneracy.view import degeneracy_fields, degeneracy_tables
from lrfit.fitting.view import fit_fields, fit_table
from lrfit.perturbation.view import perturbation_fields, perturbation_tables
from lrfit.running.view import trajectory_fields, trajectory_rows
from lrfit.scoring.view import score_fields, score_table
from lrfit.stressing.view import stress_fields, stress_tables

if TYPE_CHECKING:
    from lrfit.certification.file import CertificateRecord
    from lrfit.degeneracy.file import DegeneracyRecord
    from lrfit.dynamics.file import AnalysisRecord
    from lrfit.fitting.file import NetworkRecord
    from lrfit.perturbation.file import PerturbationRecord
    from lrfit.records.provenance import Provenance
    from lrfit.running.file import TrajectoryRecord
    from lrfit.scoring.file import ScoreRecord
    from lrfit.stressing.file import StressRecord
    from lrfit.systems.system import System

EXAMPLES = """
lrfit show van_der_pol.network.h5
lrfit show lorenz
"""

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Any file that lrfit wrote, a sampled field, a system, or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@command(app, examples=EXAMPLES)
def show(file: FileArgument, report: ReportFlags) -> int:
    """Describe any lrfit file.

    A network, a trajectory, a certificate, an analysis, a stress test, a score, a table of
    solutions, a study of pushes, a sampled field, or a system.
    """
    from lrfit.certification.file import CertificateRecord
    from lrfit.degeneracy.file import DegeneracyRecord
    from lrfit.dynamics.file import AnalysisRecord
    from lrfit.fitting.file import NetworkRecord
    from lrfit.perturbation.file import PerturbationRecord
    from lrfit.records.store import load
    from lrfit.running.file import TrajectoryRecord
    from lrfit.scoring.file import ScoreRecord
    from lrfit.stressing.file import StressRecord

    record, more = load(file), list[Table]()
    if isinstance(record, NetworkRecord):
        fields, table = _network(record, file, verbose=report.verbose)
    elif isinstance(record, TrajectoryRecord):
        fields, table = _trajectory(record)
    elif isinstance(record, CertificateRecord):
        fields, table = _certificate(record, verbose=report.verbose)
    elif isinstance(record, AnalysisRecord):
        fields, table = _analysis(record)
    elif isinstance(record, StressRecord):
        fields, table, *more = _stress(record)
    elif isinstance(record, DegeneracyRecord):
        fields, table, *more = _degeneracy(record)
    elif isinstance(record, PerturbationRecord):
        fields, table, *more = _perturbation(record, verbose=report.verbose)
    elif isinstance(record, ScoreRecord):
        fields, table = _score(record)
    else:
        fields, table = _system(record)
    shown: list[Table | Drawing] = [table, *more]
    if isinstance(record, NetworkRecord) and not (report.json or report.quiet):
        shown.append(_sketch(record))
    summarize("show", {"file": file, **fields}, shown, report)
    return 0


def _sketch(record: NetworkRecord) -> Drawing:
    """Error bars, the path of sizes, and in two dimensions a phase portrait."""
    import sys

    from lrfit.cli.sketch import ASCII, BLOCKS, network_lines

    alphabet = BLOCKS if draws_blocks(sys.stdout) else ASCII
    return Drawing(lines=network_lines(record, alphabet), dim=f"{BLOCKS.arrows}{BLOCKS.bar[1]}")


def _network(record: NetworkRecord, file: str, *, verbose: bool) -> tuple[dict[str, Any], Table]:
    name = record.stored.name
    fields = {"kind": "network", **fit_fields(record, name, file), **_origin(record.provenance)}
    table = fit_table(record, name, file, verbose=verbose)
    return fields, Table(title=table.title, rows=[*table.rows, *_origin_rows(record.provenance)])


def _trajectory(record: TrajectoryRecord) -> tuple[dict[str, Any], Table]:
    name = record.experiment.get("system")
    system = name if isinstance(name, str) and name else "a network"
    fields = {
        "kind": "trajectory",
        "system": name,
        "neurons": record.experiment.get("neurons"),
        **trajectory_fields(record.trajectory),
        **_origin(record.provenance),
    }
    rows = [*trajectory_rows(record.trajectory), *_origin_rows(record.provenance)]
    return fields, Table(title=f"trajectory of {system}", rows=rows)


def _certificate(record: CertificateRecord, *, verbose: bool) -> tuple[dict[str, Any], Table]:
    digests = {"network_sha256": record.network_sha256, "system_sha256": record.system_sha256}
    fields = {
        "kind": "certificate",
        **certificate_fields(record.certificate),
        **digests,
        **_origin(record.provenance),
    }
    table = certificate_table(record.certificate, verbose=verbose)
    of = ("of network", f"sha256 {record.network_sha256[:16]}...")
    rows = [*table.rows, of, *_origin_rows(record.provenance)]
    return fields, Table(title=f"certificate of {table.title}", rows=rows)


def _analysis(record: AnalysisRecord) -> tuple[dict[str, Any], Table]:
    fields = {
        "kind": "analysis",
        "system": record.system,
        "faithful": record.faithful,
        "differences": list(record.differences),
        **_origin(record.provenance),
    }
    rows = [("" if ": " in line else "at", line) for line in record.summary]
    return fields, Table(
        title=f"analysis of {record.system}", rows=[*rows, *_origin_rows(record.provenance)]
    )


def _stress(record: StressRecord) -> tuple[Any, ...]:
    fields = {
        "kind": "stress",
        **stress_fields(record.stress, record.system, record.neurons),
        "network_sha256": record.network_sha256,
        **_origin(record.provenance),
    }
    tables = stress_tables(record.stress, record.system, record.neurons)
    return fields, *tables, Table(rows=_origin_rows(record.provenance))


def _degeneracy(record: DegeneracyRecord) -> tuple[Any, ...]:
    fields = {
        "kind": "degeneracy",
        **degeneracy_fields(record.table),
        **_origin(record.provenance),
    }
    tables = degeneracy_tables(record.table, verbose=True)
    return fields, *tables, Table(rows=_origin_rows(record.provenance))


def _perturbation(record: PerturbationRecord, *, verbose: bool) -> tuple[Any, ...]:
    study = record.perturbation
    fields = {
        "kind": "perturbation",
        **perturbation_fields(study),
        **_origin(record.provenance),
    }
    tables = perturbation_tables(study, verbose=verbose)
    return fields, *tables, Table(rows=_origin_rows(record.provenance))


def _score(record: ScoreRecord) -> tuple[dict[str, Any], Table]:
    fields = {
        "kind": "score",
        **score_fields(record.score),
        "network_sha256": record.network_sha256,
        **_origin(record.provenance),
    }
    table = score_table(record.score)
    rows = [*table.rows, *_origin_rows(record.provenance)]
    return fields, Table(title=f"score of {table.title}", rows=rows)


def _system(system: System) -> tuple[dict[str, Any], Table]:
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
        "reference": system.reference,
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
    return fields, Table(title=system.name, rows=rows)


def _origin(provenance: Provenance) -> dict[str, Any]:
    return {
        "history": list(provenance.history),
        "file_time": provenance.file_time or None,
        "creator_version": provenance.creator_version,
    }


def _origin_rows(provenance: Provenance) -> list[tuple[str, str]]:
    time = f", {provenance.file_time}" if provenance.file_time else ""
    made = f"lrfit {provenance.creator_version}{time}"
    return [*(("command", line) for line in provenance.history), ("made by", made)]
