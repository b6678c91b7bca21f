"""The smallest network that is within the tolerance *and* does what its target does.

Place in the flow: after the search for the smallest network within the tolerance. If long runs of
that one (and of the others found beside it) end where the target's do, it is taken. If not, the
error over the box is a bad guide: landmarks of the target join the samples, and the search is
repeated, each time stricter about them, until a network is faithful. One more search after that
looks for a smaller one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lrfit.analysis.long_runs import Conduct, LongRuns
from lrfit.network.lowrank import from_box
from lrfit.regression.noise_price import criterion_value
from lrfit.search.assemble import Candidate
from lrfit.search.emphasis import COUNT, emphasis
from lrfit.search.explore import Explorer
from lrfit.search.result import Fit
from lrfit.search.select import MARGIN
from lrfit.search.setting import Setting

STRICTNESS = (0.1, 0.3, 1.0, 3.0, 10.0)
_VERDICTS = 12
"""Networks of one search that are judged at most: the smallest ones."""

Search = Callable[[Setting], tuple[Explorer, bool]]
"""Search in a setting; whether it was interrupted."""
Finish = Callable[[Explorer, Candidate], Fit]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pursuit:
    """How a faithful network is looked for."""

    plain: Explorer
    search: Search
    finish: Finish
    began: float

    def run(self, smallest: Fit) -> Fit:
        """The smallest faithful network within the tolerance; else `smallest`, which then says
        that it is not, and counts as not met.
        """
        setting = self.plain.setting
        runs = LongRuns(setting.system, seed=setting.options.seed)
        first, bound = runs.compare(smallest.network), self.plain.best_size
        if bound is None:
            return _failed(smallest, first)
        best = self._judged(self.plain, runs)
        best = best and _marked(best, first)
        for strictness in STRICTNESS:
            if (best and best.network.neurons <= bound) or self._late():
                break
            marks = emphasis(setting.system, setting.scale, setting.options.seed, strictness)
            if marks is None:
                break
            explorer, interrupted = self.search(replace(setting, emphasis=marks))
            found = self._judged(explorer, runs, best.network.neurons - 1 if best else None)
            once_more = best is None and found is not None
            best = _marked(found, first, strictness) if found else best
            if interrupted or (best and not once_more):
                break
        return best or _failed(smallest, first)

    def _late(self) -> bool:
        limit = self.plain.setting.options.time_limit
        return limit is not None and time.monotonic() - self.began > limit

    def _judged(self, explorer: Explorer, runs: LongRuns, most: int | None = None) -> Fit | None:
        """The smallest faithful network of a search."""
        for number, candidate in enumerate(_within(explorer, most)):
            if number == _VERDICTS:
                break
            system = explorer.setting.system
            network = from_box(candidate.neurons, candidate.readout, system.domain, dt=system.dt)
            conduct = runs.compare(network)
            if conduct.faithful:
                fit = self.finish(explorer, candidate)
                if fit.met:
                    return replace(fit, evidence={**fit.evidence, **told(conduct)})
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


def told(conduct: Conduct) -> Mapping[str, float | str]:
    """What long runs have shown, as evidence."""
    shares = ", ".join(f"{kind} {share:.1%}" for kind, share in conduct.shares.items())
    return {
        "faithful": "yes" if conduct.faithful else "no",
        "runs_alike": shares or "no run stays in the box",
        "drift": conduct.drift,
    }


def _failed(fit: Fit, conduct: Conduct) -> Fit:
    """Not faithful: within the tolerance or not, this is not what was asked for."""
    if conduct.faithful:
        return replace(fit, evidence={**fit.evidence, **told(conduct)})
    note = f"the network is not faithful: {'; '.join(conduct.differences)}"
    return replace(
        fit,
        met=False,
        evidence={**fit.evidence, **told(conduct)},
        warnings=(*fit.warnings, note),
    )


def _marked(fit: Fit, first: Conduct, strictness: float = 0.0) -> Fit:
    """With what the search for faithful dynamics has done, and why."""
    evidence = {**fit.evidence, "strictness": strictness, "landmarks": COUNT if strictness else 0}
    if not strictness:
        return replace(fit, evidence=evidence)
    note = (
        f"the smallest network within the tolerance is not faithful ({'; '.join(first.differences)}"
        f"): {COUNT:,} points on attractors, fixed points and separatrices joined the samples, "
        f"with an error of tol/{strictness:g} of the local speed in view"
    )
    return replace(fit, evidence=evidence, warnings=(*fit.warnings, note))
