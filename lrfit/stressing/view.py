"""What is said about a stress test to a person."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted
from lrfit.networks.names import PLACES
from lrfit.systems.about import parameter_rows, title_with

if TYPE_CHECKING:
    from lrfit.stressing.result import Effect, Stress

BEYOND = 3.0
"""Median and root mean square differ by less than a factor of 1.5 to first order, even where one
weight makes all of the error; where they differ by this factor, first order does not hold."""
ENOUGH = 50
"""Draws from which a median is told apart from chance."""
_LISTED = 5


def tables(found: Stress, *, verbose: bool) -> list[Table]:
    """A description for a person: the run, a row for every kind of error, the neurons."""
    ideal = (
        "not known"
        if math.isnan(found.target_distance)
        else f"{number(found.target_distance)} away, orbit {number(found.target_orbit)}"
    )
    rows = [
        *parameter_rows(found.parameters, found.overrides),
        (
            "run",
            f"{number(found.duration)} of time, {counted(found.draws, 'draw')}, seed {found.seed}",
        ),
        ("its target", f"{ideal} (rms, half-widths of the box)"),
        ("orbit size", number(found.orbit_size)),
        *_contradicted(found),
    ]
    name = title_with(found.system or "network", found.overrides)
    return [
        Table(title=f"{name}, {counted(found.neurons, 'neuron')}", rows=rows),
        _of_effects(found),
        *([_of_neurons(found, verbose=verbose)] if found.shares else []),
    ]


def _of_effects(found: Stress) -> Table:
    """A row for every kind of error, with the prediction where the file holds one."""
    predicted = ("1st order",) if found.predicted else ()
    return Table(
        title="rms distances from the run without errors, in half-widths of the box",
        header=("errors in", "size", *predicted, "median, worst", "orbit: median, worst", "lost"),
        rows=[_row(found, k) for k in range(len(found.effects))],
    )


def _row(found: Stress, k: int) -> tuple[str, ...]:
    effect = found.effects[k]
    lost = f"{effect.lost} of {found.draws}"
    return (
        effect.where,
        f"{effect.relative:g}",
        *([_prediction(effect, found.predicted[k])] if found.predicted else []),
        f"{number(effect.distance_median)}, {number(effect.distance_worst)}",
        f"{number(effect.orbit_median)}, {number(effect.orbit_worst)}",
        lost + (f" ({effect.diverged} diverged)" if effect.diverged else ""),
    )


def _prediction(effect: Effect, predicted: float) -> str:
    if math.isnan(predicted):
        return "" if effect.where == "J" else "not finite"
    return number(predicted)


def _beyond_first_order(effect: Effect, predicted: float, draws: int) -> bool:
    """Whether what was measured contradicts the prediction; never for J, which has none."""
    if effect.where == "J":
        return False
    if not math.isfinite(predicted):
        return True
    low, high = sorted((effect.distance_median, predicted))
    return draws >= ENOUGH and high > BEYOND * low


def _of_neurons(found: Stress, *, verbose: bool) -> Table:
    """Shares of the neurons, the largest for errors in N first; all of them with -v."""
    given = {place: [getattr(each, place) for each in found.shares] for place in PLACES}
    columns = {place: shares for place, shares in given.items() if None not in shares}
    order = sorted(range(len(found.shares)), key=lambda i: -found.shares[i].N)
    listed = order if verbose else order[:_LISTED]
    rows = [(f"neuron {i}", *(_percent(each[i]) for each in columns.values())) for i in listed]
    return Table(
        title="shares in the mean square, to first order",
        header=("errors in", *columns),
        rows=[*rows, ("half is made by", *map(_holding_half, columns.values()))],
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _holding_half(shares: list[float]) -> str:
    """The smallest number of neurons that make half of the mean square."""
    if not sum(shares) > 0.0:
        return "none" if sum(shares) == 0.0 else "not finite"
    ordered = sorted(shares, reverse=True)
    return f"{1 + sum(total < 0.5 for total in accumulate(ordered[:-1]))} of {len(shares)}"


def _contradicted(found: Stress) -> list[tuple[str, str]]:
    """A line on errors too large for what is said to first order, where there are such."""
    if not found.predicted:
        return []
    pairs = zip(found.effects, found.predicted, strict=True)
    beyond = [e for e, each in pairs if _beyond_first_order(e, each, found.draws)]
    if not beyond:
        return []
    where = ", ".join(f"{effect.where} {effect.relative:g}" for effect in beyond)
    return [("first order", f"does not hold for {where}: shares are of smaller errors")]
