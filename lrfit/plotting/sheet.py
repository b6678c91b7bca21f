"""A figure that is laid out once, with labels aligned and numbers that need no parser.

Place in the flow: `style.new_figure` makes a `Sheet`, a kind of figure draws into it, `Picture`
lays it out. What matplotlib does again at every look at an axis is done once here: constrained
layout measures every axis several times, `Figure.align_labels` measures all of a column for each
of its members, and tick labels as formulas are parsed one by one; together these take most of the
time of a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, ScalarFormatter
from matplotlib.transforms import Bbox, BboxBase, blended_transform_factory

from lrfit.core.arrays import Array

_RAISED = str.maketrans("0123456789-\N{MINUS SIGN}", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


_POWER = re.compile(r"([0-9.]+)e\+?([-\N{MINUS SIGN}]?[0-9]+)")

_TIMES = r"\times"
_FORMULA = re.compile(r"\$\\mathdefault\{(.*?)10\^\{(.*?)\}\}\$")


class Numbers(ScalarFormatter):
    """Numbers as matplotlib writes them; a power of ten as letters, not as a formula."""

    def get_offset(self) -> str:
        """What all numbers along an axis share: a factor, a number to add, as in ×10⁻³+2.5×10⁴."""
        return _POWER.sub(_written_out, super().get_offset())


def _written_out(found: re.Match[str]) -> str:
    """A number as in 2.5e-3 with its power of ten raised; of 1e-3 the power alone."""
    number, power = found.groups()
    return f"{'' if number == '1' else number}×10{power.translate(_RAISED)}"


class Decades(LogFormatterSciNotation):
    """Powers of ten as matplotlib writes them, but as letters: 10⁻², 2×10⁻²."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label at x; empty where matplotlib has none."""
        found = _FORMULA.fullmatch(super().__call__(x, pos))
        if found is None:
            return ""
        factor, power = found.groups()
        return f"{factor.replace(_TIMES, '×')}10{power.translate(_RAISED)}"


class Sheet(Figure):
    """A figure that aligns labels of axes after its layout is made."""

    def __init__(self, **look: Any) -> None:
        super().__init__(**look)
        self.aligned: list[tuple[str, list[Axes]]] = []

    def align(self, name: str, members: Sequence[Axes]) -> None:
        """Put the labels of the "x" axes side by side, or of the "y" axes on top of each other,
        on one line.
        """
        self.aligned.append((name, list(members)))


def lay_out(figure: Figure) -> None:
    """Make room for all parts of a figure; from then on nothing moves."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _write_plainly(axis)
    engine = figure.get_layout_engine()
    if engine is not None:
        with _measured_once(figure):
            engine.execute(figure)
    figure.set_layout_engine("none")
    for name, members in figure.aligned if isinstance(figure, Sheet) else ():
        _put_on_one_line(figure, name, members)


@contextmanager
def _measured_once(figure: Figure) -> Iterator[None]:
    """Within it, axes are measured at the first question; later they moved with what they hold.

    Constrained layout asks twice, before and after it has moved the axes. Labels keep their sizes;
    what labels reach beyond the axes does not stay the same where those keep an aspect, as colour
    bars do.
    """
    chosen = [
        axes
        for axes in figure.axes
        if axes.get_aspect() == "auto" and axes.get_box_aspect() is None
    ]
    for axes in chosen:
        axes.get_tightbbox = _Measured(axes)  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        for axes in chosen:
            del axes.get_tightbbox


class _Measured:
    """`Axes.get_tightbbox` with a memory of how far labels reach beyond the axes, in pixels."""

    def __init__(self, axes: Axes) -> None:
        self.axes, self.measure = axes, axes.get_tightbbox
        self.reach: Array | None = None

    def __call__(self, *given: Any, **options: Any) -> BboxBase | None:
        if self.reach is not None:
            return Bbox.from_extents(*(self.axes.bbox.extents + self.reach))
        found = self.measure(*given, **options)
        if found is not None:
            self.reach = np.subtract(found.extents, self.axes.bbox.extents)
        return found


def _write_plainly(axis: Axis) -> None:
    """Tick labels without formulas, where matplotlib's own formatters would write some."""
    if type(axis.get_major_formatter()) is ScalarFormatter:
        axis.set_major_formatter(Numbers())
    if type(axis.get_major_formatter()) is LogFormatterSciNotation:
        axis.set_major_formatter(Decades())
    if type(axis.get_minor_formatter()) is LogFormatterSciNotation:
        axis.set_minor_formatter(Decades())


def align(name: str, members: Sequence[Axes]) -> None:
    """See `Sheet.align`; of axes in the same figure, or in parts of one."""
    sheet = members[0].get_figure(root=True)
    assert isinstance(sheet, Sheet)
    sheet.align(name, members)


def _put_on_one_line(figure: Figure, name: str, members: Sequence[Axes]) -> None:
    """Move labels outwards to where the outermost is."""
    labelled = [axes for axes in members if _axis(axes, name).label.get_text()]
    for axes in labelled:
        _axis(axes, name).get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    across = int(name == "x")
    size = figure.bbox.size[across]
    outermost = min(
        (_axis(axes, name).label.get_position()[across] for axes in labelled), default=0.0
    )
    for axes in labelled:
        along = _axis(axes, name).label.get_position()[1 - across]
        place, transforms = [along, along], [axes.transAxes, axes.transAxes]
        place[across], transforms[across] = outermost / size, figure.transFigure
        transform = blended_transform_factory(*transforms)
        _axis(axes, name).set_label_coords(place[0], place[1], transform=transform)


def _axis(axes: Axes, name: str) -> Axis:
    return axes.xaxis if name == "x" else axes.yaxis
