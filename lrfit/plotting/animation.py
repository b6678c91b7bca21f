"""A trajectory that moves: the state in the plane and along its time courses, as GIF or APNG.

Place in the flow: a `Trajectory` becomes a `Motion`: a figure whose moving artists are drawn anew
for every frame on top of a background that is drawn once.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray
from PIL import Image

from lrfit.core.arrays import Array
from lrfit.plotting import time_course
from lrfit.plotting.picture import MOVING, Picture
from lrfit.plotting.style import (
    BLUE,
    FAINT,
    INK,
    PAGE,
    PAPER,
    VERMILION,
    few_ticks,
    legend_below,
    new_figure,
    quantity,
    styled,
    written,
)
from lrfit.simulation.trajectory import Trajectory

FRAMES = 90
_MILLISECONDS = 60
_DPI = 110.0
_TAIL = 0.12
"""Share of the duration that is left behind the moving state as a line."""
_MOST_RUNS = 12
_NEARLY_WHITE = 246


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion(Picture):
    """An animated figure; as PNG, SVG or PDF its last frame.

    moving : the artists that change. show : puts them where they are in a frame. frames : number.
    """

    moving: Sequence[Artist]
    show: Callable[[int], None]
    frames: int

    def to_bytes(self, kind: str = "gif", *, dpi: float | None = None) -> bytes:
        """The content of a "gif" or "apng" file, of 110 dpi; of the others as any figure."""
        if kind not in MOVING:
            return super().to_bytes(kind, dpi=dpi)
        with styled():
            pages = self._pages(dpi or _DPI)
        return _animated(pages, kind)

    def _pages(self, dpi: float) -> list[NDArray[np.uint8]]:
        """The frames (height, width, 3)."""
        before = self.figure.dpi
        self.figure.set_dpi(dpi)
        canvas: Any = FigureCanvasAgg(self.figure)  # not typed
        for artist in self.moving:
            artist.set_animated(True)
        canvas.draw()
        background, pages = canvas.copy_from_bbox(self.figure.bbox), []
        for frame in range(self.frames):
            self.show(frame)
            canvas.restore_region(background)
            for artist in self.moving:
                artist.axes.draw_artist(artist)  # type: ignore[union-attr]
            pages.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        for artist in self.moving:
            artist.set_animated(False)
        self.figure.set_dpi(before)
        return pages

    def _repr_svg_(self) -> None:  # type: ignore[override]
        """Nothing: notebooks show what moves."""

    def _repr_html_(self) -> str:
        """For notebooks."""
        data = base64.b64encode(self.to_bytes("gif")).decode()
        return f"<img alt='' src='data:image/gif;base64,{data}'>"


def _animated(pages: Sequence[NDArray[np.uint8]], kind: str) -> bytes:
    """The content of a file, endless; equal pages give equal bytes."""
    images = [Image.fromarray(page) for page in pages]
    if kind == "gif":
        # One palette for all frames, of the last one, where everything has been drawn: colours
        # that are chosen frame by frame flicker.
        palette = _with_white(images[-1].quantize(255, dither=Image.Dither.NONE))
        images = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in images]
    file = io.BytesIO()
    images[0].save(
        file, format={"gif": "GIF", "apng": "PNG"}[kind], save_all=True,
        append_images=images[1:], duration=_MILLISECONDS, loop=0,
    )  # fmt: skip
    return file.getvalue()


def _with_white(palette: Image.Image) -> Image.Image:
    """The same with colours that are nearly white made white, or else paper would be tinted."""
    colors = np.array(palette.getpalette()).reshape(-1, 3)
    colors[colors.min(axis=1) >= _NEARLY_WHITE] = 255
    palette.putpalette(colors.ravel().tolist())
    return palette


def draw(
    trajectory: Trajectory, *, title: str, phi: Callable[[Array], Array] | None = None
) -> dict[str, Any]:
    """Draw it: figure, moving artists and what moves them, as a `Motion` takes them."""
    heights = time_course.heights(trajectory)
    plane = trajectory.domain.dimension > 1
    figure = new_figure(PAGE, max(sum(heights) + 0.75, 2.9))
    parts: Any = figure.subfigures(
        1, 1 + plane, width_ratios=[1.0, 1.5][-1 - plane :], squeeze=False
    )
    rows = time_course.fill(parts[0, -1], trajectory, phi)
    cursors = [axes.axvline(trajectory.t[0], color=VERMILION, lw=1.0, zorder=8) for axes in rows]
    tracks = _Tracks(parts[0, 0].subplots(), trajectory) if plane else None
    top = parts[0, 0].axes[0] if plane else rows[0]
    top.set_title(written(title, 44))
    legend_below(figure, time_course.handles(trajectory))
    times = np.linspace(0, len(trajectory.t) - 1, min(FRAMES, len(trajectory.t))).astype(np.intp)

    def show(frame: int) -> None:
        for cursor in cursors:
            cursor.set_xdata([trajectory.t[times[frame]]] * 2)
        if tracks is not None:
            tracks.show(int(times[frame]))

    moving = [*cursors, *(tracks.moving if tracks is not None else ())]
    show(len(times) - 1)
    return {"figure": figure, "moving": moving, "show": show, "frames": len(times)}


class _Tracks:
    """The plane of two variables: whole paths faintly, and the state with what lies behind it."""

    def __init__(self, axes: Axes, trajectory: Trajectory) -> None:
        self.pair = moving_most(trajectory)
        self.runs = trajectory.z[:_MOST_RUNS][..., list(self.pair)]
        given = trajectory.target
        self.ideal = None if given is None else given[:_MOST_RUNS][..., list(self.pair)]
        self.tail = max(1, int(_TAIL * len(trajectory.t)))
        self._background(axes, trajectory)
        self.lines = [axes.plot([], [], color=BLUE, lw=1.6, zorder=3)[0] for _ in self.runs]
        dot: dict[str, Any] = {"ls": "", "marker": "o", "mec": PAPER, "mew": 0.7, "zorder": 6}
        self.dots = [axes.plot([], [], ms=6, mfc=BLUE, **dot)[0] for _ in self.runs]
        self.ideals = [
            axes.plot([], [], **dot | {"ms": 8.5, "mfc": "none", "mec": INK, "mew": 0.9})[0]
            for _ in (() if self.ideal is None else self.ideal)
        ]
        self.moving = [*self.lines, *self.dots, *self.ideals]

    def _background(self, axes: Axes, trajectory: Trajectory) -> None:
        i, j = self.pair
        for run in self.runs:
            axes.plot(*run.T, color=FAINT, lw=0.5, zorder=1)
        for run in () if self.ideal is None else self.ideal:
            axes.plot(*run.T, color=INK, lw=0.7, ls=time_course.DASHED, zorder=2)
        axes.set_xlabel(quantity(trajectory.domain.variables[i]))
        axes.set_ylabel(quantity(trajectory.domain.variables[j]))
        axes.margins(0.06)
        few_ticks(axes)

    def show(self, k: int) -> None:
        """Put the states where they are at the time with index k."""
        for run, line, dot in zip(self.runs, self.lines, self.dots, strict=True):
            line.set_data(*run[max(0, k - self.tail) : k + 1].T)
            dot.set_data(*run[k : k + 1].T)
        for run, dot in zip(() if self.ideal is None else self.ideal, self.ideals, strict=True):
            dot.set_data(*run[k : k + 1].T)


def moving_most(trajectory: Trajectory) -> tuple[int, int]:
    """The two variables that move most, in half-widths of the box, in their own order."""
    with np.errstate(all="ignore"):
        spread = np.nanstd(trajectory.z, axis=(0, 1)) / trajectory.domain.half_width
    first, second = sorted(np.argsort(-np.nan_to_num(spread), kind="stable")[:2])
    return int(first), int(second)
