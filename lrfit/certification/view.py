"""What is said about a certificate, to a person and to a program; the same for its file."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import named, number
from lrfit.records.view import origin, origin_rows

if TYPE_CHECKING:
    from lrfit.certification import Certificate
    from lrfit.certification.file import CertificateRecord

_FIELDS = (
    "system",
    "neurons",
    "status",
    "reason",
    "upper",
    "lower",
    "gap",
    "gap_wanted",
    "tol",
    "rms_speed",
    "points",
    "sampled",
    "boxes",
    "seconds",
)


def certificate_fields(certificate: Certificate) -> dict[str, Any]:
    """Fields of the JSON object."""
    domain = certificate.domain
    names = domain.variables + domain.inputs
    return {
        **{name: getattr(certificate, name) for name in _FIELDS},
        "upper_by_variable": named(domain.variables, certificate.upper_by_variable),
        "lower_by_variable": named(domain.variables, certificate.lower_by_variable),
        "rms_by_variable": named(domain.variables, certificate.rms_by_variable),
        "worst_point": named(domain.variables, certificate.worst_point),
        "worst_input": named(domain.inputs, certificate.worst_input),
        "box_lower": named(names, certificate.box_lower),
        "box_upper": named(names, certificate.box_upper),
    }


def certificate_table(certificate: Certificate, *, verbose: bool) -> Table:
    """A description for a person."""
    domain = certificate.domain
    names = domain.variables + domain.inputs
    place = [*certificate.worst_point, *certificate.worst_input]
    rows = [
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
    return Table(title=f"{certificate.system}, {certificate.neurons} neurons", rows=rows)


def _status(certificate: Certificate) -> str:
    if certificate.reason:
        return f"{certificate.status.upper()}: {certificate.reason}"
    if certificate.tol is not None:
        return f"proved: no error above {certificate.tol:g} anywhere in the box"
    return f"certified over the whole box, within {100 * certificate.gap:.2g} %"


def _interval(lower: float, upper: float) -> str:
    return f"at most {_rounded(upper, math.ceil)}, at least {_rounded(lower, math.floor)}"


def _rounded(value: float, towards: Callable[[float], int]) -> str:
    """Four digits, rounded up or down: a printed bound must be one too."""
    if not (math.isfinite(value) and value > 0.0):
        return f"{value:g}"
    unit = 10.0 ** (math.floor(math.log10(value)) - 3)
    return f"{towards(value / unit) * unit:.4g}"


def _pairs(names: Any, values: Any) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in zip(names, values, strict=True))


def _work(certificate: Certificate) -> str:
    seconds = certificate.seconds
    return f"{certificate.boxes} boxes" + ("" if math.isnan(seconds) else f", {number(seconds)} s")


def shown(
    record: CertificateRecord, *, file: str, verbose: bool
) -> tuple[dict[str, Any], list[Table]]:
    """What `lrfit show` says of such a file: fields of the JSON object, and tables."""
    digests = {"network_sha256": record.network_sha256, "system_sha256": record.system_sha256}
    fields = {
        "kind": "certificate",
        **certificate_fields(record.certificate),
        **digests,
        **origin(record.provenance),
    }
    table = certificate_table(record.certificate, verbose=verbose)
    of = ("of network", f"sha256 {record.network_sha256[:16]}...")
    rows = [*table.rows, of, *origin_rows(record.provenance)]
    return fields, [Table(title=f"certificate of {table.title}", rows=rows)]
