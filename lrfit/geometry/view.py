"""What is said about subspaces, to a person and to a program; the same for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.geometry.result import Subspaces

_VALUES = 6


def fields(found: Subspaces) -> dict[str, Any]:
    """Fields of the JSON object."""
    plain = ("system", "neurons", "told", "recurrent_rank", "input_rank", "variance", "rank")
    return {
        **{name: getattr(found, name) for name in plain},
        "input_names": list(found.inputs),
        "recurrent_share": found.recurrent_share,
        "input_share": found.input_share,
        "singular_values": found.singular_values,
        "angles": found.angle,
        "levels": [
            {
                "input": _named(found, k),
                "shift": float(found.shift[k]),
                "measured_shift": float(found.measured_shift[k]),
            }
            for k in range(len(found.level))
        ],
        "notes": list(found.notes),
        "seed": found.seed,
    }


def _named(found: Subspaces, k: int) -> dict[str, float]:
    count = min(len(found.inputs), found.level.shape[1])
    return named(found.inputs[:count], found.level[k][:count])


def tables(found: Subspaces, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    values = found.singular_values if verbose else found.singular_values[:_VALUES]
    rest = 1.0 - found.recurrent_share - found.input_share
    rows = [
        ("activity", f"{found.told}; {counted(found.neurons, 'neuron')}"),
        ("recurrent", f"{_percent(found.recurrent_share)}, {_dimensions(found.recurrent_rank)}"),
        ("input-driven", f"{_percent(found.input_share)}, {_dimensions(found.input_rank)}"),
        ("elsewhere", _percent(rest if abs(rest) > _ROUNDING else 0.0)),
        ("angles", ", ".join(f"{number(float(a))}°" for a in found.angle) or "-"),
        ("singular values", ", ".join(number(float(s)) for s in values)),
        *(("note", note) for note in found.notes),
    ]
    told = [Table(title=f"subspaces of {found.system}", rows=rows)]
    if len(found.level) > 1:
        told.append(_shifts(found))
    return told


_ROUNDING = 1e-9


def _percent(share: float) -> str:
    return f"{number(100 * share)} % of the variance"


def _dimensions(count: int) -> str:
    return f"{count} dimension{'s' if count != 1 else ''}"


def _shifts(found: Subspaces) -> Table:
    rows = []
    for k in range(1, len(found.level)):
        level = ", ".join(f"{name} {u:.3g}" for name, u in _named(found, k).items() if u)
        measured = number(float(found.measured_shift[k]))
        rows.append((level or "no input", number(float(found.shift[k])), measured))
    return Table(
        title="tonic inputs move the recurrent plane, in units of the currents",
        header=("input", "|B_perp v|", "as it moved"),
        rows=rows,
    )
