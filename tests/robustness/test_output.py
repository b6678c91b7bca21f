"""The output is the old file or the new one, whole, whatever happens to the process or the disk."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lrfit.files import read_hdf5

Start = Callable[..., Any]
Lrfit = Callable[..., Any]
OLD = b"what stood here before"

SYSTEM = """\
name: pendulum
dynamics: {x: y, y: -sin(x) - 0.2*y}
domain: {x: [-2, 2], y: [-2, 2]}
simulate: {initial: {x: 1, y: 0}, duration: 5}
"""
COMMANDS: dict[str, tuple[str, ...]] = {
    "minimize": ("minimize", "s.yaml", "--tol", "0.2", "--effort", "quick", "--max-neurons", "4"),
    "simulate": ("simulate", "n.h5", "--points", "2000"),
    "sample": ("sample", "s.yaml", "--points", "60"),
}


@pytest.fixture(scope="session")
def network(zygote: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A network file of the pendulum."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "s.yaml").write_text(SYSTEM)
    done = zygote.start(folder, "fit", "s.yaml", "--neurons", "20", "-o", "n.h5").wait()
    assert done.code == 0, done
    return (folder / "n.h5").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, network: bytes) -> Path:
    """The test's folder, with a system and a network."""
    (tmp_path / "s.yaml").write_text(SYSTEM)
    (tmp_path / "n.h5").write_bytes(network)
    return tmp_path


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file but the inputs."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name not in ("s.yaml", "n.h5")
    }


def kill_often(start: Start, folder: Path, command: str, count: int) -> dict[str, int]:
    """Kill runs at random moments; what they left is the old file or a readable new one."""
    arguments, target = (*COMMANDS[command], "-o", "out.h5", "--force"), folder / "out.h5"
    target.write_bytes(OLD)
    began = time.monotonic()
    assert start(*arguments).wait().code == 0
    length, whole = time.monotonic() - began, target.read_bytes()
    rng, seen = random.Random(command), {"killed": 0, "old": 0, "new": 0, "temporaries": 0}
    for _ in range(count):
        target.write_bytes(OLD)
        running = start(*arguments)
        # Half of the moments near the end, where the file is written.
        time.sleep(
            length * (rng.uniform(0.0, 1.0) if rng.random() < 0.5 else rng.uniform(0.8, 1.1))
        )
        running.kill()
        seen["killed"] += running.wait().code == -9
        left = outputs(folder)
        found = left.pop("out.h5")
        if found == OLD:
            seen["old"] += 1
        else:
            seen["new"] += 1
            assert set(read_hdf5(target).children) == set(read_hdf5(whole).children)
        assert all(name.startswith(".out.h5.lrfit-") and name.endswith(".tmp") for name in left)
        assert len(left) <= 1  # each run swept what the one before had left
        seen["temporaries"] += len(left)
    assert start(*arguments).wait().code == 0
    assert list(outputs(folder)) == ["out.h5"]
    return seen


@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_run_leaves_the_old_file_or_a_whole_new_one(
    start: Start, folder: Path, command: str
) -> None:
    assert kill_often(start, folder, command, 6)["killed"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("command", COMMANDS)
def test_two_hundred_kills_leave_the_old_file_or_a_whole_new_one(
    start: Start, folder: Path, command: str, record_property: Callable[[str, object], None]
) -> None:
    seen = kill_often(start, folder, command, 200)
    record_property("seen", seen)
    print(command, json.dumps(seen))
    assert seen["killed"] > 100


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("limit", [0, 1, 500, 4096, 9000])
def test_a_limit_on_the_size_of_files_leaves_the_old_one_and_one_line(
    lrfit: Lrfit, folder: Path, command: str, limit: int
) -> None:
    (folder / "out.h5").write_bytes(OLD)
    done = lrfit(*COMMANDS[command], "-o", "out.h5", "--force", limits={"FSIZE": limit})
    assert done.code == 5
    assert outputs(folder) == {"out.h5": OLD}
