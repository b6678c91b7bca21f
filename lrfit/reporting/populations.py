"""What a report says of an expanded network: its populations, and what wrong weights do to it.

Place in the flow: the `Expansion` of a fit becomes parts of a page. Needs matplotlib, as pages do.
"""

from __future__ import annotations

import math

import numpy as np

from lrfit.fitting.expansion_report import Expansion
from lrfit.fitting.expansion_view import expansion_rows
from lrfit.fitting.result import Fit
from lrfit.io.text import counted
from lrfit.reporting.page import Facts, Fold, Grid, Part

_WRONG = (0.001, 0.01, 0.03, 0.1, 0.3)
_DELETED = (0.01, 0.1, 0.3)


def populations(record: Fit) -> list[Part]:
    """How it was expanded, what its weights may be wrong by, sizes of populations; else nothing."""
    expansion = record.expansion
    if expansion is None:
        return []
    parts: list[Part] = [Facts(rows=expansion_rows(expansion))]
    if not math.isnan(expansion.field_error):
        parts.append(_wrong(expansion))
    return [*parts, _sizes(expansion)]


def _wrong(expansion: Expansion) -> Grid:
    """Expected errors (docs/theory, eqs. 48 and 52)."""
    rows = [("no errors", f"{expansion.field_error:.3g}")]
    rows += [
        (f"every weight of N wrong by {100 * delta:g} %", f"{expansion.error_with(delta):.3g}")
        for delta in _WRONG
    ]
    for share in _DELETED:
        error = expansion.error_with(math.sqrt(share / (1.0 - share)))
        rows.append((f"{100 * share:g} % of the neurons deleted, N scaled", f"{error:.3g}"))
    where = "near attractors" if expansion.focus == "attractors" else "in the box"
    return Grid(header=(f"expected error {where}", ""), rows=rows, numeric=True)


def _sizes(expansion: Expansion) -> Fold:
    total = np.sum(expansion.quotas)
    rows = [
        (str(p), str(quota), f"{100 * quota / total:.3g} %")
        for p, quota in enumerate(expansion.quotas)
    ]
    grid = Grid(header=("population", "neurons", "share"), rows=rows, numeric=True)
    return Fold(title=counted(expansion.populations, "population"), content=grid)
