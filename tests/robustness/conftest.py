"""Commands as real processes: forked from one that has imported everything, or started afresh."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve()
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(HERE.parents[2]),
    "OPENBLAS_NUM_THREADS": "1",
    "NO_COLOR": "1",
}
SYSTEM = """\
name: pendulum
dynamics: {x: y, y: -sin(x) - 0.2*y}
domain: {x: [-2, 2], y: [-2, 2]}
simulate: {initial: {x: 1, y: 0}, duration: 5}
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command that has ended left."""

    code: int
    out: str
    err: str
    cpu: float

    @property
    def line(self) -> str:
        """The one line of an error: no traceback, short, printable."""
        assert self.err.startswith("lrfit: "), self
        assert self.err.endswith("\n"), self
        assert self.err.count("\n") == 1, self
        assert len(self.err.encode()) < 2000, self
        assert self.err[:-1].isprintable(), self
        return self.err

    @property
    def summary(self) -> dict[str, Any]:
        """The object printed with --json."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Running:
    """A command that may still run."""

    pid: int
    zygote: Zygote
    cwd: Path
    streams: tuple[Path, Path]
    began: float = field(default_factory=time.monotonic)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the command, not to its children."""
        os.kill(self.pid, number)

    def wait(self) -> Outcome:
        """Wait for its end."""
        code, cpu = self.zygote.ask({"wait": self.pid})
        out, err = (
            path.read_text(errors="replace") if path.is_file() else "" for path in self.streams
        )
        return Outcome(code=code, out=out, err=err, cpu=cpu)


class Zygote:
    """The parent of commands (see zygote.py)."""

    def __init__(self, folder: Path, *how: str) -> None:
        self.folder, self.count = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, str(HERE.with_name("zygote.py")), *how],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, request: dict[str, Any]) -> Any:
        """Send one request and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def start(self, cwd: Path, *arguments: object, **options: Any) -> Running:
        """Start a command in a folder; options as in `zygote.become_command`."""
        self.count += 1
        streams = tuple(self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        out, err = (
            Path(options.pop(n, p)) for n, p in zip(("stdout", "stderr"), streams, strict=True)
        )
        request = {"argv": [*map(str, arguments)], "cwd": str(cwd), **options}
        pid = self.ask({"start": request | {"stdout": str(out), "stderr": str(err)}})
        return Running(pid=pid, zygote=self, cwd=cwd, streams=(out, err))


@contextmanager
def serving(folder: Path, *how: str) -> Iterator[Zygote]:
    """A zygote that ends with the block."""
    zygote = Zygote(folder, *how)
    yield zygote
    assert zygote.process.stdin is not None
    zygote.process.stdin.close()
    zygote.process.wait(timeout=30)
    assert zygote.process.stdout is not None
    zygote.process.stdout.close()


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """One process that has imported everything, for all tests."""
    with serving(tmp_path_factory.mktemp("streams")) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def cold_zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """One process that has imported nothing of lrfit: its commands do."""
    with serving(tmp_path_factory.mktemp("streams"), "cold") as zygote:
        yield zygote


Start = Callable[..., Running]
Lrfit = Callable[..., Outcome]


@pytest.fixture
def start(zygote: Zygote, tmp_path: Path) -> Start:
    """Start a command in the test's folder."""
    return lambda *arguments, **options: zygote.start(tmp_path, *arguments, **options)


@pytest.fixture
def lrfit(start: Start) -> Lrfit:
    """Run a command in the test's folder to its end."""
    return lambda *arguments, **options: start(*arguments, **options).wait()


@pytest.fixture(scope="session")
def network(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> bytes:
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


@pytest.fixture
def outputs(folder: Path) -> Callable[[], dict[str, bytes]]:
    """Every file in the folder but the inputs, with its bytes."""
    return lambda: {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name not in ("s.yaml", "n.h5")
    }


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """For commands that are started afresh."""
    return ENVIRONMENT


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str, object], None]:
    """Show the counts of a soak test."""

    def write(what: str, counts: object) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{what}: {counts}\n")

    return write
