"""A time limit: how much of it is left, and an alarm that ends work when it has passed.

Place in the flow: `fit` and `minimize` make one `Deadline` for the whole command; searches and
checks of the dynamics get parts of it. Without a time limit nothing here has any effect, and no
result depends on a clock.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Self

_OF_LIMIT = 0.95
_AGAIN = 0.1
"""Seconds after which the alarm is repeated: an exception raised inside a destructor is lost."""

SEARCH_SHARE = 0.9
"""Of the time limit that a search may use: the rest is for the report and the quick look."""


class TimeUp(BaseException):
    """The deadline passed inside `Deadline.enforced`; handlers of `Exception` let it through.

    It is no error but an interrupt, as KeyboardInterrupt is.
    """


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A moment by which work has to end.

    limit : seconds that the user allowed for the whole command, None without a time limit.
    at : the moment, by `time.monotonic`; inf without a time limit.
    """

    limit: float | None
    at: float

    @classmethod
    def after(cls, limit: float | None) -> Self:
        """The deadline of work that may take `limit` seconds in all; None for no time limit.

        It lies a little earlier than `limit` seconds from now: a program has to start before its
        work, and to write its report after it.
        """
        end = math.inf if limit is None else time.monotonic() + _OF_LIMIT * limit
        return cls(limit=limit, at=end)

    @property
    def left(self) -> float:
        """Seconds until the deadline, negative after it."""
        return self.at - time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether the deadline lies in the past."""
        return self.left <= 0.0

    @property
    def reason(self) -> str:
        """Why work has ended, for the report."""
        return f"the time limit of {self.limit or 0.0:g} s was reached"

    def part(self, share: float) -> Deadline:
        """The deadline of a step that may take a share (0 to 1) of the time left."""
        return replace(self, at=self.at - (1.0 - share) * self.left) if self.limit else self

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Raise `TimeUp` in the block as soon as the deadline passes.

        The alarm is the process's real-time timer. It is left alone outside of the main thread
        and where the calling program uses it: then only a deadline that has passed before the
        block is noticed, and callers must check `passed` between steps.
        """
        if self.limit is None:
            yield
            return
        if self.passed:
            raise TimeUp
        if not _alarm_is_free():
            yield
            return
        armed = [True]

        def ring(number: int, frame: FrameType | None) -> None:
            if armed[0]:  # the timer may ring once more while it is being stopped
                raise TimeUp

        before = signal.signal(signal.SIGALRM, ring)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.left, _AGAIN)
            yield
        finally:
            armed[0] = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)


def _alarm_is_free() -> bool:
    """Whether this thread may set the alarm, and nobody else in the process has set it."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    )
