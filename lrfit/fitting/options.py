"""What the user may choose about a fit: flags, then the file, then these defaults.

Every option is declared here and nowhere else: its flag, its key under `network:` in system.yaml,
the check of its values and its attribute in a network file are made from its declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.core.plugins import plugin_nonlinearities
from lrfit.networks.names import NONLINEARITY_NAMES, Structure
from lrfit.options import kinds
from lrfit.options.declare import check, option
from lrfit.systems.choices import Drive, Sampling

Criterion = Literal["per-variable", "overall", "worst"]
Method = Literal["refine", "ols", "omp", "lstsq"]
Effort = Literal["quick", "normal", "exhaustive"]
Update = Literal["continuous", "euler"]
LARGEST_NOISE = 1e100
"""Of every rate: the squares of more leave float64."""
SIZE, NETWORK, SEARCH, RUN = "Size", "Network", "Search", "Running"
"""Headings under which help lists the options."""
_NOISE = kinds.Number(least=0.0, most=LARGEST_NOISE)


def _words(literal: object) -> kinds.Choice:
    return kinds.Choice(words=get_args(literal))


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Options of `fit` and `minimize`; None means: chosen by a rule that the docs state.

    tau : "auto" (fitted), "natural" (rms(zeta)/rms(gamma)) or a number in the system's time.
    center : "auto" (fitted), "middle" (of the box) or a number for every variable.
    noise : standard deviation of each rate (docs/theory, eq. 11). weight_noise : relative, on N.
    update, dt : "euler" fits the target's flow map over a step dt, a number in the system's time,
        or "tau/K": K steps to a tau that is fixed ("auto" is then "natural").
    scale : range of slopes of random neurons, in box units. samples : training points.
    drive : per input "auto", "direct", "filtered", "gated" or
        "copied"; by default as the system says.
    symmetric : exactly odd about the centre, as the target is. shared_bias : one bias for all
    neurons. nonnegative_rates : only nonlinearities that are never negative. orthogonal :
    columns of M are orthogonal.

    Raises
    ------
    UsageError
        A value that no fit could use, or options that contradict each other.
    """

    nonlinearity: str = option(
        "tanh",
        kinds.Choice(words=NONLINEARITY_NAMES, more=lambda: tuple(plugin_nonlinearities())),
        NETWORK,
        help="phi of every neuron [tanh].",
    )
    bias: bool = option(
        True,
        kinds.Switch(),
        NETWORK,
        flags="--bias/--no-bias",
        help="Whether neurons have a bias [--bias].",
    )
    tau: float | Literal["auto", "natural"] = option(
        "auto",
        kinds.NumberOr(words=("auto", "natural"), metavar="auto|natural|NUMBER"),
        NETWORK,
        help="Membrane time constant, in the system's unit of time: fitted, the system's own time, "
        "or a number [auto].",
    )
    center: Mapping[str, float] | Literal["auto", "middle"] = option(
        "auto",
        kinds.ByName(words=("auto", "middle"), metavar="auto|middle|x=0,y=0"),
        NETWORK,
        help="Where the readout puts the origin: fitted (0 without bias), the middle of the box, "
        "or a point [auto].",
    )
    noise: float = option(
        1e-4,
        _NOISE,
        NETWORK,
        metavar="SIGMA",
        help="Standard deviation of the noise on every rate, part of the error [1e-4].",
    )
    weight_noise: float = option(
        0.0,
        _NOISE,
        NETWORK,
        metavar="DELTA",
        help="Relative noise on the readout weights, part of the error [0].",
    )
    criterion: Criterion = option(
        "per-variable",
        _words(Criterion),
        NETWORK,
        help="Which error the tolerance is about [per-variable].",
    )
    drive: Mapping[str, Drive] = option(
        dict,
        kinds.ByName(values=_words(Drive), metavar="INPUT=auto|filtered|direct|gated|copied"),
        NETWORK,
        in_file=False,
        help="How an input enters: through the neurons' membranes, or at once for what is affine "
        "in it (auto, direct); for gates: gated (the state is read without the lag) or copied "
        "(neurons see a fast copy); repeatable.",
    )
    update: Update = option(
        "continuous",
        _words(Update),
        NETWORK,
        help="How the network will be run: in continuous time, or by Euler's method with the step "
        "--dt; it is then fitted to where the target is after dt [continuous].",
    )
    dt: float | str | None = option(
        None,
        kinds.Step(metavar="DT|tau/K"),
        NETWORK,
        help="Step of --update euler, in the system's unit of time; or tau/10: ten to a tau that "
        "is fixed (auto is then natural).",
    )
    symmetric: bool = option(
        False,
        kinds.Switch(),
        NETWORK,
        help="Exactly odd about the centre, as the target must be (refused if it is not).",
    )
    shared_bias: bool = option(
        False,
        kinds.Switch(),
        NETWORK,
        help="One bias for all neurons; the centre is fixed.",
    )
    nonnegative_rates: bool = option(
        False,
        kinds.Switch(),
        NETWORK,
        help="Refuse nonlinearities that are negative at times (tanh, erf, sin).",
    )
    orthogonal: bool = option(
        False,
        kinds.Switch(),
        NETWORK,
        help="Columns of M are orthogonal (method refine).",
    )
    candidates: int = option(
        3000,
        kinds.Whole(least=1),
        SEARCH,
        metavar="K",
        help="Random neurons to select from [3000].",
    )
    scale: tuple[float, float] = option(
        (0.2, 3.0),
        kinds.Slopes(metavar="LO:HI"),
        SEARCH,
        help="Range of the slopes of random neurons, in box units [0.2:3].",
    )
    samples: int | None = option(
        None,
        kinds.Whole(least=2),
        SEARCH,
        metavar="P",
        help="Training points [grows with the dimension].",
    )
    sampling: Sampling = option(
        "sobol",
        _words(Sampling),
        SEARCH,
        help="Where the training points lie [sobol].",
    )
    max_neurons: int = option(
        512,
        kinds.Whole(least=1),
        SEARCH,
        metavar="N",
        help="Largest network to try [512].",
    )
    effort: Effort = option(
        "normal",
        _words(Effort),
        SEARCH,
        in_file=False,
        help="How much work the search does, counted, not timed [normal].",
    )
    time_limit: float | None = option(
        None,
        kinds.Number(above=0.0),
        SEARCH,
        metavar="SECONDS",
        in_file=False,
        help="Stop the search after this time with the best network so far [none].",
    )
    seed: int = option(
        0,
        kinds.Whole(least=0),
        RUN,
        metavar="SEED",
        in_file=False,
        help="Seed of all random numbers [0].",
    )

    def __post_init__(self) -> None:
        """Refuse what no fit could use."""
        check(self)
        self._check_update()
        self._check_structure()

    def _check_structure(self) -> None:
        from lrfit.networks.nonlinearity import (  # noqa: PLC0415 - help is shown without numpy
            NONLINEARITIES,
            nonlinearity,
        )

        phi = nonlinearity(self.nonlinearity)
        if self.symmetric and phi.parity != "odd":
            raise UsageError(
                f"symmetric networks need odd neurons, and {phi.name} is not odd; choose "
                f"{', '.join(n.name for n in NONLINEARITIES.values() if n.parity == 'odd')}"
            )
        if self.nonnegative_rates and not phi.nonnegative:
            raise UsageError(
                f"rates of {phi.name} are negative at times; choose "
                f"{', '.join(n.name for n in NONLINEARITIES.values() if n.nonnegative)}"
            )
        if self.shared_bias and self.symmetric:
            raise UsageError("a symmetric network has no bias at all; leave out shared bias")

    @property
    def structures(self) -> tuple[Structure, ...]:
        """What the network must have, to be measured when it is finished."""
        return tuple(name for name in get_args(Structure) if getattr(self, name))

    def _check_update(self) -> None:
        if (self.update == "euler") != (self.dt is not None):
            raise UsageError(
                "the update euler needs its step; give --dt, a number or tau/10"
                if self.dt is None
                else "dt is the step of the update euler; give --update euler with it"
            )


