"""Every option that commands share, in groups; None means: from the system file or the program.

Defaults are resolved where the work is done (flag, then file, then program), never here.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from lrfit.cli import values
from lrfit.cli.values import choice, option

NETWORK, SEARCH, SYSTEM, OUTPUT, RUN = "Network", "Search", "System", "Output", "Running"


def flag(panel: str, *names: str, help: str, metavar: str | None = None, parse: Any = None) -> Any:  # noqa: A002 - Typer's word
    """One option of a group; `parse` is one of lrfit.cli.values."""
    return typer.Option(
        *names,
        help=help,
        metavar=metavar,
        parser=None if parse is None else option(parse),
        rich_help_panel=panel,
        show_default=False,
    )


def choices(panel: str, name: str, *words: str, help: str) -> Any:  # noqa: A002 - Typer's word
    """One option that takes one of some words."""
    return flag(panel, name, help=help, metavar="|".join(words), parse=choice(*words))


SystemArgument = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="A system.yaml, a sampled grid in HDF5, the name of a sample system (see "
        "`lrfit systems`), or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Any file that lrfit wrote, a sampled field, a system, or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]
NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="A file written by `lrfit fit` or `lrfit minimize`, or - for standard input.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class SystemFlags:
    """How the system is read."""

    set_: Annotated[
        list[str] | None,
        flag(SYSTEM, "--set", metavar="NAME=VALUE", help="Override a parameter; repeatable."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class NetworkFlags:
    """What kind of network."""

    nonlinearity: Annotated[
        str | None,
        choices(
            NETWORK,
            "--nonlinearity",
            *("tanh", "erf", "sigmoid", "relu", "softplus", "sin"),
            help="phi of every neuron [tanh].",
        ),
    ] = None
    bias: Annotated[
        bool | None,
        flag(NETWORK, "--bias/--no-bias", help="Whether neurons have a bias [--bias]."),
    ] = None
    tau: Annotated[
        Any,
        flag(
            NETWORK,
            "--tau",
            metavar="auto|natural|NUMBER",
            parse=values.tau,
            help="Membrane time constant, in the system's unit of time: fitted, the system's "
            "own time, or a number [auto].",
        ),
    ] = None
    center: Annotated[
        Any,
        flag(
            NETWORK,
            "--center",
            metavar="auto|middle|x=0,y=0",
            parse=values.center,
            help="Where the readout puts the origin: fitted (0 without bias), the middle of the "
            "box, or a point [auto].",
        ),
    ] = None
    noise: Annotated[
        Any,
        flag(
            NETWORK,
            "--noise",
            metavar="SIGMA",
            parse=values.not_negative,
            help="Standard deviation of the noise on every rate, part of the error [1e-4].",
        ),
    ] = None
    weight_noise: Annotated[
        Any,
        flag(
            NETWORK,
            "--weight-noise",
            metavar="DELTA",
            parse=values.not_negative,
            help="Relative noise on the readout weights, part of the error [0].",
        ),
    ] = None
    criterion: Annotated[
        str | None,
        choices(
            NETWORK,
            "--criterion",
            *("per-variable", "overall", "worst"),
            help="Which error the tolerance is about [per-variable].",
        ),
    ] = None
    drive: Annotated[
        list[str] | None,
        flag(
            NETWORK,
            "--drive",
            metavar="INPUT=auto|filtered|direct|gated|copied",
            help="How an input enters: through the neurons' membranes, or at once for what is "
            "affine in it (auto, direct); for gates: gated (the state is read without the lag) or "
            "copied (neurons see a fast copy); repeatable.",
        ),
    ] = None
    update: Annotated[
        str | None,
        choices(
            NETWORK,
            "--update",
            *("continuous", "euler"),
            help="How the network will be run: in continuous time, or by Euler's method with the "
            "step --dt; it is then fitted to where the target is after dt [continuous].",
        ),
    ] = None
    dt: Annotated[
        Any,
        flag(
            NETWORK,
            "--dt",
            metavar="DT|tau/K",
            parse=values.step,
            help="Step of --update euler, in the system's unit of time; or tau/10: ten to a tau "
            "that is fixed (auto is then natural).",
        ),
    ] = None
    symmetric: Annotated[
        bool | None,
        flag(
            NETWORK,
            "--symmetric",
            help="Exactly odd about the centre, as the target must be (refused if it is not).",
        ),
    ] = None
    shared_bias: Annotated[
        bool | None,
        flag(NETWORK, "--shared-bias", help="One bias for all neurons; the centre is fixed."),
    ] = None
    nonnegative_rates: Annotated[
        bool | None,
        flag(
            NETWORK,
            "--nonnegative-rates",
            help="Refuse nonlinearities that are negative at times (tanh, erf, sin).",
        ),
    ] = None
    orthogonal: Annotated[
        bool | None,
        flag(NETWORK, "--orthogonal", help="Columns of M are orthogonal (method refine)."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class SearchFlags:
    """How the network is looked for."""

    candidates: Annotated[
        Any,
        flag(
            SEARCH,
            "--candidates",
            metavar="K",
            parse=values.whole,
            help="Random neurons to select from [3000].",
        ),
    ] = None
    scale: Annotated[
        Any,
        flag(
            SEARCH,
            "--scale",
            metavar="LO:HI",
            parse=values.scale,
            help="Range of the slopes of random neurons, in box units [0.2:3].",
        ),
    ] = None
    samples: Annotated[
        Any,
        flag(
            SEARCH,
            "--samples",
            metavar="P",
            parse=values.whole,
            help="Training points [grows with the dimension].",
        ),
    ] = None
    sampling: Annotated[
        str | None,
        choices(
            SEARCH,
            "--sampling",
            *("sobol", "grid", "trajectory", "mixed"),
            help="Where the training points lie [sobol].",
        ),
    ] = None
    max_neurons: Annotated[
        Any,
        flag(
            SEARCH,
            "--max-neurons",
            metavar="N",
            parse=values.whole,
            help="Largest network to try [512].",
        ),
    ] = None
    effort: Annotated[
        str | None,
        choices(
            SEARCH,
            "--effort",
            *("quick", "normal", "exhaustive"),
            help="How much work the search does, counted, not timed [normal].",
        ),
    ] = None
    time_limit: Annotated[
        Any,
        flag(
            SEARCH,
            "--time-limit",
            metavar="SECONDS",
            parse=values.positive,
            help="Stop the search after this time with the best network so far [none].",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class LimitFlags:
    """What a command may take."""

    memory_limit: Annotated[
        Any,
        flag(
            RUN,
            "--memory-limit",
            metavar="SIZE",
            parse=values.size,
            help="Refuse to start what needs more, such as 4GiB [80 % of what is available].",
        ),
    ] = None


SeedOption = Annotated[
    Any,
    flag(RUN, "--seed", metavar="SEED", parse=values.whole, help="Seed of all random numbers [0]."),
]


ForceOption = Annotated[bool, flag(OUTPUT, "--force", help="Replace the output file if it exists.")]


@dataclass(frozen=True, kw_only=True)
class OutputFlags:
    """Where the result goes."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="Output file, or - for HDF5 on standard output "
            "[<name>.<kind>.h5 in the working directory].",
        ),
    ] = None
    force: ForceOption = False
    dry_run: Annotated[
        bool,
        flag(
            OUTPUT,
            "--dry-run",
            help="Check everything, say what would be done and what it needs; write nothing.",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class RecordFlags:
    """Where the result goes of a command that prints it, and writes a file only when asked to."""

    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="Write the result as HDF5 too; - is standard output [not written].",
        ),
    ] = None
    force: ForceOption = False


@dataclass(frozen=True, kw_only=True)
class StoreFlags:
    """What a network file holds beyond what is needed."""

    store_connectivity: Annotated[
        bool, flag(OUTPUT, "--store-J", help="Store the connectivity J = M N^T as well.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ReportFlags:
    """What is printed."""

    json: Annotated[bool, flag(RUN, "--json", help="Print one JSON object instead of a table.")] = (
        False
    )
    quiet: Annotated[
        bool, flag(RUN, *("--quiet", "-q"), help="No progress, no warnings, no table.")
    ] = False
    verbose: Annotated[bool, flag(RUN, *("--verbose", "-v"), help="A longer table.")] = False
    no_color: Annotated[
        bool, flag(RUN, "--no-color", help="No colors (also: the variable NO_COLOR).")
    ] = False
    debug: Annotated[bool, flag(RUN, "--debug", help="Show the traceback of an error.")] = False


def given(*groups: Any) -> dict[str, Any]:
    """What the user gave, by name: the fields of option groups that are not None."""
    return {
        field.name: getattr(group, field.name)
        for group in groups
        for field in fields(group)
        if getattr(group, field.name) is not None
    }
