"""Checks of the dynamics that never lose a fit: whatever happens in them becomes a verdict.

Place in the flow: every `Fit` that leaves `fit` or `minimize` gets a quick look at its closed-loop
dynamics. The search is done by then: the fit is handed on first (`on_found`), and an error, an
interrupt or the time limit in the look only changes what is said about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from lrfit.core.deadline import Deadline, TimeUp
from lrfit.core.errors import LrfitError
from lrfit.core.threads import BlasThreads
from lrfit.dynamics.faithful import quick_look
from lrfit.fitting.result import INTERRUPTED, NOT_JUDGED, Fit, is_faithful

if TYPE_CHECKING:
    from lrfit.dynamics.faithful.run import RunComparison
    from lrfit.networks.lowrank import LowRankNetwork

_UNFINISHED = f"{NOT_JUDGED}the program ended before the look at the dynamics was done"
"""The verdict of a network that is handed on before the look."""


class Verdict(Protocol):
    """What a check of the dynamics returns; implemented by `Faithfulness`."""

    @property
    def differences(self) -> tuple[str, ...]:
        """What differs from the target, one line each."""
        ...

    @property
    def verdict(self) -> str:
        """One line: "yes", "no (what differs)" or "not judged: why"."""
        ...


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is known about the dynamics of a network after a check, even one that failed.

    verdict : "yes", "no (what differs)" or "not judged: why". differences : one line each.
    warnings : what the user should do about a check that failed. evidence : numbers of the declared
    run by name.
    """

    verdict: str
    differences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def faithful(self) -> bool | None:
        """True only for "yes"; None where the dynamics were not judged."""
        return is_faithful(self.verdict)

    @property
    def lines(self) -> tuple[str, ...]:
        """Warnings of a fit with this judgement; none for "yes"."""
        if self.faithful is None:
            why = self.verdict.removeprefix(NOT_JUDGED)
            return (f"the dynamics were not judged: {why}", *self.warnings)
        return tuple(f"the dynamics differ: {line}" for line in self.differences)


def judge(check: Callable[[], Verdict], deadline: Deadline) -> Judgement:
    """Run a check of the dynamics and return what it said, or why it said nothing.

    Only a KeyboardInterrupt is raised on.
    """
    try:
        with deadline.enforced():
            found = check()
            return Judgement(
                verdict=found.verdict, differences=found.differences, evidence=_of_run(found)
            )
    except TimeUp:
        return Judgement(verdict=NOT_JUDGED + deadline.reason)
    except LrfitError as error:
        return Judgement(verdict=f"{NOT_JUDGED}{error}")
    except Exception as error:  # whatever it is, the fit is worth more than its check
        if deadline.passed:  # compiled code may turn the alarm's exception into another
            return Judgement(verdict=NOT_JUDGED + deadline.reason)
        text = f"internal error in the check ({type(error).__name__}: {error})"
        advice = "the network is not affected by the internal error in its check; please report it"
        return Judgement(verdict=NOT_JUDGED + text, warnings=(advice,))


def with_quick_look(
    fit: Fit,
    *,
    deadline: Deadline,
    on_found: Callable[[Fit], None] | None = None,
    required: bool = False,
    stand_in: LowRankNetwork | None = None,
) -> Fit:
    """Add the verdict of a quick look, and a warning for each thing that differs.

    Parameters
    ----------
    fit : Fit
        A network whose search is done.
    deadline : Deadline
        The look ends when it passes, with the verdict "not judged".
    on_found : callable, optional
        Called with the fit before the look, to keep it should the process not survive the look.
    required : bool
        A fit whose dynamics are not judged to be the target's counts as not met.
    stand_in : LowRankNetwork, optional
        One with the same field and fewer neurons, which is looked at in place of the fit's.

    An interrupt ends the look and not the program: the verdict is then "not judged: interrupted".
    After an interrupted search there is no look, since the user wants to have the result now.
    """
    if fit.interrupted:
        return _with(fit, Judgement(verdict=INTERRUPTED), required)
    if on_found is not None:
        on_found(replace(fit, faithful=_UNFINISHED, faithful_check="quick"))
    network = fit.network if stand_in is None else stand_in
    try:
        with BlasThreads().one():  # products of a few states: threads would only wait
            found = judge(lambda: quick_look(fit.system, network, seed=fit.options.seed), deadline)
    except KeyboardInterrupt:
        found = Judgement(verdict=INTERRUPTED)
    return _with(fit, found, required)


def _with(fit: Fit, found: Judgement, required: bool) -> Fit:
    judged = fit.judged(found.verdict, check="quick", notes=found.lines, required=required)
    return replace(judged, evidence={**judged.evidence, **found.evidence})


def _of_run(found: Verdict) -> dict[str, float | int | str]:
    """How the network follows its target along the declared run, where both were followed."""
    run: RunComparison | None = getattr(found, "run", None)
    if run is None or not run.followed or math.isnan(run.error):
        return {}
    told: dict[str, float | int | str] = {"run_duration": run.duration, "run_distance": run.error}
    if run.liveliest:
        told["run_variable"] = run.liveliest
        told["run_rises_target"], told["run_rises"] = run.target_rises, run.network_rises
    return told
