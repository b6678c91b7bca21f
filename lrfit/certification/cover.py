"""The boxes that branch and bound begins with: small enough that the target has bounds in each.

Place in the flow: before branch and bound. Coarse boxes may defeat interval arithmetic where
finer ones do not (1/(x² - x + 1)); a pole, a hole or a removable 0/0 defeats it at every size,
and is refused with its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrfit.certification.error_model import ErrorModel
from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.systems.system import System

_SMALLEST = 2.0**-30  # of the domain's width
_AT_ONCE = 64
_MOST = 500_000


def bounded_cover(error: ErrorModel, system: System) -> tuple[Array, Array]:
    """Boxes (n, B) that cover the domain, and over which the target has bounds.

    Raises
    ------
    InputError
        There are none: which variable, and near which place.
    """
    lower, upper = error.lower[:, None], error.upper[:, None]
    done = [(lower[:, :0], upper[:, :0])]
    count = 0
    while lower.shape[1]:
        # The newest: straight down to a place without bounds, if there is one.
        low, high = lower[:, -_AT_ONCE:], upper[:, -_AT_ONCE:]
        lower, upper = lower[:, :-_AT_ONCE], upper[:, :-_AT_ONCE]
        bounded = error.target_model.bounded(low, high)
        fine = np.asarray(bounded.all(axis=0))
        done.append((low[:, fine], high[:, fine]))
        count += fine.size
        if not fine.all():
            low, high, bounded = low[:, ~fine], high[:, ~fine], bounded[:, ~fine]
            size = (high - low) / (2.0 * error.width[:, None])
            if count > _MOST or np.any(size.max(axis=0) < _SMALLEST):
                raise _unbounded(system, bounded[:, -1], 0.5 * (low + high)[:, -1])
            low, high = halves(low, high, np.argmax(size, axis=0))
            lower, upper = np.hstack([lower, low]), np.hstack([upper, high])
    return np.hstack([low for low, _ in done]), np.hstack([high for _, high in done])


def halves(lower: Array, upper: Array, axis: NDArray[np.intp]) -> tuple[Array, Array]:
    """Cut every box (n, B) in two along its axis (B,): (n, 2 B)."""
    boxes = np.arange(lower.shape[1])
    middle = 0.5 * (lower + upper)[axis, boxes]
    first, second = upper.copy(), lower.copy()
    first[axis, boxes] = second[axis, boxes] = middle
    return np.hstack([lower, second]), np.hstack([first, upper])


def _unbounded(system: System, bounded: NDArray[np.bool_], place: Array) -> InputError:
    domain = system.domain
    variable = domain.variables[int(np.argmin(bounded))]
    names = domain.variables + domain.inputs
    where = ", ".join(f"{n} = {x:.6g}" for n, x in list(zip(names, place, strict=True))[:12])
    return system.error(
        f"d{variable}/dt has no bounds near {where}: a quotient 0/0 (even one with a limit), a "
        "pole, or the edge of where the formula is defined; rewrite it or shrink the domain",
        ("dynamics", variable),
    )
