"""Right dynamics, not only a right field: a network beside its target, and a verdict.

tonic        at which constant inputs to look
matching     which rest state and cycle of the network stands for which of the target
distances    between invariant sets; drift along a continuum; the border of the box
shifted      between two runs that may be a little early or late
comparison   two anatomies at one tonic input
interpolation   how well a measured target is known between its points
run          the declared simulation, side by side
verdict      all of these, and what differs; the quick look that every fit gets

A search that must judge many networks computes the target's anatomy once (`target_anatomies`)
and hands it to `examine`.
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.dynamics.faithful.comparison import Comparison, compare
    from lrfit.dynamics.faithful.interpolation import interpolation_error
    from lrfit.dynamics.faithful.run import RunComparison, compare_run
    from lrfit.dynamics.faithful.tonic import tonic_inputs
    from lrfit.dynamics.faithful.verdict import (
        Faithfulness,
        examine,
        quick_look,
        run_differences,
        target_anatomies,
    )

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.dynamics.faithful.comparison": (
            "Comparison",
            "compare",
        ),
        "lrfit.dynamics.faithful.interpolation": ("interpolation_error",),
        "lrfit.dynamics.faithful.run": (
            "RunComparison",
            "compare_run",
        ),
        "lrfit.dynamics.faithful.tonic": ("tonic_inputs",),
        "lrfit.dynamics.faithful.verdict": (
            "Faithfulness",
            "examine",
            "quick_look",
            "run_differences",
            "target_anatomies",
        ),
    },
)

__all__ = [
    "Comparison",
    "Faithfulness",
    "RunComparison",
    "compare",
    "compare_run",
    "examine",
    "interpolation_error",
    "quick_look",
    "run_differences",
    "target_anatomies",
    "tonic_inputs",
]
