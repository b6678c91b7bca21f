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
    for place in ("M", "N", "B", "b", "all", "J"):
        found = [row for row in rows if row.startswith(f"{place:<9}  0.0")]
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
    assert found["predicted"] == [*same.predicted[:-1], None]
    assert [each["N"] for each in found["shares"]] == [each.N for each in same.shares]
    assert {each["O"] for each in found["shares"]} == {None}  # its output reads no rates


def test_the_file_shows_what_was_printed(run: Run, network_file: Path) -> None:
    first = run("stress", network_file, *QUICK, "-o", "errors.h5")
    shown = run("show", "errors.h5")
    assert shown.code == 0
    assert first.out.splitlines() == shown.out.splitlines()[: len(first.out.splitlines())]
    again = run("stress", network_file, *QUICK, "-o", "errors.h5")
    assert again.code == 5
    assert "errors.h5" in again.error


def test_show_lists_five_neurons_and_with_v_all(run: Run, network_file: Path) -> None:
    printed = run("stress", network_file, *QUICK, "-o", "errors.h5").out.splitlines()
    shown = run("show", "errors.h5", "-v").out.splitlines()
    for lines, count in ((printed, 5), (shown, 6)):
        listed = [line.split() for line in lines if line.startswith("neuron ")]
        shares = [float(cells[4]) for cells in listed]  # neuron, i, share of M, %, share of N
        assert shares == sorted(shares, reverse=True)
        assert len({cells[1] for cells in listed}) == count
    assert any(line.startswith("half is made by") for line in printed)


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
