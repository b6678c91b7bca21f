"""What is said about a certificate to a person."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.certification import Certificate


def tables(certificate: Certificate, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    domain = certificate.domain
    names = domain.variables + domain.inputs
    place = [*certificate.worst_point, *certificate.worst_input]
    rows = [
        *parameter_rows(certificate.parameters, certificate.overrides),
        ("status", _status(certificate)),
        ("largest error", _interval(certificate.lower, certificate.upper)),
        *(
            (f"of d{name}/dt", f"{_interval(low, high)} of its own speed")
            for name, low, high in zip(
                domain.variables,
                certificate.lower_by_variable,
                certificate.upper_by_variable,
                strict=True,
            )
        ),
        ("at", _pairs(names, place)),
        ("samples saw", f"{number(certificate.sampled)} at the worst of {certificate.points}"),
        ("relative to", f"rms speed {number(certificate.rms_speed)}, in box units, over these"),
        ("work", _work(certificate)),
    ]
    if verbose:
        corners = zip(names, certificate.box_lower, certificate.box_upper, strict=True)
        box = ", ".join(f"{name} [{low:.6g}, {high:.6g}]" for name, low, high in corners)
        rows.append(("bound set by", box))
    rows.append(("of network", f"sha256 {certificate.network_sha256[:16]}..."))
    name = title_with(certificate.system, certificate.overrides)
    title = f"certificate of {name}, {counted(certificate.neurons, 'neuron')}"
    return [Table(title=title, rows=rows)]


def _status(certificate: Certificate) -> str:
    if certificate.reason:
        return f"{certificate.status.upper()}: {certificate.reason}"
    if certificate.tol is not None:
        return f"proved: no error above {certificate.tol:g} anywhere in the box"
    return f"certified over the whole box, within {100 * certificate.gap:.2g} %"


_LEAST = 1e-300
"""Bounds below this are told as they are: their last digits have no unit in float64."""


def _interval(lower: float, upper: float) -> str:
    return f"at most {_rounded(upper, math.ceil)}, at least {_rounded(lower, math.floor)}"


def _rounded(value: float, towards: Callable[[float], int]) -> str:
    """Four digits, rounded up or down: a printed bound must be one too."""
    if not (math.isfinite(value) and value > _LEAST):
        return f"{value:g}"
    unit = 10.0 ** (math.floor(math.log10(value)) - 3)
    return f"{towards(value / unit) * unit:.4g}"


def _pairs(names: Any, values: Any) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in zip(names, values, strict=True))


def _work(certificate: Certificate) -> str:
    seconds = certificate.seconds
    return counted(certificate.boxes, "box", "boxes") + (
        "" if math.isnan(seconds) else f", {number(seconds)} s"
    )
