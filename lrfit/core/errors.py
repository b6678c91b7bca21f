"""One exception family. Every message says what was given, what is needed, and what to try.

The command line turns an `LrfitError` into one line on stderr and its `exit_code`; in Python
they are ordinary exceptions, each also a subclass of the built-in that a caller would expect.
"""

from __future__ import annotations


class LrfitError(Exception):
    """Base of everything lrfit raises on purpose. `exit_code` is the process's exit status."""

    exit_code = 1


class UsageError(LrfitError, ValueError):
    """The options contradict each other or are out of range."""

    exit_code = 2


class InputError(LrfitError, ValueError):
    """A file, an expression or a grid cannot be used.

    Parameters
    ----------
    message : str
        What is wrong; what to do.
    where : str
        File name (or "<stdin>"), prefixed to the message.
    line : int, optional
        1-based line in that file.
    """

    exit_code = 3

    def __init__(self, message: str, *, where: str = "", line: int | None = None) -> None:
        place = where if line is None else f"{where or '<text>'}:{line}"
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.where, self.line = message, where, line


class OutputError(LrfitError, OSError):
    """The output cannot be written, or exists already."""

    exit_code = 5


class NumericalError(LrfitError, ArithmeticError):
    """A computation diverged, met a value that is not finite, or lost rank."""

    exit_code = 6
