"""What every system is put together from: box, start, names; checked here, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.field import Domain
from lrfit.fields.names import title_problem, why_no_identifier
from lrfit.io.text import shown
from lrfit.options.python_values import is_listed, is_number, told

Ranges = Mapping[str, tuple[float, float]]
"""Name -> (lowest, highest)."""
Start = Mapping[str, float] | ArrayLike | None
"""(D,) or by name; the middle of the box where it says nothing."""


def box_of(domain: Ranges, inputs: Ranges) -> Domain:
    """The box of named ranges.

    Raises
    ------
    UsageError
        There is no variable, or a name is no identifier or taken twice.
    InputError
        A range is empty, or cannot be computed with.
    """
    require_ranges("domain", domain)
    require_ranges("inputs", inputs)
    if not domain:
        raise UsageError("the domain is empty; give a range for every variable")
    check_names(tuple(domain), tuple(inputs))
    return ranged(domain, inputs)


def require_ranges(name: str, ranges: Ranges) -> None:
    """Refuse what gives no lowest and highest number by name."""
    if not isinstance(ranges, Mapping):
        raise UsageError(f"{name} is {told(ranges)}; give ranges by name: {{'x': (-1, 1), ...}}")
    for key, pair in ranges.items():
        if not is_listed(pair) or len(pair) != 2 or not all(map(is_number, pair)):
            raise UsageError(
                f"the range of {shown(key, 60)} in {name} is {told(pair)}; give two numbers, the "
                "lowest and the highest: (-1, 1)"
            )


def ranged(domain: Ranges, inputs: Ranges) -> Domain:
    """The box of named ranges whose names are known to be right."""
    return Domain(
        variables=tuple(domain),
        lower=np.array([low for low, _ in domain.values()]),
        upper=np.array([high for _, high in domain.values()]),
        inputs=tuple(inputs),
        input_lower=np.array([low for low, _ in inputs.values()]),
        input_upper=np.array([high for _, high in inputs.values()]),
    )


def check_names(variables: Sequence[str], inputs: Sequence[str]) -> None:
    """Raise UsageError for a name that is no identifier, or is taken twice."""
    names = [*variables, *inputs]
    for name in names:
        problem = why_no_identifier(name)
        if problem or names.count(name) > 1:
            raise UsageError(problem or f"{name!r} is a variable and an input; rename one")


def titled(name: str) -> str:
    """Return a name that can name a system and its files; raises UsageError for any other."""
    if problem := title_problem(name):
        raise UsageError(problem)
    return name


def start_of(box: Domain, initial: Start) -> Array:
    """Initial state (D,) of simulations; raises UsageError for unknown names or a wrong shape."""
    if initial is None or isinstance(initial, Mapping):
        given = dict(initial or {})
        if unknown := [key for key in given if key not in box.variables]:
            raise UsageError(f"initial gives {unknown[0]!r}, which is no variable of the domain")
        return np.array([*(dict(zip(box.variables, box.middle, strict=True)) | given).values()])
    start = real_numbers(initial, "the initial state")
    if start.shape != (box.dimension,) or not np.all(np.isfinite(start)):
        raise UsageError(f"the initial state needs {box.dimension} finite numbers")
    return start


def text_digest(text: str) -> str:
    """sha256 of a text, however broken its characters are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
