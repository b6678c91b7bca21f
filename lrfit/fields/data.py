"""Measured points of a field: as they came, in an order that does not depend on the file's.

Place in the flow: a sampled grid or scattered samples, on their way to training, validation
and test sets. The weights say for how much of the box a point stands: trapezoids on the axes
of a grid, ones for scattered samples, whose density is taken as what the user cares about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from lrfit.core.arrays import Array, freeze_fields, frozen
from lrfit.fields.field import Domain

FEWEST = 3
"""One point for each of the training, validation and test sets."""
LARGEST = 2**24
"""Points of any sampled field or set: beyond this no memory is left for neurons."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledData:
    """P points of a field, the user's units, in canonical (lexicographic) order.

    state (P, D), input (P, U), velocity (P, D), weight (P,). axes: the D axes of a regular
    grid, whose nodes are the points in C order; None for scattered samples.
    """

    state: Array
    input: Array
    velocity: Array
    weight: Array
    axes: tuple[Array, ...] | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        count, dimension = np.shape(self.state)
        inputs = np.shape(self.input)[1]
        freeze_fields(
            self,
            state=(count, dimension),
            input=(count, inputs),
            velocity=(count, dimension),
            weight=(count,),
        )
        if self.axes is not None:
            object.__setattr__(self, "axes", tuple(frozen(axis) for axis in self.axes))

    @property
    def count(self) -> int:
        """P, the number of points."""
        return len(self.weight)


def grid_data(axes: tuple[Array, ...], velocity: Array) -> SampledData:
    """Nodes of a regular grid, in C order, with trapezoid weights; velocity (n1, n2, ..., D)."""
    nodes = np.meshgrid(*axes, indexing="ij")
    state = np.stack([node.ravel() for node in nodes], axis=1)
    weight = reduce(np.multiply.outer, [trapezoid_weights(axis) for axis in axes]).ravel()
    return SampledData(
        state=state,
        input=np.empty((len(state), 0)),
        velocity=velocity.reshape(state.shape),
        weight=weight,
        axes=axes,
    )


def scattered_data(state: Array, inputs: Array, velocity: Array) -> SampledData:
    """Scattered samples, sorted by state, then input, then velocity: the file's order is lost."""
    order = np.lexsort(np.hstack([state, inputs, velocity]).T[::-1])
    return SampledData(
        state=state[order],
        input=inputs[order],
        velocity=velocity[order],
        weight=np.ones(len(state)),
    )


def problem_of(values: Array, names: Sequence[str] = ()) -> str:
    """Say what is wrong with measured numbers (P, ...), as "holds 2 points; ..."; "" if nothing.

    names : of the columns of places (P, D), which must span a box.
    """
    found = [count_problem(len(values)), finite_problem(values)]
    if not any(found):
        found = [width_problem(n, column) for n, column in zip(names, values.T, strict=False)]
    return next(filter(None, found), "")


def count_problem(count: int) -> str:
    """Say why so many points are too few or too many; "" when they are not."""
    if count < FEWEST:
        return f"holds {count} points; give at least {FEWEST}, for training, validation and test"
    return f"holds {count:,} points, more than {LARGEST:,}; thin them out" * (count > LARGEST)


def finite_problem(values: Array) -> str:
    """Say where an array is not finite; "" when it is."""
    if np.all(np.isfinite(values)):
        return ""
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
    return f"is {values[at]} at index {at}; leave such points out"


def width_problem(name: str, values: Array) -> str:
    """Say why values of a variable or input span no width that can be computed with."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    with np.errstate(over="ignore"):
        width = high - low
    if 0.0 < 0.5 * width < np.inf:
        return ""
    return (
        f"has values of {name} from {low:g} to {high:g}, a width that cannot be computed with; "
        "leave out what never changes, or choose another unit"
    )


def trapezoid_weights(axis: Array) -> Array:
    """Trapezoid rule on one axis (n,), as shares of its length."""
    half_gap = np.diff(axis) / (2.0 * (axis[-1] - axis[0]))
    weight = np.zeros(len(axis))
    weight[:-1] += half_gap
    weight[1:] += half_gap
    return weight


def hull(data: SampledData, variables: tuple[str, ...], inputs: tuple[str, ...]) -> Domain:
    """The smallest box that holds every point."""
    return Domain(
        variables=variables,
        lower=data.state.min(axis=0),
        upper=data.state.max(axis=0),
        inputs=inputs,
        input_lower=data.input.min(axis=0),
        input_upper=data.input.max(axis=0),
    )