@dataclass(frozen=True, kw_only=True)
class SizeOptions:
    """What `fit` is asked for beside its `FitOptions`: how many neurons, found by which method."""

    neurons: int = option(64, kinds.Whole(least=1), SIZE, metavar="N", help="Neurons [64].")
    method: Method = option(
        "lstsq",
        kinds.Choice(words=("lstsq", "ols", "omp", "refine")),
        SIZE,
        help="N random neurons; N of --candidates, selected by orthogonal least squares or "
        "matching pursuit; or N refined ones [lstsq].",
    )

    def __post_init__(self) -> None:
        """Refuse what no fit could use."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class AimOptions:
    """What `minimize` is asked for beside its `FitOptions`: how small, how right, how found."""

    tol: float | None = option(
        None,
        kinds.Number(above=0.0),
        SIZE,
        metavar="ERR",
        help="Largest error allowed, relative, on points that nothing has seen [needed, unless "
        "--task-tol or --score says what is right].",
    )
    method: Method = option(
        "refine",
        kinds.Choice(words=("refine", "ols", "omp")),
        SIZE,
        help="Refine the neurons themselves, or select among --candidates random ones by "
        "orthogonal least squares or matching pursuit [refine].",
    )
    keep_best: bool = option(
        False, kinds.Switch(), SEARCH, help="When interrupted, write the best network so far."
    )
    faithful: bool = option(
        False,
        kinds.Switch(),
        SIZE,
        help="Long runs must end where the target's do as well: attractors, periods, fates of "
        "starts all over the box, drift along lines of fixed points. Dynamics that cannot be "
        "judged do not count.",
    )
    frontier: bool = option(
        False,
        kinds.Switch(),
        SEARCH,
        help="Write the best network of every size too, for `lrfit pick`.",
    )

    def __post_init__(self) -> None:
        """Refuse what no search could use."""
        check(self)
        if self.tol is None:
            raise UsageError("say how large the error may be: --tol ERR (tol=...)")


def require_refinement(options: FitOptions, method: str) -> None:
    """Refuse structure that random neurons do not have, and only refinement can give."""
    if options.orthogonal and method != "refine":
        raise UsageError(f"orthogonal columns of M need the method refine, not {method}")
