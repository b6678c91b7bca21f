"""simulate() and sample() for users: of networks and systems, also by path and by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from lrfit.core.errors import UsageError
from lrfit.fields.names import title_from
from lrfit.io.tree import Group
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.rate_network import RateNetwork
from lrfit.records.kinds import kind_of_value
from lrfit.records.store import check_hdf5, load
from lrfit.records.subject import (
    HasFullNetwork,
    HasNetwork,
    Network,
    as_rate_network,
    as_subject,
)
from lrfit.records.system_group import StoredSystem
from lrfit.simulation.experiment import Experiment, ExperimentOptions, experiment_of
from lrfit.simulation.simulate import simulate as simulate_network
from lrfit.simulation.trajectory import Trajectory, simulate_target
from lrfit.systems.system import Defaults, StandsForSystem, System

if TYPE_CHECKING:
    from lrfit.systems.about import About
    from lrfit.systems.given import Target


def simulate(
    network: Network | RateNetwork | HasFullNetwork | System | StandsForSystem,
    experiment: Experiment | None = None,
    **options: Unpack[ExperimentOptions],
) -> Trajectory:
    """Simulate a network, or a system alone.

    Parameters
    ----------
    network : Fit, LowRankNetwork, FullRankNetwork, System, Mixture or path
        What to simulate; a path is that of a network file or of a system.
    experiment : Experiment
        What is done to it: start, input, duration, solver, noise.
    **options
        Fields of an `Experiment`, in place of those of `experiment`: duration, initial,
        currents, spread, signal, breakpoints, solver, dt, space, points, process_noise,
        rate_noise, noise_time, trials, seed, target, store_rates, rtol, atol, limits.

    Returns
    -------
    Trajectory
        Runs that diverged say so in `endings`.

    Raises
    ------
    UsageError
        Unknown names, or options that contradict each other or the network.
    InputError
        The path leads to neither a network nor a system.
    NumericalError
        The full form of a low-rank network whose state cannot be read from its neurons.

    Examples
    --------
    Two neurons that inhibit each other, from opposite starts and with noise on their rates:

    >>> import lrfit
    >>> network = lrfit.FullRankNetwork(J=[[0, -3], [-3, 0]], tau=0.1, nonlinearity="tanh")
    >>> experiment = lrfit.Experiment(
    ...     duration=2.0, currents=[[1, -1], [-1, 1]], solver="euler", rate_noise=0.05, points=3
    ... )
    >>> run = lrfit.simulate(network, experiment)
    >>> run.x.shape
    (2, 3, 2)
    >>> bool(run.x[0, -1, 0] > 2 and run.x[1, -1, 0] < -2)
    True

    A system alone, with an option in place of the experiment's:

    >>> run = lrfit.simulate("van_der_pol", duration=1.0, initial={"x": 1.0}, points=3)
    >>> run.space, run.z.shape
    ('target', (1, 3, 2))
    """
    experiment = experiment_of(experiment, **options)
    what = _opened(network) if isinstance(network, str | Path) else network
    if isinstance(what, StandsForSystem):
        what = what.as_system()
    if isinstance(what, System):
        return simulate_target(what.continuous, experiment, system=what)
    if isinstance(what, HasNetwork | LowRankNetwork):
        subject = as_subject(what)
        return simulate_network(
            subject.network, experiment, system=subject.system, defaults=subject.defaults
        )
    if isinstance(what, HasFullNetwork):
        return simulate_network(what.network, experiment)
    if not isinstance(what, RateNetwork):
        raise UsageError(f"cannot simulate a {type(what).__name__}; give a network or a system")
    return simulate_network(what, experiment)


@dataclass(frozen=True, kw_only=True, eq=False)
class Runnable:
    """A network of a file, with what is said about it.

    stored : what it stands for; None where that is not known. name : of that, or of the file.
    history : command lines of its file.
    """

    network: RateNetwork
    stored: StoredSystem | None
    name: str
    history: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of the system, "" where none is known."""
        return self.stored.sha256 if self.stored else ""

    @property
    def time_unit(self) -> str:
        """A label, "" where none is known."""
        return self.stored.time_unit if self.stored else ""

    @property
    def system(self) -> System | None:
        """What it stands for, built from the file; None where that is not known."""
        return self.stored.load() if self.stored and self.stored.is_known else None

    @property
    def about(self) -> About:
        """What a trajectory says of the parameters, without building the system."""
        if self.stored is None:
            return {"parameters": {}, "overrides": {}}
        return {"parameters": self.stored.parameters, "overrides": self.stored.overrides}

    @property
    def defaults(self) -> Defaults | None:
        """What says the rest of an experiment; the system is built only where it must be."""
        return self.stored.defaults(self.network.state_domain) if self.stored else None


def runnable(path: str | Path) -> Runnable:
    """Read the network of a file, from standard input for "-".

    Raises
    ------
    InputError
        The file cannot be read.
    UsageError
        It holds no network.
    """
    # Else it may be "-", the name of a sample system, or what no file can be called.
    if os.path.isfile(path):  # noqa: PTH113 - says no where Path.is_file raises
        check_hdf5(Path(path))
    value = _opened(path)
    if isinstance(value, System):
        raise UsageError(f"{path} is a system; fit a network to it, or simulate it in Python")
    if isinstance(value, FullRankNetwork | HasFullNetwork):
        stem = "network" if str(path) == "-" else Path(path).name.split(".")[0]
        name = title_from(stem)
        return Runnable(
            network=as_rate_network(value), stored=None, name=name, history=value.history
        )
    return Runnable(
        network=value.network,
        stored=value.stored,
        name=value.stored.name,
        history=value.history,
    )


def _opened(path: str | Path) -> Any:
    """The fit, the full-rank network or the system at a path.

    Raises
    ------
    InputError
        Another kind of file, or none.
    """
    value = load(path)
    if isinstance(value, StandsForSystem):
        value = value.as_system()
    if isinstance(value, HasNetwork | HasFullNetwork | FullRankNetwork | System):
        return value
    kind = kind_of_value(value)
    what = kind.name if kind else "another file"
    raise UsageError(f"{path} is {what}, which cannot be simulated; give a network or a system")


def sample(
    target: Target,
    *,
    points: int | Mapping[str, int] = 64,
    input_values: Mapping[str, float] | None = None,
    overrides: Mapping[str, float] | None = None,
) -> Group:
    """Evaluate a target's field on a regular grid over its box.

    Parameters
    ----------
    target, overrides
        The system, as in `as_system`.
    points : int or mapping of variable to int
        Nodes along every axis.
    input_values : mapping of input to float
        Where inputs are held; the others rest at zero or in the middle of their range.

    Returns
    -------
    Group
        The content of a grid file; `lrfit.save` writes it.

    Raises
    ------
    InputError
        The system cannot be read.
    UsageError
        Unknown names, or a grid of too few or too many points.

    Examples
    --------
    >>> import lrfit
    >>> grid = lrfit.sample("van_der_pol", points={"x": 3, "y": 2})
    >>> grid.numbers("velocity/x").shape
    (3, 2)
    """
    from lrfit.records.grid_file import grid_file  # noqa: PLC0415 - a simulation has none
    from lrfit.systems.given import as_system  # noqa: PLC0415

    return grid_file(as_system(target, overrides=overrides), points, input_values=input_values)
