"""Networks of random neurons: all of them, selected greedily, or a smallest random subset.

Place in the flow: candidates drawn in the box become an order of neurons with the validation
error of every prefix; the smallest prefix within the tolerance, or one of a given size, is
settled. A random subset races the greedy choice, since it sometimes wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.progress import Progress
from lrfit.core.threads import BlasThreads
from lrfit.fitting.assemble import Candidate, settle
from lrfit.fitting.policy import BASE, SearchPolicy, SelectPolicy
from lrfit.fitting.result import SizePath
from lrfit.fitting.setting import FitProblem
from lrfit.networks.basis import Neurons
from lrfit.regression.features import BlockFeatures, Features, Indices, MatrixFeatures
from lrfit.regression.greedy import select
from lrfit.regression.noise_price import criterion_value, summarize_errors
from lrfit.regression.random_subset import SubsetProblem, smallest_random_subset
from lrfit.regression.readout import Readout
from lrfit.regression.selection import Rule


@dataclass(frozen=True, kw_only=True, eq=False)
class Prefix:
    """One neuron more: how many, which candidates, training and validation error, readout."""

    neurons: int
    support: Indices
    training: float
    validation: float


class CandidatePool:
    """The candidates of one run, with what their prefixes and subsets are judged by."""

    def __init__(self, setting: FitProblem, policy: SelectPolicy = BASE.select) -> None:
        options = setting.options
        generator = np.random.default_rng([options.seed, 11])
        self.setting, self.policy = setting, policy
        self.candidates = setting.draw(options.candidates, generator)
        self.features = _features(self.candidates, setting, policy.in_memory)

    def greedy(self, rule: Rule, count: int) -> Iterator[Prefix]:
        """Every prefix of the greedy choice, with its validation error."""
        samples = self.setting.samples
        validation, problem = samples.validation, self.setting.regression(samples.training)
        count = min(count, self.candidates.count)
        steps = select(problem, self.features, count=count, rule=rule)
        rates, threads = np.empty((validation.count, 0)), BlasThreads()
        for step in steps:
            newest = self.candidates.subset(step.support[-1:])
            rates = np.hstack([rates, newest.activity(validation.state, validation.input)])
            with threads.one():  # narrow products, for which threads would only wait
                validated = self._validated(rates, step.readout())
            yield Prefix(
                neurons=step.neurons,
                support=step.support,
                training=self._combined(step.training),
                validation=validated,
            )

    def smallest_random_subset(self, tol: float, largest: int) -> Indices | None:
        """The smallest of several random subsets within `tol`, if one has at most `largest`."""
        setting = self.setting
        problem = SubsetProblem(
            readout=setting.regression(setting.samples.training),
            features=self.features,
            error=self._error_of,
        )
        subset = smallest_random_subset(
            problem,
            tol,
            smallest=setting.minimum,
            largest=min(largest, self.candidates.count),
            draws=self.policy.draws,
            generator=np.random.default_rng([setting.options.seed, 12]),
        )
        return None if subset is None else subset.indices

    def settle(self, support: Indices, method: str) -> Candidate:
        """Solve a choice of candidates exactly."""
        return settle(self.setting, self.candidates.subset(support), method)

    def _combined(self, by_output: Array) -> float:
        """One training error from those of every output, by the criterion (worst: overall)."""
        relative = by_output / self.setting.scale
        if self.setting.options.criterion == "per-variable":
            return float(np.max(relative))
        return float(np.linalg.norm(relative))

    def _error_of(self, indices: Indices, readout: Readout) -> float:
        points = self.setting.samples.validation
        rates = self.candidates.subset(indices).activity(points.state, points.input)
        return self._validated(rates, readout)

    def _validated(self, rates: Array, readout: Readout) -> float:
        options, points = self.setting.options, self.setting.samples.validation
        whole = self.setting.completed(readout)
        fitted = whole.velocity(rates, points.state, points.drive)
        summary = summarize_errors(
            points.velocity - fitted,
            points.velocity,
            readout.A,
            points.weight,
            noise=options.noise,
            weight_noise=options.weight_noise,
            activity_mean_square=np.mean(points.weight[:, None] * rates**2, axis=0),
        )
        return criterion_value(summary, options.criterion)


def _features(candidates: Neurons, setting: FitProblem, in_memory: int) -> Features:
    points = setting.samples.training
    if 8 * points.count * candidates.count <= in_memory:
        return MatrixFeatures(candidates.activity(points.state, points.input))
    return BlockFeatures(neurons=candidates, state=points.state, input=points.input)


def smallest_selection(
    setting: FitProblem,
    tol: float,
    rule: Rule,
    progress: Progress,
    policy: SearchPolicy = BASE,
) -> tuple[list[Candidate], tuple[SizePath, ...]]:
    """Candidates within the tolerance, smallest first, or else the best ones; and the path.

    The greedy path is followed until its validation error is within the tolerance; several random
    orders of the same candidates are asked for a smaller subset.
    """
    pool, goal = CandidatePool(setting, policy.select), policy.confirm.margin * tol
    most = setting.options.max_neurons
    prefixes: list[Prefix] = []
    for prefix in pool.greedy(rule, most):
        prefixes.append(prefix)
        progress(rule, prefix.neurons, None, prefix.neurons, prefix.validation)
        if prefix.validation <= goal and prefix.neurons >= setting.minimum:
            break
    found = [pool.settle(prefix.support, rule) for prefix in _worth_settling(prefixes, goal)]
    progress("random subsets", 0, None, None, None)
    within = [candidate.size for candidate in found if candidate.error <= goal]
    random_subset = pool.smallest_random_subset(goal, min(within, default=most + 1) - 1)
    if random_subset is not None:
        found.append(pool.settle(random_subset, "random"))
    met = [candidate for candidate in found if candidate.error <= goal and candidate.sound]
    ranked = sorted(met, key=lambda c: c.size) or sorted(
        found, key=lambda c: (not c.sound, c.error)
    )
    return ranked, (path_of(rule, prefixes),) if prefixes else ()


def _worth_settling(prefixes: list[Prefix], goal: float) -> list[Prefix]:
    """The last prefix, if within the goal; else the best one. Never an empty path's."""
    if not prefixes:
        return []
    if prefixes[-1].validation <= goal:
        return [prefixes[-1]]
    return [min(prefixes, key=lambda prefix: prefix.validation)]


def path_of(method: str, prefixes: list[Prefix]) -> SizePath:
    """Size against training and validation error."""
    return SizePath(
        method=method,
        neurons=np.array([prefix.neurons for prefix in prefixes], dtype=float),
        training=np.array([prefix.training for prefix in prefixes]),
        validation=np.array([prefix.validation for prefix in prefixes]),
    )
