"""Taking one network out of a frontier file.

Place in the flow: the tree of a file written with `--frontier` becomes the tree of a network
file of its own, with the same system and history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrfit.core.errors import UsageError
from lrfit.fitting.file import FRONTIER, KIND
from lrfit.io.tree import Group
from lrfit.records.provenance import require_kind


def frontier_errors(root: Group) -> dict[int, float]:
    """The error of the best network of every size in a frontier file.

    Raises
    ------
    InputError
        The file holds no frontier.
    """
    require_kind(root, KIND)
    if "frontier" not in root:
        raise root.error("holds one network only; write it with `lrfit minimize --frontier`")
    frontier = root.group("frontier")
    require_kind(frontier, FRONTIER)
    sizes = sorted(int(name) for name in frontier if name.isascii() and name.isdigit())
    return {size: frontier.group(f"{size}/report").attribute("error", float) for size in sizes}


def picked_tree(
    root: Group, *, history: Sequence[str], neurons: int | None = None, tol: float | None = None
) -> Group:
    """Return the file of one network: that of a size, or the smallest within a tolerance.

    Raises
    ------
    UsageError
        Neither or both were asked for, or no network is of that size or within that tolerance.
    InputError
        The file holds no frontier.
    """
    if (neurons is None) == (tol is None):
        raise UsageError("say which network: --tol ERR or --neurons N")
    errors = frontier_errors(root)
    size = neurons if tol is None else _smallest_within(errors, tol)
    if size not in errors:
        raise UsageError(f"no network has {size} neurons; there are {_listed(errors)}")
    chosen = root.group(f"frontier/{size}")
    report = chosen.group("report")
    if tol is not None:
        report = replace(report, attributes={**report.attributes, "tol": tol, "met": True})
    lines = [*root.attribute("history", list, []), *history]
    children = {"network": chosen.group("network"), "system": root.group("system")}
    return Group(
        attributes={**root.attributes, "history": lines},
        children={**children, "report": report},
    )


def _smallest_within(errors: dict[int, float], tol: float) -> int:
    within = [size for size, error in errors.items() if error <= tol]
    if not within:
        raise UsageError(f"no network is within {tol:g}; there are {_listed(errors)}")
    return min(within)


def _listed(errors: dict[int, float]) -> str:
    return ", ".join(f"{size} ({error:.2g})" for size, error in errors.items())
