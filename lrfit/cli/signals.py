"""Interrupts: 130 for SIGINT, 143 for SIGTERM, within a second even inside a long SVD.

Python runs signal handlers between bytecodes, so that a handler waits for as long as a LAPACK
call lasts. The C-level handler, however, writes the signal's number to a file descriptor at
once; a watchdog thread reads it there, gives the main thread a short grace to unwind by itself
(removing its temporaries on the way), and otherwise ends the process.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType

from lrfit.core.own_process import WATCHDOG

GRACE = 0.3
"""Seconds the main thread gets to unwind before the watchdog ends the process."""
PATIENCE = 60.0
"""The same where the user asked to keep the best result of an interrupted search."""

LAST_WORDS: dict[int, str] = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}

_folders: set[Path] = set()
_state = {"grace": GRACE, "received": 0, "resent": 0}


class Interrupted(KeyboardInterrupt):
    """SIGINT arrived. CPython notes a plain KeyboardInterrupt that leaves an `exec` (imports are
    full of them), and then kills itself by SIGINT at its end, whatever the exit code.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: an interrupt like any other, but for the exit code."""


def exit_code(number: int) -> int:
    """The status of a process ended by a signal, as a shell reports it: 130, 143."""
    return 128 + number


@contextlib.contextmanager
def watched(last_words: Callable[[int], None], *, stay: bool) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into exceptions, with a watchdog behind them.

    Parameters
    ----------
    last_words : callable
        Called with the signal's number by the watchdog when it has to end the process.
    stay : bool
        Leave everything in place on the way out: for a process that is about to end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can have handlers; the caller's ones stay
        return
    restore = _install(last_words)
    try:
        yield
    finally:
        if not stay:
            restore()


def _install(last_words: Callable[[int], None]) -> Callable[[], None]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watchdog = threading.Thread(
        target=_watch, args=(reading, last_words), name=WATCHDOG, daemon=True
    )
    watchdog.start()
    _state["received"] = _state["resent"] = 0
    before_hook, sys.unraisablehook = sys.unraisablehook, _unraisable
    before_excepthook, sys.excepthook = sys.excepthook, _printed
    before_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, _terminate)}
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # nohup and `&` ask to ignore it
        before[signal.SIGINT] = signal.signal(signal.SIGINT, _interrupt)

    def restore() -> None:
        sys.unraisablehook, sys.excepthook = before_hook, before_excepthook
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)  # the watchdog reads an end of file, and ends
        watchdog.join()

    return restore


def _terminate(number: int, frame: FrameType | None) -> None:
    _state["received"] = number
    raise Terminated


def _interrupt(number: int, frame: FrameType | None) -> None:
    _state["received"] = number
    raise Interrupted


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """An interrupt that arrived inside a destructor is lost there: let it arrive again."""
    if isinstance(lost.exc_value, (Interrupted, Terminated)):
        again = threading.Timer(0.01, _thread.interrupt_main, [signal.Signals(received())])
        again.daemon = True
        _state["resent"] += 1  # the watchdog must not take it for a second signal
        again.start()  # from here the handler would run at once, and be lost again
    else:
        sys.__unraisablehook__(lost)


def _printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Where Cython code cannot raise (in scipy), it prints what it then loses."""
    if not isinstance(error, (Interrupted, Terminated)):
        sys.__excepthook__(kind, error, trace)


@contextlib.contextmanager
def patience(wanted: bool) -> Iterator[None]:
    """Let an interrupted search finish what it is writing; a second signal ends it at once."""
    _state["grace"] = PATIENCE if wanted else GRACE
    try:
        yield
    finally:
        _state["grace"] = GRACE


def be_patient() -> None:
    """From here to the end of `patience`: the result is there, and must be written."""
    _state["grace"] = PATIENCE


def received() -> int:
    """The number of the signal that interrupted this process, 0 if there was none."""
    return int(_state["received"])


def ignore() -> None:
    """From here on signals change nothing: the work is done, and its code is settled.

    What is left of the process is Python's own end, which forgets our handlers.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _watch(reading: int, last_words: Callable[[int], None]) -> None:
    """Wait for a signal that ends the process; then for the grace or the end of the watch."""
    number = 0
    while number not in (signal.SIGINT, signal.SIGTERM):
        byte = os.read(reading, 1)
        if not byte:
            os.close(reading)
            return
        number = byte[0]
    if _ends_by_itself(reading):
        return
    last_words(number)
    os._exit(exit_code(number))


def _ends_by_itself(reading: int) -> bool:
    """Wait for the grace; True if the watch was over before it (an embedding program goes on)."""
    import select

    while True:
        ready, _, _ = select.select([reading], [], [], _state["grace"])
        if ready and not os.read(reading, 1):
            os.close(reading)
            return True
        if not ready or not _state["resent"]:
            return False  # the grace is over, or a second signal asks to hurry
        _state["resent"] -= 1


def clean_up_in(folder: Path) -> None:
    """Remember where this process may have a temporary, in case it is ended in the middle."""
    _folders.add(folder)


def remove_temporaries() -> None:
    """Remove what an unfinished write of this process left (named as in `files.atomic`)."""
    for folder in _folders:
        with contextlib.suppress(OSError):
            for path in folder.glob(f".*.lrfit-{os.getpid()}-*.tmp"):
                path.unlink(missing_ok=True)
