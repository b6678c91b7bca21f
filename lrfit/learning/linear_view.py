"""What is said about learning in linear networks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.core.arrays import Array
    from lrfit.learning.linear_result import LearnedAt, LinearLearning


def tables(found: LinearLearning, *, verbose: bool) -> list[Table]:
    """A description for a person: the networks, a row for every g, the formulas."""
    draws = found.epochs_by_draw.shape[1]
    rows = [
        ("learned", f"output {number(found.target)} from 0, gradient descent on W"),
        ("rate", f"{number(found.rate)}, the same at every g"),
        ("means over", f"{counted(draws, 'network')} for each g, both signs of the target"),
    ]
    title = f"linear networks, {counted(found.neurons, 'neuron')}"
    shown = [Table(title=title, rows=rows), _speeds(found), _formulas(found)]
    return [*shown, _spread(found)] if verbose else shown


def _speeds(found: LinearLearning) -> Table:
    """How long it takes, and how large dW becomes."""
    return Table(
        title="until the loss is 1 % of the first",
        header=("g", "epochs", "times as fast", "s", "s1 of dW", "s2", "s3"),
        rows=[_speed(each) for each in found.learned],
    )


def _speed(each: LearnedAt) -> tuple[str, ...]:
    return (
        number(each.g),
        number(each.epochs, digits=4),
        number(each.speed_up),
        number(each.time),
        *map(number, (each.first, each.second, each.third)),
    )


def _formulas(found: LinearLearning) -> Table:
    """How near the formulas are while learning begins."""
    return Table(
        title="simulation over formula at s = 0.1",
        header=("g", "beta, 1/(1 - g^2)", "z", "s1", "s2"),
        rows=[_formula(each) for each in found.learned],
    )


def _formula(each: LearnedAt) -> tuple[str, ...]:
    ratios = (each.output_ratio, each.first_ratio, each.second_ratio)
    return (
        number(each.g),
        f"{number(each.beta)}, {number(each.expected_beta)}",
        *(number(ratio, digits=4) for ratio in ratios),
    )


def _spread(found: LinearLearning) -> Table:
    """How different the networks of one g are."""
    rows = zip(found.learned, found.epochs_by_draw, found.beta_by_draw, strict=True)
    return Table(
        title="least and most of the networks",
        header=("g", "epochs", "beta"),
        rows=[(number(each.g), _range(epochs), _range(beta)) for each, epochs, beta in rows],
    )


def _range(values: Array) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{number(low, digits=4)}, {number(high, digits=4)}"
