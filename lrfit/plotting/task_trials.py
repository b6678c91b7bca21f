"""Test trials of a network, as it is and with wrong weights, for a figure.

Place in the flow: the trials are those of the system's task, or trajectories from all over its box
where it has none; of a tuned network they are those of its report, and so are the wrong weights.
`task` draws what is found here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.core.executor import Serial
from lrfit.fitting.tuning_report import Tuning
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.wrong_weights import Errors, reported_errors, wrong_network
from lrfit.plotting.subject import FigureSubject
from lrfit.simulation.field_trials import FixedSolver
from lrfit.systems.task import MOST_TRIALS
from lrfit.tuning.closed_loop import FAR, Loop, residuals
from lrfit.tuning.options import TuneOptions
from lrfit.tuning.trials import TrialSet, trials_of
from lrfit.tuning.weights import layout_of

SHOWN = 3
"""Trials that have panels of their own."""
_TRIALS, _DRAWS, _FEWEST_DRAWS = 64, 20, 3
_STEPS = 200_000
"""Steps of all networks together, each of up to 64 trials: about a minute."""
_TEST_STREAM = 2
"""Number of the stream of test trials among those of `tuning.tune`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskTrials:
    """What networks do in test trials, in the user's units.

    t : (T + 1,) times. inputs : (S, T, U), held over each step. target, network, worst :
    (S, T + 1, D) states of the trials `numbers` (S,), NaN from where one is lost; `worst` is the
    draw with the largest mean square, None where weights are not wrong. mean_squares : (P,) of the
    network in all trials. errors : (T,) root mean squares over trials and variables of the network
    after every step. wrong_errors : (draws, T) of networks with wrong weights. lost : trials that
    are lost, of the network and of the worst draw. weights : how wrong the weights are.
    """

    t: Array
    numbers: NDArray[np.intp]
    inputs: Array
    target: Array
    network: Array
    worst: Array | None
    mean_squares: Array
    errors: Array
    wrong_errors: Array
    lost: tuple[int, int]
    weights: Errors

    @property
    def count(self) -> int:
        """Of all trials."""
        return len(self.mean_squares)

    @property
    def draws(self) -> int:
        """Networks with wrong weights."""
        return len(self.wrong_errors)

    @property
    def worst_errors(self) -> Array:
        """(T,) of the draw with the largest mean square."""
        return np.asarray(max(self.wrong_errors, key=lambda errors: float(np.mean(errors**2))))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Setup:
    trials: TrialSet
    solver: FixedSolver


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """A network in all trials.

    off : (P, T, D) from the target after every step, the user's units. lost : (P, T) whether a
    trial was lost by then.
    """

    off: Array
    lost: NDArray[np.bool_]

    @property
    def mean_squares(self) -> Array:
        """Of every trial (P,), over times and variables."""
        return np.asarray(np.mean(self.off**2, axis=(1, 2)))

    @property
    def errors(self) -> Array:
        """Root mean squares (T,) over trials and variables."""
        return np.asarray(np.sqrt(np.mean(self.off**2, axis=(0, 2))))

    @property
    def lost_trials(self) -> int:
        """Trials that are lost by their end."""
        return int(np.sum(self.lost[:, -1]))

    def states(self, trials: TrialSet, numbers: NDArray[np.intp]) -> Array:
        """States (S, T + 1, D) of some trials, NaN from where one is lost."""
        known = np.where(self.lost[:, :, None], np.nan, trials.states + self.off)
        return _with_start(trials, known, numbers)


