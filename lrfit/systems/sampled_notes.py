"""What a user should know of a sampled file beside its values.

Place in the flow: `sampled_file` puts these notes into the System, which commands show.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Node

_MOST = 4
_NO_UNIT = frozenset({"", "1", "none", "dimensionless", "-"})


def notes_of(tree: Group) -> list[str]:
    """One line for each thing that is not as it seems: what was held, left out, or has units."""
    return [*_held(tree), *_unread(tree), *_units(tree)]


def _held(tree: Group) -> Iterator[str]:
    names, values = tree.attributes.get("input_names"), tree.attributes.get("input_values")
    if isinstance(names, list) and isinstance(values, np.ndarray):
        pairs = zip(names, values.ravel(), strict=False)
        held = ", ".join(f"{shown(n, 60)} = {v:g}" for n, v in pairs)
        yield f"the field was sampled with its inputs held at {held}"


def _unread(tree: Group) -> Iterator[str]:
    """What of the file was not read, and why."""
    reasons = list(dict.fromkeys(shown(why.partition(";")[0], 160) for why in _reasons(tree)))
    if reasons:
        more = f", and {len(reasons) - _MOST} more" if len(reasons) > _MOST else ""
        yield f"not read, since the field does not need it: {', '.join(reasons[:_MOST])}{more}"


def _reasons(node: Node) -> Iterator[str]:
    yield from node.unread_attributes.values()
    if isinstance(node, Group):
        yield from node.unread.values()
        for child in node.children.values():
            yield from _reasons(child)


def _units(tree: Group) -> Iterator[str]:
    """Where the unit of a velocity does not begin with that of its axis."""
    for name in tree.group("velocity") if "velocity" in tree else ():
        speed, place = _unit(tree, f"velocity/{name}"), _unit(tree, f"axes/{name}")
        if speed not in _NO_UNIT and place not in _NO_UNIT and not speed.startswith(place):
            yield (
                f"/velocity/{name} is in {shown(speed, 40)!r} and /axes/{name} in "
                f"{shown(place, 40)!r}; units are not converted, and a velocity is to be in the "
                "unit of its axis per unit of time"
            )


def _unit(tree: Group, path: str) -> str:
    group, _, name = path.partition("/")
    node = tree.group(group).children.get(name) if group in tree else None
    unit = node.attributes.get("units", "") if isinstance(node, Dataset) else ""
    return unit.strip() if isinstance(unit, str) else ""
