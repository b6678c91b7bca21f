"""minimize(faithful=True): landmarks join the samples until the verdict is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lrfit.core import deadline
from lrfit.core.errors import UsageError
from lrfit.fitting import faithful
from lrfit.fitting.emphasis import Emphasis, emphasis
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.policy import EffortPolicy, FaithfulPolicy, SearchPolicy, SweepPolicy
from lrfit.fitting.setting import prepare
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.open import load_system
from lrfit.systems.system import System

PAIR = b"""
name: pair
dynamics: {x: -(x + 1.3)*(x - 0.4)*(x - 0.7)*(1 + 0.5*x)}
domain: {x: [-2, 2]}
simulate: {initial: {x: 0.1}, duration: 30}
"""
POINTS = np.array([[-1.3], [0.4], [0.7]])
Options = Callable[..., FitOptions]


@pytest.fixture(scope="module")
def pair() -> System:
    return load_system(PAIR)


def zeros(network: LowRankNetwork) -> np.ndarray:
    """Where the network's field changes its sign: an oracle that knows nothing of Newton."""
    x = np.linspace(-1.9, 1.9, 40_001)
    f = network.velocity(x[:, None], np.empty((len(x), 0)))[:, 0]
    return x[:-1][np.sign(f[:-1]) != np.sign(f[1:])]


@dataclass(frozen=True)
class Verdict:
    """A verdict in the place of `Faithfulness`."""

    differences: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def faithful(self) -> bool | None:
        return False if self.differences else None if self.unjudged else True

    @property
    def verdict(self) -> str:
        if self.differences:
            return f"no ({'; '.join(self.differences)})"
        return f"not judged: {'; '.join(self.unjudged)}" if self.unjudged else "yes"


def strict(error: float) -> Callable[..., Verdict]:
    """A verdict that asks for fixed points this exact."""

    def check(system: System, network: LowRankNetwork, **_: Any) -> Verdict:
        found = zeros(network)
        good = len(found) == 3 and np.abs(found - POINTS[:, 0]).max() <= error
        return Verdict() if good else Verdict(differences=("the fixed points are off",))

    return check


def always(*differences: str, unjudged: tuple[str, ...] = ()) -> Callable[..., Verdict]:
    """A check that says the same of every network."""
    return lambda *_, **__: Verdict(differences=differences, unjudged=unjudged)


Checks = Callable[..., None]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    """Put checks in the place of the quick look and of the full one."""

    def put(quick: Callable[..., Verdict], full: Callable[..., Verdict]) -> None:
        monkeypatch.setattr(faithful, "quick_look", quick)
        monkeypatch.setattr(faithful, "examine", full)
        monkeypatch.setattr(faithful, "target_anatomies", lambda *_, **__: ("anatomy",))

    return put


@pytest.fixture(scope="module")
def landmarks(pair: System) -> Emphasis:
    """Landmarks of the pair, drawn once."""
    marks = emphasis(pair, prepare(pair, FitOptions()).scale, 0, 1.0)
    assert marks is not None
    return marks


TINY = SearchPolicy(
    effort=EffortPolicy(sweeps=1, starts=4, units=(1e8,), total=1.0, stall=0.1),
    sweep=SweepPolicy(first_size=6),
)
"""Searches of a moment: for tests of what happens between them."""
BRIEF = SearchPolicy(
    effort=EffortPolicy(sweeps=1, starts=8, units=(3e9,), total=1.0, stall=4.0 / 30.0),
    sweep=SweepPolicy(first_size=10),
)
"""Searches of a second."""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, landmarks: Emphasis) -> None:
    """Searches take the landmarks that are drawn already."""
    monkeypatch.setattr(
        faithful,
        "emphasis",
        lambda system, scale, seed, strictness, **_: replace(landmarks, strictness=strictness),
    )


def test_the_faithful_network_has_the_fixed_points_of_its_target(
    pair: System, quick: Options
) -> None:
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=BRIEF)
    assert found.met
    assert found.faithful == "yes"
    assert found.report.error <= 0.05
    np.testing.assert_allclose(zeros(found.network), POINTS[:, 0], atol=0.1)


