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
from typing import Annotated, Literal, get_args

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.core.shapes import Axes, Named
from lrfit.simulation.curve import Curve

Kind = Literal["state", "input"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TIMES = (0.1, 0.3, 0.5)
"""When, unless times are given: shares of the duration; the first one not after 1/rate, so that
noise has not yet carried an unstable network away."""
LATEST = 0.8
"""Drawn times lie between the first of TIMES and this share: the rest is for what follows."""

FARTHEST = 100.0
"""Rms excursions of a push: networks answer far less, and larger ones only overflow."""


@dataclass(frozen=True, kw_only=True)
class PushOptions:
    """Options of `perturb`.

    amplitudes : distances from the trajectory right after a push, in rms excursions.
    times : when; None for 10, 30 and 50 % of the duration. draw : so many random times and
    directions instead, from `seed`. kinds : which. width : of input pulses; None for a tenth of
    1/rate. window : after a push in which the return rate is fitted; None for 2/rate.
    noise : process noise, in rms excursions per square root of 1/rate. criterion : the d' at
    which two networks are told apart. duration : of the study; None for the shortest network's.
    """

    amplitudes: Annotated[tuple[float, ...], Axes("amplitude"), Named("amplitude")] = (
        0.01,
        0.03,
        0.1,
        0.2,
        0.4,
    )
    times: tuple[float, ...] | None = None
    draw: int = 0
    kinds: tuple[Kind, ...] = KINDS
    width: float | None = None
    window: float | None = None
    noise: float = 0.05
    criterion: float = 1.0
    duration: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        sizes = self.amplitudes
        if not sizes or not all(0.0 < size < np.inf for size in sizes):
            raise UsageError("give at least one amplitude, and positive ones only")
        if list(sizes) != sorted(set(sizes)):
            raise UsageError("the amplitudes do not increase; sort them, each once")
        if sizes[-1] > FARTHEST:
            raise UsageError(
                f"an amplitude of {sizes[-1]:g} rms excursions is far from everything that a "
                f"network was fitted on; give at most {FARTHEST:g}"
            )
        for kind in self.kinds:
            if kind not in KINDS:
                raise UsageError(f"unknown kind of push {kind!r}; choose from {', '.join(KINDS)}")
        if not self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise UsageError("give at least one kind of push, and each once")
        if self.draw < 0 or self.seed < 0 or (self.draw and self.times):
            raise UsageError(
                "give times or a number of pushes to draw, and a seed that is not negative"
            )
        self._check_positive()

    def _check_positive(self) -> None:
        values = {
            "width": self.width,
            "window": self.window,
            "noise": self.noise,
            "criterion": self.criterion,
            "duration": self.duration,
        }
        for name, value in values.items():
            if value is not None and not 0.0 < value < np.inf:
                raise UsageError(f"the {name} is {value:g}; give a positive number")


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
