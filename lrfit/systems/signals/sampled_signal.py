"""Signals given by samples: u at times t, a spline between them, so that a file can carry any.

Place in the flow: beside signals written as expressions. A sampled signal ends where its samples
end; beyond them it is refused, since any continuation would be invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.fields.signal_events import SignalEvents, limited, narrow_turns
from lrfit.systems.signals.input_signal import InputSignal, input_signal, joined_events

DEGREES = (1, 3, 5)
_SLACK = 1e-9
"""Of the duration: how far beyond its samples a signal may be asked by rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledSignal:
    """u(t) through samples u (T, U) at strictly increasing times t (T,).

    degree : of the spline between them, 1, 3 or 5.
    """

    t: Array
    u: Array
    degree: int

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what no spline goes through."""
        freeze_fields(self, t=(-1,), u=np.shape(self.u))
        if self.degree not in DEGREES:
            raise InputError(f"the degree of a signal is {self.degree}; give 1, 3 or 5")
        if self.u.shape[:1] != self.t.shape or len(self.t) <= self.degree:
            raise InputError(
                f"a signal of degree {self.degree} has {len(self.t)} times and values of shape "
                f"{self.u.shape}; give more times than its degree, and values for each"
            )
        if not (np.all(np.isfinite(self.t)) and np.all(np.isfinite(self.u))):
            raise InputError("a time or a value of a signal is not finite; leave it out")
        if not np.all(self.t[1:] > self.t[:-1]):
            raise InputError("the times of a signal do not increase; sort them")

    @cached_property
    def _spline(self) -> Any:
        from scipy.interpolate import make_interp_spline  # noqa: PLC0415 - a slow import

        return make_interp_spline(self.t, self.u, k=self.degree)

    def __call__(self, t: Array) -> Array:
        """U (T, U) at times t; raises InputError beyond the samples."""
        first, last = self.t[0], self.t[-1]
        slack = _SLACK * (last - first)
        if t.size and (np.min(t) < first - slack or np.max(t) > last + slack):
            raise InputError(
                f"the signal is given from t={first:g} to {last:g}; simulate within that, or give "
                "another signal"
            )
        return np.asarray(self._spline(np.clip(t, first, last)))

    def events(self, duration: float) -> SignalEvents:
        """Narrow extrema, as narrow as the samples tell."""
        return joined_events([self._turns(column, duration) for column in self.u.T])

    def _turns(self, u: Array, duration: float) -> SignalEvents:
        """Those of one input u (T,): samples at which the next change has another sign."""
        changes = np.flatnonzero(np.diff(u))
        signs = np.sign(np.diff(u)[changes])
        turns = self.t[changes[1:][signs[1:] != signs[:-1]]]
        turns = turns[(turns > 0.0) & (turns < duration)]
        small = 1e-12 * np.ptp(u)
        found = narrow_turns(lambda t: np.interp(t, self.t, u), [], turns, duration, small)
        return limited([], found, [], duration)


def sampled_input(domain: Domain, t: Array, u: Array, *, degree: int = 5) -> InputSignal:
    """Make a simulation's input of samples; raises InputError as `SampledSignal`."""
    return input_signal(domain, SampledSignal(t=t, u=u, degree=degree))
