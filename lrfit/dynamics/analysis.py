"""What `analyze` returns, and what an analysis file holds; states are in the user's units.

    /domain              the box
    /analysis            system, variables, inputs; faithful, verdict, differences, unjudged
    /analysis/<i>        one constant input: dataset `input`; groups target, network, comparison
    .../sampled          networks drawn from a mixture: positions (draws, n, D), periods, ...
    .../target           points (n, D), eigenvalues (n, D, 2) and eigenvalue_errors (n, D), kinds,
                         residual, hits; complete, completeness; continuum, cloud (k, D); starts
                         (S, D), fate; cycle<j>: points, multipliers, period, ...; exponents; orbits
    .../comparison       points and cycles, one row for each pair; differences, unjudged
    /analysis/run        the declared simulation, side by side

Lengths that do not belong to one variable are in half-widths of the box. What a field lacks in
files of version 0.1.0 is None. Place in the flow: `user_units` makes these values, `view` tells
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.provenance import SystemResult
from lrfit.core.shapes import (
    AtRoot,
    Axes,
    Inline,
    Named,
    Numbered,
    Rows,
    Untold,
    freeze_shaped,
    prefixed,
)
from lrfit.dynamics.anatomies import Anatomy
from lrfit.dynamics.dynamics import Dynamics
from lrfit.dynamics.faithful.distances import Drift
from lrfit.dynamics.faithful.matching import CycleMatch, PointMatch
from lrfit.dynamics.faithful.run import RunComparison
from lrfit.dynamics.faithful.verdict import Faithfulness
from lrfit.dynamics.sampled import SampledNetworks
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted


@dataclass(frozen=True, kw_only=True)
class InputComparison:
    """A network beside its target at one constant input; the fields are those of `Comparison`.

    Attributes
    ----------
    points, cycles : those that stand for each other.
    cloud_distance, yardstick : between irregular sets, and between halves of the target's, in
        standard deviations.
    drift : of the network along the target's continuum of fixed points.
    orbits : how far it leaves the target's closed orbits, half-widths.
    fate_changed : share of `judged` starts that end elsewhere. border : share of the border that
        leaks.
    differences, unjudged : one line each.
    """

    ENCODING: ClassVar = "lrfit-comparison"

    points: Annotated[tuple[PointMatch, ...], Rows("point_pair", table="points")]
    cycles: Annotated[tuple[CycleMatch, ...], Rows("cycle_pair", table="cycles")]
    cloud_distance: float | None = None
    yardstick: float | None = None
    drift: Annotated[
        Drift | None, Inline(), prefixed("drift", "speed", "moved", "lost", "duration", "typical")
    ] = None
    orbits: float | None = None
    fate_changed: float
    judged: int
    border: float
    differences: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class AtInput:
    """What was found at one constant input (U,).

    network, comparison : where a network was compared with the target. sampled : of networks drawn
    from a mixture, where the target is its mean field.
    """

    ENCODING: ClassVar = "lrfit-tonic"

    input: Annotated[Array, Axes("input")]
    target: Dynamics
    network: Dynamics | None = None
    comparison: InputComparison | None = None
    sampled: SampledNetworks | None = None

    def __repr__(self) -> str:
        """One line."""
        level = "" if not len(self.input) else f"input {' '.join(f'{u:g}' for u in self.input)}"
        both = [part for part in (self.target, self.network) if part is not None]
        return brief(self, level, *map(repr, both))

    def __post_init__(self) -> None:
        """Freeze the array; check that pairs are of points and cycles that there are."""
        freeze_shaped(self)
        if self.network is not None and self.comparison is not None:
            both = (self.target, self.network)
            _check_pairs("fixed points", self.comparison.points, [len(x.points) for x in both])
            _check_pairs("cycles", self.comparison.cycles, [len(x.cycles) for x in both])


def _check_pairs(
    what: str, pairs: Sequence[PointMatch | CycleMatch], counts: Sequence[int]
) -> None:
    for pair in pairs:
        if not (0 <= pair.target < counts[0] and 0 <= pair.network < counts[1]):
            raise InputError(f"pairs {what} that are not there")


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis(SystemResult):
    """What a system's trajectories do, and whether a network's do the same.

    Attributes
    ----------
    system : its name. domain : its box; `variables` and `inputs` are the names.
    neurons : of the network that was compared with it; None where there was none.
    answer : "yes", "no" or "not judged" whether the network is faithful; "" without a network.
    verdict : the same in one line, with what differs or why it was not judged.
    differences, unjudged : one line each, those of every input and of the declared run.
    tuned : on what the network was tuned in closed loop, and how right it is there; None where it
        was not.
    at : what was found at each constant input. run : the declared simulation; None without one.
    lyapunov_time : 1 / largest exponent of a chaotic target, else None.
    interpolation_error : of a measured target between its points, relative to the rms speed.
    symmetry : group under which the system says that it is equivariant, "" where it says none.
    equivariance_error : max over its matrices R of the rms of F(c + R (z - c)) - R F(z) over the
        rms of F, of the network where there is one, else of the system; None without a symmetry.
    seed : of the starts. notes : what the user should know of the system.
    anatomies, faithfulness : the same in box units, with the fields themselves, as figures need
        them; no file holds them.
    """

    system: str
    variables: tuple[str, ...]
    inputs: tuple[str, ...]
    domain: Annotated[Domain | None, AtRoot()] = None
    neurons: int | None = None
    answer: Annotated[Literal["yes", "no", "not judged", ""], Named("faithful")] = ""
    verdict: str = ""
    differences: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    tuned: str | None = None
    at: Annotated[tuple[AtInput, ...], Numbered()]
    run: RunComparison | None = None
    lyapunov_time: float | None = None
    interpolation_error: float | None = None
    symmetry: str = ""
    equivariance_error: float | None = None
    seed: int = 0
    notes: tuple[str, ...] = ()
    anatomies: Annotated[tuple[Anatomy, ...], Untold()] = ()
    faithfulness: Annotated[Faithfulness | None, Untold()] = None

    def __repr__(self) -> str:
        """One line."""
        network = "" if self.neurons is None else f"network of {counted(self.neurons, 'neuron')}"
        faithful = f"faithful: {self.answer}" if self.compared else ""
        levels = counted(len(self.at), "constant input") if self.inputs else ""
        points = counted(sum(len(one.target.points) for one in self.at), "fixed point")
        cycles = counted(sum(len(one.target.cycles) for one in self.at), "limit cycle")
        return brief(self, self.system, network, faithful, levels, points, cycles)

    def __post_init__(self) -> None:
        """Check that names, box and parts belong together."""
        D, U = len(self.variables), len(self.inputs)
        known = self.domain
        if known is not None and (known.variables, known.inputs) != (self.variables, self.inputs):
            raise InputError("the variables and inputs are not those of the domain")
        if not D or any(len(one.input) != U for one in self.at):
            raise InputError("needed are a variable, and a value of each input")
        parts = [part for one in self.at for part in (one.target, one.network) if part is not None]
        if any(part.points.shape[1] != D for part in parts):
            raise InputError(f"the states have another number of variables than {D}")

    @property
    def faithful(self) -> bool | None:
        """Whether the network is faithful; None without one, or where that could not be told."""
        return {"yes": True, "no": False}.get(self.answer)

    @property
    def compared(self) -> bool:
        """Whether a network was set beside the system."""
        return bool(self.answer)
