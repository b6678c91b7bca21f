"""Simulations of a file take what they are not told from it, without building the target."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.cli.main import main
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Group
from lrfit.records.system_group import StoredSystem

TEXT = b"""
name: driven
parameters: {k: 2.0}
dynamics: {x: -k*x + u}
domain: {x: [-1, 1]}
inputs: {u: [-1, 1]}
simulate: {initial: {x: 0.5}, duration: 3%s}
"""
SMALL = {"neurons": 6, "samples": 64, "look": False, "method": "lstsq"}


def written(path: Path, system: Any, **options: Any) -> Path:
    lrfit.save(lrfit.fit(system, **SMALL, **options), path)
    return path


def without_defaults(path: Path) -> Path:
    """The same file as it was written before defaults were always stored."""
    root = read_hdf5(path)
    system = root.group("system")
    children = {name: node for name, node in system.children.items() if name != "simulation"}
    assert len(children) == len(system.children) - 1
    kept = Group(attributes=system.attributes, children=children)
    older = dataclasses.replace(root, children={**root.children, "system": kept})
    place = path.with_name("older.h5")
    place.write_bytes(to_bytes(older))
    return place


def simulated(path: Path, *options: str) -> lrfit.Trajectory:
    out = path.with_name("run.h5")
    assert main(["simulate", str(path), "--force", "-q", "-o", str(out), *options]) == 0
    run: lrfit.Trajectory = lrfit.load(out)
    return run


def refuse(_: StoredSystem) -> Any:
    raise AssertionError("the target was built")


OPTIONS = [
    [],
    ["--duration", "2"],
    ["--initial", "x=0.1"],
    ["--solver", "euler", "--rate-noise", "0.1", "--trials", "2"],
    ["--signal", "u=k*sin(t)/4"],
    ["--target"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_files_with_and_without_defaults_give_the_same(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = written(tmp_path / "n.h5", TEXT % b"")
    before = simulated(without_defaults(newer), *options)
    if not {"--signal", "--target"} & {*options}:
        monkeypatch.setattr(StoredSystem, "load", refuse)
    after = simulated(newer, *options)
    for name in ("t", "z", "u", "v"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert after.experiment == before.experiment
    assert (after.target is None) == (before.target is None)


def test_signals_that_a_file_gives_as_texts_are_those_of_the_target(tmp_path: Path) -> None:
    path = written(tmp_path / "n.h5", TEXT % b', signals: {u: "sin(k*t)"}')
    assert "simulation" not in read_hdf5(path).group("system")
    run = simulated(path)
    np.testing.assert_allclose(run.u[0, :, 0], np.sin(2.0 * run.t), atol=1e-12)


def test_what_was_a_python_function_keeps_its_start_and_duration(tmp_path: Path) -> None:
    system = lrfit.from_callable(
        lambda z, u: -z, domain={"x": (-1, 1)}, initial={"x": 0.25}, duration=2.0, time_unit="s"
    )
    run = simulated(written(tmp_path / "n.h5", system))
    assert (run.z[0, 0].tolist(), run.t[-1], run.time_unit) == ([0.25], 2.0, "s")