def task_trials(subject: FigureSubject) -> TaskTrials:
    """Run a network and others with wrong weights through test trials.

    Raises
    ------
    InputError
        There is no network or no target, or the system says neither a task nor a duration.
    NumericalError
        The target reaches the end of no trial.
    """
    network, setup, errors = subject.the_network(), _setup(subject), _weights(subject)
    trials = setup.trials
    count = _draw_count(subject, trials.steps) if errors.weights else 0
    wrong = [wrong_network(network, errors, draw) for draw in range(count)]
    own, *others = Serial().map(_followed, setup, [network, *wrong])
    worst = max(others, key=lambda run: float(np.mean(run.off**2)), default=None)
    numbers = _chosen(own.mean_squares)
    return TaskTrials(
        t=np.asarray(trials.dt * np.arange(trials.steps + 1), dtype=np.float64),
        numbers=numbers,
        inputs=np.swapaxes(trials.inputs[:, numbers], 0, 1),
        target=_with_start(trials, trials.states, numbers),
        network=own.states(trials, numbers),
        worst=None if worst is None else worst.states(trials, numbers),
        mean_squares=own.mean_squares,
        errors=own.errors,
        wrong_errors=np.array([each.errors for each in others]).reshape(count, trials.steps),
        lost=(own.lost_trials, 0 if worst is None else worst.lost_trials),
        weights=errors,
    )


def _told(subject: FigureSubject) -> Tuning | None:
    """How it was tuned, where its report's trials can be drawn again: not of given trials."""
    tuning = subject.tuning
    return None if tuning is None or tuning.on == "own" or tuning.system else tuning


def _setup(subject: FigureSubject) -> _Setup:
    """Trials and solver of the report of a tuned network; else those that `tune` would choose."""
    tuning, network, system = _told(subject), subject.the_network(), subject.the_target()
    if tuning is not None and not (tuning.seed >= 0 and 1 <= tuning.test_trials <= MOST_TRIALS):
        raise InputError(
            f"says that it was tuned with seed {tuning.seed} and {tuning.test_trials} test trials, "
            "which cannot be drawn; tune it again",
            where=subject.name,
        )
    duration = system.simulation.duration if tuning is None else tuning.duration
    if system.task is None and duration is None:
        raise InputError(
            "its system says neither a task nor a duration, so that there are no trials to draw; "
            "add `task:` or `simulate: {duration: ...}` to the system's file, or give `lrfit tune` "
            "a --duration",
            where=subject.name,
        )
    usual = network.dt or network.tau / 10
    trials = trials_of(
        system,
        _TRIALS if tuning is None else tuning.test_trials,
        np.random.SeedSequence([_seed(subject), 20, _TEST_STREAM]),
        dt=usual if tuning is None else tuning.dt,
        duration=duration or 0.0,
    )
    return _Setup(trials=trials.part(0, min(_TRIALS, trials.count)), solver=_solver(subject))


def _solver(subject: FigureSubject) -> FixedSolver:
    tuning = _told(subject)
    chosen = None if tuning is None else tuning.solver
    if chosen is None:
        return "rk4" if subject.the_network().dt is None else "euler"
    return "euler" if chosen == "euler" else "rk4"


def _seed(subject: FigureSubject) -> int:
    tuning = _told(subject)
    return subject.seed if tuning is None else tuning.seed


def _weights(subject: FigureSubject) -> Errors:
    """The wrong weights of the report; of a network that is not tuned those of `tune`."""
    said = _told(subject) or TuneOptions()
    return reported_errors(said.weight_noise, said.wrong, _seed(subject))


def _draw_count(subject: FigureSubject, steps: int) -> int:
    """Networks with wrong weights: fewer where trials have very many steps."""
    tuning = _told(subject)
    most = _DRAWS if tuning is None else min(_DRAWS, tuning.draws)
    return min(most, max(_FEWEST_DRAWS, _STEPS // steps - 1))


def _followed(setup: _Setup, network: LowRankNetwork) -> _Run:
    layout = layout_of(network)
    loop = Loop(layout=layout, solver=setup.solver, errors=Errors())
    off = residuals(loop, layout.vector(network), setup.trials)
    lost = np.all(off == FAR, axis=2)  # residuals are exactly this from where a trial is lost
    return _Run(off=off * network.state_domain.half_width, lost=lost)


def _chosen(mean_squares: Array) -> NDArray[np.intp]:
    """The first trials, and at the end the one with the largest error."""
    worst = int(np.argmax(mean_squares))
    others = [p for p in range(len(mean_squares)) if p != worst]
    return np.array([*others[: SHOWN - 1], worst], dtype=np.intp)


def _with_start(trials: TrialSet, states: Array, numbers: NDArray[np.intp]) -> Array:
    return np.concatenate([trials.start[numbers, None], states[numbers]], axis=1)
