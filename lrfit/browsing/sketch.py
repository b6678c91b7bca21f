"""A network in characters: error bars, the path of sizes, and a small phase portrait.

Place in the flow: what `lrfit show` draws under its table. Two alphabets: block characters for a
terminal that has them, ASCII for pipes and everything else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrfit.cli.text import number
from lrfit.core.errors import NumericalError
from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.runs import follow
from lrfit.systems.signals.input_signal import resting_input

if TYPE_CHECKING:
    from lrfit.core.arrays import Array
    from lrfit.fitting.result import Fit

COLUMNS, ROWS = 45, 15
_BAR, _PATH = 28, 40
_LEFT = 13
"""Where the second column of the table begins."""
_SETTLING = 25.0


@dataclass(frozen=True, kw_only=True)
class Alphabet:
    """Characters: bar (full, empty), steps of a sparkline, the eight directions from right over
    up, rest states (stable, unstable, saddle, neutral), trajectory.
    """

    bar: str
    steps: str
    arrows: str
    points: str
    way: str


BLOCKS = Alphabet(bar="█░", steps="▁▂▃▄▅▆▇█", arrows="→↗↑↖←↙↓↘", points="●○◐◌", way="•")
ASCII = Alphabet(bar="#.", steps="_.-=+*#@", arrows=">/^\\</v\\", points="@oD?", way="*")


def network_lines(record: Fit, alphabet: Alphabet) -> list[str]:
    """Everything there is to draw of a network."""
    lines = error_bars(record, alphabet) + size_path(record, alphabet)
    if record.network.domain.dimension == 2:
        lines += ["", *phase_portrait(record, alphabet)]
    return lines


def error_bars(record: Fit, alphabet: Alphabet) -> list[str]:
    """One bar for every variable (at most twelve), full at the tolerance or at the largest."""
    names, errors = record.network.domain.variables[:12], record.report.error_by_variable[:12]
    full = record.tol or max(map(float, errors), default=1.0) or 1.0
    width = max(map(len, names))
    heads = ["error bars", *[""] * len(names)]
    what = f"tolerance {full:g}" if record.tol else f"{full:.3g}"
    lines = [
        f"{head:<{_LEFT}}{_cut(name, min(width, 12)):<{min(width, 12)}} "
        f"{bar(float(error) / full, _BAR, alphabet)} {number(float(error))}"
        for head, name, error in zip(heads, names, errors, strict=False)
    ]
    return [*lines, f"{'':<{_LEFT}}(full: {what})"]


def bar(share: float, width: int, alphabet: Alphabet) -> str:
    """A bar of that share; "+" at its end where it is above one."""
    count = 0 if math.isnan(share) else round(width * min(max(share, 0.0), 1.0))
    text = alphabet.bar[0] * count + alphabet.bar[1] * (width - count)
    return text + ("+" if share > 1.0 else " ")


def size_path(record: Fit, alphabet: Alphabet) -> list[str]:
    """Size against error on a logarithmic scale, for the method that found the network."""
    path = next((path for path in record.paths if path.method == record.method), None)
    if path is None or len(path.neurons) < 2:
        return []
    step = -(-len(path.neurons) // _PATH)
    sizes, errors = path.neurons[::step], path.validation[::step]
    span = f"{sizes[0]:.0f} to {sizes[-1]:.0f} neurons: {number(errors[0])} to {number(errors[-1])}"
    return [f"{'size, error':<{_LEFT}}{sparkline(errors, alphabet)}  {span}"]


def sparkline(values: Sequence[float] | Array, alphabet: Alphabet) -> str:
    """Positive values on a logarithmic scale, lowest to highest; a blank for what is unknown."""
    logs = [math.log(v) if math.isfinite(v) and v > 0 else math.nan for v in map(float, values)]
    known = [value for value in logs if not math.isnan(value)]
    low, span = min(known, default=0.0), (max(known, default=0.0) - min(known, default=0.0)) or 1.0
    top = len(alphabet.steps) - 1
    return "".join(
        " " if math.isnan(v) else alphabet.steps[round(top * (v - low) / span)] for v in logs
    )


def phase_portrait(record: Fit, alphabet: Alphabet) -> list[str]:
    """Directions of the network's field, where trajectories settle, and its rest states."""
    network, domain = record.network, record.network.domain
    flow = Flow(field=network, input=resting_input(domain), dt=network.dt)
    page = _arrows(flow.velocity(_places()), alphabet)
    try:
        runs = follow(flow, np.array([[0.6, 0.6], [-0.7, 0.4]]), _SETTLING * flow.natural_time)
        rest = fixed_points(flow, generator=np.random.default_rng(0), starts=128)
    except NumericalError:
        return []
    for zeta in runs.states[:, runs.states.shape[1] // 2 :].reshape(-1, 2):
        _put(page, zeta, alphabet.way)
    for zeta, kind in zip(rest.points, rest.kinds, strict=True):
        _put(page, zeta, _point(kind, alphabet))
    return _framed(page, record, alphabet)


def _places() -> Array:
    """The middles of all characters (ROWS * COLUMNS, 2), box units, from the top."""
    x = (np.arange(COLUMNS) + 0.5) / COLUMNS * 2.0 - 1.0
    y = 1.0 - (np.arange(ROWS) + 0.5) / ROWS * 2.0
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _arrows(velocity: Array, alphabet: Alphabet) -> list[list[str]]:
    """Every second character of every row is an arrow, so that rows and columns look alike."""
    angle = np.arctan2(velocity[:, 1], velocity[:, 0])
    known = np.isfinite(angle)
    eighths = np.where(known, np.rint(np.where(known, angle, 0.0) / (np.pi / 4)), 0).astype(int) % 8
    page = []
    for row in range(ROWS):
        cells = range(row * COLUMNS, (row + 1) * COLUMNS)
        page.append(
            [
                alphabet.arrows[eighths[k]] if (k - row * COLUMNS) % 3 == 1 and known[k] else " "
                for k in cells
            ]
        )
    return page


def _put(page: list[list[str]], zeta: Array, character: str) -> None:
    if not (abs(zeta[0]) <= 1.0 and abs(zeta[1]) <= 1.0):
        return  # outside, or not a number
    column = min(int((zeta[0] + 1.0) / 2.0 * COLUMNS), COLUMNS - 1)
    row = min(int((1.0 - zeta[1]) / 2.0 * ROWS), ROWS - 1)
    page[row][column] = character


def _point(kind: str, alphabet: Alphabet) -> str:
    words = ("stable", "unstable", "saddle")
    index = next((i for i, word in enumerate(words) if kind.startswith(word)), 3)
    return alphabet.points[index]


def _framed(page: list[list[str]], record: Fit, alphabet: Alphabet) -> list[str]:
    """The picture with the ranges of its axes and what its signs mean."""
    domain = record.network.domain
    (x, y), low, high = domain.variables, domain.lower, domain.upper
    texts = {0: f"{high[1]:.3g}", ROWS // 2: _cut(y, 10), ROWS - 1: f"{low[1]:.3g}"}
    lines = [f"{texts.get(k, ''):>11}  {''.join(row)}".rstrip() for k, row in enumerate(page)]
    left, right = f"{low[0]:.3g}", f"{high[0]:.3g}"
    middle = _cut(x, 20).center(COLUMNS - len(left) - len(right))
    stable, unstable, saddle, neutral = tuple(alphabet.points)
    signs = f"{stable} stable  {unstable} unstable  {saddle} saddle  {neutral} neutral  "
    return [
        *lines,
        f"{'':<{_LEFT}}{left}{middle}{right}",
        f"{'':<{_LEFT}}{signs}{alphabet.way} where it settles",
    ]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "~"
