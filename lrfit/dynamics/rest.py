"""A flow that rests everywhere, such as an integrator x' = u while its input is at zero.

    f(zeta) = 0 all over the box: every state is a fixed point

Place in the flow: `anatomies.anatomy` asks for it before it looks for isolated fixed points, of
which there are none.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.dynamics.completeness import Completeness
from lrfit.dynamics.flow import Flow
from lrfit.dynamics.interval_flow import field_bounds
from lrfit.dynamics.point_list import FixedPoints

_DIMENSIONS = {1: "line", 2: "plane"}


def points_at_rest(flow: Flow, places: Array) -> FixedPoints:
    """No isolated fixed point, and a continuum that fills the box, at these places (m, D)."""
    D = flow.dimension
    none = np.empty((0, D))
    return FixedPoints(
        points=none,
        eigenvalues=none.astype(np.complex128),
        eigenvalue_errors=none,
        kinds=(),
        residual=np.empty(0),
        hits=np.empty(0, dtype=np.intp),
        starts=len(places),
        degree=None,
        index_sum=None,
        continuum=places,
        unique_within=np.empty(0),
        proof=_stated(flow),
        evaluations=len(places),
    )


def _stated(flow: Flow) -> Completeness:
    """That all states rest: proved where the bounds of the field over the whole box are zero."""
    whole = _DIMENSIONS.get(flow.dimension, "box")
    text = f"every state is a fixed point here: they fill the {whole}"
    bounds = field_bounds(flow)
    if bounds is not None:
        lower, upper = flow.domain.lower[:, None], flow.domain.upper[:, None]
        middle, radius = bounds.values(lower, upper)
        if not np.any(middle) and not np.any(radius):
            return Completeness(status="proved", text=text)
    return Completeness(status="evidence", text=f"{text}, as far as samples tell")
