"""Pushes: where, when, how and how far networks are pushed.

    state   z jumps by a sqrt(D) scale e at time t
    input   a further input through span(M) moves it as far in a time w:
            dz/dt += a sqrt(D) scale e / w

with |e| = 1 in scaled coordinates, so that the distance from the trajectory becomes a. `along`
is the direction of the trajectory's velocity, `off 1`, `off 2`, ... complete it to a basis.

Place in the flow: a curve and options become the pushes that all networks get alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.core.shapes import Axes
from lrfit.perturbation.options import Kind, PushOptions
from lrfit.simulation.curve import Curve

TIMES = (0.1, 0.3, 0.5)
"""When, unless times are given: shares of the duration; the first one not after 1/rate, so that
noise has not yet carried an unstable network away."""
LATEST = 0.8
"""Drawn times lie between the first of TIMES and this share: the rest is for what follows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Push:
    """One push. direction : (D,), length one in scaled coordinates. width : 0 for a jump."""

    kind: Kind
    label: str
    time: float
    direction: Annotated[Array, Axes("variable")]
    width: float

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, direction=(-1,))

    @property
    def end(self) -> float:
        """When it is over."""
        return self.time + self.width

    def __str__(self) -> str:
        """What, which way and when, for a person."""
        return f"{self.kind} {self.label} at {self.time:.4g}"


def pushes_for(curve: Curve, options: PushOptions) -> tuple[Push, ...]:
    """All pushes of a study.

    Raises
    ------
    UsageError
        A time that is not within the duration.
    """
    width = options.width or 0.1 / curve.rate
    places = _drawn(curve, options) if options.draw else _placed(curve, options)
    found = [
        Push(
            kind=kind,
            label=label,
            time=time,
            direction=direction,
            width=width if kind == "input" else 0.0,
        )
        for kind in options.kinds
        for time, label, direction in places
    ]
    for push in found:
        if push.time < 0.0 or push.end >= curve.duration:
            raise UsageError(
                f"a push from t={push.time:g} to {push.end:g} is not within the duration of "
                f"{curve.duration:g}; push earlier"
            )
    return tuple(found)


def _placed(curve: Curve, options: PushOptions) -> list[tuple[float, str, Array]]:
    times = options.times or tuple(share * curve.duration for share in TIMES)
    if options.times is None:
        times = (min(times[0], 1.0 / curve.rate), *times[1:])
    return [
        (time, label, direction)
        for time in times
        for label, direction in directions(curve, min(max(time, 0.0), curve.duration))
    ]


def _drawn(curve: Curve, options: PushOptions) -> list[tuple[float, str, Array]]:
    generator = np.random.default_rng(options.seed)
    low, high = TIMES[0] * curve.duration, LATEST * curve.duration
    places = []
    for number in range(options.draw):
        vector = generator.standard_normal(len(curve.scale))
        time = float(generator.uniform(low, high))
        places.append((time, f"drawn {number + 1}", vector / np.linalg.norm(vector)))
    return places


def directions(curve: Curve, time: float) -> list[tuple[str, Array]]:
    """`along` and, for D > 1, an orthonormal basis of what is off the trajectory there."""
    D = len(curve.scale)
    velocity = curve.velocity(np.array([time]))[0] / curve.scale
    along = velocity / max(float(np.linalg.norm(velocity)), 1e-300)
    # Householder's basis: its first column is `along` up to sign, and no direction is special.
    basis = np.linalg.qr(np.hstack([along[:, None], np.eye(D)]))[0][:, 1:D]
    found = [("along", along)]
    found += [(f"off {i + 1}", column) for i, column in enumerate(basis.T)]
    return found
