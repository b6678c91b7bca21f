"""The fewest neurons that do the task: sizes are doubled until one suffices, then bisected.

A size suffices with the stable states of the trained network, where all but one in a thousand of
the validation trials are right that are right with it. Where no size gets there, since noise leaves
some trials at the edge, a few more may go wrong.

Several starts are made of every size, since one is not enough (measured: 16 neurons ended worse
than 8); each is fitted to the latent field, tuned in closed loop, and judged on validation trials.

Place in the flow: `reduce` measures the network found here on test trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.progress import Progress
from lrfit.fitting.reduction_report import NEAR, Tried
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.reduction.closed_loop import path_and_outputs, stressed, trial_set, tuned
from lrfit.reduction.figures import Figures, Trials
from lrfit.reduction.options import ReduceOptions
from lrfit.reduction.small import SmallProblem
from lrfit.reduction.states import States, apart, reduced_states
from lrfit.tuning.trials import TrialSet

LARGEST = 32
"""Neurons at most, where as few as suffice are looked for."""
EDGE = 1e-3
"""Share of the trials that may go wrong where all are to be right: noise leaves some at an edge."""
STRESSED = 3
"""Rounds of tuning at most in which the trials that go wrong count more."""
PROMISING = 0.5
"""Share of right trials below which a size gets no further start."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """A small network before and after tuning, and how well it does on validation trials.

    done : within the tolerance, as many trials right but for those at the edge. same : with the
    stable states of the trained network. enough : both, and right in all but one in a thousand.
    perfect : both, with as many right as the trained network.
    """

    before: LowRankNetwork
    network: LowRankNetwork
    figures: Figures
    done: bool
    enough: bool
    perfect: bool
    same: bool

    @property
    def order(self) -> tuple[bool, bool, bool, float, float]:
        """The larger, the better, among networks of one size."""
        figures = self.figures
        return self.done, self.same, self.enough, figures.right, -figures.relative_loss

    def smaller_than(self, other: Attempt) -> bool:
        """Whether it does as much as another with fewer neurons, or more."""
        own, others = ((each.done, each.enough) for each in (self, other))
        if own != others or not self.done:
            return self.order > other.order
        return self.network.neurons < other.network.neurons


class SizeSearch:
    """The search for the size, from latent state `start` (L,) on."""

    def __init__(
        self,
        problem: SmallProblem,
        start: Array,
        training: Trials,
        validation: Trials,
        states: States,
        options: ReduceOptions,
        seed: int,
        progress: Progress,
        *,
        largest: int = LARGEST,
    ) -> None:
        self.problem, self.options, self.seed, self.progress = problem, options, seed, progress
        self.validation, self.states, self.largest = validation, states, largest
        dt = training.original.task.dt
        self.stages = [
            [
                trial_set(
                    each.drawn.inputs,
                    each.teacher.outputs,
                    start,
                    dt,
                    judged=each.drawn.judged if last else None,
                )
                for each in (training, validation)
            ]
            for last in (False, True)
        ]
        self.outputs = training.teacher.outputs.shape[2]
        self.tried: list[Tried] = []
        self.best: dict[int, Attempt] = {}

    def found(self) -> Attempt:
        """The best network of the smallest size that suffices, or the best of all."""
        if self.options.neurons is not None:
            return self._of_size(self.options.neurons)
        size = self.problem.field.domain.dimension
        sizes = [size - 1, size]
        while not self._of_size(sizes[-1]).enough and not self._ends(sizes[-1]):
            sizes.append(min(2 * sizes[-1], self.largest))
        asked = self._asked()
        if asked is None:
            return max(self.best.values(), key=lambda each: each.order)
        size = min(each for each in self.best if asked(self.best[each]))
        below = max(each for each in sizes if each < size)
        while size - below > 1:
            middle = (size + below) // 2
            if asked(self._of_size(middle)):
                size = middle
            else:
                below = middle
        return self.best[size]

    def _ends(self, size: int) -> bool:
        """Whether no more neurons are tried.

        So it is where twice the neurons get no more trials right than half of them, and these are
        enough: the last trials are at the edge of what is right, because of noise in their inputs.
        """
        last = [self.best[each] for each in sorted(self.best)[-2:]]
        return size >= self.largest or (
            len(last) == 2
            and all(each.done for each in last)
            and last[1].figures.right <= last[0].figures.right
        )

    def _asked(self) -> Callable[[Attempt], bool] | None:
        """What a size has reached: all trials right, or all but those at the edge; or neither."""
        for name in ("enough", "done"):
            asked = attrgetter(name)
            if any(asked(each) for each in self.best.values()):
                return asked
        return None

    def _of_size(self, neurons: int) -> Attempt:
        for k in range(self.options.starts):
            attempt = self._attempt(neurons, k)
            known = self.best.get(neurons)
            if known is None or attempt.order > known.order:
                self.best[neurons] = attempt
            best = self.best[neurons]
            if best.perfect or best.figures.right < PROMISING:
                break
        return self.best[neurons]

    def _attempt(self, neurons: int, k: int) -> Attempt:
        """Tune a network on all outputs and then, where trials go wrong, on those that count."""
        before = self.problem.with_output(self.problem.fitted(neurons, self.seed + k))
        best = last = self._tuned(before, before, self.stages[0])
        for _ in range(STRESSED):
            if best.perfect or best.figures.right < PROMISING:
                break
            sets = [stressed(each, last.network) for each in self.stages[1]]
            last = self._tuned(before, last.network, sets)
            best = max(best, last, key=lambda each: each.order)
        rounds, figures = self.options.iterations, best.figures
        self.progress(
            f"{neurons} neurons, start {k + 1}", rounds, rounds, neurons, figures.relative_loss
        )
        self.tried.append(
            Tried(
                neurons=neurons,
                start=k,
                relative_loss=figures.relative_loss,
                right=figures.right,
                met=best.done,
            )
        )
        return best

    def _tuned(
        self, before: LowRankNetwork, start: LowRankNetwork, sets: Sequence[TrialSet]
    ) -> Attempt:
        rounds, neurons = self.options.iterations, start.neurons
        network = tuned(
            start,
            *sets,
            iterations=rounds,
            seed=self.seed,
            tell=lambda done, error: self.progress("tune", done, rounds, neurons, error),
        )
        path, read = path_and_outputs(network, sets[1])
        figures = self.validation.of_outputs(read[:, :, : self.outputs])
        done, same = self.validation.done(figures, self.options.tol), self._same(network, path)
        wanted = self.validation.trained.right
        return Attempt(
            before=before,
            network=network,
            figures=figures,
            done=done,
            enough=done and same and figures.right >= wanted - EDGE,
            perfect=done and same and figures.right >= wanted,
            same=same,
        )

    def _same(self, network: LowRankNetwork, path: Array) -> bool:
        """Whether the stable states at rest are those of the trained network.

        path : (T, P, L) latent states, near which they are looked for.
        """
        generator = np.random.default_rng([self.seed, 60])
        starts = path.reshape(-1, path.shape[2])
        own = reduced_states(network, starts, self.outputs, generator).stable
        wanted = self.states.stable
        return len(own) == len(wanted) and not apart(own, wanted) > NEAR
