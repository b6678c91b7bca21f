"""The report of a result that is no network: its figure, and what `show` says of it.

Place in the flow: an analysis, a certificate, a stress test, a table of solutions, a study of
pushes, learning or a trajectory becomes a page. Needs matplotlib, since pages do.
"""

from __future__ import annotations

from typing import Any

import lrfit
from lrfit.core.errors import LrfitError
from lrfit.core.provenance import Result
from lrfit.io.text import shown
from lrfit.plotting.plot import plot
from lrfit.records.kinds import FileKind, kind_of_value
from lrfit.reporting.page import Code, Facts, Figure, Grid, Part, Section, page
from lrfit.systems.about import title_with

_PLAIN = (
    "Eigenvalues of the connectivity with the ellipse of the bulk, and what the network reads at "
    "its fixed points (with the number of unstable directions)."
)
"""Of the analysis of a network of which no task is known."""
_CAPTIONS = {
    "analysis": "Fixed points and cycles that the analysis found, target beside network. Filled "
    "points are stable, open ones unstable, half filled ones saddles.",
    "rate-network": "The connectivity J, its eigenvalues with the ellipse of the bulk, and "
    "singular values: of the change by training, where the connectivity before it is known.",
    "certificate": "The bound over the box: no point above a cell has a larger error. Boxes are "
    "cut no further than the goal needs. Beside it the bound and the largest error found.",
    "stress": "Networks with random errors in their weights: the bands hold 50 % and 90 % of the "
    "draws that have not diverged, dashed is the network without errors. Bars are shares of the "
    "neurons in small errors.",
    "degeneracy": "Above, the flow of every solution; below, their trajectories on top of each "
    "other, and by how much trajectories and fields of every two differ.",
    "perturbation": "Above, how far a push throws every network off its trajectory; below, d' of "
    "every pair of networks against the amplitude of the push.",
    "trained": "Left, the loss of every batch and its running mean; right, the change of the "
    "connectivity in the course of learning, its norm and its largest singular values.",
    "trained-analysis": "What learning changed: singular values of W - W0, the loss of W0 with a "
    "part of the change, eigenvalues of W0 and W, what the network reads at its fixed points (with "
    "the number of unstable directions), components of its activity, overlaps of the change.",
    "learning-study": "Loss by epoch for every network; epochs to a tenth of the first loss, norm "
    "and functional rank of the change against the strength g of the initial connectivity.",
    "linear-learning": "Left, the loss against the epochs, by the strength g of the initial "
    "connectivity. Middle and right, output and singular values of the change of W against "
    "s = beta^2 rate epoch; dashed are the formulas to third order in s.",
    "trajectory": "Every variable and input against time, the target dashed.",
}


def result_page(value: Result, kind: FileKind, name: str) -> str:
    """The page of a result from a file of a name."""
    figures, problems = _figures(value, kind)
    more, further = _analyzed(value, kind)
    problems += further
    sections = [
        Section(title="Figure", parts=figures),
        Section(title="What was found", parts=_told(value, kind)),
        Section(title="Its analysis", parts=more),
        Section(title="How it was made", parts=_history(value)),
        Section(title="How to use it", parts=[Code(text=_use(name))]),
    ]
    return page(
        shown(
            title_with(getattr(value, "system", "") or name, getattr(value, "overrides", {})), 120
        ),
        f"This is {kind.name}.",
        [section for section in sections if section.parts],
        warnings=problems,
        footer=f"Page by lrfit {lrfit.__version__}.",
    )


def _figures(value: Result, kind: FileKind) -> tuple[list[Part], list[str]]:
    try:
        known = getattr(value, "task", "") is not None
        caption = _CAPTIONS[kind.word] if known else _PLAIN
        return [Figure(picture=plot(value), caption=caption)], []
    except LrfitError as error:
        return [], [f"no figure: {error}"]


def _analyzed(value: Result, kind: FileKind) -> tuple[list[Part], list[str]]:
    """What `analyze` says of a result, for kinds that are analyzed; or why it says nothing."""
    if not kind.analysis:
        return [], []
    try:
        found = kind.analyze(value, inputs=(), seed=0)
    except LrfitError as error:
        return [], [f"no analysis: {error}"]
    of_found = kind_of_value(found)
    assert of_found is not None
    figures, problems = _figures(found, of_found)
    return [*figures, *_told(found, of_found)], problems


def _told(value: Result, kind: FileKind) -> list[Part]:
    """What is said to a person, without what a terminal draws with letters."""
    tables = kind.tables(value, verbose=True)
    return [_part(table) for table in tables if getattr(table, "rows", None)]


def _part(table: Any) -> Part:
    if table.header:
        return Grid(header=table.header, rows=table.rows)
    rows = [(row[0], ", ".join(row[1:])) for row in table.rows]
    return Facts(rows=[(table.title, ""), *rows] if table.title else rows)


def _history(value: Result) -> list[Part]:
    return [Code(text="\n".join(value.history))] if value.history else []


def _use(name: str) -> str:
    return f"import lrfit\n\nfound = lrfit.load({shown(name, 200)!r})\nlrfit.plot(found)\n"
