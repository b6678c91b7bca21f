"""A look at the dynamics changes what is said about a fit, and never loses it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lrfit.core.deadline import Deadline
from lrfit.core.errors import NumericalError
from lrfit.fitting import judge as judging
from lrfit.fitting.fit import fit
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import INTERRUPTED, Fit, is_faithful
from lrfit.systems.system import System


@dataclass(frozen=True)
class Verdict:
    """A verdict in the place of `Faithfulness`."""

    verdict: str
    differences: tuple[str, ...] = ()
    faithful: bool | None = None


Look = Callable[[Callable[[], Verdict]], None]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Put a function in the place of the quick look."""

    def put(result: Callable[[], Verdict]) -> None:
        monkeypatch.setattr(judging, "quick_look", lambda *_, **__: result())

    return put


def raising(error: BaseException) -> Callable[[], Verdict]:
    def check() -> Verdict:
        raise error

    return check


def some_fit(system: System, **more: Any) -> Fit:
    return fit(system, neurons=8, options=FitOptions(samples=64), **more)


def test_agreement_is_yes_without_a_warning(look: Look, bistable_system: System) -> None:
    look(lambda: Verdict("yes"))
    found = some_fit(bistable_system)
    assert (found.faithful, found.faithful_check, found.warnings) == ("yes", "quick", ())


def test_every_difference_is_a_warning(look: Look, bistable_system: System) -> None:
    look(lambda: Verdict("no (a; b)", ("a", "b")))
    found = some_fit(bistable_system)
    assert found.faithful == "no (a; b)"
    assert found.warnings[-2:] == ("the dynamics differ: a", "the dynamics differ: b")


def test_what_was_not_judged_is_told_with_its_reason(look: Look, bistable_system: System) -> None:
    look(lambda: Verdict("not judged: too slow; too far"))
    found = some_fit(bistable_system)
    assert found.faithful == "not judged: too slow; too far"
    assert found.warnings[-1] == "the dynamics were not judged: too slow; too far"


def test_a_field_that_cannot_be_followed_is_not_judged(look: Look, bistable_system: System) -> None:
    look(raising(NumericalError("the field is zero")))
    assert some_fit(bistable_system).faithful == "not judged: the field is zero"


@pytest.mark.parametrize(
    "error", [ValueError("shapes differ"), MemoryError(), RecursionError("deep"), AssertionError()]
)
def test_any_error_in_the_look_leaves_the_fit_and_asks_for_a_report(
    look: Look, bistable_system: System, error: Exception
) -> None:
    look(raising(error))
    found = some_fit(bistable_system)
    kind = f"{type(error).__name__}: {error}"
    assert found.faithful == f"not judged: internal error in the check ({kind})"
    assert "please report it" in found.warnings[-1]
    assert np.isfinite(found.report.error)


def test_an_interrupt_in_the_look_returns_the_fit(look: Look, bistable_system: System) -> None:
    look(raising(KeyboardInterrupt()))
    found = some_fit(bistable_system)
    assert found.faithful == INTERRUPTED == "not judged: interrupted"
    assert not found.interrupted  # the search was done


def test_the_fit_is_handed_on_before_the_look(look: Look, bistable_system: System) -> None:
    events: list[str] = []

    def seen() -> Verdict:
        events.append("look")
        return Verdict("yes")

    def keep(found: Fit) -> None:
        events.append(found.faithful)
        assert np.isfinite(found.report.error)

    look(seen)
    some_fit(bistable_system, on_found=keep)
    handed, second = events
    assert second == "look"
    assert is_faithful(handed) is None
    assert handed.startswith("not judged: the program ended")


def test_minimize_hands_its_network_on_too(look: Look, bistable_system: System) -> None:
    kept: list[Fit] = []
    look(raising(ValueError("in the look")))
    for method in ("refine", "ols"):
        found = minimize(
            bistable_system,
            tol=0.1,
            method=method,  # type: ignore[arg-type]
            options=FitOptions(effort="quick", candidates=100),
            on_found=kept.append,
            workers=1,
            frontier=method == "refine",
        )
        np.testing.assert_array_equal(kept[-1].network.M, found.network.M)
        assert len(kept[-1].frontier) == len(found.frontier)
        assert found.met
    assert len(kept) == 2


def test_the_alarm_of_the_time_limit_ends_the_look(look: Look, bistable_system: System) -> None:
    def endless() -> Verdict:
        signal.raise_signal(signal.SIGALRM)
        raise AssertionError

    look(endless)
    found = fit(bistable_system, neurons=8, options=FitOptions(samples=64, time_limit=1e6))
    assert found.faithful == "not judged: the time limit of 1e+06 s was reached"


def test_after_the_time_limit_there_is_no_look(look: Look, bistable_system: System) -> None:
    look(raising(AssertionError("looked")))
    found = fit(bistable_system, neurons=8, options=FitOptions(samples=64, time_limit=1e-6))
    assert found.faithful == "not judged: the time limit of 1e-06 s was reached"


def test_the_look_leaves_the_network_as_it_was(look: Look, bistable_system: System) -> None:
    look(lambda: Verdict("yes"))
    first = some_fit(bistable_system)
    look(lambda: Verdict("no (a)", ("a",)))
    second = some_fit(bistable_system)
    np.testing.assert_array_equal(first.network.N, second.network.N)
    assert first.report.error == second.report.error


@pytest.mark.parametrize(
    ("verdict", "known"),
    [
        ("yes", True),
        ("no", False),
        ("no (a; b)", False),
        ("not judged: why", None),
        ("", None),
        ("now what", None),
    ],
)
def test_only_yes_is_a_yes(verdict: str, known: bool | None) -> None:
    assert is_faithful(verdict) is known


def test_a_verdict_that_is_required_decides_whether_the_fit_counts(
    bistable_system: System, look: Look
) -> None:
    look(lambda: Verdict("yes"))
    found = some_fit(bistable_system)
    assert found.judged("not judged: x", check="full", required=True).met is False
    assert found.judged("no (x)", check="full", required=True).met is False
    assert found.judged("yes", check="full", required=True).met is found.met
    assert found.judged("no (x)", check="quick").met is found.met


def test_a_check_is_judged_by_its_own_words() -> None:
    never = Deadline.after(None)
    assert judging.judge(lambda: Verdict("yes"), never).faithful is True
    found = judging.judge(lambda: Verdict("no (a)", ("a",)), never)
    assert (found.faithful, found.differences) == (False, ("a",))


def test_the_summary_tells_how_the_declared_run_is_followed() -> None:
    text = (
        "name: ring\ndynamics: {x: -6.283185307*y + x*(1 - x**2 - y**2), "
        "y: 6.283185307*x + y*(1 - x**2 - y**2)}\ndomain: {x: [-1.5, 1.5], y: [-1.5, 1.5]}\n"
        "simulate: {initial: {x: 1}, duration: 4.5}\n"
    )
    found = fit(text.encode(), neurons=40, method="ols", candidates=400, samples=1024)
    told = found.evidence
    assert told["run_duration"] == pytest.approx(4.5, rel=1e-3)
    assert told["run_rises_target"] == told["run_rises"] == 4
    assert 0.0 <= float(told["run_distance"]) < 0.2
