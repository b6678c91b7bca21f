"""What is said about a checked system, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.expressivity.view import floor_fields, floor_text
from lrfit.io.text import byte_size

if TYPE_CHECKING:
    from lrfit.checking.check import Check


def fields(found: Check) -> dict[str, Any]:
    """Fields of the JSON object."""
    domain, parity, floor = found.system.domain, found.parity, found.floor
    verdicts = zip(domain.variables, parity.variables, strict=True)
    return {
        "system": found.system.name,
        "dimension": domain.dimension,
        "inputs": domain.input_count,
        "variables": list(domain.variables),
        "input_names": list(domain.inputs),
        "affine_inputs": list(found.affine_inputs),
        "parameters": dict(found.system.parameters),
        "parity": parity.whole.kind,
        "parity_proved": parity.whole.proved,
        "parity_residual": parity.whole.residual,
        "parity_by_variable": {name: verdict.kind for name, verdict in verdicts},
        **floor_fields(floor, domain, found.options.criterion),
        "cures": [vars(cure) for cure in found.cures],
        "criterion": found.options.criterion,
        "nonlinearity": found.options.nonlinearity,
        "bias": found.options.bias,
        "memory_bytes": found.memory_bytes,
        "symmetry": found.symmetry,
        "equivariance_error": found.equivariance_error,
        "notes": list(found.notes),
    }


def tables(found: Check, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    system, parity, floor = found.system, found.parity, found.floor
    domain = system.domain
    bounds = [
        *zip(domain.variables, domain.lower, domain.upper, strict=True),
        *zip(domain.inputs, domain.input_lower, domain.input_upper, strict=True),
    ]
    rows = [
        ("system", f"{system.name} ({system.kind})" if system.kind else system.name),
        ("from", system.reference or system.source.label),
        ("domain", ", ".join(f"{name} [{low:g}, {high:g}]" for name, low, high in bounds)),
        ("inputs", _inputs(found)),
        ("parity", f"{parity.whole.kind} ({'proved' if parity.whole.proved else 'measured'})"),
        *_symmetry(found),
        ("error floor", _floor(found)),
        ("because", floor.reason),
        *_cures(found),
        ("memory", f"about {byte_size(found.memory_bytes)} for minimize"),
    ]
    return [Table(rows=rows)]


def _symmetry(found: Check) -> list[tuple[str, str]]:
    if not found.symmetry:
        return []
    error = number(found.equivariance_error, digits=2)
    return [("symmetry", f"{found.symmetry}, equivariance error {error}")]


def _inputs(found: Check) -> str:
    names = found.system.domain.inputs
    direct = [name for name in names if name in found.affine_inputs]
    affine = f"; affine, so that they can act at once: {', '.join(direct)}" if direct else ""
    return (", ".join(names) or "none") + affine


def _floor(found: Check) -> str:
    options = found.options
    kind = f"{options.nonlinearity} with{'' if options.bias else 'out'} bias"
    return f"{floor_text(found.floor, found.system.domain)} ({kind})"


def _cures(found: Check) -> list[tuple[str, str]]:
    """Error of a quick fit as asked for, and with every cure."""
    return [
        (
            "as asked" if cure.name == "none" else f"cure: {cure.name}",
            f"floor {number(cure.floor)}, error of a quick fit {number(cure.error)} ({cure.flags})",
        )
        for cure in found.cures
    ]
