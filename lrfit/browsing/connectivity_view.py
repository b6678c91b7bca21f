"""What is said about a network's connectivity, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.networks.statistics import ConnectivityStatistics

Row = tuple[str, str]
_MOST = 12
"""Loadings whose covariances are listed, and eigenvalues."""
_BINS = 8
"""Of the histogram in a line."""


def fields(found: ConnectivityStatistics) -> dict[str, Any]:
    """Every number, with names, for a JSON object."""
    names = found.loadings
    return {
        "rank": found.rank,
        "mean": named(names, found.mean),
        "covariance": {
            name: named(names, row) for name, row in zip(names, found.covariance, strict=True)
        },
        "overlap": found.overlap,
        "input_overlap": found.input_overlap,
        "bias_overlap": found.bias_overlap,
        "eigenvalues": [[value.real, value.imag] for value in found.eigenvalues],
        "bulk_radius": found.bulk_radius,
        "bulk_symmetry": found.bulk_symmetry,
        "bulk_margin": found.bulk_margin,
        "weight_mean": found.weight_mean,
        "weight_sd": found.weight_sd,
        "connections": found.connections,
        "weights_counted": found.counted,
        "weight_edges": found.weight_edges,
        "weight_counts": found.weight_counts,
    }


def tables(found: ConnectivityStatistics) -> list[Table]:
    """A description for a person: numbers, and the covariances of the loadings."""
    shown = min(len(found.loadings), _MOST)
    header = ("loading", "mean", *found.loadings[:shown])
    rows = [
        (
            found.loadings[i],
            number(float(found.mean[i])),
            *(number(float(value)) for value in found.covariance[i, :shown]),
        )
        for i in range(shown)
    ]
    return [
        Table(title="connectivity", rows=rows_of(found)),
        Table(title="means and covariances over the neurons", header=header, rows=rows),
    ]


def rows_of(found: ConnectivityStatistics) -> list[Row]:
    """Overlaps, eigenvalues and weights."""
    rows: list[Row] = []
    if found.rank is not None:
        rows += [("overlap N^T M", _matrix(found.overlap))]
        if found.input_overlap.size:
            rows.append(("overlap N^T B", _matrix(found.input_overlap)))
        rows.append(("overlap N^T b", _matrix(found.bias_overlap[None])))
    return [*rows, *_spectrum(found), *_weights(found)]


def _spectrum(found: ConnectivityStatistics) -> list[Row]:
    values = ", ".join(_complex(value) for value in found.eigenvalues[:_MOST])
    if len(found.eigenvalues) > _MOST:
        values += f", {len(found.eigenvalues) - _MOST} more"
    if found.rank is not None:
        others = counted(max(found.neurons - found.rank, 0), "other")
        return [("eigenvalues of J", f"{values}; the {others} are 0")]
    g, rho = found.bulk_radius, found.bulk_symmetry
    axes = f"{number(g * (1 + rho))} and {number(g * (1 - rho))}"
    return [
        ("outliers of J", f"{values or 'none'} (eigenvalues outside of the bulk)"),
        (
            "bulk of J",
            f"an ellipse with semi-axes {axes}: {number(g)} = sqrt(n) times the sd of the entries, "
            f"correlation of J_ij and J_ji {number(rho)}; outside is beyond "
            f"{found.bulk_margin:.3g} times that",
        ),
    ]


def _weights(found: ConnectivityStatistics) -> list[Row]:
    of = "" if found.counted >= found.neurons**2 else f", of {found.counted:,} entries"
    size = f"mean {number(found.weight_mean)}, sd {number(found.weight_sd)}"
    counts = found.weight_counts.reshape(_BINS, -1).sum(axis=1)
    edges = found.weight_edges[:: len(found.weight_counts) // _BINS]
    bins = ", ".join(
        f"{a:.2g} to {b:.2g}: {n}" for a, b, n in zip(edges, edges[1:], counts, strict=False)
    )
    return [
        ("weights J", f"{size}; {counted(found.connections, 'entry', 'entries')} not zero{of}"),
        ("histogram of J", bins),
    ]


def _matrix(values: Any) -> str:
    """Rows of a small matrix, separated by semicolons."""
    rows = np.asarray(values)[:_MOST, :_MOST]
    return "; ".join(" ".join(f"{value:.4g}" for value in row) for row in rows)


def _complex(value: complex) -> str:
    if abs(value.imag) <= 1e-9 * abs(value):
        return f"{value.real:.4g}"
    return f"{value.real:.4g}{value.imag:+.4g}i"
