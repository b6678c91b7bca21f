"""Signals written as expressions of t become the input u(t) of a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions import Signal, compile_signal
from lrfit.fields.field import Domain
from lrfit.fields.signal_events import SignalEvents
from lrfit.systems.signals.input_signal import (
    InputSignal,
    input_signal,
    joined_events,
    resting_input,
)


@dataclass(frozen=True, kw_only=True)
class SignalBank:
    """One signal per input, as one function t (T,) -> u (T, U)."""

    signals: tuple[Signal, ...]

    def __call__(self, t: Array) -> Array:
        """Values of all signals at times t."""
        return np.stack([signal(t) for signal in self.signals], axis=1)

    def events(self, duration: float) -> SignalEvents:
        """Those of all signals."""
        return joined_events([signal.events(duration) for signal in self.signals])


def signal_from_texts(
    domain: Domain, texts: Mapping[str, str], parameters: Mapping[str, float]
) -> InputSignal:
    """Compile the signals of a domain's inputs; those without a text rest.

    Raises
    ------
    ExpressionError
        With key "signals.<name>", for anything that is not in the grammar.
    """
    resting = dict(zip(domain.inputs, map(repr, resting_input(domain).tolist()), strict=True))
    bank = SignalBank(
        signals=tuple(
            compile_signal(text, parameters=parameters, key=f"signals.{name}")
            for name, text in {**resting, **texts}.items()
        )
    )
    if all(signal.expression.is_constant for signal in bank.signals):
        return input_signal(domain, bank(np.zeros(1))[0] if bank.signals else None)
    return input_signal(domain, bank)
