from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import lrfit
from lrfit.core.errors import OutputError
from lrfit.io import atomic
from lrfit.io.atomic import check_writable, write_atomic

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(lrfit.__file__).parents[1])}
OLD, NEW = b"old" * 10_000, b"new" * 1_000_000


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path):
    return tmp_path / "net.h5"


@pytest.mark.parametrize("data", [b"", b"1", NEW])
def test_the_file_holds_exactly_the_bytes_and_nothing_is_beside_it(target, data):
    write_atomic(target, data, overwrite=False)
    assert target.read_bytes() == data
    assert names(target.parent) == ["net.h5"]


def test_pieces_smaller_than_the_data_are_all_written(target, monkeypatch):
    monkeypatch.setattr(atomic, "_PIECE", 999)
    write_atomic(target, OLD, overwrite=False)
    assert target.read_bytes() == OLD


def test_the_umask_decides_on_permissions_and_overwriting_keeps_them(target):
    before = os.umask(0o027)
    try:
        write_atomic(target, OLD, overwrite=False)
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write_atomic(target, NEW, overwrite=True)
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_a_reader_of_the_old_file_keeps_it(target):
    target.write_bytes(OLD)
    with target.open("rb") as reader:
        write_atomic(target, NEW, overwrite=True)
        assert reader.read() == OLD
    assert target.read_bytes() == NEW


def _exists(target: Path) -> Path:
    target.write_bytes(OLD)
    return target


def _link(target: Path) -> Path:
    target.with_name("aim").write_bytes(OLD)
    target.symlink_to("aim")
    return target


def _dangling(target: Path) -> Path:
    target.symlink_to("nowhere")
    return target


def _folder(target: Path) -> Path:
    target.mkdir()
    return target


def _fifo(target: Path) -> Path:
    os.mkfifo(target)
    return target


def _below_a_file(target: Path) -> Path:
    target.write_bytes(OLD)
    return target / "x"


