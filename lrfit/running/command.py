"""`lrfit simulate`: trajectories of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    LimitFlags,
    NetworkArgument,
    OutputFlags,
    ReportFlags,
    SeedOption,
    choices,
    flag,
)
from lrfit.cli.history import command_line
from lrfit.cli.output import Outlet, deliver, open_outlet, summarize, warn
from lrfit.cli.text import named
from lrfit.core.errors import NumericalError
from lrfit.io.text import byte_size
from lrfit.options import text_values as values
from lrfit.running.view import trajectory_fields, trajectory_rows

if TYPE_CHECKING:
    from lrfit.fitting.file import NetworkRecord
    from lrfit.io.tree import Group
    from lrfit.networks.lowrank import LowRankNetwork
    from lrfit.simulation.trajectory import Trajectory

EXAMPLES = """
lrfit simulate van_der_pol.network.h5 --duration 30 --target -o a.h5
lrfit simulate van_der_pol.network.h5 --initial x=1 --initial x=-2 -o b.h5
lrfit simulate van_der_pol.network.h5 --solver euler --rate-noise 0.1 -o n.h5
"""
DYNAMICS, NOISE = "Simulation", "Noise (solver euler)"


@dataclass(frozen=True, kw_only=True)
class SimulationFlags:
    """What is done to the network."""

    duration: Annotated[
        Any,
        flag(
            DYNAMICS,
            "--duration",
            metavar="T",
            parse=values.positive,
            help="In the system's unit of time [as its file says].",
        ),
    ] = None
    initial: Annotated[
        list[str] | None,
        flag(
            DYNAMICS,
            "--initial",
            metavar="x=2,y=0",
            help="Initial state; variables left out start as the file says; repeatable.",
        ),
    ] = None
    signal: Annotated[
        list[str] | None,
        flag(
            DYNAMICS,
            "--signal",
            metavar="u=EXPRESSION",
            help='An input as an expression of t, such as u="pulse(t,5,7)"; repeatable.',
        ),
    ] = None
    solver: Annotated[
        str | None,
        choices(
            DYNAMICS,
            "--solver",
            *("dop853", "lsoda", "rk45", "euler"),
            help="With error control, or Euler with fixed steps [dop853; euler for a network "
            "that was fitted for it].",
        ),
    ] = None
    dt: Annotated[
        Any,
        flag(
            DYNAMICS,
            "--dt",
            metavar="DT",
            parse=values.positive,
            help="Step of the solver euler [the one it was fitted for, else tau/10].",
        ),
    ] = None
    space: Annotated[
        str,
        choices(
            DYNAMICS,
            "--space",
            *("latent", "full"),
            help="Integrate the D latent variables, or all neurons [latent].",
        ),
    ] = "latent"
    points: Annotated[
        Any,
        flag(DYNAMICS, "--points", metavar="T", parse=values.whole, help="Output times [1001]."),
    ] = 1001
    target: Annotated[
        bool, flag(DYNAMICS, "--target", help="Follow the target too, under the same input.")
    ] = False
    store_rates: Annotated[
        bool, flag(DYNAMICS, "--store-rates", help="Store the currents x of all neurons.")
    ] = False
    process_noise: Annotated[
        Any,
        flag(
            NOISE,
            "--process-noise",
            metavar="S",
            parse=values.not_negative,
            help="White noise on z, in its units per square root of time [0].",
        ),
    ] = 0.0
    rate_noise: Annotated[
        Any,
        flag(
            NOISE,
            "--rate-noise",
            metavar="SIGMA",
            parse=values.not_negative,
            help="Standard deviation of Ornstein-Uhlenbeck noise on every rate [0].",
        ),
    ] = 0.0
    noise_time: Annotated[
        Any,
        flag(
            NOISE,
            "--noise-time",
            metavar="T",
            parse=values.positive,
            help="Correlation time of the noise on the rates [tau].",
        ),
    ] = None
    trials: Annotated[
        Any,
        flag(
            NOISE,
            "--trials",
            metavar="N",
            parse=values.whole,
            help="Runs from each initial state [1].",
        ),
    ] = 1

    bound: Annotated[
        Any,
        flag(
            DYNAMICS,
            "--bound",
            metavar="B",
            parse=values.positive,
            help="A run that goes farther than this many half-widths from the middle of the box "
            "has diverged [1000].",
        ),
    ] = 1e3
    max_steps: Annotated[
        Any,
        flag(
            DYNAMICS,
            "--max-steps",
            metavar="N",
            parse=values.whole,
            help="End a run after so many steps (velocities, with error control) [10000000].",
        ),
    ] = 10_000_000
    time_limit: Annotated[
        Any,
        flag(
            DYNAMICS,
            "--time-limit",
            metavar="SECONDS",
            parse=values.positive,
            help="End runs after this time of computation [600].",
        ),
    ] = 600.0

    def named(self) -> dict[str, Any]:
        """As the API takes them: states and signals by name."""
        from lrfit.integrate import Limits

        limits = {"time_limit": "seconds", "max_steps": "steps", "bound": "bound"}
        given = {name: value for name, value in vars(self).items() if name not in limits}
        return {
            **given,
            "limits": Limits(**{limits[name]: getattr(self, name) for name in limits}),
            "initial": [values.assignments([text]) for text in self.initial or []] or None,
            "signal": values.expressions(self.signal) if self.signal else None,
        }


@command(app, examples=EXAMPLES)
def simulate(
    network: NetworkArgument,
    output: OutputFlags,
    report: ReportFlags,
    limit: LimitFlags,
    run: SimulationFlags,
    seed: SeedOption = None,
) -> int:
    """Simulate a network, with inputs and noise.

    From one or several initial states, beside its target if asked. What is not given comes from
    the system's file. The result has named dimensions and opens in xarray as it is.
    """
    from lrfit.records.store import load_network
    from lrfit.records.subject import as_subject
    from lrfit.running.simulate import simulation_arguments
    from lrfit.simulation.simulate import simulate as simulate_network

    record = load_network(network)
    subject = as_subject(record)
    arguments = simulation_arguments(subject, seed=seed or 0, **run.named())
    outlet = open_outlet(output, system=record.stored.name, kind="trajectory")
    if output.dry_run:
        return _announce(record, arguments, outlet, report)
    from lrfit.fitting.cost import require_memory

    require_memory(_memory(record, arguments), limit.memory_limit)
    trajectory = simulate_network(subject.network, **arguments)
    _refuse_ruin(trajectory)
    deliver(outlet, _tree(record, trajectory, run, seed=seed or 0, duration=arguments["duration"]))
    warn([*_other_update(subject.network, trajectory), *_warnings(trajectory)], report)
    fields = _fields(record, trajectory, outlet.name)
    summarize("simulate", fields, [_table(record, trajectory, outlet.name)], report, outlet=outlet)
    return 0


def _tree(
    record: NetworkRecord,
    trajectory: Trajectory,
    run: SimulationFlags,
    *,
    seed: int,
    duration: float,
) -> Group:
    """The trajectory file, with what was asked for as attributes."""
    from lrfit.running.file import trajectory_tree

    return trajectory_tree(
        trajectory,
        history=[*record.provenance.history, command_line()],
        seed=seed,
        experiment={
            "duration": duration,
            "points": run.points,
            "process_noise": run.process_noise,
            "rate_noise": run.rate_noise,
            **({} if run.noise_time is None else {"noise_time": run.noise_time}),
            "trials": run.trials,
            "signals": run.signal or [],
            "system": record.stored.name,
            "system_sha256": record.stored.sha256,
            "neurons": record.network.neurons,
            "nonlinearity": record.network.nonlinearity.name,
        },
    )


def _refuse_ruin(trajectory: Trajectory) -> None:
    """A simulation of which no run reached the end is a failure, not a result."""
    if all(ending.kind != "done" for ending in trajectory.endings):
        raise NumericalError(
            f"no run reached the end: {trajectory.status[0]}; simulate a shorter --duration, or "
            "start nearer to the attractor"
        )


def _other_update(network: LowRankNetwork, trajectory: Trajectory) -> list[str]:
    """Whether a network in discrete time was run in another way than it was fitted for."""
    if network.dt is None or trajectory.dt == network.dt:
        return []
    step = "" if trajectory.dt is None else f" and dt = {trajectory.dt:g}"
    return [
        f"the network was fitted for Euler steps of dt = {network.dt:g}; with "
        f"{trajectory.solver}{step} it does something else"
    ]


def _warnings(trajectory: Trajectory) -> list[str]:
    ended = [
        *((f"run {number}", ending) for number, ending in enumerate(trajectory.endings)),
        *((f"target {number}", end) for number, end in enumerate(trajectory.target_endings)),
    ]
    early = [f"{name} {ending}" for name, ending in ended if ending.kind != "done"]
    return early[:5] + ([f"{len(early) - 5} more runs ended early"] if len(early) > 5 else [])


def _announce(
    record: NetworkRecord, arguments: dict[str, Any], outlet: Outlet, report: ReportFlags
) -> int:
    """Say what would be done (--dry-run)."""
    from lrfit.simulation.simulate import default_solver

    runs, memory = len(arguments["initial"]), _memory(record, arguments)
    fields = {
        "system": record.stored.name,
        "dry_run": True,
        "neurons": record.network.neurons,
        "trials": runs,
        "duration": arguments["duration"],
        "points": arguments["points"],
        "solver": arguments["solver"] or default_solver(record.network),
        "space": arguments["space"],
        "memory_bytes": memory,
        "output": outlet.name,
    }
    rows = [
        ("would write", outlet.name),
        ("runs", f"{runs} of {arguments['duration']:g}, {arguments['points']} times"),
        ("memory", f"about {byte_size(memory)}"),
    ]
    summarize("simulate", fields, [Table(rows=rows)], report, outlet=outlet)
    return 0


def _memory(record: NetworkRecord, arguments: dict[str, Any]) -> int:
    from lrfit.fitting.cost import run_memory

    domain = record.network.domain
    width = domain.dimension * (2 if arguments["target"] else 1) + 2 * domain.input_count
    width += record.network.neurons if arguments["store_x"] else 0
    return run_memory(len(arguments["initial"]), arguments["points"], width)


def _fields(record: NetworkRecord, trajectory: Trajectory, output: str) -> dict[str, Any]:
    names = trajectory.domain.variables
    return {
        "system": record.stored.name,
        "neurons": record.network.neurons,
        **trajectory_fields(trajectory),
        "initial": [named(names, row) for row in trajectory.z[:, 0]],
        "output": output,
    }


def _table(record: NetworkRecord, trajectory: Trajectory, output: str) -> Table:
    rows = [("trajectory", output), ("network", f"{record.network.neurons} neurons")]
    return Table(title=record.stored.name, rows=rows + trajectory_rows(trajectory))
