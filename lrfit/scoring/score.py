"""score(): a network in fresh trials of its target's task."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import Limits
from lrfit.learning.result import TrainedNetwork
from lrfit.networks.digest import network_digest
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.options.python_values import require_instance
from lrfit.records.store import load_any_network
from lrfit.records.subject import Network, Subject, as_subject
from lrfit.scoring.options import TrialOptions
from lrfit.scoring.result import Score
from lrfit.scoring.study import finished, judged
from lrfit.scoring.trained import score_trained
from lrfit.simulation.field_trials import FixedSolver, plan_trials, run_target
from lrfit.simulation.network_trials import run_network
from lrfit.systems.about import about
from lrfit.systems.given import Target, as_system
from lrfit.systems.system import System
from lrfit.systems.task import Task


def score(
    network: Network | TrainedNetwork | FullRankNetwork,
    *,
    task: Target | None = None,
    trials: int = 200,
    seed: int = 0,
    solver: FixedSolver = "rk4",
    dt: float | None = None,
    rate_noise: float = 0.0,
    limits: Limits | None = None,
) -> Score:
    """Run a network through fresh trials of a task, and compare with the target's trajectories.

    Parameters
    ----------
    network : Fit, LowRankNetwork, TrainedNetwork, FullRankNetwork or path
        What to score.
    task : System, path or name of a sample system, optional
        Whose `task:` block is used, with the same variables and inputs; by default that of the
        system that the network was fitted to, or what it was trained on. Of networks of full rank
        also "flip_flop", "context" or "comparison".
    trials, seed : int
        How many trials, and of which stream; equal seeds give equal trials.
    solver : {"rk4", "euler"}
        Of the network. The target is followed by Runge-Kutta with the same steps.
    dt : float, optional
        The step, in the unit of tau; by default tau / 10.
    rate_noise : float
        Standard deviation of the noise on every rate, in units of phi, correlated over tau; solver
        euler only.
    limits : Limits, optional
        Bound in half-widths of the box, steps, seconds of computation.

    Returns
    -------
    Score
        Share of trials that end right, mean squared error of the latent variables in the user's
        units squared, and both trial by trial. Of networks of full rank the mean square is that off
        the task's targets, and `loss` what learning lowers.

    Raises
    ------
    UsageError
        No task, one of a system with other variables or inputs, or numbers out of range.
    NumericalError
        The target diverged in every trial.

    Notes
    -----
    Classical Runge-Kutta of order four, or Euler's method, with equal steps for all trials at
    once. Trials that diverge count as wrong.

    Examples
    --------
    >>> import lrfit
    >>> fit = lrfit.fit("decision_double_well", neurons=12, method="ols", candidates=200)
    >>> found = lrfit.score(fit, trials=10)
    >>> found.trials, found.mse_by_trial.shape, found.target_right
    (10, (10,), 1.0)
    """
    options = TrialOptions(trials=trials, seed=seed, solver=solver, dt=dt, rate_noise=rate_noise)
    require_instance("limits", limits, Limits)
    found = load_any_network(network) if isinstance(network, str | Path) else network
    if isinstance(found, TrainedNetwork | FullRankNetwork):
        return score_trained(found, task, options)
    return _score(as_subject(found), task, options, limits)


def _score(
    subject: Subject, task: Target | None, options: TrialOptions, limits: Limits | None
) -> Score:
    """A network that stands for a system, beside that."""
    system = subject.system if task is None else as_system(task)
    if system is None:
        raise UsageError("this network does not say what it stands for; give its task")
    block = _task_of(system)
    _require_same_names(subject.domain, system.domain)
    drawn = block.draw(options.trials, options.seed)
    plan = plan_trials(
        drawn.signals,
        duration=block.duration,
        dt=options.dt or subject.network.tau / 10,
        dimension=subject.domain.dimension,
        limits=limits,
    )
    generator = np.random.default_rng([options.seed, 1])
    found = run_network(
        subject.network,
        drawn.initial,
        plan,
        solver=options.solver,
        rate_noise=options.rate_noise,
        generator=generator,
    )
    ideal = run_target(system, drawn.initial, plan)
    if not np.any(finished(ideal)):
        raise NumericalError(f"the target itself fails in every trial: {ideal.endings[0]}")
    return Score(
        **judged(block, drawn, found, ideal),
        **about(system),
        system=system.name,
        neurons=subject.network.neurons,
        trials=options.trials,
        seed=options.seed,
        duration=block.duration,
        dt=plan.dt,
        solver=options.solver,
        rate_noise=options.rate_noise,
        domain=subject.domain,
        network_sha256=network_digest(subject.network),
    )


def _task_of(system: System) -> Task:
    if system.task is None:
        raise UsageError(
            f"{system.name} has no task; add a `task:` block to its file, with duration, signals "
            "and judge"
        )
    return system.task


def _require_same_names(network: Domain, system: Domain) -> None:
    if (network.variables, network.inputs) != (system.variables, system.inputs):
        raise UsageError("network and system have different variables or inputs; give its target")
