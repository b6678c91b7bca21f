"""What the trajectories of a system or of a network do at one constant input, as plain values.

States are in the user's units, times in the system's unit. Place in the flow: parts of an
`Analysis`, which a file holds; `Anatomy` is the same in box units, with the field itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.shapes import Axes, Inline, Named, Numbered, freeze_shaped
from lrfit.dynamics.anatomies import name_of
from lrfit.dynamics.completeness import Completeness
from lrfit.io.text import brief, counted

States = Annotated[Array, Axes("state", "variable")]
Vector = Annotated[Array, Axes("variable")]


@dataclass(frozen=True, kw_only=True, eq=False)
class LimitCycle:
    """An isolated closed orbit.

    Attributes
    ----------
    stable : whether neighbouring trajectories come closer.
    period, period_error : the system's unit of time.
    points : (256, D), evenly spaced in time. lower, upper : (D,) extremes.
    multipliers : (D,) complex Floquet multipliers, the largest first; NaN in discrete time.
    multiplier_error : of the largest but the trivial one.
    """

    ENCODING: ClassVar = "lrfit-cycle"

    stable: bool
    period: float
    period_error: float
    points: States
    lower: Vector
    upper: Vector
    multipliers: Annotated[NDArray[np.complex128], Axes("direction")]
    multiplier_error: float

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    @property
    def leading(self) -> complex:
        """The largest multiplier apart from the trivial one, which is 1; NaN without any."""
        with np.errstate(all="ignore"):  # a file may hold any numbers
            rest = np.delete(self.multipliers, int(np.argmin(np.abs(self.multipliers - 1.0))))
            return complex(rest[np.argmax(np.abs(rest))]) if len(rest) else complex("nan")


@dataclass(frozen=True, kw_only=True, eq=False)
class OrbitFamily:
    """A continuum of closed orbits: those on which starts lay.

    periods : (n,), the system's unit of time. points : (n, 256, D), evenly spaced in length.
    """

    ENCODING: ClassVar = "lrfit-closed-orbits"

    periods: Annotated[Array, Axes("orbit")]
    points: Annotated[Array, Axes("orbit", "state", "variable")]

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        if not len(self.periods):
            raise InputError("a continuum of closed orbits needs one of them")


@dataclass(frozen=True, kw_only=True, eq=False)
class LyapunovExponents:
    """Lyapunov exponents, the largest first, of the irregular motion.

    values, errors : (D,), standard errors, both per unit of time. duration : of all trajectories
    together. runs : how many those are. chaotic : whether the largest is positive for sure.
    """

    ENCODING: ClassVar = "lrfit-exponents"

    values: Annotated[Array, Axes("direction")]
    errors: Annotated[Array, Axes("direction")]
    duration: float
    runs: int | None = None
    chaotic: bool | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        if not len(self.values):
            raise InputError("there is no exponent")


@dataclass(frozen=True, kw_only=True, eq=False)
class Dynamics:
    """What the trajectories of a system or of a network do at one constant input.

    Attributes
    ----------
    points : (n, D), isolated fixed points. kinds : their n types, such as "stable focus".
    eigenvalues : (n, D) complex, the least stable first; eigenvalue_errors : (n, D), how far each
        can be from the true one; both per unit of time.
    residual : (n,), |f| over its rms in the box. hits : (n,), starts that reached each.
    tried : how many starts looked for fixed points. chance_of_more : about the chance that one
        more would find another.
    unique_within : (n,), half-widths: proved to be the only one so near; 0 where not proved.
    complete : whether these are all: proved, or by which evidence.
    degree, index_sum : of the field on the border, and the sum of all indices; None if not known.
    continuum : (m, D), points of a continuum of fixed points; empty without one.
    cycles : limit cycles. orbits : a continuum of closed orbits, None without one.
    exponents : of the irregular motion, None without any.
    cloud : (k, D), states of the irregular motion. cloud_sets : (k,), to which of several sets
        side by side each of them belongs.
    starts : (S, D), of long runs all over the box. fate : (S,), where each went: index of a fixed
        point, 1000 + number of a cycle, or -1 undecided, -2 left the box, -3 continuum, -4
        irregular motion, -5 closed orbits.
    duration : of the longest run. notes : what was left out.
    """

    ENCODING: ClassVar = "lrfit-anatomy"
    STATED: ClassVar = ("shares",)

    points: Annotated[Array, Axes("point", "variable")]
    kinds: tuple[str, ...]
    eigenvalues: Annotated[NDArray[np.complex128], Axes("point", "direction")]
    eigenvalue_errors: Annotated[Array, Axes("point", "direction")]
    residual: Annotated[Array, Axes("point")]
    hits: Annotated[NDArray[np.int64], Axes("point")]
    tried: Annotated[int, Named("starts")]
    chance_of_more: float
    unique_within: Annotated[Array | None, Axes("point")] = None
    complete: Annotated[
        Completeness,
        Inline(),
        Named(fields=(("status", "complete"), ("text", "completeness"))),
    ]
    degree: int | None = None
    index_sum: int | None = None
    continuum: Annotated[Array, Axes("rest_state", "variable")]
    cycles: Annotated[tuple[LimitCycle, ...], Numbered("cycle")] = ()
    orbits: OrbitFamily | None = None
    exponents: LyapunovExponents | None = None
    cloud: States
    cloud_sets: Annotated[NDArray[np.int64] | None, Axes("state")] = None
    starts: Annotated[Array, Axes("start", "variable")]
    fate: Annotated[NDArray[np.int64], Axes("start")]
    duration: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line."""
        found = dict.fromkeys(self.kinds)
        kinds = [f"{kind}: {self.kinds.count(kind)}" for kind in found]
        cycles = counted(len(self.cycles), "limit cycle")
        return brief(self, counted(len(self.points), "fixed point"), *kinds, cycles)

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)
        if len(self.kinds) != len(self.points):
            raise InputError(f"there are {len(self.kinds)} kinds of {len(self.points)} points")

    @property
    def basins(self) -> Mapping[str, float]:
        """Share of the starts that went to each attractor, by its name, the largest first."""
        codes, counts = np.unique(self.fate, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {name_of(int(codes[i])): float(counts[i] / len(self.fate)) for i in order}

    def listed(self, most: int) -> list[int]:
        """Numbers of the fixed points to show: all that starts go to, and others up to `most`."""
        count = len(self.points)
        reached = [int(code) for code in np.unique(self.fate) if 0 <= code < count]
        others = [i for i in range(count) if i not in reached]
        return sorted([*reached, *others[: max(0, most - len(reached))]])

    @property
    def shares(self) -> Annotated[tuple[str, ...], Named("basins")]:
        """The basins in words, for readers of files."""
        return tuple(f"{name}: {share:.6g}" for name, share in self.basins.items())

    @property
    def chaotic(self) -> bool | None:
        """Whether there is irregular motion with a positive exponent."""
        return self.exponents is not None and self.exponents.chaotic

    @property
    def irregular_sets(self) -> int:
        """How many sets of irregular motion lie side by side; 0 where there is none."""
        if self.cloud_sets is None:
            return int(len(self.cloud) > 0)
        return len(np.unique(self.cloud_sets))
