"""Grid files: a target's field on a regular grid, with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrfit.io.tree import Group
from lrfit.records.provenance import root_attributes, typed
from lrfit.systems.grid import grid_tree
from lrfit.systems.system import System

KIND = "lrfit-grid"


def grid_file(
    system: System,
    points: int | Mapping[str, int] = 64,
    *,
    input_values: Mapping[str, float] | None = None,
    history: Sequence[str] = (),
) -> Group:
    """Return the content of a grid file; raises as `lrfit.systems.grid.grid_tree`."""
    tree = typed(grid_tree(system, points, input_values=input_values), KIND)
    attributes = {
        **root_attributes(KIND, history=history, seed=0),
        **tree.attributes,
        "source_sha256": system.source.sha256,
    }
    return Group(attributes=attributes, children=tree.children)