# What makes the target impossible; whether also with --force; words of the message.
IMPOSSIBLE = {
    "exists": (_exists, False, "exists already; add --force"),
    "link": (_link, True, "a symbolic link"),
    "dangling link": (_dangling, True, "a symbolic link"),
    "folder": (_folder, True, "a directory"),
    "the folder itself": (lambda t: t.parent, True, "a directory"),
    "root": (lambda t: Path("/"), True, "a directory"),
    "dots": (lambda t: t.parent / "..", True, "a directory"),
    "nothing": (lambda t: "", True, "a directory"),
    "FIFO": (_fifo, True, "a FIFO"),
    "device": (lambda t: Path("/dev/null"), True, "a character device"),
    "missing folder": (lambda t: t.parent / "no" / "x", True, "the folder does not exist"),
    "below a file": (_below_a_file, True, "is a file, not a folder"),
    "long name": (lambda t: t.parent / ("x" * 300), True, "name is too long"),
    "NUL": (lambda t: t.parent / "a\0b", True, "cannot be written"),
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_target_is_told_before_the_work_and_at_its_end(name, overwrite, target):
    make, even_with_force, words = IMPOSSIBLE[name]
    if overwrite and not even_with_force:
        pytest.skip("possible")
    path = make(target)
    before = names(target.parent)
    for call in (check_writable, lambda p, **o: write_atomic(p, NEW, **o)):
        with pytest.raises(OutputError, match=words) as refusal:
            call(path, overwrite=overwrite)
        assert str(refusal.value).isprintable()
        assert len(str(refusal.value)) < 500
    assert names(target.parent) == before
    assert all(p.read_bytes() == OLD for p in target.parent.iterdir() if p.is_file())


def test_checking_leaves_nothing_and_changes_nothing(target):
    check_writable(target, overwrite=False)
    assert names(target.parent) == []
    target.write_bytes(OLD)
    check_writable(target, overwrite=True)
    assert target.read_bytes() == OLD


@pytest.mark.parametrize(
    "name", ["x" * 255, "é" * 127, "a\nb", b"\xff\xfe".decode("utf-8", "surrogateescape")]
)
def test_any_name_that_a_file_may_have_is_written(tmp_path, name):
    write_atomic(tmp_path / name, b"1", overwrite=False)
    write_atomic(tmp_path / name, b"2", overwrite=True)
    assert names(tmp_path) == [name]


def test_a_folder_without_permission_is_told(tmp_path, python):
    tmp_path.chmod(0o555)
    script = (  # root writes everywhere, so it becomes nobody
        "import os; from lrfit.io import check_writable; os.getuid() or os.setuid(65534)\n"
        "try: check_writable('net.h5', overwrite=False)\nexcept Exception as e: print(e, end='')"
    )
    assert python("-c", script, cwd=tmp_path).stdout == (
        "net.h5 cannot be written: no permission to write in this folder; choose another place"
    )
    tmp_path.chmod(0o755)


LIMITED = """
import resource, sys
from lrfit.io import write_atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    write_atomic("net.h5", b"new" * 100_000, overwrite=True)
except OSError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


@pytest.mark.parametrize("limit", [0, 1, 299_999])
def test_a_file_size_limit_leaves_the_old_file_and_nothing_else(target, python, limit):
    target.write_bytes(OLD)
    run = python("-c", LIMITED, limit, cwd=target.parent, check=False)
    assert run.returncode == 1
    assert run.stderr == (
        "OutputError: net.h5 cannot be written: it would exceed the file-size limit; "
        "raise it (ulimit -f)\n"
    )
    assert (target.read_bytes(), names(target.parent)) == (OLD, ["net.h5"])
    python("-c", LIMITED, 300_000, cwd=target.parent)
    assert target.read_bytes() == b"new" * 100_000


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "fchmod", "close"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    target, monkeypatch, call, code
):
    target.write_bytes(OLD)
    real = getattr(os, call)

    def fail(*arguments: object) -> None:
        if call == "close":
            real(*arguments)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(OutputError, match=r"net\.h5 cannot be written"):
        write_atomic(target, NEW, overwrite=True)
    monkeypatch.undo()
    assert names(target.parent) == ["net.h5"]
    assert target.read_bytes() in ((OLD, NEW) if call == "close" else (OLD,))


def test_an_interrupt_while_writing_leaves_nothing(target, monkeypatch):
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(target, NEW, overwrite=False)
    assert names(target.parent) == []


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_hard_links_the_name_is_still_taken_only_once(target, monkeypatch, code):
    def no_links(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, "link", no_links)
    write_atomic(target, NEW, overwrite=False)
    with pytest.raises(OutputError, match="exists already"):
        write_atomic(target, OLD, overwrite=False)
    assert (target.read_bytes(), names(target.parent)) == (NEW, ["net.h5"])


def test_a_name_taken_after_the_check_is_not_overwritten(target, monkeypatch):
    real = os.fsync

    def somebody_is_faster(descriptor: int) -> None:
        real(descriptor)
        target.write_bytes(OLD)

    monkeypatch.setattr(atomic.os, "fsync", somebody_is_faster)
    with pytest.raises(OutputError, match="exists already"):
        write_atomic(target, NEW, overwrite=False)
    assert (target.read_bytes(), names(target.parent)) == (OLD, ["net.h5"])


def race(folder: Path, *, writers: int, overwrite: bool) -> list[bytes]:
    """Many threads write one file at once; the data of those that succeeded."""
    target, won = folder / "net.h5", []
    barrier = threading.Barrier(writers)

    def write(number: int) -> None:
        data = bytes([number]) * 200_000
        barrier.wait()
        try:
            write_atomic(target, data, overwrite=overwrite)
        except OutputError:
            return
        won.append(data)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


@pytest.mark.parametrize("attempt", range(5))
def test_of_writers_that_race_for_a_new_name_one_wins_whole(tmp_path, attempt):
    won = race(tmp_path, writers=6, overwrite=False)
    assert len(won) == 1
    assert (tmp_path / "net.h5").read_bytes() == won[0]
    assert names(tmp_path) == ["net.h5"]


def test_of_writers_that_overwrite_the_last_one_stays_whole(tmp_path):
    won = race(tmp_path, writers=6, overwrite=True)
    assert len(won) == 6
    assert (tmp_path / "net.h5").read_bytes() in won
    assert names(tmp_path) == ["net.h5"]


def leave(folder: Path, name: str, *, age: float = 0.0) -> Path:
    path = folder / name
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_temporaries_of_dead_runs_for_this_target_are_swept_and_no_others(tmp_path, target):
    here, there = atomic._HOST, f"{int(atomic._HOST, 16) ^ 1:04x}"
    dead = dead_pid()
    leave(tmp_path, f".net.h5.lrfit-{dead}-{here}01234567.tmp")
    leave(tmp_path, f".net.h5.lrfit-{2**70}-{here}01234567.tmp")
    leave(tmp_path, f".net.h5.lrfit-{os.getpid()}-{there}01234567.tmp", age=7200)
    kept = [
        leave(tmp_path, f".net.h5.lrfit-{os.getpid()}-{here}01234567.tmp", age=7200),
        leave(tmp_path, f".net.h5.lrfit-1-{here}01234567.tmp"),
        leave(tmp_path, f".net.h5.lrfit-{dead}-{there}01234567.tmp"),
        leave(tmp_path, f".other.h5.lrfit-{dead}-{here}01234567.tmp"),
        leave(tmp_path, f".net.h5.lrfit-{dead}-{here}01234567.txt"),
        leave(tmp_path, ".net.h5.lrfit-x.tmp"),
    ]
    write_atomic(target, NEW, overwrite=False)
    assert names(tmp_path) == sorted([*(path.name for path in kept), "net.h5"])


def test_a_file_that_has_the_name_of_the_temporary_is_not_written_to(target, monkeypatch):
    monkeypatch.setattr(atomic.secrets, "token_hex", lambda n: "0" * 2 * n)
    victim = target.with_name("victim")
    victim.write_bytes(OLD)
    name = f".net.h5.lrfit-{os.getpid()}-{atomic._HOST}00000000.tmp"
    target.with_name(name).hardlink_to(victim)
    with pytest.raises(OutputError):
        write_atomic(target, NEW, overwrite=True)
    assert victim.read_bytes() == OLD
    assert not target.exists()


ENDLESS = """
import itertools, sys
from lrfit.io import write_atomic
print("ready", flush=True)
for i in itertools.count():
    write_atomic("net.h5", bytes([i % 251]) * 3_000_000, overwrite=True)
"""


def kill_at_random(folder: Path, count: int) -> int:
    """Kill a process that writes without end, again and again; how many temporaries it left."""
    target, left, rng = folder / "net.h5", 0, random.Random(0)
    for _ in range(count):
        writer = subprocess.Popen(
            [sys.executable, "-c", ENDLESS], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE
        )
        with writer:
            writer.stdout.readline()
            time.sleep(rng.uniform(0, 0.05))
            writer.send_signal(signal.SIGKILL)
        data = target.read_bytes() if target.exists() else b""
        assert data == data[:1] * len(data)
        assert len(data) in (0, 3_000_000)
        found = [name for name in names(folder) if name != "net.h5"]
        assert len(found) <= 1  # each run swept what the one before had left
        left += len(found)
    write_atomic(target, NEW, overwrite=True)
    assert names(folder) == ["net.h5"]
    return left


def test_a_killed_writer_leaves_the_old_or_the_new_file_whole(tmp_path):
    kill_at_random(tmp_path, 8)


@pytest.mark.soak
def test_hundreds_of_killed_writers_leave_whole_files(tmp_path):
    assert kill_at_random(tmp_path, 300) > 10  # the moments were not all harmless


FULL = """
import os
from lrfit.io import write_atomic
write_atomic("net.h5", b"old", overwrite=False)
try:
    write_atomic("net.h5", bytes(2_000_000), overwrite=True)
except OSError as error:
    print(type(error).__name__, error, os.listdir("."), open("net.h5", "rb").read())
"""


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    """On a file system of one mebibyte, in a mount namespace of its own."""
    small = f"mount -t tmpfs -o size=1m none '{tmp_path}' && cd '{tmp_path}' && "
    unshare = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else []), "sh", "-c"]
    trial = [*unshare, small + "true"]
    if not shutil.which("unshare") or subprocess.run(trial, check=False).returncode:
        pytest.skip("needs the right to mount")
    run = subprocess.run(
        [*unshare, small + 'exec "$0" -c "$1"', sys.executable, FULL],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == (
        "OutputError net.h5 cannot be written: the disk is full; free some space or choose "
        "another place ['net.h5'] b'old'\n"
    )
