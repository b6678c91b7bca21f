"""`lrfit simulate`: trajectories of a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    flag,
    flags_of,
    given,
)
from lrfit.cli.output import Outlet, deliver, open_outlet, summarize, warn
from lrfit.cli.text import named
from lrfit.core.errors import NumericalError
from lrfit.io.text import byte_size, counted
from lrfit.options import text_values as values
from lrfit.running.view import fields as trajectory_fields
from lrfit.running.view import trajectory_rows
from lrfit.simulation.options import NOISE, RUN, ExperimentFields
from lrfit.systems.about import title_with

if TYPE_CHECKING:
    from lrfit.integrate import Limits
    from lrfit.networks.rate_network import RateNetwork
    from lrfit.running.simulate import Runnable
    from lrfit.simulation.experiment import Experiment
    from lrfit.simulation.resolved import ResolvedExperiment
    from lrfit.simulation.trajectory import Trajectory

EXAMPLES = """
lrfit simulate van_der_pol.network.h5 --duration 30 --target -o a.h5
lrfit simulate van_der_pol.network.h5 --initial x=1 --initial x=-2 -o b.h5
lrfit simulate van_der_pol.network.h5 --solver euler --rate-noise 0.1 -o n.h5
"""

if TYPE_CHECKING:

    class SimulationFlags:
        """What is done to the network; None: as the system's file says, or the program."""

        signal: list[str] | None

else:
    SimulationFlags = flags_of("SimulationFlags", ExperimentFields, RUN, NOISE)


@dataclass(frozen=True, kw_only=True)
class EndFlags:
    """When a run is ended before its time."""

    bound: Annotated[
        Any,
        flag(
            RUN,
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
            RUN,
            "--max-steps",
            metavar="N",
            parse=values.whole,
            help="End a run after so many steps (velocities, with error control) [10000000].",
        ),
    ] = 10_000_000
    time_limit: Annotated[
        Any,
        flag(
            RUN,
            "--time-limit",
            metavar="SECONDS",
            parse=values.positive,
            help="End runs after this time of computation [600].",
        ),
    ] = 600.0

    def limits(self) -> Limits:
        """As Python takes them."""
        from lrfit.integrate import Limits

        return Limits(bound=self.bound, steps=self.max_steps, seconds=self.time_limit)


@command(app, examples=EXAMPLES)
def simulate(
    network: NetworkArgument,
    output: OutputFlags,
    report: ReportFlags,
    limit: LimitFlags,
    run: SimulationFlags,
    end: EndFlags,
    seed: SeedOption = None,
) -> int:
    """Simulate a network, with inputs and noise.

    From one or several initial states, beside its target if asked. What is not given comes from
    the system's file. The result has named dimensions and opens in xarray as it is; it is called
    after the network's file. With --json and no -o the numbers are printed, and no file is written.
    """
    from lrfit.io import hdf5_writer  # noqa: F401 - first: a copied reader then has h5py too
    from lrfit.running.simulate import runnable
    from lrfit.simulation.experiment import Experiment
    from lrfit.simulation.resolve import resolve_for_network
    from lrfit.simulation.simulate import simulate as simulate_network

    subject = runnable(network)
    experiment = Experiment(**given(run), seed=seed or 0, limits=end.limits())
    defaults = subject.defaults
    resolved = resolve_for_network(experiment, subject.network, defaults)
    stem = subject.name if network == "-" else values.file_stem(network)
    only_told = report.json and output.output is None
    outlet = None if only_told else open_outlet(output, system=stem, kind="trajectory")
    memory = _memory(subject, experiment, resolved)
    if output.dry_run:
        return _announce(subject, resolved, memory, outlet, report)
    from lrfit.fitting.cost import require_memory

    require_memory(memory, limit.memory_limit)
    trajectory = simulate_network(
        subject.network,
        experiment,
        system=subject.system if experiment.target else None,
        defaults=defaults,
        time_unit=subject.time_unit,
    )
    _refuse_ruin(trajectory)
    asked = _asked(subject, experiment, resolved.duration, signals=run.signal or [])
    trajectory = replace(trajectory, experiment=asked, **subject.about)
    deliver(outlet, trajectory, history=subject.history)
    warn([*_other_update(subject.network, trajectory), *_warnings(trajectory)], report)
    name = None if outlet is None else outlet.name
    tables = [_table(subject, trajectory, name or "not written")]
    summarize("simulate", _fields(trajectory, name), tables, report, outlet=outlet)
    return 0


