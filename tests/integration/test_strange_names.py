"""Variables and inputs named as Python's own things are harmless, or refused, everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

NAMES = ["print", "__class__", "__import__", "__builtins__", "self", "_", "type", "np"]
REFUSED = ["None", "True", "lambda", "class", "t", "pi", "sin"]


def text(variable: str, value: str = "driver") -> str:
    return (
        f"name: names\ndynamics: {{{variable}: -{variable} + {value}}}\n"
        f"domain: {{{variable}: [-2, 2]}}\ninputs: {{{value}: [-1, 1]}}\n"
        f"simulate: {{initial: {{{variable}: 1}}, duration: 1}}\n"
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("as_input", [False, True])
def test_a_name_of_pythons_passes_from_the_system_to_every_summary(
    run: Run, tmp_path: Path, name: str, *, as_input: bool
) -> None:
    written = text("plain", name) if as_input else text(name)
    (tmp_path / "s.yaml").write_text(written)
    assert run("fit", "s.yaml", "--neurons", "4", "-q", "-o", "n.h5").code == 0
    shown = json.loads(run("show", "n.h5", "--json").out)
    assert name in json.dumps(shown)
    done = run("simulate", "n.h5", "--json", "-o", "t.h5")
    assert (done.code, name in done.out or as_input) == (0, True)
    assert run("show", "t.h5").code == 0
    assert run("export", "n.h5", "--to", "npz").code == 0


@pytest.mark.parametrize("name", REFUSED)
def test_a_reserved_name_is_refused_at_its_line(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "s.yaml").write_text(text(name))
    outcome = run("check", "s.yaml")
    assert outcome.code == 3
    assert outcome.error.startswith("s.yaml:2: dynamics.")


@pytest.mark.parametrize("name", ["__class__"])
def test_figures_and_the_page_show_such_a_name(run: Run, tmp_path: Path, name: str) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "s.yaml").write_text(text(name))
    assert run("fit", "s.yaml", "--neurons", "4", "-q", "-o", "n.h5").code == 0
    for kind in ("portrait", "tuning", "trajectory"):
        assert run("plot", "n.h5", "--kind", kind, "-o", f"{kind}.svg").code == 0
    assert run("report", "n.h5", "-o", "page.html").code == 0
    assert name in (tmp_path / "page.html").read_text("utf-8")
