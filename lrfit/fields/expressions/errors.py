"""The one error of this package, and how a piece of a user's text is quoted in it."""

from __future__ import annotations

from lrfit.core.errors import InputError


class ExpressionError(InputError):
    """An expression cannot be used. `key` names which ("dynamics.x"), `message` says why.

    The caller, who knows the file and the line of every key, turns it into an `InputError`
    with `where` and `line`.
    """

    def __init__(self, message: str, *, key: str = "") -> None:
        clean = len(key) <= 100 and key.isascii() and key.isprintable()
        super().__init__(message, where=key if clean else excerpt(key))
        self.key = key


def excerpt(text: str, limit: int = 40) -> str:
    """Quote at most `limit` characters of `text`, control and non-ASCII characters escaped."""
    return ascii(text if len(text) <= limit else text[: limit - 3] + "...")
