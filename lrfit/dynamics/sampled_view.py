"""What is said about networks drawn from a mixture, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.text import named, number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lrfit.core.arrays import Array
    from lrfit.dynamics.dynamics import Dynamics
    from lrfit.dynamics.sampled import SampledNetworks


def fields(found: SampledNetworks, variables: Sequence[str]) -> dict[str, Any]:
    """Fields of the JSON object."""
    return {
        "neurons": found.neurons,
        "draws": found.draws,
        "orbits": found.orbits,
        "fixed_points": [
            {
                "kept": int(found.points_kept[i]),
                "sd": named(variables, found.position_rms[i]),
                "predicted_sd": named(variables, found.position_sd[i]),
            }
            for i in range(len(found.position_sd))
        ],
        "cycles": [
            {
                "kept": int(found.cycles_kept[i]),
                "period": _mean(found.periods[:, i]),
                "period_sd": _spread(found.periods[:, i]),
                "amplitude": _mean(found.amplitudes[:, i]),
                "amplitude_sd": _spread(found.amplitudes[:, i]),
            }
            for i in range(found.periods.shape[1])
        ],
        "found": found.found,
        "stable": found.stable,
        "field_rms": named(variables, found.field_rms),
        "predicted_field_sd": named(variables, found.field_sd),
    }


def rows(
    found: SampledNetworks, there: Dynamics, variables: Sequence[str]
) -> list[tuple[str, str]]:
    """Rows of a table; `there` is the mean field at the same input."""
    of = f" of whole orbits of {found.orbits}" if found.orbits else ""
    many = counted(found.draws, "network")
    told = [
        ("sampled", f"{many} of {counted(found.neurons, 'neuron')}{of}"),
        ("field differs by", _beside(found.field_rms, found.field_sd, variables)),
    ]
    for i in there.listed(_MOST):
        kept = f"in {found.points_kept[i]} of {found.draws}"
        sd = _beside(found.position_rms[i], found.position_sd[i], variables)
        told.append((f"  {i}: {there.kinds[i]}", f"{kept}; sd {sd}"))
    for i in range(found.periods.shape[1]):
        told.append((f"cycle {i}", _cycle(found, i)))
    told.append(("stable points", _counts(found.stable)))
    return told


_MOST, _ROUNDING = 12, 1e-12


def _beside(values: Array, predicted: Array, variables: Sequence[str]) -> str:
    """Found values of the variables, each with what was predicted, where that is known."""
    parts = []
    for name, value, wanted in zip(variables, values, predicted, strict=True):
        known = f" (theory {_number(wanted)})" if np.isfinite(wanted) else ""
        parts.append(f"{name} {_number(value)}{known}")
    return ", ".join(parts)


def _number(value: float) -> str:
    """A number for a person, in which rounding errors are 0."""
    return number(0.0 if abs(value) < _ROUNDING else value)


def _cycle(found: SampledNetworks, i: int) -> str:
    periods, amplitudes = found.periods[:, i], 1.0 + found.amplitudes[:, i]
    return (
        f"in {found.cycles_kept[i]} of {found.draws}; period {number(_mean(periods), digits=4)} ± "
        f"{number(_spread(periods), digits=2)}, amplitude {number(_mean(amplitudes))} ± "
        f"{number(_spread(amplitudes), digits=2)} of the mean field's"
    )


def _mean(values: Array) -> float:
    kept = values[np.isfinite(values)]
    with np.errstate(all="ignore"):  # a file may hold any numbers
        return float(np.mean(kept)) if len(kept) else float("nan")


def _spread(values: Array) -> float:
    kept = values[np.isfinite(values)]
    with np.errstate(all="ignore"):
        return float(np.std(kept, ddof=1)) if len(kept) > 1 else float("nan")


def _counts(stable: NDArray[np.int64]) -> str:
    """How many networks have how many stable fixed points: 6 in 9, 4 in 11."""
    numbers, counts = np.unique(stable, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{numbers[i]} in {counts[i]}" for i in order)
