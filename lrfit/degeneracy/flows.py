"""What figures show of the solutions: their trajectories, and their flows at one moment.

    plane   the two variables that move most, the others as the trajectory has them then
    line    one variable: time and the variable, (1, dz/dt)

Place in the flow: built solutions become arrays that the table's file holds, since networks with
inputs have another flow at every moment, and their own files say nothing of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.simulation.curve import Curve

if TYPE_CHECKING:
    from lrfit.degeneracy.build import Solution

NODES, TIMES = 25, 301
_ROOM = 0.5
"""Of its extent, by which the plane reaches beyond the trajectory on either side."""
_MOMENT = 0.25
"""Of the time for which all of them hold."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Flows:
    """Trajectories and flows of n solutions, the user's units.

    t : (T,). z : (n, T, D), NaN after a solution has left. time : of the flows. shown : which
    two variables they are over, (-1, 0) for time and the only variable. across : (C,) and up :
    (R,) places of the grid. velocity : (n, R, C, 2) across and up.
    """

    ENCODING: ClassVar = "lrfit-flows"

    t: Annotated[Array, Axes("flow_time")]
    z: Annotated[Array, Axes("solution", "flow_time", "variable")]
    time: float
    shown: Annotated[NDArray[np.int64], Axes("_two")]
    across: Annotated[Array, Axes("column")]
    up: Annotated[Array, Axes("row")]
    velocity: Annotated[Array, Axes("solution", "row", "column", "_two")]

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)


def flows(solutions: Sequence[Solution], curve: Curve) -> Flows:
    """Sample the trajectories and flows of solutions for a curve."""
    t = np.linspace(0.0, curve.duration, TIMES)
    time = _MOMENT * min(each.horizon for each in solutions)
    if len(curve.scale) == 1:
        shown, across = (-1, 0), np.linspace(0.0, curve.duration, NODES)
    else:
        shown = moving(curve)
        across = _reach(curve, shown[0])
    up = _reach(curve, shown[1])
    places, times = _grid(curve, shown, across, up, time)
    fields = [each.loop.driven.velocity(times, places) for each in solutions]
    return Flows(
        t=t,
        z=np.stack([_states(each, t) for each in solutions]),
        time=time,
        shown=np.array(shown),
        across=across,
        up=up,
        velocity=np.stack([_in_plane(field, shown) for field in fields]),
    )


def moving(curve: Curve) -> tuple[int, int]:
    """The two variables that move most, in half-widths of the box, in their own order."""
    first, second = sorted(np.argsort(-curve.scale / curve.domain.half_width, kind="stable")[:2])
    return int(first), int(second)


def _reach(curve: Curve, variable: int) -> Array:
    z = curve.z[:, variable]
    room = _ROOM * max(np.ptp(z), curve.scale[variable])
    return np.linspace(z.min() - room, z.max() + room, NODES)


def _grid(
    curve: Curve, shown: tuple[int, int], across: Array, up: Array, time: float
) -> tuple[Array, Array]:
    """States (R C, D) and times (R C,) of the grid, rows along `up`."""
    first, second = (each.ravel() for each in np.meshgrid(across, up))
    if shown[0] < 0:
        return second[:, None], first
    states = np.repeat(curve.at(np.array([time])), len(first), axis=0)
    states[:, shown[0]], states[:, shown[1]] = first, second
    return states, np.full(len(first), time)


def _in_plane(velocity: Array, shown: tuple[int, int]) -> Array:
    """Velocities (R C, D) as (R, C, 2) across and up."""
    across = np.ones(len(velocity)) if shown[0] < 0 else velocity[:, shown[0]]
    return np.stack([across, velocity[:, shown[1]]], axis=1).reshape(NODES, NODES, 2)


def _states(solution: Solution, t: Array) -> Array:
    """The network's own trajectory (T, D) at times t, NaN after its horizon."""
    loop = solution.loop
    states = np.stack([np.interp(t, loop.t, column) for column in loop.z.T], axis=1)
    states[t > min(solution.horizon, loop.t[-1])] = np.nan
    return states
