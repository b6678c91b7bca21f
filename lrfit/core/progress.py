"""How a long computation tells where it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then while a search runs; must be quick and must not raise."""

    def __call__(
        self,
        stage: str,
        done: int,
        total: int | None,
        neurons: int | None,
        error: float | None,
    ) -> None:
        """Say what is being done, how far it is, and the best size and error so far."""
        ...


def silent(
    stage: str, done: int, total: int | None, neurons: int | None, error: float | None
) -> None:
    """No-op progress callback."""
