"""A figure is laid out once, and its numbers are plain text."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from lrfit.plotting.picture import Picture
from lrfit.plotting.sheet import Sheet, align, lay_out
from lrfit.plotting.style import new_figure, styled


def two_rows() -> Sheet:
    """Two axes whose numbers differ in length, and one beside them."""
    with styled():
        figure = new_figure(4.0, 3.0)
        rows = figure.subplots(2, 1)
        rows[0].plot([0.0, 1.0], [0.0, 1.0])
        rows[1].plot([0.0, 1.0], [0.0, 9000.0])
        for axes in rows:
            axes.set_ylabel("height")
        align("y", list(rows))
    return figure


def lefts(figure: Sheet) -> list[float]:
    """Left ends of the labels, in pixels, as drawn."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return [axes.yaxis.label.get_window_extent(renderer).x0 for axes in figure.axes]


def test_labels_are_on_one_line_and_clear_of_the_numbers() -> None:
    figure = two_rows()
    Picture(figure=figure, kind="any", title="any")
    left = lefts(figure)
    assert left[0] == pytest.approx(left[1], abs=0.5)
    assert min(left) >= 0.0
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for axes in figure.axes:
        label = axes.yaxis.label.get_window_extent(renderer)
        low, high = axes.get_ylim()
        numbers = [
            each.get_window_extent(renderer)
            for each in axes.get_yticklabels()
            if low <= each.get_position()[1] <= high
        ]
        assert label.x1 <= min(box.x0 for box in numbers) + 1.0


def test_the_layout_is_that_of_matplotlib_with_aligned_labels() -> None:
    figure, plain = two_rows(), two_rows()
    Picture(figure=figure, kind="any", title="any")
    FigureCanvasAgg(plain)
    with styled():
        plain.align_ylabels(plain.axes)
        plain.draw_without_rendering()
    for axes, other in zip(figure.axes, plain.axes, strict=True):
        assert np.allclose(axes.get_position().bounds, other.get_position().bounds, atol=3e-3)
    assert np.allclose(lefts(figure), lefts(plain), atol=2.0)


def test_drawing_again_moves_nothing() -> None:
    figure = two_rows()
    picture = Picture(figure=figure, kind="any", title="any")
    before = [axes.get_position().bounds for axes in figure.axes]
    assert picture.to_bytes("svg") == picture.to_bytes("svg")
    picture.to_bytes("png", dpi=50.0)
    assert [axes.get_position().bounds for axes in figure.axes] == before


@pytest.mark.parametrize(("top", "factor"), [(3e-7, "×10⁻⁷"), (4e8, "×10⁸"), (0.5, ""), (3.0, "")])
def test_a_common_power_of_ten_is_written_without_a_formula(top: float, factor: str) -> None:
    with styled():
        figure = new_figure(3.0, 2.0)
        axes = figure.subplots()
        axes.plot([0.0, 1.0], [0.0, top])
    Picture(figure=figure, kind="any", title="any")
    figure.draw_without_rendering()
    assert axes.yaxis.get_offset_text().get_text() == factor
    labels = [each.get_text() for each in axes.get_yticklabels()]
    assert not any("$" in text for text in labels)
    number = float(labels[-2].replace("\N{MINUS SIGN}", "-"))
    letters = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    power = 10.0 ** int(factor.removeprefix("×10").translate(letters) or "0")
    assert number * power == pytest.approx(float(axes.get_yticks()[-2]))


def test_a_number_that_all_share_is_written_out_too() -> None:
    with styled():
        figure = new_figure(3.0, 2.0)
        axes = figure.subplots()
        axes.plot([0.0, 1.0], [1.5e6, 1.5e6 + 3e-4])
    Picture(figure=figure, kind="any", title="any")
    figure.draw_without_rendering()
    assert axes.yaxis.get_offset_text().get_text() == "×10⁻⁴+1.5×10⁶"


@pytest.mark.parametrize("limits", [(1e-3, 0.3), (0.2, 0.9), (1.0, 3.0), (1e2, 1e9)])
def test_powers_of_ten_are_those_of_matplotlib_without_a_formula(
    limits: tuple[float, float],
) -> None:
    def labels(plain: bool) -> list[str]:
        with styled():
            figure = new_figure(3.0, 2.0)
            axes = figure.subplots()
            axes.set_xscale("log")
            axes.set_xlim(*limits)
            FigureCanvasAgg(figure)
            if plain:
                lay_out(figure)
            axis = axes.xaxis
            return [
                *axis.get_major_formatter().format_ticks(axis.get_majorticklocs()),
                *axis.get_minor_formatter().format_ticks(axis.get_minorticklocs()),
            ]

    for formula, text in zip(labels(plain=False), labels(plain=True), strict=True):
        digits = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
        found = formula.replace(r"$\mathdefault{", "").replace("}}$", "")
        assert found.replace(r"\times", "×").replace("10^{", "10") == digits
        assert ("10" in text) == bool(formula)
