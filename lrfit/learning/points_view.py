"""What is said about fixed points of a full-rank network, to a person and to a program.

Place in the flow: part of what `analysis_view` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import named
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.learning.analysis import TrainedAnalysis
    from lrfit.learning.fixed_points import FixedPoints

_POINTS = 20
"""Rows of the table for fixed points, and for slow ones."""


def points_fields(analysis: TrainedAnalysis, at: FixedPoints) -> dict[str, Any]:
    """Fields of the JSON object of one constant input."""
    return {
        "input": named(analysis.inputs, at.input),
        "stable": at.stable,
        "starts": at.starts,
        "lost": at.lost,
        "points": [
            {
                "kind": kind,
                "outputs": named(analysis.outputs, outputs),
                "rms": _rms(state),
                "unstable_directions": int(unstable),
                "residual": float(residual),
                "hits": int(hits),
                "eigenvalues": pairs(eigenvalues),
            }
            for kind, outputs, state, unstable, residual, hits, eigenvalues in zip(
                at.kinds,
                at.outputs,
                at.states,
                at.unstable,
                at.residual,
                at.hits,
                at.eigenvalues,
                strict=True,
            )
        ],
        "slow_points": [
            {
                "outputs": named(analysis.outputs, outputs),
                "rms": _rms(state),
                "speed": float(speed),
            }
            for outputs, state, speed in zip(
                at.slow_outputs, at.slow_states, at.slow_speed, strict=True
            )
        ],
    }


def points_table(analysis: TrainedAnalysis, at: FixedPoints) -> Table:
    """Fixed points, then slow points, with what the network reads there."""
    level = ", ".join(f"{n} {v:g}" for n, v in zip(analysis.inputs, at.input, strict=True) if v)
    rows = [
        (kind, str(int(hits)), complex_text(leading), _read(analysis, outputs, state))
        for kind, hits, leading, outputs, state in zip(
            at.kinds, at.hits, at.eigenvalues[:, 0], at.outputs, at.states, strict=True
        )
    ][:_POINTS]
    rows += [
        (f"slow, {speed:.1e}/tau", "-", "-", _read(analysis, outputs, state))
        for speed, outputs, state in zip(
            at.slow_speed, at.slow_outputs, at.slow_states, strict=True
        )
    ][:_POINTS]
    return Table(
        title=f"fixed points {f'at {level}' if level else 'without input'}, from "
        f"{counted(at.starts, 'start')}; there may be others",
        header=("kind", "starts", "eigenvalue", "outputs" if analysis.outputs else "state"),
        rows=rows or [("none", "-", "-", "-")],
    )


def complex_text(z: complex) -> str:
    """A complex number in words, a real one without its imaginary part."""
    return f"{z.real:.2g}{z.imag:+.2g}i" if z.imag else f"{z.real:.2g}"


def pairs(values: Iterable[complex]) -> list[list[float]]:
    """Real and imaginary part of each number."""
    return [[float(z.real), float(z.imag)] for z in values]


def _read(analysis: TrainedAnalysis, outputs: Any, state: Any) -> str:
    """The outputs, or the size of the state of a network that has none."""
    if not analysis.outputs:
        return f"rms {_rms(state):.3g}"
    read = zip(analysis.outputs, outputs, strict=True)
    return ", ".join(f"{name} {value + 0.0:.3f}" for name, value in read)


def _rms(state: Any) -> float:
    with np.errstate(over="ignore", invalid="ignore"):  # of a file that says nonsense
        return float(np.sqrt(np.mean(np.square(state))))
