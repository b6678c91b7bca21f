"""A trajectory as a smooth curve z*(t), with the sizes that everything near it is measured in.

    z*(t), dz*/dt     a quintic spline through the states
    scale (D,)        the rms excursion of every variable from its mean
    rate              sqrt(mean_d <(dz*_d/dt)²> / scale_d²): the trajectory's own rate

Place in the flow: a system's simulation, or a trajectory file, becomes what networks are built
to follow and what perturbations are measured against.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.core.shapes import AtRoot, Axes
from lrfit.fields.field import Domain
from lrfit.simulation.trajectory import Trajectory

DEGREE = 5
FEWEST = 32
"""Times: fewer do not tell a velocity."""
COARSEST = 0.25
"""Largest step between times, in 1/rate: beyond, the spline is not the trajectory."""
_AT_REST = 1e-6
"""Of its scale: a trajectory that moves less does not move."""
_LEAST = 0.01
"""Smallest scale, in half-widths: a variable at rest would make every deviation endless."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """States z (T, D) at times t (T,), which start at 0, the user's units."""

    STATED: ClassVar = ("scale",)

    domain: Annotated[Domain, AtRoot()]
    t: Annotated[Array, Axes("time")]
    z: Annotated[Array, Axes("time", "variable")]

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what is no curve."""
        freeze_fields(self, t=(-1,), z=(-1, self.domain.dimension))
        if len(self.t) < FEWEST or len(self.z) != len(self.t):
            raise InputError(
                f"a trajectory of {len(self.t)} times is no curve; give at least {FEWEST}"
            )
        if not np.all(self.t[1:] > self.t[:-1]) or self.t[0] != 0.0:
            raise InputError("the times of a trajectory must start at 0 and increase")
        if not np.all(np.isfinite(self.z)):
            raise InputError(
                "a state of the trajectory is not finite; give one that reached its end"
            )
        if not self.rate * self.duration > _AT_REST:
            raise InputError("the trajectory rests; there is no path to build networks for")
        if self.rate * np.max(np.diff(self.t)) > COARSEST:
            raise InputError(
                f"the times of the trajectory are up to {np.max(np.diff(self.t)):.3g} apart, but "
                f"its own time is {1.0 / self.rate:.3g}; give more points, or a shorter duration"
            )

    @cached_property
    def _spline(self) -> Any:
        from scipy.interpolate import make_interp_spline  # noqa: PLC0415 - a slow import

        return make_interp_spline(self.t, self.z, k=DEGREE)

    @property
    def duration(self) -> float:
        """The time that it covers."""
        return float(self.t[-1])

    def at(self, t: Array) -> Array:
        """States (T, D) at times t."""
        return np.asarray(self._spline(t))

    def velocity(self, t: Array) -> Array:
        """Velocities (T, D) at times t."""
        return np.asarray(self._spline.derivative()(t))

    def acceleration(self, t: Array) -> Array:
        """Second derivatives (T, D) at times t."""
        return np.asarray(self._spline.derivative(2)(t))

    @cached_property
    def scale(self) -> Annotated[Array, Axes("variable")]:
        """(D,) rms excursions over time, none below 1 % of the half-width."""
        t = np.linspace(0.0, self.duration, len(self.t))
        least = _LEAST * self.domain.half_width
        return np.asarray(np.maximum(np.std(self.at(t), axis=0), least))

    @cached_property
    def rate(self) -> float:
        """The rate at which the trajectory goes its ways, per unit of time."""
        t = np.linspace(0.0, self.duration, len(self.t))
        return float(np.sqrt(np.mean((self.velocity(t) / self.scale) ** 2)))

    def deviation(self, t: Array, z: Array) -> Array:
        """Distance (...,) of states z (..., D) at times t (...) from the curve.

        In rms excursions: sqrt(mean_d ((z_d - z*_d)/scale_d)²), 1 for a state as far away as
        the trajectory's own mean is from it.
        """
        off = (z - self.at(t)) / self.scale
        return np.asarray(np.sqrt(np.mean(off**2, axis=-1)))

    def until(self, duration: float) -> Curve:
        """The same curve up to a time, resampled."""
        t = np.linspace(0.0, duration, len(self.t))
        return Curve(domain=self.domain, t=t, z=self.at(t))


def curve_of(trajectory: Trajectory, trial: int = 0) -> Curve:
    """The curve of one trial.

    Raises
    ------
    InputError
        There is no such trial, or it did not reach the end.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> from lrfit.simulation.curve import curve_of
    >>> curve = curve_of(lrfit.simulate("van_der_pol", duration=6.0, points=301))
    >>> curve.duration, curve.at(np.array([1.0, 2.0])).shape
    (6.0, (2, 2))
    """
    if not 0 <= trial < trajectory.trials:
        raise InputError(f"there is no trial {trial}; the trajectory has {trajectory.trials}")
    ending = trajectory.endings[trial]
    if ending.kind != "done":
        raise InputError(f"trial {trial} {ending}; give a trajectory that reached its end")
    return Curve(domain=trajectory.domain, t=trajectory.t - trajectory.t[0], z=trajectory.z[trial])
