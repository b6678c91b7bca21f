"""reduce(): the smallest network that does what a trained network does.

Place in the flow: trained network -> latent model (`ranks`) -> field in whitened coordinates,
sampled on the trajectories -> small networks, tuned in closed loop (`search`) -> `Fit`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress, silent
from lrfit.core.threads import BlasThreads
from lrfit.fitting.result import Fit
from lrfit.learning.opening import Task
from lrfit.learning.trials import TaskTrials
from lrfit.options.declare import replaced
from lrfit.reduction.activity import RecordedTask, recorded
from lrfit.reduction.described import Chosen, reduction_of, shifted, stored_of
from lrfit.reduction.figures import Trials
from lrfit.reduction.options import ReduceOptions
from lrfit.reduction.original import Original, Trained, as_original
from lrfit.reduction.ranks import RankSearch
from lrfit.reduction.search import LARGEST, SizeSearch
from lrfit.reduction.space import Space, space_of
from lrfit.reduction.units import in_user_units, started_at

MOST_RANKS = 3
"""Ranks at which small networks are looked for, at most."""


def reduce(
    trained: Trained,
    options: ReduceOptions | None = None,
    *,
    task: Task | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    **changes: Any,
) -> Fit:
    """Find the smallest network that does the task of a trained network.

    Parameters
    ----------
    trained : TrainedNetwork, FullRankNetwork or path
        What `learn` or `import_network` made; or, with the options tau and dt, a file of activity
        alone: `rates`, `inputs` and perhaps `outputs`, each (trials, times, columns).
    options : ReduceOptions, optional
        Rank, size, tolerance, trials.
    task : name, System or path, optional
        Whose trials are used; by default that on which the network was trained.
    seed : int
        Of trials, starts and steps.
    progress : callable, optional
        progress(stage, done, total, neurons, error), now and then.
    **changes
        Fields of `ReduceOptions`, in place of those of `options`.

    Returns
    -------
    Fit
        The network, whose state is the trained network's outputs (then further latent variables),
        with `reduction`: how well it does the task beside the trained network, on new trials. Its
        report is about the latent field.

    Raises
    ------
    UsageError
        No task, or a network that has no latent form.
    InputError
        A file cannot be read.

    Notes
    -----
    Galerkin's projection on principal components of h = x - B v, or a low-rank network trained on
    the rates (Valente et al. 2022), gives a latent field g(kappa, v) with filtered inputs v.

    Examples
    --------
    >>> import lrfit
    >>> trained = lrfit.learn("flip_flop", neurons=32, g=0.0, epochs=150, rate=0.1,
    ...     test_trials=64)
    >>> small = lrfit.reduce(trained, neurons=2, trials=64, starts=1, iterations=15)
    >>> small.network.neurons, small.network.state_domain.variables
    (2, ('memory1', 'memory2'))
    """
    began = time.monotonic()
    chosen = replaced(ReduceOptions, options, changes)
    tell = progress or silent
    with BlasThreads().one():
        if chosen.tau is None and chosen.dt is None:
            return _Reducing(as_original(trained, task), chosen, seed, tell).fit(began)
        if not isinstance(trained, str | Path):
            raise UsageError("tau and dt are for a file of activity; a network has its own")
        original, known = recorded(trained, chosen.tau, chosen.dt)
        found = _Reducing(original, chosen, seed, tell).fit(began)
    told = None if found.reduction is None else replace(found.reduction, recorded_r2=known)
    return replace(found, reduction=told)


class _Reducing:
    """One reduction: trials, and the stages one after the other."""

    def __init__(
        self, original: Original, options: ReduceOptions, seed: int, progress: Progress
    ) -> None:
        self.original, self.options, self.seed = original, options, seed
        self.progress = progress
        counts = (options.trials, 2 * options.trials, options.trials)
        self.training, self.validation, self.test = (
            Trials(
                original=original,
                drawn=_drawn(original, count, seed, k),
            )
            for k, count in enumerate(counts)
        )

    def fit(self, began: float) -> Fit:
        """The reduced network, measured."""
        ranks = RankSearch(self.original, self.training, self.validation, self.seed, self.progress)
        chosen = self._chosen(ranks)
        own, start = chosen.space.aligned(chosen.attempt.network)
        network, initial, shift = started_at(in_user_units(own, self.original.task), start)
        aligned = replace(chosen, attempt=replace(chosen.attempt, network=own))
        told = reduction_of(aligned, start, self.test, ranks, self.options, self.seed)
        problem = chosen.search.problem
        return Fit(
            network=network,
            report=problem.report(own),
            stored=stored_of(self.test, network.state_domain, initial),
            options=problem.options(self.seed),
            method="refine",
            seconds=time.monotonic() - began,
            reduction=shifted(told, shift),
        )

    def _chosen(self, ranks: RankSearch) -> Chosen:
        """The smallest network that does the task, or the best of all.

        A larger rank may do with fewer neurons, and so ranks are tried until one does not.
        """
        best: Chosen | None = None
        most = LARGEST
        candidates = ranks.candidates(self.options.rank, self.options.by)
        for found in islice(candidates, MOST_RANKS):
            space = space_of(found, self.training)
            search = self._search(space, most)
            here = Chosen(space=space, search=search, attempt=search.found())
            done = best is not None and best.attempt.done
            if best is None or here.attempt.smaller_than(best.attempt):
                best = here
            elif done:
                break
            if best.attempt.done:
                most = best.attempt.network.neurons - 1
            if (self.options.neurons is not None and best.attempt.done) or most <= found.model.rank:
                break
        assert best is not None
        return best

    def _search(self, space: Space, largest: int) -> SizeSearch:
        return SizeSearch(
            space.problem(self.seed),
            space.start,
            self.training,
            self.validation,
            space.states(self.seed),
            self.options,
            self.seed,
            self.progress,
            largest=largest,
        )


def _drawn(original: Original, count: int, seed: int, k: int) -> TaskTrials:
    """Trials of set k; recorded ones are what they are."""
    if isinstance(original.task, RecordedTask):
        return original.task.part(k)
    return original.task.draw(count, np.random.SeedSequence([seed, 70, k]))
