"""What Python programs give as values of options: which types they may have, how they are told.

NumPy's scalars count as numbers; true and false do not, and neither do texts that look like one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.io.text import shown


def is_number(value: object) -> bool:
    """Whether it is a real number."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    """Whether it is a whole number, and not only equal to one."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_listed(value: object) -> bool:
    """Whether it is several values in order, and not a text."""
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def told(value: object) -> str:
    """What was given, in at most 60 characters."""
    return f"{value:g}" if is_number(value) else shown(repr(value), 60)


def nearest(word: str, known: Sequence[str]) -> str:
    """Which of the known words may be meant, and all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}choose one of {', '.join(known)}"


def require_numbers_by_name(name: str, value: Any) -> None:
    """Refuse what is no mapping from names to numbers.

    Raises
    ------
    UsageError
        It is something else.
    """
    if not isinstance(value, Mapping):
        raise UsageError(f"{name} is {told(value)}; give numbers by name, such as {{'x': 0.5}}")
    for key, each in value.items():
        if not is_number(each):
            raise UsageError(f"{name} of {shown(key, 60)} is {told(each)}; give a number")


def require_function(name: str, value: object) -> None:
    """Refuse what is neither a function nor None.

    Raises
    ------
    UsageError
        It is something else.
    """
    if value is not None and not callable(value):
        raise UsageError(f"{name} is {told(value)}; give a function, or leave it out")


def require_instance(name: str, value: object, of: type[Any]) -> None:
    """Refuse what is neither None nor of a class.

    Raises
    ------
    UsageError
        It is something else.
    """
    if value is not None and not isinstance(value, of):
        raise UsageError(f"{name} is {told(value)}; give a value of {of.__name__}, or leave it out")
