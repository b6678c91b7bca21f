"""An executor of several processes with one BLAS thread each.

Workers are fresh interpreters on pipes, not `multiprocessing`: nothing of the caller's `__main__`
is imported again, no thread is forked, and they end with their parent, whose end closes their
input. Function, setup, tasks and results travel by pickle, between our own processes only.
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
from typing import Any, BinaryIO, Self, TypeVar

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
Setup = TypeVar("Setup")
Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerFailure(RuntimeError):  # noqa: N818 - says what happened, not that it is an error
    """A task raised in a worker; the message holds the worker's own words."""


class WorkerLost(WorkerFailure, NumericalError):  # noqa: N818 - as above
    """A worker ended in the middle: most likely the system took it for want of memory."""


class Processes:
    """Carries out tasks in `count` processes (`lrfit.core.executor.Executor`).

    They start when there are tasks for them. Each holds its own copy of the last function and
    setup.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._shared: tuple[object, object] | None = None
        self._in_step = True

    def __enter__(self) -> Self:
        """Use as a context manager, so that no worker outlives its work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all workers."""
        self.end()

    def end(self) -> None:
        """End all workers at once; what they were doing is of no use any more."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
        self._processes, self._shared, self._in_step = [], None, True

    def map(
        self, function: Callable[[Setup, Task], Result], setup: Setup, tasks: Sequence[Task]
    ) -> list[Result]:
        """Run every task; results in the order of the tasks."""
        if not tasks:
            return []
        try:
            self._share(function, setup, len(tasks))
            return self._carry_out(tasks)
        except BaseException:
            # Workers may be in the middle of tasks, whose answers must not meet later ones. They
            # are ended later: an alarm that rings again would interrupt that here.
            self._in_step = False
            raise

    def _share(self, function: object, setup: object, wanted: int) -> None:
        """Start as many workers as tasks need, and hand function and setup to those without."""
        if not self._in_step:
            self.end()
        started = len(self._processes)
        self._processes += [_start() for _ in range(started, min(self._count, wanted))]
        # By identity: the tuple holds both, so that no other object can take their place.
        known = self._shared and self._shared[0] is function and self._shared[1] is setup
        without = self._processes[started if known else 0 :]
        if not without:
            return
        frame = pickle.dumps(("share", (function, setup)), protocol=5)
        for process in without:
            assert process.stdin is not None
            try:
                _send(process.stdin, frame)
            except OSError as error:
                raise _lost(error) from error
        self._shared = function, setup

    def _carry_out(self, tasks: Sequence[Any]) -> list[Any]:
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


def _lost(error: Exception) -> WorkerLost:
    return WorkerLost(
        f"a worker process ended early ({str(error) or 'killed'}), perhaps for want of memory; "
        "free some and run again"
    )


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
            _send(process.stdin, pickle.dumps(("task", task), protocol=5))
            good, value = pickle.loads(_receive(process.stdout))
        except (OSError, EOFError, ValueError) as error:
            failures.append(_lost(error))
            return
        if good:
            results[index] = value
        else:
            failures.append(WorkerFailure(value))


def serve(*, parent: int) -> None:
    """Body of a worker: take in functions and setups, and answer tasks, until the input closes."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may enter the protocol
    try:
        while True:
            kind, content = pickle.loads(_receive(source))
            if kind == "share":
                function, setup = content
            else:
                _send(sink, pickle.dumps(_answer(function, setup, content), protocol=5))
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
