"""The last look at a fit: has the network the dynamics, or only the field?

Place in the flow: every `Fit` that leaves `fit` or `minimize` has been looked at, cheaply.
"""

from __future__ import annotations

from dataclasses import replace

from lrfit.dynamics.faithful import quick_check
from lrfit.errors import LrfitError
from lrfit.search.result import Fit


def with_quick_check(fit: Fit) -> Fit:
    """Add the verdict of the quick check, and a warning for each thing that differs.

    A field that cannot be followed (no finite survey, no state to read) is not judged, and the
    warning says why: a fit is never lost to its check.
    """
    try:
        found = quick_check(fit.system, fit.network, seed=fit.options.seed)
    except LrfitError as error:
        return replace(fit, warnings=(*fit.warnings, f"the dynamics were not checked: {error}"))
    verdict = f"no ({'; '.join(found)})" if found else "yes"
    differs = tuple(f"the dynamics differ: {line}" for line in found)
    return replace(
        fit, faithful=verdict, faithful_check="quick", warnings=(*fit.warnings, *differs)
    )
