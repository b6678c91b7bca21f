"""What is settled before the first step of tuning: trials, errors, solver, step, layout.

Place in the flow: `tune` and `smallest` make a `Plan` of a fit, descend by it, and measure what
comes out on trials that nothing has seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.deadline import Deadline
from lrfit.core.errors import UsageError
from lrfit.core.executor import Executor
from lrfit.core.progress import Progress
from lrfit.fields.box import BoxField, fastest_rate
from lrfit.fitting.result import Fit
from lrfit.io.text import counted
from lrfit.networks.clones import cloned, require_copies
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.wrong_weights import Errors, reported_errors
from lrfit.options.python_values import told
from lrfit.scoring.result import Score
from lrfit.scoring.score import score
from lrfit.simulation.field_trials import FixedSolver
from lrfit.systems.places import sobol_points
from lrfit.systems.system import System
from lrfit.tuning.closed_loop import Loop
from lrfit.tuning.judged import Examined, examine
from lrfit.tuning.levenberg import Descent, Job, descend, in_blocks
from lrfit.tuning.options import TuneOptions
from lrfit.tuning.trials import TrialSet, trials_of
from lrfit.tuning.weights import Layout, layout_of

FEWEST = 256
"""Training trials at least: with 128 for 32 neurons, errors on new trials were six times those
on the trials themselves."""
STREAMS = ("training", "validation", "test")
"""Whose random streams differ, so that no trial is in two sets."""
SHORTEST, LONGEST = 0.1, 0.5
"""Default Runge-Kutta steps, over tau: at half of tau the leak is right to 4e-4 of itself."""
VALIDATION_DRAWS = 20
"""Networks with wrong weights whose median a search goes by, and that is compared with."""
WRONG_TRIALS = 64
"""Of the trials, for each network with wrong weights: these differ more than trials do."""
PER_RATE = 0.2
"""Default Runge-Kutta steps, over the shortest time of the target."""

Draw = Callable[[int, np.random.SeedSequence], TrialSet]
"""Trials of one's own: how many, and the stream to draw them from."""


