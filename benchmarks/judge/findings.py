"""One measured difference between network and target, with the limit beyond which it counts."""

from __future__ import annotations

from dataclasses import dataclass

BORDER = 0.2
"""Share of a limit on either side within which a value is called borderline."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A difference: it counts where `value` is above `limit`.

    aspect : what was compared. text : one line. fragile : the target itself changes as much when
    it starts 0.01 half-widths away, so that a good network may differ too.
    """

    aspect: str
    text: str
    value: float
    limit: float
    fragile: bool = False

    @property
    def differs(self) -> bool:
        """Whether the difference counts."""
        return not self.value <= self.limit

    @property
    def borderline(self) -> bool:
        """Whether the value is within 20 % of the limit."""
        return (1.0 - BORDER) * self.limit < self.value < (1.0 + BORDER) * self.limit
