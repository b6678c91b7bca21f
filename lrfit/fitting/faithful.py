"""The smallest network that is within the tolerance *and* has the dynamics of its target.

Place in the flow: after the search for the smallest network within the tolerance. If that one (or
another found beside it) is faithful, it is taken. If not, the error over the box is a bad guide:
landmarks of the target join the samples, and the search is repeated, each time stricter about
them, until a network is faithful. One more search after that looks for a smaller one. A network
whose dynamics could not be judged is never taken for a faithful one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

from lrfit.core.deadline import Deadline, TimeUp
from lrfit.dynamics import Anatomy, name_of
from lrfit.dynamics.faithful import examine, quick_look, target_anatomies
from lrfit.dynamics.search import ESCAPED
from lrfit.fitting.assemble import Candidate
from lrfit.fitting.emphasis import emphasis
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.from_box import from_box
from lrfit.fitting.judge import Judgement, Verdict, judge
from lrfit.fitting.policy import FaithfulPolicy
from lrfit.fitting.result import INTERRUPTED, Fit
from lrfit.fitting.setting import FitProblem
from lrfit.io.text import counted
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.regression.noise_price import criterion_value

ESCAPE = name_of(ESCAPED)
"""What a verdict says of starts that leave the box: then its border joins the landmarks."""

Search = Callable[[FitProblem, Deadline], tuple[Explorer, bool]]
"""Search in a setting until a deadline; whether it was interrupted."""
Finish = Callable[[Explorer, Candidate], Fit]


@dataclass(kw_only=True, eq=False)
class FaithfulSearch:
    """The search for a faithful network, after the plain search for the smallest network.

    plain : the search for the smallest network within the tolerance `tol`, done; its policy is
    that of all. search : does another.
    finish : makes the `Fit` of a candidate. deadline : of the whole command. keep_best : an
    interrupt returns the best network so far.
    best : the smallest faithful network so far. hopeless : two networks in a row were not judged
    for one reason, which is then the target's or the check's and not a network's.
    """

    plain: Explorer
    tol: float
    search: Search
    finish: Finish
    deadline: Deadline
    keep_best: bool = False
    best: Fit | None = field(default=None, init=False)
    hopeless: bool = field(default=False, init=False)
    _known: dict[bytes, Judgement] = field(default_factory=dict, init=False)

    def run(self, smallest: Fit) -> Fit:
        """The smallest faithful network within the tolerance; else `smallest`, which then says
        that it is not faithful or not judged, and counts as not met.

        Raises
        ------
        KeyboardInterrupt
            Interrupted without `keep_best`.
        """
        first: Judgement | None = None
        try:
            first = self._judge(smallest.network)
            if first.faithful or self.plain.best_size is None:
                return _with_verdict(smallest, first)
            interrupted = self._look_further(smallest, first)
        except KeyboardInterrupt:
            if not self.keep_best:
                raise
            interrupted = True
        last = first or Judgement(verdict=INTERRUPTED)
        chosen = self.best or _with_verdict(smallest, last, self._end())
        return replace(chosen, interrupted=interrupted)

    def _look_further(self, smallest: Fit, first: Judgement) -> bool:
        """Judge the other networks of the plain search, then those of stricter searches; whether
        a search was interrupted.
        """
        bound, why = self.plain.best_size, _why(smallest, first)
        self._judge_all(self.plain, note=why)
        border = any(ESCAPE in line for line in first.differences)
        for strictness in self.policy.strictness:
            if self._enough(bound):
                break
            setting = self._emphasized(strictness, border=border)
            if setting is None:
                break
            last = self.best is not None
            explorer, interrupted = self.search(setting, self.deadline.part(self.policy.share))
            if interrupted:
                return True
            note = why + _how(strictness, self.policy.landmarks)
            self._judge_all(explorer, note=note, strictness=strictness)
            if last:
                break
        return False

    def _enough(self, bound: int | None) -> bool:
        """Whether no further search is of use, or there is no time for it."""
        smallest = self.best is not None and self.best.network.neurons <= (bound or 0)
        return smallest or self.hopeless or self.deadline.passed

    def _end(self) -> tuple[str, ...]:
        """What the user should know about a search that found no faithful network."""
        if not self.deadline.passed:
            return ()
        return (f"no faithful network was found before {self.deadline.reason}",)

    @property
    def policy(self) -> FaithfulPolicy:
        """Its numbers."""
        return self.plain.policy.faithful

    @cached_property
    def _target(self) -> tuple[Anatomy, ...]:
        setting = self.plain.setting
        return target_anatomies(setting.system, seed=setting.options.seed)

    def _judge(self, network: LowRankNetwork) -> Judgement:
        """Judge the dynamics of a network, once: by a quick look first, then in full."""
        key = network.M.tobytes() + network.N.tobytes()
        if key not in self._known:
            before = [*self._known.values()][-1:]
            found = judge(lambda: self._check(network), self.deadline)
            self.hopeless = found.faithful is None and found in before
            self._known[key] = found
        return self._known[key]

    def _check(self, network: LowRankNetwork) -> Verdict:
        setting, target = self.plain.setting, self._target
        system, seed = setting.system.continuous, setting.options.seed
        quick = quick_look(system, network, seed=seed, target=target)
        if quick.faithful is False:
            return quick
        return examine(system, network, target=target, seed=seed)

    def _emphasized(self, strictness: float, *, border: bool) -> FitProblem | None:
        """The setting with landmarks; None if the target has none in its box, or time is up."""
        setting = self.plain.setting
        seed = setting.options.seed
        with suppress(TimeUp), self.deadline.enforced():
            marks = emphasis(
                setting.system, setting.scale, seed, strictness, border=border, policy=self.policy
            )
            return None if marks is None else replace(setting, emphasis=marks)
        return None

    def _judge_all(self, explorer: Explorer, *, note: str, strictness: float = 0.0) -> None:
        """Judge the networks of a search that are smaller than the best one, smallest first, until
        one is faithful.
        """
        most = self.best.network.neurons - 1 if self.best else None
        goal = explorer.policy.confirm.margin * self.tol
        for number, candidate in enumerate(_within(explorer, goal, most)):
            if number == self.policy.verdicts or self.hopeless or self.deadline.passed:
                break
            system = explorer.setting.system
            network = from_box(candidate.neurons, candidate.readout, system.domain, dt=system.dt)
            if not self._judge(network).faithful:
                continue
            fit = self.finish(explorer, candidate)
            if fit.met:
                self.best = fit.judged("yes", check="full", notes=[note], strictness=strictness)
                break


def _with_verdict(smallest: Fit, found: Judgement, notes: tuple[str, ...] = ()) -> Fit:
    """The smallest network with its own verdict; it counts as met only if that is "yes"."""
    if found.faithful is False:
        what = "; ".join(found.differences)
        notes = (f"the network is not faithful to its target: {what}", *notes)
    elif found.faithful is None:
        notes = (*found.lines, *notes)
    return smallest.judged(found.verdict, check="full", notes=notes, required=True, strictness=0.0)


def _within(explorer: Explorer, goal: float, most: int | None) -> Iterator[Candidate]:
    """Sound networks whose error over the box is within the tolerance, smallest first."""
    for size in sorted(explorer.confirmed):
        if most is not None and size > most:
            return
        for candidate in [explorer.confirmed[size], *explorer.others(size)]:
            if candidate.sound and _box_error(explorer.setting, candidate) <= goal:
                yield candidate


def _box_error(setting: FitProblem, candidate: Candidate) -> float:
    """The error over the box alone, on the validation set."""
    points = setting.samples.validation
    summary = setting.errors(candidate.neurons, candidate.readout, points)
    return criterion_value(summary, setting.options.criterion)


def _why(smallest: Fit, first: Judgement) -> str:
    """Why the smallest network was not taken."""
    size = smallest.network.neurons
    if first.faithful is None:
        what = first.verdict
    else:
        what = f"not faithful to its target: {'; '.join(first.differences)}"
    first_one = f"the first network within the tolerance ({counted(size, 'neuron')})"
    return f"{first_one} was {what}; this one is faithful"


def _how(strictness: float, count: int) -> str:
    return (
        f": {count:,} points on and around attractors, fixed points and separatrices joined the "
        f"samples, and there the error may be {1.0 / strictness:.3g} times the tolerance, relative "
        "to the local speed"
    )
