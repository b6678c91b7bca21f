"""The smallest network that is within the tolerance *and* has the dynamics of its target.

Place in the flow: after the search for the smallest network within the tolerance. If that one (or
another found beside it) is faithful, it is taken. If not, the error over the box is a bad guide:
landmarks of the target join the samples, and the search is repeated, each time stricter about
them, until a network is faithful. One more search after that looks for a smaller one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lrfit.dynamics import Anatomy, name_of
from lrfit.dynamics.runs import ESCAPED
from lrfit.dynamics.faithful import examine, quick_check, target_anatomies
from lrfit.errors import LrfitError
from lrfit.network.lowrank import LowRankNetwork, from_box
from lrfit.regression.noise_price import criterion_value
from lrfit.search.assemble import Candidate
from lrfit.search.emphasis import COUNT, emphasis
from lrfit.search.explore import Explorer
from lrfit.search.result import Fit
from lrfit.search.select import MARGIN
from lrfit.search.setting import Setting

STRICTNESS = (0.03, 0.1, 0.3, 1.0, 3.0)
_VERDICTS = 12
"""Networks of one search that are judged at most: the smallest ones."""
ESCAPE = name_of(ESCAPED)
"""What a verdict says of starts that leave the box: then its border joins the landmarks."""

Search = Callable[[Setting], tuple[Explorer, bool]]
"""Search in a setting; whether it was interrupted."""
Finish = Callable[[Explorer, Candidate], Fit]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pursuit:
    """How a faithful network is looked for.

    plain : the search for the smallest network within the tolerance, done. search : does another.
    finish : makes the `Fit` of a candidate. began : monotonic time, for the time limit.
    """

    plain: Explorer
    search: Search
    finish: Finish
    began: float

    def run(self, smallest: Fit) -> Fit:
        """The smallest faithful network within the tolerance; else `smallest`, which then says
        that it is not, and counts as not met.
        """
        differences, bound = self._differences(smallest.network), self.plain.best_size
        if not differences or bound is None:
            return smallest.judged(differences)
        why = _why(smallest, differences)
        best = self._judged(self.plain)
        best = best and best.judged((), note=why)
        for strictness in STRICTNESS:
            if (best and best.network.neurons <= bound) or self._late():
                break
            setting = self._emphasized(strictness, border=any(ESCAPE in d for d in differences))
            if setting is None:
                break
            explorer, interrupted = self.search(setting)
            found = self._judged(explorer, best.network.neurons - 1 if best else None)
            last = interrupted or best is not None
            if found is not None:
                best = found.judged((), note=why + _how(strictness), strictness=strictness)
            if last:
                break
        return best or smallest.judged(differences)

    @cached_property
    def _target(self) -> tuple[Anatomy, ...]:
        setting = self.plain.setting
        return target_anatomies(setting.system, seed=setting.options.seed)

    def _differences(self, network: LowRankNetwork) -> tuple[str, ...]:
        """What is wrong with the dynamics of a network: a quick look first, then a long one."""
        system, seed = self.plain.setting.system.continuous, self.plain.setting.options.seed
        try:
            return (
                quick_check(system, network, seed=seed)
                or examine(system, network, target=self._target, seed=seed).differences
            )
        except LrfitError as error:  # a network that cannot be followed
            return (f"its dynamics cannot be judged: {error}",)

    def _emphasized(self, strictness: float, *, border: bool) -> Setting | None:
        """The setting with landmarks; None if the target has none in its box."""
        setting = self.plain.setting
        seed = setting.options.seed
        marks = emphasis(setting.system, setting.scale, seed, strictness, border=border)
        return None if marks is None else replace(setting, emphasis=marks)

    def _late(self) -> bool:
        limit = self.plain.setting.options.time_limit
        return limit is not None and time.monotonic() - self.began > limit

    def _judged(self, explorer: Explorer, most: int | None = None) -> Fit | None:
        """The smallest faithful network of a search, of at most so many neurons."""
        for number, candidate in enumerate(_within(explorer, most)):
            if number == _VERDICTS:
                break
            system = explorer.setting.system
            network = from_box(candidate.neurons, candidate.readout, system.domain, dt=system.dt)
            if self._differences(network):
                continue
            fit = self.finish(explorer, candidate)
            if fit.met:
                return fit
        return None


def _within(explorer: Explorer, most: int | None) -> Iterator[Candidate]:
    """Sound networks whose error over the box is within the tolerance, smallest first."""
    for size in sorted(explorer.confirmed):
        if most is not None and size > most:
            return
        for candidate in [explorer.confirmed[size], *explorer.others(size)]:
            if candidate.sound and _box_error(explorer.setting, candidate) <= MARGIN * explorer.tol:
                yield candidate


def _box_error(setting: Setting, candidate: Candidate) -> float:
    """The error over the box alone, on the validation set."""
    points = setting.samples.validation
    summary = setting.errors(candidate.neurons, candidate.readout, points)
    return criterion_value(summary, setting.options.criterion)


def _why(smallest: Fit, differences: tuple[str, ...]) -> str:
    return (
        f"the first network within the tolerance ({smallest.network.neurons} neurons) was not "
        f"faithful to its target: {'; '.join(differences)}; this one is"
    )


def _how(strictness: float) -> str:
    return (
        f", since {COUNT:,} points on and around attractors, fixed points and separatrices joined "
        f"the samples, with an error of {1.0 / strictness:.3g} tol of the local speed in view"
    )
