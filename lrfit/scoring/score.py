"""score() for users: a network in fresh trials of its target's task."""

from __future__ import annotations

from lrfit.core.errors import UsageError
from lrfit.integrate import Limits
from lrfit.records.subject import Network, as_subject
from lrfit.scoring.study import Score
from lrfit.scoring.study import score as score_network
from lrfit.simulation.field_trials import FixedSolver
from lrfit.systems.given import Target, as_system


def score(
    network: Network,
    *,
    task: Target | None = None,
    trials: int = 200,
    seed: int = 0,
    solver: FixedSolver = "rk4",
    dt: float | None = None,
    rate_noise: float = 0.0,
    limits: Limits | None = None,
) -> Score:
    """Run a network through fresh trials, and compare with the target's own trajectories.

    Parameters
    ----------
    network : Fit, NetworkRecord, LowRankNetwork or path
        What to score.
    task : System, path or name of a sample system, optional
        Whose `task:` block is used, with the same variables and inputs; by default that of the
        system that the network was fitted to.
    trials, seed, solver, dt, rate_noise
        As in `lrfit.scoring.study.score`.
    limits : Limits
        Bound in half-widths of the box, steps, wall-clock seconds.

    Returns
    -------
    Score
        Share of trials right, mean squared error of the latents, and both trial by trial.

    Raises
    ------
    UsageError
        No task, another system, or numbers out of range.
    """
    subject = as_subject(network)
    system = subject.system if task is None else as_system(task)
    if system is None:
        raise UsageError("this network does not say what it stands for; give its task")
    return score_network(
        subject.network,
        system,
        trials=trials,
        seed=seed,
        solver=solver,
        dt=dt,
        rate_noise=rate_noise,
        limits=limits,
    )