def test_landmarks_join_the_samples_with_growing_weight_until_the_verdict_is_good(
    pair: System,
    quick: Options,
    monkeypatch: pytest.MonkeyPatch,
    checks: Checks,
    landmarks: Emphasis,
) -> None:
    used: list[float] = []

    def recorded(
        system: System, scale: np.ndarray, seed: int, strictness: float, **_: bool
    ) -> Emphasis:
        used.append(strictness)
        return replace(landmarks, strictness=strictness)

    def at_the_second(system: System, network: LowRankNetwork, **_: Any) -> Verdict:
        return strict(5e-3)(system, network) if len(used) > 1 else Verdict(("not yet",))

    monkeypatch.setattr(faithful, "emphasis", recorded)
    checks(at_the_second, always())
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=BRIEF)
    assert found.met
    assert np.abs(zeros(found.network) - POINTS[:, 0]).max() <= 5e-3
    assert tuple(used) == BRIEF.faithful.strictness[: len(used)]
    assert found.evidence["strictness"] in used[1:]
    assert "separatrices joined the samples" in found.warnings[-1]


@pytest.mark.usefixtures("drawn")
def test_what_cannot_be_made_faithful_is_told_and_not_met(
    pair: System, quick: Options, checks: Checks
) -> None:
    checks(strict(-1.0), always())
    policy = replace(TINY, faithful=FaithfulPolicy(strictness=(1.0,)))
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=policy)
    assert found.met is False
    assert found.report.error <= 0.05
    assert found.faithful.startswith("no (")
    assert "the fixed points are off" in found.warnings[-1]


@pytest.mark.usefixtures("drawn")
def test_a_network_that_is_not_judged_is_never_taken_for_a_faithful_one(
    pair: System, quick: Options, checks: Checks
) -> None:
    """Two networks are not judged for the same reason: it is the target's, and the search ends."""
    judged: list[LowRankNetwork] = []

    def unknown(system: System, network: LowRankNetwork, **_: Any) -> Verdict:
        judged.append(network)
        return Verdict(unjudged=("the budget was spent",))

    checks(always(), unknown)
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    assert found.met is False
    assert found.report.error <= 0.05
    assert found.faithful == "not judged: the budget was spent"
    assert "the dynamics were not judged: the budget was spent" in found.warnings
    assert len(judged) == 2


@pytest.mark.usefixtures("drawn")
def test_the_search_goes_on_past_a_network_that_alone_is_not_judged(
    pair: System, quick: Options, checks: Checks
) -> None:
    sizes: list[int] = []

    def at_first(system: System, network: LowRankNetwork, **_: Any) -> Verdict:
        sizes.append(network.neurons)
        return Verdict(unjudged=("slow",)) if len(sizes) == 1 else Verdict()

    checks(always(), at_first)
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    assert (found.met, found.faithful) == (True, "yes")
    assert "was not judged: slow; this one is faithful" in " ".join(found.warnings)


@pytest.mark.usefixtures("drawn")
def test_a_check_that_fails_loses_neither_the_fit_nor_its_verdict(
    pair: System, quick: Options, checks: Checks
) -> None:
    def broken(*_: Any, **__: Any) -> Verdict:
        raise ZeroDivisionError("in the check")

    checks(broken, always())
    found = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    assert found.met is False
    assert found.faithful.startswith("not judged: internal error in the check (ZeroDivisionError")
    assert any("please report it" in line for line in found.warnings)


@pytest.mark.usefixtures("drawn")
def test_quick_and_full_checks_share_one_anatomy_of_the_target(
    pair: System, quick: Options, checks: Checks
) -> None:
    given: list[Any] = []

    def recorded(*_: Any, target: Any, **__: Any) -> Verdict:
        given.append(target)
        return Verdict()

    checks(recorded, recorded)
    minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    assert len(given) == 2
    assert given[0] is given[1] is not None


