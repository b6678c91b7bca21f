"""The options of a simulation, each declared once: field, flag, kind of values, help.

Place in the flow: `Experiment` is these fields with their checks; flags of commands that run
networks are made of them (`lrfit.cli.flags.flags_of`). Nothing heavy is imported here, since help
is shown with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lrfit.options.declare import option
from lrfit.options.kinds import Choice, Expressions, Number, OfClass, States, Switch, Whole
from lrfit.options.python_values import is_listed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from lrfit.core.arrays import Array
    from lrfit.fields.field import VectorField
    from lrfit.integrate import Limits

    Initial = Mapping[str, float] | Sequence[Mapping[str, float]] | ArrayLike
    Signals = Mapping[str, str | float] | Callable[[Array], Array] | ArrayLike

Solver = Literal["dop853", "lsoda", "rk45", "euler"]
NetworkSpace = Literal["latent", "full"]
"""Which variables of a network are integrated: its latent state, or the currents of all neurons."""
RUN, NOISE, PYTHON = "Simulation", "Noise (solver euler)", "In Python only"
"""Headings under which help lists the options; the last ones have no flags."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberOrArray(Number):
    """A number, or an array of them, which is checked where it meets a network."""

    def check(self, name: str, value: Any) -> None:
        """Refuse a number out of range."""
        if not is_listed(value) and not hasattr(value, "__array__"):
            super().check(name, value)


@dataclass(frozen=True, kw_only=True, eq=False)
class SwitchOrField(Switch):
    """True or false, or a field over a box, or None: the choice of the function."""

    def check(self, name: str, value: Any) -> None:
        """Refuse everything else."""
        if value is not None and not callable(getattr(value, "velocity", None)):
            super().check(name, value)


def _limits() -> type[Any]:
    from lrfit.integrate import Limits  # noqa: PLC0415 - help is shown without it

    return Limits


@dataclass(frozen=True, kw_only=True, eq=False)
class ExperimentFields:
    """The fields of an `Experiment`, which says what they mean."""

    duration: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        RUN,
        help="In the system's unit of time [as its file says].",
    )
    initial: Initial | None = option(
        None,
        States(metavar="x=2,y=0"),
        RUN,
        help="Initial state; variables left out start as the file says; repeatable.",
    )
    currents: ArrayLike | None = None
    spread: float = option(
        0.0, Number(least=0.0), PYTHON, help="Of the initial currents of all neurons [0]."
    )
    signal: Signals | None = option(
        None,
        Expressions(metavar="u=EXPRESSION"),
        RUN,
        help='An input as an expression of t, such as u="pulse(t,5,7)"; repeatable.',
    )
    breakpoints: Sequence[float] | Array = ()
    solver: Solver | None = option(
        None,
        Choice(words=("dop853", "lsoda", "rk45", "euler")),
        RUN,
        help="With error control, or Euler with fixed steps [dop853; euler for a network that was "
        "fitted for it].",
    )
    dt: float | None = option(
        None,
        Number(above=0.0, metavar="DT"),
        RUN,
        help="Step of the solver euler [the one it was fitted for, else tau/10].",
    )
    space: NetworkSpace | None = option(
        None,
        Choice(words=("latent", "full")),
        RUN,
        help="Integrate the D latent variables, or all neurons [latent, where there are any].",
    )
    points: int = option(1001, Whole(least=2, metavar="T"), RUN, help="Output times [1001].")
    process_noise: ArrayLike = option(
        0.0,
        NumberOrArray(least=0.0, metavar="S"),
        NOISE,
        help="White noise on z, in its units per square root of time [0].",
    )
    rate_noise: float = option(
        0.0,
        Number(least=0.0, metavar="SIGMA"),
        NOISE,
        help="Standard deviation of Ornstein-Uhlenbeck noise on every rate [0].",
    )
    noise_time: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        NOISE,
        help="Correlation time of the noise on the rates [tau].",
    )
    trials: int = option(
        1, Whole(least=1, metavar="N"), NOISE, help="Runs from each initial state [1]."
    )
    seed: int = option(0, Whole(), PYTHON, help="Of noise and spread [0].")
    target: bool | VectorField | None = option(
        False, SwitchOrField(), RUN, help="Follow the target too, under the same input."
    )
    store_rates: bool = option(False, Switch(), RUN, help="Store the currents x of all neurons.")
    rtol: float = option(1e-8, Number(above=0.0), PYTHON, help="Relative tolerance [1e-8].")
    atol: float = option(1e-10, Number(above=0.0), PYTHON, help="Absolute tolerance [1e-10].")
    limits: Limits | None = option(None, OfClass(of=_limits), PYTHON, help="When a run is ended.")
