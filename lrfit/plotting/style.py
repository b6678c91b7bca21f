"""One look for every figure: readable at a journal's column width, and by colour-blind readers.

Place in the flow: every figure is made inside `styled()` and gets its axes and marks from here.
Colours are those of Okabe and Ito (2008); each role has one, in every figure. Lengths in inches.

Text becomes outlines in SVG, since a page or an editor without the font would break the layout;
in PDF it stays text, with the font embedded, as journals ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import MaxNLocator

from lrfit.io.text import shown
from lrfit.plotting.sheet import Sheet

COLUMN, PAGE = 3.4, 7.0
"""Widths of a journal's column and page."""

INK, PAPER, FAINT = "#1b1f24", "#ffffff", "#8b949e"
BLUE, ORANGE, GREEN, VERMILION = "#0072b2", "#e69f00", "#009e73", "#d55e00"
PURPLE, SKY, YELLOW = "#cc79a7", "#56b4e9", "#f0e442"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
"""Colours of things that have no role of their own, in order."""
NETWORK, TARGET, TOLERANCE = BLUE, INK, VERMILION

_SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so that figures agree everywhere
    "mathtext.fontset": "dejavusans",
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.0,
    "ytick.labelsize": 6.0,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "axes.linewidth": 0.6,
    "axes.titlepad": 4.0,
    "axes.labelpad": 2.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-3, 4),
    "axes.titley": 1.0,  # no ticks are above the axes: titles need not look for them
    "axes.unicode_minus": True,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "figure.dpi": 200.0,
    "savefig.dpi": 300.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "lrfit",  # equal figures get equal ids
    "pdf.fonttype": 42,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
}
_LEFT_ALONE = ("backend", "interactive", "toolbar", "savefig.directory", "date.", "tk.", "webagg.")


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's defaults and this look, whatever a user's own settings are; undone after."""
    settings: dict[Any, Any] = {
        name: value
        for name, value in matplotlib.rcParamsDefault.items()
        if not name.startswith(_LEFT_ALONE)
    }
    whole: Any = {**settings, **_SETTINGS}
    with matplotlib.rc_context(whole):
        yield


def new_figure(width: float, height: float) -> Sheet:
    """An empty figure of that size, whose parts make room for each other."""
    figure = Sheet(figsize=(width, height), facecolor=PAPER)
    figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
    return figure


def speeds() -> Colormap:
    """From slow to fast: one hue, darker is faster, and nothing so pale that it vanishes."""
    return LinearSegmentedColormap.from_list("speed", ["#a9cce3", "#3f88c5", "#123f7a"])


def magnitudes() -> Colormap:
    """From zero to large."""
    return matplotlib.colormaps["cividis"]


def signed() -> Colormap:
    """From negative over zero (white) to positive."""
    return matplotlib.colormaps["RdBu_r"]


def written(text: object, limit: int = 60) -> str:
    """Text from a file, fit for a figure: one line, only what the font has, no mathematics."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    line = shown(text, limit)
    known = "".join(c if font.get_char_index(ord(c)) else "?" for c in line)
    return known.replace("$", r"\$")


def quantity(name: str, unit: str = "") -> str:
    """A label: name and, where known, unit."""
    return f"{written(name)} ({written(unit, 20)})" if unit else written(name)


def rate(name: str, time_unit: str) -> str:
    """The label of a variable's time derivative."""
    return quantity(f"d{name}/dt", f"1/{time_unit}" if time_unit else "")


def few_ticks(axes: Axes, x: int | None = 4, y: int | None = 4) -> None:
    """At most so many intervals between round numbers along each linear axis; None leaves one."""
    if x is not None:
        axes.xaxis.set_major_locator(MaxNLocator(x, steps=[1, 2, 2.5, 5, 10]))
    if y is not None:
        axes.yaxis.set_major_locator(MaxNLocator(y, steps=[1, 2, 2.5, 5, 10]))


def legend_below(figure: Figure, handles: list[Any], columns: int | None = None) -> None:
    """One legend for the whole figure, in a strip of its own, never on top of data."""
    if handles:
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=columns or min(len(handles), 6 if figure.get_figwidth() > 5 else 3),
            columnspacing=1.4,
            borderaxespad=0.2,
        )
