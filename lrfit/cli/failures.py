"""From any exception to one line on stderr and an exit code; the codes are a promise to scripts.

0 done, 1 internal error, 2 usage, 3 bad input, 4 tolerance not reached, 5 output, 6 numerical
failure, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import signal
import sys
import traceback
from dataclasses import dataclass

import typer

from lrfit.cli import signals
from lrfit.cli.text import one_line
from lrfit.core.errors import LrfitError, OutputError

_CLICK_ERROR = typer.BadParameter.__mro__[2]
"""Base of all errors of the command line's grammar, wherever this Typer keeps it."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Exit code, and the line to print (None: end quietly)."""

    code: int
    message: str | None


def failure_of(error: BaseException) -> Failure:
    """Say what an exception means to the user."""
    if isinstance(error, BrokenPipeError) or isinstance(error.__cause__, BrokenPipeError):
        return Failure(code=OutputError.exit_code, message=None)  # the reader has gone
    if isinstance(error, LrfitError):
        return Failure(code=error.exit_code, message=str(error))
    if isinstance(error, _CLICK_ERROR):
        return Failure(code=2, message=_usage_message(error))
    if number := signals.received():  # whatever it is: C code turns an interrupt into anything
        return Failure(code=signals.exit_code(number), message=signals.LAST_WORDS[number])
    return _unforeseen(error)


def _unforeseen(error: BaseException) -> Failure:
    for kind, code, message in _FIXED:
        if isinstance(error, kind):
            return Failure(code=code, message=message)
    if _lacks_memory(error):
        return Failure(
            code=6, message="not enough memory; raise the limit (ulimit -v), or free some"
        )
    if isinstance(error, OSError) and error.errno is not None:
        place = f"{error.filename}: " if error.filename else ""
        return Failure(code=OutputError.exit_code, message=f"{place}{os.strerror(error.errno)}")
    return Failure(
        code=1,
        message=f"internal error: {type(error).__name__}: {error}; run again with --debug and "
        "report what it prints",
    )


_FIXED: tuple[tuple[type[BaseException], int, str], ...] = (
    (signals.Terminated, 143, signals.LAST_WORDS[signal.SIGTERM]),
    (KeyboardInterrupt, 130, signals.LAST_WORDS[signal.SIGINT]),
    (MemoryError, 6, "not enough memory; use fewer --candidates, --samples or --trials"),
    (RecursionError, 3, "the input is nested too deeply; simplify it"),
)


_NO_MEMORY = ("failed to map segment", "cannot allocate memory", "can't start new thread")
"""Words of the dynamic linker, of the system and of Python where memory ends in the middle of an
import or of the start of a thread: they raise other exceptions than MemoryError."""


def _lacks_memory(error: BaseException | None) -> bool:
    """Whether an exception, or what it was raised from, is about memory."""
    seen = 0
    while error is not None and seen < 10:  # a chain may be a ring
        words = str(error).lower()
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if any(each in words for each in _NO_MEMORY):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _usage_message(error: BaseException) -> str:
    text = _unknown_option(error) or str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "lrfit"
    return f"{text.rstrip('.')}; see {command} --help"


def _unknown_option(error: BaseException) -> str:
    """An option that there is not, with the one that is meant; "" for any other error.

    Click lists all that share a few letters, by the alphabet.
    """
    name, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    if not name or context is None or not hasattr(error, "possibilities"):
        return ""
    known = [
        flag
        for each in context.command.get_params(context)
        for flag in each.opts
        if flag.startswith("--")
    ]
    longer = [flag for flag in known if name.startswith(flag) or flag.startswith(name)]
    near = longer or difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {max(near, key=len)}?" if near else ""
    return f"there is no option {name}{hint}"


def report(error: BaseException, *, debug: bool) -> int:
    """Print the line of an exception (with `debug` its traceback before) and return its code."""
    failure = failure_of(error)
    if debug:
        traceback.print_exception(error)
    if failure.message is not None:
        say(failure.message)
    else:
        silence(sys.stdout)
    return failure.code


def say(message: str) -> None:
    """One line on stderr, in one write, so that lines of several processes do not mix."""
    line = one_line(f"lrfit: {message}") + "\n"
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, full, or absent
        sys.stderr.write(line)
        sys.stderr.flush()


def silence(stream: object) -> None:
    """Point a stream that cannot be written at nothing: Python flushes it again at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())  # type: ignore[attr-defined]  # what is not a file is suppressed
        os.close(nothing)
