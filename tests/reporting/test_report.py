"""The page: whole, self-contained, honest about what is wrong, and safe against any text."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import OutputError, UsageError
from lrfit.fitting.result import Fit
from lrfit.plotting import plot as api_plotting
from lrfit.reporting.page import Code, Facts, Fold, Grid, Section, block, page
from lrfit.reporting.text import use
from lrfit.reporting.written_out import equations

HOSTILE = "<script>alert(1)</script> \"'& </style></pre> \x1b[31m \u202e $x^$"
SYSTEM = f"""\
name: bistable
reference: {"<script>alert(1)</script> <img src=https://example.org/x.png>"!r}
dynamics: {{x: x - x**3 + u}}
domain: {{x: [-2, 2]}}
inputs: {{u: [-1, 1]}}
simulate: {{initial: {{x: 0.2}}, duration: 8, signals: {{u: "pulse(t, 2, 3)"}}}}
"""
EMPTY = {"meta", "link", "br", "img", "hr", "input", "path", "use", "rect", "image"}


class Checker(HTMLParser):
    """Balanced elements, every attribute, and the text outside of style."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture(scope="module")
def fit() -> Fit:
    found = lrfit.fit(lrfit.load_system(SYSTEM.encode()), neurons=6, method="lstsq", samples=256)
    return dataclasses.replace(found, tol=1e-9, met=False, warnings=(HOSTILE, *found.warnings))


@pytest.fixture(scope="module")
def written(fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a file, whose name and history are hostile too."""
    folder = tmp_path_factory.mktemp("report")
    path = folder / "a<b>&'\".h5"
    lrfit.save(fit, path, history=["lrfit fit '<b>x</b>' --neurons 6"])
    html = lrfit.report(path, output=folder / "page.html")
    assert (folder / "page.html").read_text("utf-8") == html
    with pytest.raises(OutputError, match="exists"):
        lrfit.report(fit, output=folder / "page.html")
    return html


def test_the_page_is_balanced_and_refers_to_nothing_outside(written: str) -> None:
    checker = checked(written)
    for tag, name, value in checker.attributes:
        assert name not in ("src", "srcset", "action", "style") or tag not in ("script", "iframe")
        assert not name.startswith("on")
        if name in ("href", "xlink:href", "src"):
            assert value.startswith(("#", "data:")), (tag, value[:80])
    style = written[written.index("<style>") : written.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert not {"script", "iframe", "object", "embed", "img", "form"} & set(checker.tags)
    assert checker.tags.count("svg") >= 5


def test_ids_are_unique_and_every_reference_is_met(written: str) -> None:
    checker = checked(written)
    ids = [value for _, name, value in checker.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', written)
    assert set(used) <= set(ids)


def test_hostile_text_is_shown_not_obeyed(written: str) -> None:
    checker = checked(written)
    assert "script" not in checker.tags
    assert "<script>alert(1)</script>" in checker.text
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "a<b>&'\".h5" in checker.text.replace("\\'", "'")
    assert "lrfit fit '<b>x</b>' --neurons 6" in checker.text


def test_warnings_come_before_anything_else_and_the_missed_tolerance_first(written: str) -> None:
    first = written.index("class='warnings'")
    assert first < written.index("What was found")
    assert "the tolerance 1e-09 is not met" in written[first : first + 300]
    assert "not met" in written[written.index("<header>") : first]


def test_the_page_says_what_one_needs(written: str, fit: Fit) -> None:
    text = checked(written).text
    for title in ("What was found", "What its trajectories do", "What was asked", "How to use it"):
        assert title in text
    assert f"{fit.report.error:.4g}" in text
    assert "stable node" in text
    assert "dynamics: {x: x - x**3 + u}" in text
    assert "record = lrfit.load(" in text
    assert "pinv(M)" in text


def test_the_page_has_light_dark_and_print(written: str) -> None:
    assert "prefers-color-scheme: dark" in written
    assert "@media print" in written
    assert "name='viewport'" in written


def test_the_equation_written_out_is_the_networks_velocity(fit: Fit) -> None:
    """Evaluated as Python, with the numbers as they are printed."""
    network = fit.network
    lines = equations(network).splitlines()
    z, u = np.array([[0.7]]), np.array([[0.3]])
    names: dict[str, object] = {"x": z[0, 0], "u": u[0, 0], "v_u": u[0, 0], "tanh": np.tanh}
    for line in lines:
        if line.startswith("r"):
            name, formula = line.split(" = ")
            names[name] = eval(formula, {}, names)
    tau, right = lines[0].split(" dx/dt = ")
    value = eval(right, {}, names) / float(tau)
    assert value == pytest.approx(network.velocity(z, u)[0, 0], rel=1e-3)


def test_every_part_of_a_page_is_escaped() -> None:
    parts = [
        HOSTILE,
        Code(text=HOSTILE + "\nnext"),
        Facts(rows=[(HOSTILE, HOSTILE)]),
        Grid(header=(HOSTILE, HOSTILE), rows=[(HOSTILE, HOSTILE)]),
        Fold(title=HOSTILE, content=Code(text=HOSTILE)),
    ]
    html = page(
        HOSTILE, HOSTILE, [Section(title=HOSTILE, parts=parts)], warnings=[HOSTILE], footer=HOSTILE
    )
    checker = checked(html)
    assert "script" not in checker.tags
    assert checker.text.count("alert(1)") == html.count("alert(1)") == 16
    assert block("a\tb\n<c>") == "a   b\n&lt;c&gt;"


def test_only_a_network_has_a_report(tmp_path: Path) -> None:
    path = tmp_path / "system.yaml"
    path.write_text(SYSTEM)
    with pytest.raises(UsageError, match="is no network"):
        lrfit.report(path)


def test_without_matplotlib_one_line_says_what_to_do(
    fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_plotting, "find_spec", lambda _: None)
    for draw in (lrfit.plot, lrfit.report):
        with pytest.raises(UsageError, match="pip install matplotlib") as caught:
            draw(fit)
        assert "\n" not in str(caught.value)


def test_what_is_done_without_lrfit_gives_the_weights_of_the_full_equation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = lrfit.fit(SYSTEM.encode(), neurons=6, samples=256, look=False)
    lrfit.save(found, "n.h5")
    known: dict[str, object] = {}
    exec(use("n.h5")[-1].text, known)  # type: ignore[union-attr]
    np.testing.assert_array_equal(known["J"], found.network.J)
    np.testing.assert_array_equal(known["W"], found.network.full_input_weights)


def test_the_page_says_that_x_of_the_equation_is_no_variable(tmp_path: Path) -> None:
    found = lrfit.fit(SYSTEM.encode(), neurons=6, samples=256, look=False)
    lrfit.report(found, output=tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "x: currents of the neurons (not a variable of the system)" in text
    assert "the latent state (x)" in text
