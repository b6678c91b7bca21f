"""Threads of a greedy selection: as many as BLAS may use, for passes; one for everything else.

Place in the flow: a greedy step is a hundred products of a few thousand numbers. Handing each of
them to all cores and waiting for the slowest costs more than it saves, and on a busy machine ten
times more. So BLAS runs in the calling thread, and only passes over all candidates are shared,
in blocks (`features`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has no types


class BlasThreads:
    """`count`: how many threads BLAS was allowed when this was made."""

    def __init__(self) -> None:
        self._controller = ThreadpoolController()
        libraries = self._controller.select(user_api="blas").info()
        self.count = max((int(library["num_threads"]) for library in libraries), default=1)

    def one(self) -> AbstractContextManager[Any]:
        """Within, every BLAS call stays in the thread that makes it."""
        if self.count == 1:
            return nullcontext()
        limited: AbstractContextManager[Any] = self._controller.limit(limits=1, user_api="blas")
        return limited