def _asked(
    subject: Runnable, experiment: Experiment, duration: float, signals: list[str]
) -> dict[str, Any]:
    """What was asked for, as the file says it."""
    import numpy as np

    noise = float(np.asarray(experiment.process_noise))
    phi = getattr(getattr(subject.network, "nonlinearity", None), "name", None)  # if it is one
    return {
        "duration": duration,
        "points": experiment.points,
        "process_noise": noise,
        "rate_noise": experiment.rate_noise,
        **({} if experiment.noise_time is None else {"noise_time": experiment.noise_time}),
        "trials": experiment.trials,
        "seed": experiment.seed,
        "signals": signals,
        "system": subject.name,
        "system_sha256": subject.sha256,
        "neurons": subject.network.neurons,
        **({} if phi is None else {"nonlinearity": phi}),
    }


def _refuse_ruin(trajectory: Trajectory) -> None:
    """A simulation of which no run reached the end is a failure, not a result."""
    if all(ending.kind != "done" for ending in trajectory.endings):
        raise NumericalError(
            f"no run reached the end: {trajectory.status[0]}; simulate a shorter --duration, or "
            "start nearer to the attractor"
        )


def _other_update(network: RateNetwork, trajectory: Trajectory) -> list[str]:
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
    early = early[:5] + ([f"{len(early) - 5} more runs ended early"] if len(early) > 5 else [])
    return [*early, *trajectory.notes]


def _announce(
    subject: Runnable,
    resolved: ResolvedExperiment,
    memory: int,
    outlet: Outlet | None,
    report: ReportFlags,
) -> int:
    """Say what would be done (--dry-run)."""
    name = None if outlet is None else outlet.name
    fields = {
        "system": subject.name,
        "dry_run": True,
        "neurons": subject.network.neurons,
        "trials": resolved.runs,
        "duration": resolved.duration,
        "points": resolved.points,
        "solver": resolved.solver,
        "space": resolved.space,
        "memory_bytes": memory,
        "output": name,
    }
    rows = [
        ("would write", name or "nothing"),
        ("runs", f"{resolved.runs} of {resolved.duration:g}, {resolved.points} times"),
        ("memory", f"about {byte_size(memory)}"),
    ]
    summarize("simulate", fields, [Table(rows=rows)], report, outlet=outlet)
    return 0


def _memory(subject: Runnable, experiment: Experiment, resolved: ResolvedExperiment) -> int:
    from lrfit.fitting.cost import run_memory

    domain = subject.network.state_domain
    width = domain.dimension * (2 if experiment.target else 1) + 2 * domain.input_count
    width += subject.network.neurons if experiment.store_rates else 0
    return run_memory(resolved.runs, resolved.points, width)


def _fields(trajectory: Trajectory, output: str | None) -> dict[str, Any]:
    names = trajectory.domain.variables
    return {
        **trajectory_fields(trajectory),
        "initial": [named(names, row) for row in trajectory.z[:, 0]],
        "output": output,
    }


def _table(subject: Runnable, trajectory: Trajectory, output: str) -> Table:
    rows = [("trajectory", output), ("network", counted(subject.network.neurons, "neuron"))]
    title = title_with(subject.name, trajectory.overrides)
    return Table(title=title, rows=rows + trajectory_rows(trajectory))
