"""Where a file comes from: who wrote it, with what, by which commands; and which version it is.

Every lrfit file says so in the attributes of its root; every group says what it is in
`encoding-type` and `encoding-version`. With SOURCE_DATE_EPOCH set (reproducible-builds.org)
times are left out, so that equal runs give equal bytes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import lrfit
from lrfit.core.provenance import Provenance
from lrfit.io.text import shown
from lrfit.io.tree import Group, Node, Value

LIBRARIES = ("numpy", "scipy", "h5py")
NEWEST = 1
"""The encoding version this program writes, and the newest it reads."""


def reproducible() -> bool:
    """Whether times are to be left out of files."""
    return bool(os.environ.get("SOURCE_DATE_EPOCH"))


def encoded(kind: str) -> dict[str, Value]:
    """The two attributes that say what a group is."""
    return {"encoding-type": kind, "encoding-version": str(NEWEST)}


def typed(group: Group, kind: str) -> Group:
    """The same group saying what it is, and every group in it too: lrfit-<name>."""
    children = {
        name: typed(node, f"lrfit-{name}") if isinstance(node, Group) else node
        for name, node in group.children.items()
    }
    return Group(attributes={**encoded(kind), **group.attributes}, children=children)


def root_attributes(kind: str, *, history: Sequence[str], seed: int) -> dict[str, Value]:
    """Attributes of the root of a file written now."""
    from lrfit.core.threads import BlasThreads  # noqa: PLC0415 - when used

    attributes: dict[str, Value] = {
        **encoded(kind),
        "creator": "lrfit",
        "creator_version": lrfit.__version__,
        "history": [shown(line, 4000) for line in history],
        "seed": seed,
        "blas_threads": BlasThreads().count,
        "complete": 1,
    }
    attributes |= {f"{name}_version": _version(name) for name in LIBRARIES}
    if not reproducible():
        attributes["file_time"] = datetime.now(UTC).isoformat(timespec="seconds")
    return attributes


def read_provenance(root: Group) -> Provenance:
    """Read what `root_attributes` wrote."""
    return Provenance(
        history=tuple(root.attribute("history", list, [])),
        seed=root.attribute("seed", int, 0),
        file_time=root.attribute("file_time", str, ""),
        creator_version=root.attribute("creator_version", str, ""),
        libraries={name: root.attribute(f"{name}_version", str, "") for name in LIBRARIES},
    )


def kind_of(root: Group) -> str:
    """The encoding-type of a file's root, "" where it has none (not written by lrfit)."""
    return root.attribute("encoding-type", str, "")


def require_kind(node: Node, kind: str) -> None:
    """Refuse a group of another kind, or of a version newer than this program knows.

    Raises
    ------
    InputError
        In one line: what was found and what to do.
    """
    found = node.attribute("encoding-type", str, "")
    if found != kind:
        what = f"is of encoding-type {shown(found, 60)!r}" if found else "has no encoding-type"
        raise node.error(f"{what}; needed is {kind!r}, as lrfit writes it")
    given = node.attribute("encoding-version", str, "")
    if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) >= 1):
        raise node.error(f"has the encoding-version {shown(given, 60)!r}; needed is a number")
    if int(given) > NEWEST:
        raise node.error(
            f"has the encoding-version {given}, newer than the {NEWEST} this lrfit "
            f"({lrfit.__version__}) reads; update lrfit"
        )


def _version(package: str) -> str:
    """The version of a package, which is not imported for it."""
    loaded = getattr(sys.modules.get(package), "__version__", None)
    if loaded:
        return str(loaded)
    if said := _said_version(package):
        return said
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - a slow import

    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _said_version(package: str) -> str:
    """What `version.py` of a package says, which NumPy and SciPy have; "" where there is none.

    `importlib.metadata` says the same, and takes as long to import as half of NumPy.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    try:
        text = Path(spec.origin).with_name("version.py").read_text("utf-8")
    except (OSError, ValueError):
        return ""
    said = re.search(r'^version = "([^"]+)"$', text, re.MULTILINE)
    return said[1] if said else ""