@pytest.mark.usefixtures("drawn")
def test_an_interrupt_while_judging_keeps_the_network_only_when_asked(
    pair: System, quick: Options, checks: Checks
) -> None:
    def interrupt(*_: Any, **__: Any) -> Verdict:
        raise KeyboardInterrupt

    checks(interrupt, always())
    with pytest.raises(KeyboardInterrupt):
        minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    found = minimize(
        pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY, keep_best=True
    )
    assert found.interrupted
    assert (found.met, found.faithful) == (False, "not judged: interrupted")


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all deadlines; the real alarm never rings."""
    fake = Clock()
    monkeypatch.setattr(deadline, "time", fake)
    monkeypatch.setattr(deadline, "_alarm_is_free", lambda: False)
    return fake


@pytest.mark.usefixtures("drawn")
def test_one_time_limit_holds_for_all_searches_and_checks(
    pair: System, quick: Options, monkeypatch: pytest.MonkeyPatch, checks: Checks, clock: Clock
) -> None:
    """Every check takes 20 s of 100 and says no: further searches get what is left, then none."""
    began, deadlines = clock.now, []
    plain = Explorer.__init__

    def recorded(self: Explorer, *given: Any, **more: Any) -> None:
        deadlines.append((clock.now, more["deadline"].at))
        plain(self, *given, **more)

    def slow(*_: Any, **__: Any) -> Verdict:
        clock.now += 20.0
        return Verdict(differences=("never right",))

    monkeypatch.setattr(Explorer, "__init__", recorded)
    checks(slow, always())
    policy = replace(TINY, faithful=FaithfulPolicy(verdicts=1))
    found = minimize(
        pair, tol=0.05, options=quick(time_limit=100.0), faithful=True, workers=1, policy=policy
    )
    assert clock.now - began <= 110.0
    assert len(deadlines) > 2
    for now, at in deadlines:
        assert now < at < began + 100.0
    assert found.faithful == "no (never right)"
    assert "no faithful network was found before the time limit of 100 s" in found.warnings[-1]


@pytest.mark.usefixtures("drawn")
def test_no_check_begins_after_the_time_limit(
    pair: System, quick: Options, checks: Checks, clock: Clock
) -> None:
    judged: list[LowRankNetwork] = []

    def endless(system: System, network: LowRankNetwork, **_: Any) -> Verdict:
        judged.append(network)
        clock.now += 1000.0
        return Verdict(differences=("never right",))

    checks(endless, always())
    minimize(pair, tol=0.05, options=quick(time_limit=100.0), faithful=True, workers=1, policy=TINY)
    assert len(judged) == 1


@pytest.mark.usefixtures("drawn")
def test_without_a_time_limit_the_clock_changes_nothing(
    pair: System, quick: Options, checks: Checks, clock: Clock
) -> None:
    checks(always(), always())
    first = minimize(pair, tol=0.05, options=quick(), faithful=True, workers=1, policy=TINY)
    clock.now += 1e9
    again = minimize(
        pair, tol=0.05, options=quick(time_limit=1e9), faithful=True, workers=1, policy=TINY
    )
    np.testing.assert_array_equal(first.network.M, again.network.M)
    np.testing.assert_array_equal(first.network.N, again.network.N)


def test_faithful_needs_the_refining_search(pair: System) -> None:
    with pytest.raises(UsageError, match="--faithful needs the method refine"):
        minimize(pair, tol=0.1, method="ols", faithful=True)


def test_an_emphasis_alternates_box_and_landmarks_and_weighs_them_by_the_local_speed(
    pair: System,
) -> None:
    setting = prepare(pair, FitOptions())
    marks = emphasis(pair, setting.scale, 0, 2.0)
    assert marks is not None
    box = setting.samples.training
    mixed = marks.mixed(box)
    np.testing.assert_array_equal(mixed.state[0::2], box.state)
    np.testing.assert_array_equal(mixed.weight[0::2], box.weight)
    np.testing.assert_array_equal(mixed.state[1::2], marks.points.state[: box.count])
    # Near a fixed point of slope s the speed within the blur is 0.03 s / sqrt(3).
    z = 2.0 * mixed.state[1::2, 0]
    nearest = np.argmin(np.abs(z[:, None] - POINTS[:, 0]), axis=1)
    slopes = pair.jacobian(POINTS, np.empty((3, 0)))[0][:, 0, 0]
    speeds = np.abs(slopes[nearest]) * np.hypot(0.03 / np.sqrt(3.0), (z - POINTS[nearest, 0]) / 2)
    wanted = np.minimum((setting.scale[0] / speeds) ** 2, 1e4) * 2.0**2
    close = np.abs(z - POINTS[nearest, 0]) < 0.03
    np.testing.assert_allclose(mixed.weight[1::2][close], wanted[close], rtol=0.4)


def test_the_error_at_landmarks_is_relative_to_the_local_speed(pair: System) -> None:
    setting = prepare(pair, FitOptions())
    neurons = setting.draw(3, np.random.default_rng(0))
    readout = setting.solve(neurons)
    loose, tight = (emphasis(pair, setting.scale, 0, s) for s in (1.0, 3.0))
    assert loose is not None
    assert tight is not None
    checks = loose.checks
    Phi = neurons.activity(checks.state, checks.input)
    off = checks.velocity - readout.velocity(Phi, checks.state, checks.drive)
    z = 2.0 * checks.state
    slopes = pair.jacobian(z, np.empty((len(z), 0)))[0][:, 0, 0]
    speeds = np.hypot(checks.velocity[:, 0], 0.03 * slopes / np.sqrt(3.0))
    capped = np.maximum(speeds, setting.scale[0] / 100.0)
    expected = np.sqrt(np.mean((off[:, 0] / capped) ** 2))
    assert loose.error(neurons, readout, setting.scale) == pytest.approx(expected, rel=1e-9)
    assert tight.error(neurons, readout, setting.scale) == pytest.approx(3 * expected, rel=1e-9)
