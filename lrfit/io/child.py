"""Ground floor: running a part of lrfit in a process of its own, to survive what it may do.

libhdf5 can crash, hang, or take all memory on a damaged file. So files are parsed by a child
process with limits on memory and time, which talks back in frames: one byte that says what, eight
bytes of length, and the payload. The parent believes neither: a child that parsed a hostile file
is not trusted, hence no pickle, and every length is checked before it is read.

The child is a fresh interpreter, unless this process is one that can be copied (`forked`): nothing
of the parent is in it, no script is run again as `__main__`, and threads do not matter. It sees
only the folders where its packages are (`-I -S`: no environment variables, no `.pth` files, no
working directory), so virtual environments, user installs and editable installs work alike.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from lrfit.io.forked import ForkedChild
from lrfit.io.text import shown

HEADER = struct.Struct("<cQ")
_BOOT = (
    "import sys; sys.path += sys.argv[3:]; "
    "from importlib import import_module; import_module(sys.argv[1]).main(sys.argv[2])"
)
# The folder this very lrfit lies in, whatever else of that name is installed.
_HERE = str(Path(__file__).absolute().parents[2])


class ProtocolError(Exception):
    """The child sent what no child of ours sends."""


class ChildStoppedError(ProtocolError):
    """The child's stream ended early."""


# ---------------------------------------------------------------------------- in the parent


@contextmanager
def running(
    module: str, argument: str, *, stdin: int, needs: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `main(argument)` of `module` in a child; it is dead when the block is left.

    Parameters
    ----------
    stdin : int
        Descriptor of a file, which becomes the child's standard input.
    needs : sequence of str
        The packages outside the standard library that the child imports, besides lrfit.
    environment : mapping
        The child's environment variables.
    """
    process = subprocess.Popen(
        [sys.executable, "-IS", "-c", _BOOT, module, argument, *_folders(needs)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def _folders(packages: Sequence[str]) -> list[str]:
    """The folders that hold lrfit and the packages, found without importing any."""
    origins = [spec.origin for name in packages if (spec := find_spec(name)) and spec.origin]
    found = [str(Path(origin).absolute().parents[1]) for origin in origins]
    return list(dict.fromkeys([_HERE, *found]))


def receive(stream: BinaryIO) -> tuple[bytes, int]:
    """Return kind and length of the next frame, whose payload follows in the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise ChildStoppedError
    kind, length = HEADER.unpack(header)
    return kind, length


def receive_bytes(stream: BinaryIO, length: int, limit: int) -> bytes:
    """Return a payload of `length` bytes, if that is within `limit`."""
    if length > limit:
        raise ProtocolError("a frame is too long")
    payload = stream.read(length)
    if len(payload) < length:
        raise ChildStoppedError
    return payload


def receive_into(stream: BinaryIO, buffer: memoryview) -> None:
    """Fill `buffer` from the stream."""
    while buffer:
        count = stream.readinto(buffer)  # type: ignore[attr-defined]  # buffered readers have it
        if not count:
            raise ChildStoppedError
        buffer = buffer[count:]


def cause_of_death(process: subprocess.Popen[bytes] | ForkedChild) -> str:
    """Say in a few words why a child that stopped early did, after waiting for it."""
    try:
        code = process.wait(timeout=10)
    except (subprocess.TimeoutExpired, TimeoutError):
        return "closed its stream without a word"
    if code in (-signal.SIGALRM, -signal.SIGXCPU):
        return "took too long"
    if code == -signal.SIGKILL:
        return "was killed, perhaps for want of memory"
    if code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    stderr = process.stderr.read(10_000) if process.stderr else b""
    lines = stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    return f"stopped with status {code}: {shown(lines[-1])}"


# ---------------------------------------------------------------------------- in the child


def channel() -> Callable[[bytes, bytes | memoryview], None]:
    """Return `send(kind, payload)` over what was standard output.

    Standard output itself then leads nowhere, so that nothing a library prints can be taken for
    a frame.
    """
    stream = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)

    def send(kind: bytes, payload: bytes | memoryview) -> None:
        stream.write(HEADER.pack(kind, memoryview(payload).nbytes))
        stream.write(payload)
        stream.flush()

    return send


def confine(*, seconds: float) -> None:
    """End this process after `seconds` by the clock, quietly on Ctrl-C, and without core dump."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    with suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every system

        _limit(resource.RLIMIT_CORE, 0)


def allow(*, memory: int, cpu_seconds: float) -> None:
    """Let this process have so many bytes and seconds of work more than it has now.

    Replaces what was allowed before. The kernel ends a process that works longer, and refuses
    memory; where it can do neither, nothing is limited.
    """
    with suppress(ImportError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + cpu_seconds) + 1)
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory)


def _limit(which: int, wanted: int) -> None:
    import resource  # noqa: PLC0415 - not on every system

    _, hard = resource.getrlimit(which)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (soft, hard))
