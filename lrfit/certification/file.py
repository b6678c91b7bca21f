"""Certificate files: what was proved of which network, against which target.

    /certificate   scalars as attributes, vectors as datasets, in the words of `Certificate`
    /domain        the box

Place in the flow: a `Certificate` becomes a tree to write, and comes back from one. Digests of
network and target say what it is about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from lrfit.certification import Certificate
from lrfit.certification.certificate import Status
from lrfit.io.tree import Dataset, Group, Value
from lrfit.networks.digest import network_digest
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.provenance import (
    Provenance,
    encoded,
    read_provenance,
    reproducible,
    require_kind,
    root_attributes,
)

KIND = "lrfit-certificate"
_DATA_KIND = "lrfit-certificate-data"
_TYPES: Mapping[str, type[Any]] = {"float": float, "int": int, "str": str, "Status": str}
_SCALARS = {
    field.name: _TYPES[str(field.type)]
    for field in dataclasses.fields(Certificate)
    if str(field.type) in _TYPES and field.name != "seconds"
}
_VECTORS = {
    "upper_by_variable": "D",
    "lower_by_variable": "D",
    "rms_by_variable": "D",
    "worst_point": "D",
    "worst_input": "U",
    "box_lower": "n",
    "box_upper": "n",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class CertificateRecord:
    """A certificate file in memory. `seconds` is NaN where times were left out."""

    certificate: Certificate
    network_sha256: str
    system_sha256: str
    provenance: Provenance


def certificate_tree(
    certificate: Certificate,
    *,
    network: LowRankNetwork,
    system_sha256: str,
    history: Sequence[str] = (),
) -> Group:
    """Return the content of a certificate file; `history` are command lines."""
    attributes: dict[str, Value] = {
        **encoded(_DATA_KIND),
        **{name: getattr(certificate, name) for name in _SCALARS},
        "tol": np.nan if certificate.tol is None else float(certificate.tol),
        "network_sha256": network_digest(network),
        "system_sha256": system_sha256,
    }
    if not reproducible():
        attributes["seconds"] = float(certificate.seconds)
    vectors = {name: Dataset(data=getattr(certificate, name)) for name in _VECTORS}
    return Group(
        attributes=root_attributes(KIND, history=history, seed=0),
        children={
            "certificate": Group(attributes=attributes, children=vectors),
            "domain": domain_group(certificate.domain),
        },
    )


def certificate_from_tree(root: Group) -> CertificateRecord:
    """Read what `certificate_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, KIND)
    group = root.group("certificate")
    require_kind(group, _DATA_KIND)
    domain = domain_from_group(root.group("domain"))
    D, U = domain.dimension, domain.input_count
    lengths = {"D": D, "U": U, "n": D + U}
    if (status := group.attribute("status", str)) not in get_args(Status):
        raise group.error(f"has the unknown status {status[:60]!r}")
    tol = group.attribute("tol", float)
    values: dict[str, Any] = {
        **{name: group.attribute(name, kind) for name, kind in _SCALARS.items()},
        **{name: group.numbers(name, shape=(lengths[k],)) for name, k in _VECTORS.items()},
    }
    return CertificateRecord(
        certificate=Certificate(
            **values,
            domain=domain,
            tol=None if np.isnan(tol) else tol,
            seconds=group.attribute("seconds", float, np.nan),
        ),
        network_sha256=group.attribute("network_sha256", str),
        system_sha256=group.attribute("system_sha256", str),
        provenance=read_provenance(root),
    )
