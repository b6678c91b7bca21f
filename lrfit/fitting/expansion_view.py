"""What is said about an expanded network, to a person and to a program.

Place in the flow: rows of `view`, which says everything about a network file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrfit.cli.text import number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.fitting.expansion_report import Expansion, FittedMixture

Row = tuple[str, str]
SHOWN = (0.01, 0.1)
"""Relative errors of the weights for which the expected error is told."""


def expansion_fields(expansion: Expansion) -> dict[str, Any]:
    """Fields of the JSON object."""
    from lrfit.records.told import told_fields

    fitted = expansion.mixture
    expected = {f"{delta:g}": expansion.error_with(delta) for delta in SHOWN}
    return {
        **told_fields(expansion),
        "populations": expansion.populations,
        "quotas": expansion.quotas.tolist(),
        "mixture": None if fitted is None else _mixture_fields(fitted),
        "expected_error": {d: None if math.isnan(e) else e for d, e in expected.items()},
    }


def _mixture_fields(fitted: FittedMixture) -> dict[str, Any]:
    return {
        "populations": fitted.mixture.populations,
        "shares": fitted.mixture.share.tolist(),
        "tau": fitted.mixture.tau,
        "field_error": fitted.field_error,
        "scatter": fitted.scatter,
        "error": fitted.error,
    }


def expansion_rows(expansion: Expansion) -> list[Row]:
    """How it was expanded, and what wrong weights do to its field."""
    low, high = int(min(expansion.quotas)), int(max(expansion.quotas))
    sizes = f"{low} neurons each" if low == high else f"{low} to {high} neurons each"
    rows = [("populations", f"{expansion.populations} of {sizes}, {_origin(expansion)}")]
    if expansion.mixture is not None:
        rows.append(("mixture", _fitted(expansion, expansion.mixture)))
    if not math.isnan(expansion.field_error):
        told = [f"{number(expansion.error_with(d))} with N wrong by {100 * d:g} %" for d in SHOWN]
        rows.append(
            (
                "near attractors" if expansion.focus == "attractors" else "in the box",
                f"field error {number(expansion.field_error)}, expected {', '.join(told)}"
                f"{'' if expansion.mixture is not None else _goal(expansion)}",
            )
        )
    if expansion.jitter or expansion.method == "sampled":
        rows.append(("differences", _differences(expansion)))
    return rows


def _fitted(expansion: Expansion, fitted: FittedMixture) -> str:
    """What the mixture does, and what networks drawn from it are expected to."""
    return (
        f"fitted to the target: mean field error {number(fitted.field_error)}, scatter of "
        f"{counted(expansion.neurons, 'neuron')} {number(fitted.scatter)}, expected "
        f"{number(fitted.error)}{_goal(expansion)}"
    )


def _differences(expansion: Expansion) -> str:
    """How neurons of a population differ, and what became of the readout."""
    refit = {"own": "its own field", "system": "its system"}.get(expansion.refit)
    size = f"{number(expansion.jitter)} added, " if expansion.jitter else ""
    return (
        f"{size}N {f'solved again for {refit}' if refit else 'as it was'}: the field changed by "
        f"{number(expansion.field_change)}, rates within a population correlate by "
        f"{number(expansion.correlation)}"
    )


def _origin(expansion: Expansion) -> str:
    if expansion.method == "sampled":
        return "drawn from a mixture"
    if expansion.method == "clones":
        return f"clones of {counted(expansion.parent_neurons, 'neuron')}"
    errors = [f"N wrong by {100 * expansion.weight_noise:g} %"] * bool(expansion.weight_noise)
    if expansion.deleted:
        errors.append(f"{100 * expansion.deleted:g} % of the neurons deleted")
    return f"refined to bear {' and '.join(errors) or 'no errors'}"


def _goal(expansion: Expansion) -> str:
    if expansion.tol is None:
        return ""
    met = "met" if expansion.met else "NOT met"
    return f"; {number(expansion.error)} as asked for (tolerance {number(expansion.tol)}: {met})"


def not_reached(expansion: Expansion) -> str:
    """What no number of populations reached, with what to do."""
    fitted = expansion.mixture
    what = "error with wrong weights" if fitted is None else "expected error of drawn networks"
    return (
        f"the {what} is {number(expansion.error)} with "
        f"{counted(expansion.populations, 'population')}, above the tolerance "
        f"{number(expansion.tol or 0.0)}; give more --neurons or a larger --tol"
    )
