"""The file of a result: a root that says where it comes from, and the value below it.

    /            provenance; encoding-type says which kind of file it is
    /<name>      the value, as `records.codec` holds it
    /domain      the box, where the value has one

Place in the flow: a result becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from lrfit.core.shapes import domain_lengths
from lrfit.io.tree import Dataset, Group
from lrfit.records.box import domain_from_group
from lrfit.records.codec import decode, encode
from lrfit.records.provenance import read_provenance, require_kind, root_attributes


def result_tree(value: Any, kind: str, *, history: Sequence[str] = ()) -> Group:
    """Return the content of the file of a result; `kind` is the encoding-type of its root."""
    children: dict[str, Group | Dataset] = {}
    name = kind.partition("-")[2]
    children[name] = encode(value, f"{kind}-data", root=children)
    seed = int(getattr(value, "seed", 0))
    return Group(attributes=root_attributes(kind, history=history, seed=seed), children=children)


def result_from_tree(root: Group, cls: type[Any], kind: str) -> Any:
    """Read what `result_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing or of the wrong shape.
    """
    require_kind(root, kind)
    lengths = domain_lengths(domain_from_group(root.group("domain")) if "domain" in root else None)
    group = root.group(kind.partition("-")[2])
    value = decode(cls, group, f"{kind}-data", root=root, lengths=lengths)
    return dataclasses.replace(value, provenance=read_provenance(root))
