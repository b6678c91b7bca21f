"""Work cut into tasks, and who carries it out: this process, several, or something of the user's.

A task is a function of a setup that all tasks share and of its own arguments. It depends on
nothing else, so results never depend on the executor, on how many workers it has, or on who takes
which task. An executor is whatever has `map`; one for a cluster would scatter the setup once and
submit the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from lrfit.core.errors import UsageError
from lrfit.core.resources import usual_workers
from lrfit.core.workers import Processes

Setup = TypeVar("Setup")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(Protocol):
    """Carries out tasks."""

    def map(
        self, function: Callable[[Setup, Task], Result], setup: Setup, tasks: Sequence[Task]
    ) -> list[Result]:
        """Return function(setup, task) of every task, in the order of the tasks.

        The function is defined at the top level of a module. Setup, tasks and results are values
        that pickle; a setup that is the same object as in the call before need not be sent again.

        Raises
        ------
        WorkerFailure
            A task raised in another process; the message holds its words.
        """
        ...


class Serial:
    """Carries out tasks in this process, under one BLAS thread as workers do: equal arithmetic."""

    def map(
        self, function: Callable[[Setup, Task], Result], setup: Setup, tasks: Sequence[Task]
    ) -> list[Result]:
        """One after another; what a task raises is raised as it is."""
        from threadpoolctl import (  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types, and is slow to import
            threadpool_limits,
        )

        with threadpool_limits(1):
            return [function(setup, task) for task in tasks]


def require_workers(workers: object) -> None:
    """Refuse what is neither None, a number of processes above zero, nor an `Executor`.

    Raises
    ------
    UsageError
        It is something else.
    """
    count = isinstance(workers, int) and not isinstance(workers, bool) and workers >= 1
    if workers is not None and not count and not hasattr(workers, "map"):
        raise UsageError(f"workers is {workers!r:.60}; give a whole number of at least 1")


@contextmanager
def opened(workers: int | Executor | None) -> Iterator[Executor]:
    """The executor for a number of processes, which end with the block; or the one that is given.

    workers : processes to use; by default one per core, at most twelve. With one, tasks run in this
    process.
    """
    if workers is not None and not isinstance(workers, int):
        yield workers
        return
    count = usual_workers() if workers is None else workers
    if count <= 1:
        yield Serial()
        return
    with Processes(count) as processes:
        yield processes
