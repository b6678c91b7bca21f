"""Time limits: how they are divided, and an alarm that ends a block of work."""

from __future__ import annotations

import signal
import threading

import pytest

from lrfit.core import deadline
from lrfit.core.deadline import Deadline, TimeUp


class Clock:
    now = 50.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(deadline, "time", fake)
    return fake


def test_a_deadline_comes_a_little_before_the_limit(clock: Clock) -> None:
    whole = Deadline.after(100.0)
    assert 90.0 <= whole.left < 100.0
    clock.now += whole.left - 1.0
    assert not whole.passed
    clock.now += 1.0
    assert whole.passed


def test_a_part_is_a_share_of_what_is_left(clock: Clock) -> None:
    whole = Deadline.after(100.0)
    clock.now += 20.0
    assert whole.part(0.6).left == pytest.approx(0.6 * whole.left)
    assert whole.part(0.6).reason == "the time limit of 100 s was reached"
    clock.now += 200.0
    assert whole.part(0.6).passed


def test_no_limit_never_passes(clock: Clock) -> None:
    never = Deadline.after(None)
    clock.now += 1e12
    assert not never.passed
    assert not never.part(0.1).passed
    with never.enforced():
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_work_after_the_deadline_does_not_begin(clock: Clock) -> None:
    late = Deadline.after(1.0)
    clock.now += 2.0
    begun = False
    with pytest.raises(TimeUp), late.enforced():
        begun = True
    assert not begun


def test_the_alarm_ends_a_block_past_handlers_of_exceptions_and_is_taken_back() -> None:
    caught: list[Exception] = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGALRM)
        except Exception as error:
            caught.append(error)

    with pytest.raises(TimeUp), Deadline.after(1e6).enforced():
        work()
    assert not caught
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_alarm_is_set_for_the_time_that_is_left() -> None:
    limit = Deadline.after(1e6)
    with limit.enforced():
        assert signal.getitimer(signal.ITIMER_REAL)[0] == pytest.approx(limit.left, rel=1e-3)


def test_the_alarm_of_the_calling_program_is_left_alone() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    try:
        with Deadline.after(1e6).enforced():
            signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == [signal.SIGALRM]


def test_outside_of_the_main_thread_there_is_no_alarm() -> None:
    seen: list[object] = []

    def work() -> None:
        with Deadline.after(1e6).enforced():
            seen.append(signal.getsignal(signal.SIGALRM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