class Plan:
    """Trials by name, errors, and how to step.

    Parameters
    ----------
    start : Fit
        Where to start.
    system : System
        Whose task, or whose box, gives the trials.
    options : TuneOptions
    seed : int
        Of trials, errors and steps.
    draw : callable, optional
        Trials of one's own, in place of the system's.

    Raises
    ------
    UsageError
        Fewer training trials than weights, no duration, a step at which the leak diverges.
    """

    def __init__(
        self,
        start: Fit,
        system: System,
        options: TuneOptions,
        seed: int,
        draw: Draw | None = None,
    ) -> None:
        network = start.network
        require_copies(network, options.clones)
        self.start, self.system, self.options, self.seed = start, system, options, seed
        self.layout = layout_of(network, start.options.structures)
        _require_places(options.wrong, self.layout)
        self.solver: FixedSolver = _solver(network, options)
        self.dt = options.dt or network.dt or _step(network, system, self.solver)
        if self.dt >= 2 * network.tau:
            raise UsageError(
                f"dt={self.dt:g} is twice tau={network.tau:g} or more, where the leak diverges; "
                "give a smaller dt (tau / 10 is usual)"
            )
        counts = (
            _trial_count(options, self.layout),
            options.validation_trials,
            options.test_trials,
        )
        self.on = "own" if draw is not None else "box" if system.task is None else "task"
        draw = draw or self._of_system()
        self.sets = {
            name: self._checked(draw(count, np.random.SeedSequence([seed, 20, k])))
            for k, (name, count) in enumerate(zip(STREAMS, counts, strict=True))
        }
        self.dt = self.sets["test"].dt

    def _of_system(self) -> Draw:
        duration = _duration(self.system, self.options)
        return lambda count, stream: trials_of(
            self.system, count, stream, dt=self.dt, duration=duration
        )

    def _checked(self, trials: TrialSet) -> TrialSet:
        """Trials of one's own may be of another system."""
        if not isinstance(trials, TrialSet):
            raise UsageError(f"draw gives {told(trials)}; it should give a TrialSet")
        domain = self.start.network.state_domain
        found = trials.start.shape[1], trials.inputs.shape[2]
        if found != (domain.dimension, domain.input_count):
            raise UsageError(
                f"the trials have {counted(found[0], 'variable')} and "
                f"{counted(found[1], 'input')}, the network {domain.dimension} and "
                f"{domain.input_count}"
            )
        return trials

    def descend(
        self,
        executor: Executor,
        deadline: Deadline,
        tell: Progress,
        enough: Callable[[Array, float], bool] | None = None,
    ) -> Descent:
        """Tune, on training and validation trials alone; no further than is `enough`."""
        rounds, neurons = self.options.iterations, self.start.network.neurons
        job = Job(
            loops={
                name: Loop(layout=self.layout, solver=self.solver, errors=self._errors(k))
                for k, name in enumerate(STREAMS[:2])
            },
            trials={name: in_blocks(self.sets[name], self.layout) for name in STREAMS[:2]},
        )

        def report(k: int, validation: float) -> None:
            tell("tune", k, rounds, neurons, math.sqrt(validation))

        return descend(
            job,
            self.layout.vector(self.start.network),
            executor,
            iterations=rounds,
            generator=np.random.default_rng([self.seed, 40]),
            deadline=deadline,
            report=report,
            enough=enough,
        )

    def _errors(self, stream: int) -> Errors:
        """Of a set of trials; those of clones average."""
        options = self.options
        return Errors(
            weights=options.weight_noise / math.sqrt(options.clones),
            places=options.wrong,
            rates=options.rate_noise,
            time=self.start.network.tau,
            seed=(self.seed, 30 + stream),
        )

    def tuned(self, found: Descent) -> LowRankNetwork:
        """The network where the descent ended, with its clones."""
        return cloned(self.layout.network(found.theta), self.options.clones)

    def examined(
        self, network: LowRankNetwork, executor: Executor, draws: int | None = None
    ) -> Examined:
        """How right a network is on the test trials, as it is and with wrong weights."""
        options = self.options
        errors = reported_errors(options.weight_noise, options.wrong, self.seed)
        draws = options.draws if draws is None else min(draws, options.draws)
        return self._examined(network, "test", errors, draws, executor)

    def validated(self, network: LowRankNetwork, executor: Executor) -> Examined:
        """The same on validation trials, with other wrong weights, for a search to go by."""
        options = self.options
        errors = Errors(
            weights=options.weight_noise, places=options.wrong, seed=(self.seed, 30 + len(STREAMS))
        )
        return self._examined(network, "validation", errors, VALIDATION_DRAWS, executor)

    def scored(self, network: LowRankNetwork, *, trials: int, seed: int) -> Score:
        """How many trials of the task end right, of a network and of the target."""
        return score(
            network, task=self.system, trials=trials, seed=seed, solver=self.solver, dt=self.dt
        )

    def _examined(
        self, network: LowRankNetwork, on: str, errors: Errors, draws: int, executor: Executor
    ) -> Examined:
        return examine(
            network,
            self.sets[on],
            executor,
            solver=self.solver,
            errors=errors,
            draws=draws if errors.weights else 0,
            wrong_trials=WRONG_TRIALS,
        )


def _require_places(wrong: tuple[str, ...], layout: Layout) -> None:
    """Refuse errors in weights that the network does not have."""
    missing = [name for name in wrong if not np.prod(layout.shapes.get(name, (0,)))]
    if missing:
        what = "reads no rates" if missing[0] == "O" else "has no inputs"
        raise UsageError(f"{missing[0]} cannot be wrong: this network {what}; leave it out")


def _solver(network: LowRankNetwork, options: TuneOptions) -> FixedSolver:
    if options.solver is not None:
        return "euler" if options.solver == "euler" else "rk4"
    return "rk4" if network.dt is None else "euler"


def _step(network: LowRankNetwork, system: System, solver: FixedSolver) -> float:
    """As long as the leak and the target's fastest change allow; Euler's is tau / 10."""
    shortest = SHORTEST * network.tau
    if solver == "euler":
        return shortest
    domain = system.domain
    D = domain.dimension
    corners = sobol_points(D + domain.input_count, 256, np.random.default_rng(0))
    u = domain.input_from_box(corners[:, D:])
    fastest = fastest_rate(BoxField(field=system).jacobian(corners[:, :D], u))
    longest = LONGEST * network.tau
    return max(shortest, min(longest, PER_RATE / fastest if fastest > 0 else longest))


def _trial_count(options: TuneOptions, layout: Layout) -> int:
    """Training trials: at least one for each weight that is moved."""
    weights = layout.free
    if options.trials is None:
        return max(FEWEST, weights)
    if options.trials < weights:
        raise UsageError(
            f"{options.trials} trials for {weights} weights would be learned by heart; give at "
            f"least {weights}, or tune a smaller network"
        )
    return options.trials


def _duration(system: System, options: TuneOptions) -> float:
    if system.task is not None:
        return float(system.task.duration)
    duration = options.duration or system.simulation.duration
    if duration is None:
        raise UsageError("the system's file says no duration; give --duration (duration=...)")
    return float(duration)
