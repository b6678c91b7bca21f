"""The output is the old file or the new one, whole, whatever happens to the process or the disk."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lrfit.io import read_hdf5

Start = Callable[..., Any]
Lrfit = Callable[..., Any]
Outputs = Callable[[], dict[str, bytes]]
OLD = b"what stood here before"

COMMANDS: dict[str, tuple[str, ...]] = {
    "minimize": ("minimize", "s.yaml", "--tol", "0.2", "--effort", "quick", "--max-neurons", "4"),
    "simulate": ("simulate", "n.h5", "--points", "2000"),
    "sample": ("sample", "s.yaml", "--points", "60"),
}


def kill_often(
    start: Start, folder: Path, outputs: Outputs, command: str, count: int
) -> dict[str, int]:
    """Kill runs at random moments; what they left is the old file or a readable new one."""
    arguments, target = (*COMMANDS[command], "-o", "out.h5", "--force"), folder / "out.h5"
    target.write_bytes(OLD)
    began = time.monotonic()
    assert start(*arguments).wait().code == 0
    length, whole = time.monotonic() - began, target.read_bytes()
    rng, seen = random.Random(command), {"killed": 0, "old": 0, "new": 0, "temporaries": 0}
    for number in range(count):
        target.write_bytes(OLD)
        running = start(*arguments)
        # Half of the moments near the end, where the file is written; the first one early, since
        # the run that was timed may have been slower than all others.
        late = rng.uniform(0.0, 1.0) if rng.random() < 0.5 else rng.uniform(0.8, 1.1)
        time.sleep(length * (late if number else 0.1))
        running.kill()
        seen["killed"] += running.wait().code == -9
        left = outputs()
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
    assert list(outputs()) == ["out.h5"]
    return seen


@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_run_leaves_the_old_file_or_a_whole_new_one(
    start: Start, folder: Path, outputs: Outputs, command: str
) -> None:
    assert kill_often(start, folder, outputs, command, 3)["killed"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("command", COMMANDS)
def test_two_hundred_kills_leave_the_old_file_or_a_whole_new_one(
    start: Start,
    folder: Path,
    outputs: Outputs,
    command: str,
    tell: Callable[[str, object], None],
) -> None:
    seen = kill_often(start, folder, outputs, command, 200)
    tell(f"kills of {command}", seen)
    assert seen["killed"] > 100


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("limit", [0, 1, 500, 4096, 9000])
def test_a_limit_on_the_size_of_files_leaves_the_old_one_and_one_line(
    lrfit: Lrfit, folder: Path, outputs: Outputs, command: str, limit: int
) -> None:
    (folder / "out.h5").write_bytes(OLD)
    done = lrfit(*COMMANDS[command], "-o", "out.h5", "--force", limits={"FSIZE": limit})
    assert done.code == 5
    assert outputs() == {"out.h5": OLD}


SAMPLE = COMMANDS["sample"]


def test_without_force_a_file_that_stands_there_stays(
    lrfit: Lrfit, folder: Path, outputs: Outputs
) -> None:
    (folder / "out.h5").write_bytes(OLD)
    done = lrfit(*SAMPLE, "-o", "out.h5")
    assert done.code == 5
    assert "--force" in done.line
    assert outputs() == {"out.h5": OLD}


def test_an_output_that_is_a_directory_is_refused(lrfit: Lrfit, folder: Path) -> None:
    (folder / "out.h5").mkdir()
    for target in ("out.h5", "out.h5/", ".", ".."):
        done = lrfit(*SAMPLE, "-o", target, "--force")
        assert done.code == 5
        assert "is a directory" in done.line
    assert list((folder / "out.h5").iterdir()) == []


@pytest.mark.parametrize("where", ["victim", "nowhere", "/dev/null", "out.h5"])
def test_a_link_is_neither_followed_nor_replaced(lrfit: Lrfit, folder: Path, where: str) -> None:
    (folder / "victim").write_bytes(OLD)
    (folder / "out.h5").symlink_to(where)
    done = lrfit(*SAMPLE, "-o", "out.h5", "--force")
    assert done.code == 5
    assert "symbolic link" in done.line
    assert (folder / "out.h5").is_symlink()
    assert (folder / "victim").read_bytes() == OLD
    assert not (folder / "nowhere").exists()


def test_a_fifo_or_a_device_is_refused_without_waiting(lrfit: Lrfit, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for target in ("pipe", "/dev/null", "/dev/full"):
        done = lrfit(*SAMPLE, "-o", target, "--force")
        assert done.code == 5
        assert "name a regular file" in done.line


def test_a_reader_that_has_the_old_file_open_keeps_it(lrfit: Lrfit, folder: Path) -> None:
    (folder / "out.h5").write_bytes(OLD)
    with (folder / "out.h5").open("rb") as reader:
        assert lrfit(*SAMPLE, "-o", "out.h5", "--force").code == 0
        assert reader.read() == OLD
    assert read_hdf5(folder / "out.h5")


def test_a_file_open_in_another_hdf5_program_is_replaced_all_the_same(
    lrfit: Lrfit, folder: Path
) -> None:
    import h5py

    with h5py.File(folder / "out.h5", "w") as other:
        other["a"] = 1.0
        assert lrfit(*SAMPLE, "-o", "out.h5", "--force").code == 0
        assert other["a"][()] == 1.0
    assert "velocity" in read_hdf5(folder / "out.h5").children


def test_of_runs_that_race_for_one_name_one_wins_whole_and_the_others_say_so(
    start: Start, folder: Path, outputs: Outputs
) -> None:
    running = [start("sample", "s.yaml", "--points", n, "-o", "out.h5") for n in (5, 6, 7, 8)]
    ended = [each.wait() for each in running]
    assert sorted(each.code for each in ended) == [0, 5, 5, 5]
    winner = (5, 6, 7, 8)[[each.code for each in ended].index(0)]
    assert read_hdf5(folder / "out.h5").group("velocity").numbers("x").shape == (winner, winner)
    assert all("exists" in each.line for each in ended if each.code)
    assert list(outputs()) == ["out.h5"]


def test_of_runs_that_overwrite_one_file_the_last_stays_whole(
    start: Start, folder: Path, outputs: Outputs
) -> None:
    force = ("-o", "out.h5", "--force")
    running = [start("sample", "s.yaml", "--points", n, *force) for n in (5, 6, 7)]
    assert [each.wait().code for each in running] == [0, 0, 0]
    shape = read_hdf5(folder / "out.h5").group("velocity").numbers("x").shape
    assert shape in [(5, 5), (6, 6), (7, 7)]
    assert list(outputs()) == ["out.h5"]


@pytest.mark.skipif(sys.platform != "linux", reason="root obeys permissions by Linux's capset")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_permission_is_told_before_the_work(
    lrfit: Lrfit, folder: Path, outputs: Outputs, command: str
) -> None:
    folder.chmod(0o555)
    done = lrfit(*COMMANDS[command], "-o", "out.h5", powerless=True)
    folder.chmod(0o755)
    assert done.code == 5
    assert "no permission" in done.line
    assert outputs() == {}


@pytest.mark.parametrize("target", ["missing/out.h5", "s.yaml/out.h5", "x" * 300 + ".h5"])
def test_a_place_that_cannot_be_is_one_line(
    lrfit: Lrfit, folder: Path, outputs: Outputs, target: str
) -> None:
    done = lrfit(*SAMPLE, "-o", target)
    assert done.code == 5
    assert "cannot be written" in done.line
    assert outputs() == {}


def in_a_mount(
    folder: Path, environment: dict[str, str], options: str, script: str
) -> subprocess.CompletedProcess[str]:
    """Run a script on a file system of its own, in a mount namespace of its own."""
    unshare = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else []), "sh", "-c"]
    place = folder / "mount"
    place.mkdir()
    mount = f'mount -t tmpfs -o {options} none "$1" && cd "$1" && '
    arguments = [sys.executable, str(place)]
    trial = [*unshare, mount + "true", *arguments]
    if not shutil.which("unshare") or subprocess.run(trial, check=False).returncode:
        pytest.skip("needs the right to mount")
    return subprocess.run(
        [*unshare, mount + script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_leaves_the_old_file_and_one_line(
    folder: Path, environment: dict[str, str], command: str
) -> None:
    arguments = " ".join(COMMANDS[command])
    done = in_a_mount(
        folder,
        environment,
        "size=64k",
        "cp ../n.h5 ../s.yaml . && printf old > out.h5 && dd if=/dev/zero of=rest 2>/dev/null; "
        f'"$0" -m lrfit {arguments} -o out.h5 --force; echo $?; cat out.h5; echo; ls -A',
    )
    assert done.stdout.split() == ["5", "old", "n.h5", "out.h5", "rest", "s.yaml"]
    assert done.stderr.startswith("lrfit: out.h5 cannot be written: the disk is full")
    assert done.stderr.count("\n") == 1


def test_a_read_only_file_system_is_told_before_the_work(
    folder: Path, environment: dict[str, str]
) -> None:
    done = in_a_mount(
        folder,
        environment,
        "size=1m",
        "cp ../n.h5 ../s.yaml . && mount -o remount,ro none . && "
        f'"$0" -m lrfit {" ".join(SAMPLE)} -o out.h5; echo $?',
    )
    assert done.stdout.split() == ["5"]
    assert "the file system is read-only" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_simulation_that_its_reader_cuts_is_code_5_and_quiet(
    folder: Path, environment: dict[str, str]
) -> None:
    """What is more than a pipe holds (64 KiB) cannot be handed over to a reader that has gone."""
    script = (
        '"$0" -m lrfit simulate n.h5 --points 20000 -o - > pipe & head -c 1 pipe > one; wait $!; '
        "echo $?"
    )
    os.mkfifo(folder / "pipe")
    done = subprocess.run(
        ["sh", "-c", script, sys.executable],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (folder / "one").stat().st_size == 1
    assert done.stdout == "5\n"
    assert "lrfit: " not in done.stderr
    assert "Traceback" not in done.stderr
