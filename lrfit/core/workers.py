"""Ground floor: a few worker processes with one BLAS thread each, for work cut into tasks.

A task is a function of a fixed setup and its own arguments; it depends on nothing else, so
results do not depend on how many workers there are or who takes what. Workers are fresh
interpreters on pipes, not `multiprocessing`: nothing of the caller's `__main__` is imported
again, no thread is forked, and they end with their parent, whose end closes their input.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Self

from lrfit.core.errors import NumericalError

_LENGTH = struct.Struct("<Q")
_ONE_THREAD = dict.fromkeys(
    (
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


class WorkerFailure(RuntimeError):  # noqa: N818 - says what happened, not that it is an error
    """A task raised in a worker; the message holds the worker's own words."""


class WorkerLost(WorkerFailure, NumericalError):  # noqa: N818 - as above
    """A worker ended in the middle: most likely the system took it for want of memory."""


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """A pool of `count` processes, each holding its own copy of `setup`.

    With one worker the tasks run in this process, under one BLAS thread: the same arithmetic.

    Parameters
    ----------
    function : callable
        Module-level function (setup, task) -> result; it, the setup, the tasks and the results
        travel by pickle, between our own processes only.
    """

    def __init__(self, function: Callable[[Any, Any], Any], setup: Any, *, count: int) -> None:
        self._function, self._setup = function, setup
        self._processes = [_start() for _ in range(count)] if count > 1 else []
        frame = pickle.dumps((function, setup), protocol=5)
        for process in self._processes:
            assert process.stdin is not None
            _send(process.stdin, frame)

    def __enter__(self) -> Self:
        """Use as a context manager, so that no worker outlives its work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all workers at once; what they were doing is of no use any more."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)

    def map(self, tasks: Sequence[Any]) -> list[Any]:
        """Run every task; results in the order of the tasks."""
        if not self._processes:
            return self._here(tasks)
        waiting: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        for item in enumerate(tasks):
            waiting.put(item)
        results: list[Any] = [None] * len(tasks)
        failures: list[WorkerFailure] = []
        feeders = [
            threading.Thread(target=_feed, args=(process, waiting, results, failures), daemon=True)
            for process in self._processes[: len(tasks)]
        ]
        for feeder in feeders:
            feeder.start()
        for feeder in feeders:
            while feeder.is_alive():
                feeder.join(0.2)  # so that an interrupt is heard
        if failures:
            raise failures[0]
        return results

    def _here(self, tasks: Sequence[Any]) -> list[Any]:
        from threadpoolctl import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and is slow to import
            threadpool_limits,
        )

        with threadpool_limits(1):
            return [self._function(self._setup, task) for task in tasks]


def _start() -> subprocess.Popen[bytes]:
    # The child sees exactly our import path (-P: never the working directory by itself), and
    # stands in a session of its own, so that Ctrl-C reaches the parent only. Warnings are for
    # whoever develops, and the parent's filters are unknown to the child.
    code = f"import sys; sys.path[:] = {sys.path!r}; from lrfit.core.workers import serve; "
    code += f"serve(parent={os.getpid()})"
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | _ONE_THREAD,
        start_new_session=True,
    )


def _feed(
    process: subprocess.Popen[bytes],
    waiting: queue.SimpleQueue[tuple[int, Any]],
    results: list[Any],
    failures: list[WorkerFailure],
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    while not failures:
        try:
            index, task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            _send(process.stdin, pickle.dumps(task, protocol=5))
            good, value = pickle.loads(_receive(process.stdout))
        except (OSError, EOFError, ValueError) as error:
            failures.append(
                WorkerLost(
                    f"a worker process ended early ({str(error) or 'killed'}), perhaps for want "
                    "of memory; free some and run again"
                )
            )
            return
        if good:
            results[index] = value
        else:
            failures.append(WorkerFailure(value))


def serve(*, parent: int) -> None:
    """Body of a worker: read (function, setup), then answer tasks until the input closes."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may enter the protocol
    try:
        function, setup = pickle.loads(_receive(source))
        while True:
            task = pickle.loads(_receive(source))
            _send(sink, pickle.dumps(_answer(function, setup, task), protocol=5))
    except (EOFError, BrokenPipeError):
        return


def _end_with(parent: int) -> None:
    """End in the middle of a task when the parent was killed: nobody waits for the result."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _answer(function: Callable[[Any, Any], Any], setup: Any, task: Any) -> tuple[bool, Any]:
    try:
        return True, function(setup, task)
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def _send(pipe: BinaryIO | Any, frame: bytes) -> None:
    pipe.write(_LENGTH.pack(len(frame)))
    pipe.write(frame)
    pipe.flush()


def _receive(pipe: BinaryIO | Any) -> bytes:
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    frame = pipe.read(length)
    if len(frame) < length:
        raise EOFError
    return bytes(frame)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # what was still buffered for a dead worker is of no use
        return
