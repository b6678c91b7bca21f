"""A figure that becomes a file: PNG, SVG or PDF, the same bytes for the same content.

Place in the flow: every kind of figure returns a `Picture`. Nothing in the file says when it was
made or on which machine; ids in SVG are hashes of what they name.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lrfit.core.errors import UsageError
from lrfit.io.atomic import write_atomic
from lrfit.io.text import shown
from lrfit.plotting.sheet import lay_out
from lrfit.plotting.style import INK, PAPER, styled

FORMATS = ("png", "svg", "pdf")
MOVING = ("gif", "apng")


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A finished figure. kind : of figure. title, description : one line each, in words."""

    figure: Figure
    kind: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        """Lay the figure out once: doing so again at every rendering would move it by a hair."""
        FigureCanvasAgg(self.figure)  # measures text
        with styled():
            lay_out(self.figure)

    def to_bytes(self, kind: str = "png", *, dpi: float | None = None) -> bytes:
        """The content of a "png", "svg" or "pdf" file; `dpi` is that of PNG [300]."""
        if kind not in FORMATS:
            raise UsageError(f"unknown format {shown(kind, 20)!r}; choose png, svg or pdf")
        page, before = io.BytesIO(), self.figure.dpi
        with styled():
            self.figure.dpi = dpi or 300.0
            # Figure.savefig would draw it twice: once for a layout that is made already.
            print_to = getattr(_canvas(self.figure, kind), f"print_{kind}")
            print_to(page, metadata=_METADATA[kind] | self._title(kind))
            self.figure.dpi = before
            FigureCanvasAgg(self.figure)
        return _shortened(page.getvalue()) if kind == "svg" else page.getvalue()

    def _title(self, kind: str) -> dict[str, str | None]:
        return (
            {"Title": self.title}
            if kind != "png"
            else {"Title": self.title.encode("ascii", "replace").decode()}
        )

    def save(self, path: Path | str, *, force: bool = False) -> None:
        """Write PNG, SVG or PDF, by the name's ending: the whole file or none.

        Raises
        ------
        UsageError
            Another ending.
        OutputError
            The file exists (without `force`) or cannot be written.
        """
        data = self.to_bytes(format_of(path, moves=self.kind == "animation"))
        write_atomic(path, data, overwrite=force)

    def inline(self, prefix: str) -> str:
        """An <svg> element for a page: ids of its own, colours that follow the page's.

        `currentColor` is the page's ink, the variable --paper its background.
        """
        text = self.to_bytes("svg").decode("utf-8")
        text = text[text.index("<svg") :]
        text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        text = re.sub(r'\bid="', f'id="{prefix}-', text)
        text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}-", text)
        text = text.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
        return text.strip()

    def _repr_svg_(self) -> str:
        """For notebooks."""
        return self.to_bytes("svg").decode("utf-8")


def _canvas(figure: Figure, kind: str) -> FigureCanvasBase:
    """What draws a figure as PNG, SVG or PDF: each imported when used, PDF takes a second."""
    if kind == "png":
        return FigureCanvasAgg(figure)
    if kind == "svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415

        return FigureCanvasSVG(figure)
    from matplotlib.backends.backend_pdf import FigureCanvasPdf  # noqa: PLC0415

    return FigureCanvasPdf(figure)


def _shortened(svg: bytes) -> bytes:
    """Coordinates of paths to a hundredth of a point: half the size, nothing to see."""

    def rounded(path: re.Match[bytes]) -> bytes:
        short = re.sub(rb"-?\d+\.\d{3,}", lambda m: b"%.2f" % float(m[0]), path[0])
        return re.sub(rb"\s*\n\s*|(?<=[A-Z]) ", b"", short)

    return re.sub(rb'(?<= )d="[^"]*"', rounded, svg)


_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "lrfit"},
    "svg": {"Creator": "lrfit", "Date": None},
    "pdf": {"Creator": "lrfit", "Producer": None, "CreationDate": None},
}


def format_of(path: Path | str, *, moves: bool = False) -> str:
    """The format that a file's name asks for; what moves may also be GIF or APNG.

    Raises
    ------
    UsageError
        Another ending.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending in (FORMATS + MOVING if moves else FORMATS):
        return ending
    if ending in MOVING:
        raise UsageError(f"only --kind animation moves: {shown(path, 80)!r} cannot hold another")
    raise UsageError(
        f"cannot tell the format of {shown(path, 80)!r}; let the name end in .png, .svg or .pdf"
    )
