"""The figure of learning in linear networks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.plotting.picture import Picture
from tests.plotting.test_result_figures import assert_nothing_overlaps, legend, titles


@cache
def found() -> lrfit.LinearLearning:
    return lrfit.learn_linear(64, (0.0, 0.6), seeds=1, rate=0.01)


@cache
def drawn() -> Picture:
    return lrfit.plot(found())


def test_the_loss_is_drawn_against_epochs_of_one_rate_and_ends_at_one_percent() -> None:
    loss = drawn().figure.axes[0]
    for row, line in enumerate(loss.lines[0:4:2]):
        known = np.isfinite(line.get_ydata())
        reached = np.interp(-0.01, -line.get_ydata()[known], line.get_xdata()[known])
        assert reached == pytest.approx(found().learned[row].epochs, rel=0.05)
    assert (loss.get_xlabel(), loss.get_yscale()) == ("epochs", "log")


def test_theory_is_dashed_and_ends_where_its_last_term_is_large() -> None:
    output = drawn().figure.axes[1]
    for row, line in enumerate(output.lines[1:4:2]):
        s, z = line.get_xdata(), line.get_ydata()
        assert line.get_linestyle() == "--"
        assert np.allclose(z, found().theory_z[row, : len(s)] / found().target)
        last = z - s + s**2 / 2
        assert last[-1] <= 0.25 * s[-1] < last[-1] + 0.05


def test_both_singular_values_are_drawn_for_every_g() -> None:
    change = drawn().figure.axes[2]
    assert len(change.lines) == 8
    of_largest = change.lines[0].get_ydata()
    assert np.array_equal(of_largest[1:], found().values[0, 1:, 0], equal_nan=True)
    assert np.isnan(of_largest[0])
    assert [text.get_text() for text in change.texts] == ["largest", "second"]


def test_titles_and_legend_say_what_is_shown_and_keep_clear_of_each_other() -> None:
    figure = drawn().figure
    assert titles(figure) == [
        "loss / first loss",
        "output / target",
        "singular values of the change of W",
    ]
    assert legend(figure)[0] == "g = 0"
    assert legend(figure)[1].startswith("g = 0.6: ")
    assert_nothing_overlaps(figure)
    assert drawn().kind == "linear-learning"


def test_a_page_has_the_figure_and_the_numbers(tmp_path: Path) -> None:
    lrfit.save(found(), tmp_path / "a.h5")
    page = lrfit.report(tmp_path / "a.h5")
    assert "dashed are the formulas" in page
    assert "times as fast" in page
