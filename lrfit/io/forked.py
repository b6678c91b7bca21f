"""Ground floor: a child made by fork, with the interface of a `Popen` as far as readers need it.

A fresh interpreter imports NumPy and h5py again, which takes longer than the shortest commands.
A copy of this process has NumPy. Where copies are safe (`core.own_process`), the child is one, and
these are the reasons why nothing of the parent is touched by it:

    signals      blocked around the fork; the child then has the default handlers, and no longer
                 writes numbers of signals to the pipe of the parent's watchdog
    descriptors  all are closed but the file that is read and the two pipes
    buffers      the child writes by `os.write` and ends by `os._exit`: what the parent has not
                 flushed is not written twice, and neither `atexit` nor `finally` of the parent run
    garbage      frozen: no finalizer of the parent's objects (temporary files) runs in the child
    limits       of memory, work and time are those of any child, beyond what the copy has already

What a hostile file makes of the child it could make of a fresh interpreter as well: both are
processes of the same user.
"""

from __future__ import annotations

import gc
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

_ENDING = (signal.SIGINT, signal.SIGTERM)
_RESET = (*_ENDING, signal.SIGALRM, signal.SIGXCPU)


class ForkedChild:
    """A child: its standard output and error as streams, and its end."""

    def __init__(self, pid: int, stdout: BinaryIO, stderr: BinaryIO) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while the child runs."""
        return self._wait(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit code, negative for a signal.

        Raises
        ------
        TimeoutError
            The child still runs after that many seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._wait(0 if end is None else os.WNOHANG)) is None:
            if end is not None and time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.002)
        return code

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # SIGCHLD is ignored: nobody knows how the child ended
                pid, status = self.pid, 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the child has ended."""
        if self.poll() is None:  # until it is waited for, its number is nobody else's
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the child at once."""
        self.send_signal(signal.SIGKILL)


@contextmanager
def running(
    main: Callable[[str], object], argument: str, *, stdin: int, environment: Mapping[str, str]
) -> Iterator[ForkedChild]:
    """Run `main(argument)` in a copy of this process; it is dead when the block is left.

    Parameters
    ----------
    stdin : int
        Descriptor of a file, which becomes the child's standard input.
    environment : mapping
        The child's environment variables.

    Raises
    ------
    OSError
        The system makes no further process.
    """
    child = start(main, argument, stdin, environment)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()


def start(
    main: Callable[[str], object], argument: str, stdin: int, environment: Mapping[str, str]
) -> ForkedChild:
    """The child of `running`."""
    out, err = os.pipe(), os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    pid = -1
    try:
        pid = _fork()
        if pid == 0:
            _become(main, argument, (stdin, out[1], err[1]), environment)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for descriptor in (out[1], err[1], *((out[0], err[0]) if pid < 0 else ())):
            os.close(descriptor)
    return ForkedChild(pid, os.fdopen(out[0], "rb"), os.fdopen(err[0], "rb"))


def _fork() -> int:
    with warnings.catch_warnings():  # from Python 3.12 on, of any thread beside: the watchdog
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _become(
    main: Callable[[str], object],
    argument: str,
    streams: tuple[int, int, int],
    environment: Mapping[str, str],
) -> NoReturn:
    """In the copy: let go of all that is the parent's, run, and end, whatever happens."""
    code = 1
    try:
        gc.freeze()
        signal.set_wakeup_fd(-1)
        for each in _RESET:
            signal.signal(each, signal.SIG_DFL)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, 1 + max(int(path.name) for path in Path("/proc/self/fd").iterdir()))
        os.environ.clear()
        os.environ.update(environment)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        main(argument)
        code = 0
    except BaseException as error:  # nothing may return into the parent's program
        os.write(2, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
    finally:
        os._exit(code)
