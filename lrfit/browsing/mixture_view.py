"""What is said about a mixture, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.networks.mixtures.blocks import BLOCKS

_MOST = 4
"""Populations that are listed unless all are asked for."""
if TYPE_CHECKING:
    from lrfit.core.arrays import Array
    from lrfit.networks.mixtures.mixture import Mixture


def fields(mixture: Mixture) -> dict[str, Any]:
    """Fields of the JSON object."""
    domain = mixture.domain
    return {
        "system": mixture.name,
        "variables": list(domain.variables),
        "input_names": list(domain.inputs),
        "lower": domain.lower,
        "upper": domain.upper,
        **population_fields(mixture),
    }


def population_fields(mixture: Mixture) -> dict[str, Any]:
    """What is said of the populations alone."""
    return {
        "nonlinearity": mixture.nonlinearity.name,
        "tau": mixture.tau,
        "center": mixture.center,
        "symmetry": mixture.symmetry,
        "loadings": list(mixture.features),
        "populations": [
            {
                "share": float(mixture.share[p]),
                "mean": mixture.mean[p],
                "covariance": mixture.covariance[p],
            }
            for p in range(mixture.populations)
        ],
    }


def tables(mixture: Mixture, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    domain = mixture.domain
    bounds = zip(domain.variables, domain.lower, domain.upper, strict=True)
    rows = [
        ("kind", f"mixture of {counted(mixture.populations, 'population')}"),
        ("reference", mixture.reference or "-"),
        ("domain", ", ".join(f"{name} [{low:g}, {high:g}]" for name, low, high in bounds)),
        ("inputs", ", ".join(domain.inputs) or "none"),
        ("nonlinearity", mixture.nonlinearity.name),
        ("tau", f"{mixture.tau:g} {mixture.time_unit}".strip()),
        ("symmetry", mixture.symmetry or "none stated"),
    ]
    return [Table(title=mixture.name, rows=rows), *population_tables(mixture, verbose=verbose)]


def population_tables(mixture: Mixture, *, verbose: bool) -> list[Table]:
    """Shares, means and covariances of the first populations, of all with `verbose`."""
    shown = range(mixture.populations if verbose else min(mixture.populations, _MOST))
    more = mixture.populations - len(shown)
    rest = f" (the first {len(shown)}; --verbose tells all)" if more else ""
    return [
        Table(
            title=f"populations{rest}",
            header=("", "share", *mixture.features),
            rows=[(str(p), number(mixture.share[p]), *map(number, mixture.mean[p])) for p in shown],
        ),
        Table(
            title=f"covariances{rest}",
            rows=[
                (f"{p}: {key}", _matrix(block))
                for p in shown
                for key, block in _blocks(mixture, p).items()
            ],
        ),
    ]


def _blocks(mixture: Mixture, p: int) -> dict[str, Array]:
    """The blocks of a population's covariance that are not 0."""
    slices = mixture.layout.slices
    found = {}
    for key in BLOCKS:
        rows, columns = (slices[part] for part in key.split("."))
        block = mixture.covariance[p][rows, columns]
        if np.any(block):
            found[key] = block
    return found


def _matrix(block: Array) -> str:
    return "; ".join(" ".join(map(number, row)) for row in block)
