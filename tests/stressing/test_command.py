"""`lrfit stress` as users run it: what it says, its codes, its file, its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lrfit

Run = Callable[..., Any]
QUICK = ("--draws", 3, "--duration", 1.5)


def test_the_table_has_a_row_for_every_kind_and_size_of_error(run: Run, network_file: Path) -> None:
    done = run("stress", network_file, *QUICK)
    assert (done.code, done.err) == (0, "")
    rows = done.out.splitlines()
    for place in ("M  ", "N  ", "b  ", "M, N and b", "J  "):
        found = [row for row in rows if row.startswith(place)]
        assert len(found) == 2
        assert all(row.endswith("of 3") for row in found)
    assert max(map(len, rows)) < 80


def test_json_and_the_python_function_agree(run: Run, network_file: Path) -> None:
    arguments = ("--relative", 0.02, "--initial", "x=0.3,y=0.1", "--signal", "u=sin(t)")
    done = run("stress", network_file, *QUICK, *arguments, "--seed", 9, "--json")
    found = json.loads(done.out)
    assert (found["schema"], found["command"], found["neurons"]) == (1, "stress", 6)
    same = lrfit.stress(
        network_file,
        draws=3,
        duration=1.5,
        relative=(0.02,),
        initial={"x": 0.3, "y": 0.1},
        signal={"u": "sin(t)"},
        seed=9,
    )
    assert [effect["distance_worst"] for effect in found["effects"]] == [
        effect.distance_worst for effect in same.effects
    ]
    assert found["target_distance"] == same.target_distance > 0


def test_the_file_shows_what_was_printed(run: Run, network_file: Path) -> None:
    first = run("stress", network_file, *QUICK, "-o", "errors.h5")
    shown = run("show", "errors.h5")
    assert shown.code == 0
    assert first.out.splitlines() == shown.out.splitlines()[: len(first.out.splitlines())]
    again = run("stress", network_file, *QUICK, "-o", "errors.h5")
    assert again.code == 5
    assert "errors.h5" in again.error


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--draws", 0), 2, "draws"),
        (("--relative", "much"), 2, "not a number"),
        (("--relative", -1), 2, "give positive numbers"),
        (("--duration", 1e12), 2, "steps"),
        (("--initial", "w=1"), 2, "no variable"),
    ],
)
def test_refusals_are_one_line(
    run: Run, network_file: Path, arguments: tuple[object, ...], code: int, message: str
) -> None:
    done = run("stress", network_file, *arguments)
    assert done.code == code
    assert message in done.error
