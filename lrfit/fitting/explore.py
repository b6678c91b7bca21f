"""A search run to its end, whatever ends it.

Place in the flow: `fit` and `minimize` make an `Explorer` with a goal; here it gets an executor,
and what it has found is settled when the search is done, or out of time, or interrupted.
"""

from __future__ import annotations

from lrfit.core.deadline import TimeUp
from lrfit.core.errors import NumericalError
from lrfit.core.executor import Executor, opened
from lrfit.core.threads import BlasThreads
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.goal import OfSize, WithinTolerance
from lrfit.fitting.strategy import pursue
from lrfit.regression import kernel_library


def explore(
    explorer: Explorer, *, keep_best: bool = False, workers: int | Executor | None = None
) -> bool:
    """Run a search to its end; with `keep_best` an interrupt ends it early and returns True.

    workers : processes to use, or an executor; the result does not depend on it.

    Raises
    ------
    UsageError
        The environment asks for a kernel that there is not.
    NumericalError
        No start gave a finite error at any size, and the search may not be empty.
    KeyboardInterrupt
        Interrupted without `keep_best`, or before any network was confirmed.
    """
    # Refused here, as a wrong use, and not in the middle by a worker process.
    kernel_library.setting()
    # Further BLAS threads of this process would only take the cores that workers need.
    with BlasThreads().one():
        return _explore(explorer, keep_best, workers)


def _explore(explorer: Explorer, keep_best: bool, workers: int | Executor | None) -> bool:
    goal, interrupted = explorer.goal, False
    try:
        with opened(workers) as executor:
            explorer.executor = executor
            pursue(explorer)
    except TimeUp:
        explorer.stop_late()
    except KeyboardInterrupt:
        if not keep_best:
            raise
        explorer.judge_rest()
        if not explorer.confirmed:
            raise
        interrupted = True
    every_size = isinstance(goal, WithinTolerance) and goal.every_size
    if explorer.late and not every_size:
        explorer.judge_needed(goal.neurons if isinstance(goal, OfSize) else None)
    else:
        explorer.judge_rest()
    if not explorer.confirmed and not explorer.may_be_empty:
        raise NumericalError(
            "no network of any size gave a finite error; check the field and the noise"
        )
    return interrupted
