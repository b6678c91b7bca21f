"""The entry point: signals first, then everything else, and one place that catches exceptions.

Nothing is imported at the top but what catching a signal needs, so that an interrupt during the
imports of the real work is already handled.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence

from lrfit.cli import signals
from lrfit.cli.environment import check_environment, prepare_environment
from lrfit.core import own_process


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; None takes those of the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        _open_standard_streams()
        _hush(arguments)
        prepare_environment()
        own_process.claim()
    settled = signals.ignore if argv is None else _nothing
    with signals.watched(_last_words, stay=argv is None):
        try:
            code = _run(arguments)
            settled()
        except SystemExit:
            raise
        except BaseException as error:
            settled()
            code = _fail(error, arguments)
    if argv is None and signals.received():
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once: taking the interpreter apart can last longer than the work that is left."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, full, or absent
            stream.flush()
    os._exit(code)


def _nothing() -> None:
    """For a caller that goes on after us, signals stay as they are."""


def _run(arguments: list[str]) -> int:
    check_environment()
    from lrfit.cli.app import run

    return run(arguments)


def _fail(error: BaseException, arguments: list[str]) -> int:
    from lrfit.cli.failures import report

    return report(error, debug="--debug" in arguments)


def _last_words(number: int) -> None:
    """Clean up from the watchdog's thread, the main one being busy."""
    from lrfit.cli.console import show_cursor
    from lrfit.cli.failures import say

    signals.remove_temporaries()
    show_cursor()
    say(signals.LAST_WORDS[number])


def _hush(arguments: list[str]) -> None:
    """Warnings of libraries are for developers; what users must know is in the report."""
    if "--debug" not in arguments and not sys.warnoptions:
        warnings.simplefilter("ignore")


def _open_standard_streams() -> None:
    """Put the null device where a standard stream is closed, lest a file we open becomes it."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this descriptor
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for the whole run
