"""The keys of a system's `task:` block, validated by pydantic.

Place in the flow: part of `schema`; `task` turns them into trials.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from lrfit.options.document_values import described
from lrfit.systems.schema_types import (
    Expression,
    Interval,
    NotNegative,
    Number,
    Positive,
)


class _Keys(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


def _values(value: object) -> object:
    if not isinstance(value, list) or not value:
        raise ValueError(f"give a list of numbers, not {described(value)}")
    return value


def _one_of(keys: DrawKeys) -> DrawKeys:
    given = [name for name in ("choose", "uniform", "normal") if getattr(keys, name) is not None]
    if len(given) != 1:
        raise ValueError(
            "give one of {choose: [values]}, {uniform: [lowest, highest]}, {normal: [mean, sd]}"
        )
    return keys


def _mean_and_sd(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"give [mean, standard deviation], not {described(value)}")
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in value):
        raise ValueError("give two numbers, [mean, standard deviation]")
    if not value[1] > 0:
        raise ValueError(f"the standard deviation must be positive, not {value[1]:g}")
    return float(value[0]), float(value[1])


class DrawKeys(_Keys):
    """How a number is drawn: from a list, from an interval, or from a normal distribution."""

    choose: Annotated[list[Number] | None, BeforeValidator(_values)] = None
    uniform: Interval | None = None
    normal: Annotated[tuple[float, float] | None, BeforeValidator(_mean_and_sd)] = None


Draw = Annotated[DrawKeys, AfterValidator(_one_of)]


class PulseKeys(_Keys):
    """Pulses at random times: `gap` after each, then an exponential wait of mean 1 / rate."""

    rate: Positive
    width: Positive
    value: Draw
    gap: NotNegative = 0.0
    start: NotNegative = 0.0
    stop: Positive | None = None


class StepKeys(_Keys):
    """A new random value every so often; rest before `start` and after `stop`."""

    every: Positive
    value: Draw
    start: NotNegative = 0.0
    stop: Positive | None = None


class SignalKeys(_Keys):
    """One input over a trial: an expression of t and the draws, random pulses, or random steps."""

    expression: Expression | None = None
    pulses: PulseKeys | None = None
    steps: StepKeys | None = None


def _signal(value: object) -> object:
    """The short form `u: "cm*pulse(t, 1, 11)"` of `u: {expression: ...}`."""
    return value if isinstance(value, dict) else {"expression": value}


def _one_kind(keys: SignalKeys) -> SignalKeys:
    if sum(kind is not None for kind in (keys.expression, keys.pulses, keys.steps)) != 1:
        raise ValueError("give an expression, {pulses: {...}} or {steps: {...}}")
    return keys


SignalRule = Annotated[SignalKeys, BeforeValidator(_signal), AfterValidator(_one_kind)]


def _times(value: object) -> object:
    return value if isinstance(value, list) else [value]


class JudgeKeys(_Keys):
    """When a trial is right: at `at`, every variable agrees with the answer, or the target."""

    variables: list[StrictStr] = []
    at: Annotated[list[Expression], BeforeValidator(_times)] = []
    within: Positive | None = None
    answer: dict[str, Expression] = {}


class TaskKeys(_Keys):
    """`task:` as a whole."""

    about: StrictStr = ""
    duration: Positive
    draws: dict[str, Draw] = {}
    initial: dict[str, Expression] = {}
    signals: dict[str, SignalRule] = {}
    judge: JudgeKeys = Field(default_factory=JudgeKeys.model_construct)


KEYS = tuple(
    dict.fromkeys(
        name
        for keys in (TaskKeys, JudgeKeys, SignalKeys, PulseKeys, StepKeys, DrawKeys)
        for name in keys.model_fields
    )
)
"""All names that may occur in the block, for help with typos."""
