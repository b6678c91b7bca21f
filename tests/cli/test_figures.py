"""`lrfit plot`, `lrfit report` and what `lrfit show` draws, as users run them."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.browsing import sketch
from lrfit.cli.console import Drawing, render
from lrfit.fitting.result import Fit
from lrfit.records.store import load_network

Run = Callable[..., Any]
SIGNATURES = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def record(network_file: Path) -> Fit:
    return load_network(network_file)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_plot_writes_the_format_that_the_name_asks_for(
    run: Run, network_file: Path, kind: str
) -> None:
    outcome = run("plot", network_file, "--kind", "path", "-o", f"it.{kind}", "--json")
    found = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert (found["command"], found["kind"], found["output"]) == ("plot", "path", f"it.{kind}")
    data = Path(f"it.{kind}").read_bytes()
    assert data.startswith(SIGNATURES[kind])
    assert len(data) == found["bytes"]


def test_plot_has_a_default_for_every_file(run: Run, network_file: Path) -> None:
    assert run("simulate", network_file, "--target", "-o", "t.h5", "-q").code == 0
    outcome = run("plot", "t.h5")
    assert "driven: trajectory" in outcome.out
    assert Path("t.trajectory.png").is_file()
    assert run("plot", "pitchfork_bistable", "-q").out == ""
    assert Path("pitchfork_bistable.portrait.png").is_file()


def test_plot_refuses_in_one_line(run: Run, network_file: Path) -> None:
    assert ".png, .svg or .pdf" in run("plot", network_file, "-o", "figure.jpeg").error
    assert "unknown input 'w'" in run("plot", network_file, "--input", "w=1").error
    assert "without a network" in run("plot", "lorenz", "--kind", "tuning").error
    Path("there.png").write_bytes(b"mine")
    outcome = run("plot", network_file, "-o", "there.png")
    assert (outcome.code, Path("there.png").read_bytes()) == (5, b"mine")
    lrfit.save(full_rank(), "full.h5")
    assert "eigenvalues, fixed-points" in run("plot", "full.h5", "--kind", "portrait").error


def test_a_full_rank_network_has_its_connectivity_and_a_page(run: Run) -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(size=(30, 30)) / 5
    change = np.outer(rng.normal(size=30), rng.normal(size=30)) / 6
    network = lrfit.FullRankNetwork(
        J=before + change, tau=1.0, nonlinearity="tanh", form="rate", initial=before
    )
    lrfit.save(network, "trained.h5")
    drawn = json.loads(run("plot", "trained.h5", "--kind", "connectivity", "--json").out)
    assert (drawn["kind"], Path(drawn["output"]).is_file()) == ("connectivity", True)
    axes = lrfit.plot(network).figure.axes
    values = next(each for each in axes if "change of J" in each.get_ylabel()).lines[0].get_ydata()
    wanted = np.linalg.svd(change, compute_uv=False)[:30]
    np.testing.assert_allclose(values, wanted, atol=1e-12)
    assert run("report", "trained.h5").code == 0
    lrfit.save(full_rank(), "zero.h5")
    assert run("plot", "zero.h5").code == 0


def full_rank() -> lrfit.FullRankNetwork:
    return lrfit.FullRankNetwork(
        J=np.zeros((2, 2)), tau=1.0, nonlinearity="tanh", output_weights=np.eye(2)
    )


def test_a_certificate_has_a_figure_and_a_page(run: Run, network_file: Path) -> None:
    assert run("certify", network_file, "-o", "c.h5", "--gap", "0.5", "-q").code == 0
    assert json.loads(run("plot", "c.h5", "--json").out)["kind"] == "certificate"
    assert Path("c.certificate.png").is_file()
    assert run("report", "c.h5", "-q").code == 0
    html = Path("c.report.html").read_text("utf-8")
    assert "<svg" in html
    assert "lrfit certify" in html


def test_an_animation_is_a_gif(run: Run, network_file: Path) -> None:
    found = json.loads(run("plot", network_file, "--kind", "animation", "--json").out)
    assert found["output"].endswith(".animation.gif")
    assert Path(found["output"]).read_bytes().startswith(b"GIF89a")
    assert "only --kind animation moves" in run("plot", network_file, "-o", "figure.gif").error


def test_report_writes_a_page(run: Run, network_file: Path) -> None:
    outcome = run("report", network_file, "--json")
    found = json.loads(outcome.out)
    assert (found["command"], found["output"]) == ("report", "driven.report.html")
    html = Path("driven.report.html").read_text("utf-8")
    assert len(html.encode()) == found["bytes"]
    assert "a warning" in html
    assert "lrfit fit driven.yaml" in html
    assert run("report", network_file).code == 5


# ----------------------------------------------------------------------------------- show


def test_show_draws_bars_path_and_portrait_in_ascii_when_piped(
    run: Run, network_file: Path
) -> None:
    out = run("show", network_file).out
    assert "error bars   x" in out
    assert "2 to 6 neurons: 1 to 0.333" in out
    assert "where it settles" in out
    assert out.isascii()
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) < 80
    assert "error bars" not in run("show", network_file, "--json").out


def test_a_bar_is_as_long_as_its_share_and_says_when_it_is_too_long() -> None:
    assert sketch.bar(0.5, 10, sketch.ASCII) == "#####..... "
    assert sketch.bar(3.0, 4, sketch.BLOCKS) == "████+"
    assert sketch.bar(math.nan, 4, sketch.ASCII) == ".... "


def test_a_sparkline_is_logarithmic_and_leaves_gaps() -> None:
    steps = sketch.BLOCKS.steps
    assert sketch.sparkline(10.0 ** np.arange(8), sketch.BLOCKS) == steps
    assert sketch.sparkline([1.0, math.nan, 0.0, 100.0], sketch.ASCII) == "_  @"
    assert sketch.sparkline([2.0, 2.0], sketch.ASCII) == "__"


def test_arrows_point_where_the_field_goes() -> None:
    angles = np.arange(8) * np.pi / 4
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    field = np.resize(np.repeat(ways, 1, axis=0), (sketch.ROWS * sketch.COLUMNS, 2))
    page = sketch._arrows(field, sketch.BLOCKS)
    drawn = "".join(page[0][1::3])
    expected = "".join(sketch.BLOCKS.arrows[k % 8] for k in range(1, sketch.COLUMNS, 3))
    assert drawn == expected
    assert sketch.BLOCKS.arrows[2] == "↑"


def test_things_are_put_where_they_are() -> None:
    page = [[" "] * sketch.COLUMNS for _ in range(sketch.ROWS)]
    sketch._put(page, np.array([-1.0, 1.0]), "a")
    sketch._put(page, np.array([1.0, -1.0]), "b")
    sketch._put(page, np.array([np.nan, 0.0]), "c")
    sketch._put(page, np.array([1.2, 0.0]), "c")
    assert (page[0][0], page[-1][-1]) == ("a", "b")
    assert not any("c" in row for row in page)


def test_the_portrait_is_narrow_and_has_the_box_at_its_axes(record: Fit) -> None:
    lines = sketch.network_lines(record, sketch.BLOCKS)
    assert max(map(len, lines)) < 80
    assert any(line.strip().startswith("-1") and line.rstrip().endswith("1") for line in lines)


def test_a_terminal_gets_faint_arrows_unless_colors_are_unwanted() -> None:
    class Terminal(io.StringIO):
        encoding = "UTF-8"

        def isatty(self) -> bool:
            return True

    drawing = Drawing(lines=["→ ● \x1b[31m"], dim="→")
    colored = render(drawing, Terminal(), color=True)
    assert colored == "\x1b[2m→\x1b[0m ● \\x1b[31m\n"
    assert render(drawing, Terminal(), color=False) == "→ ● \\x1b[31m\n"
    assert render(drawing, io.StringIO(), color=True) == "→ ● \\x1b[31m\n"
