"""Eigenvalues of a connectivity, and those of them that lie outside of the bulk.

Of a trained network the bulk is the circle of the radius g that W0 was drawn with (Girko 1984); of
any other network it is the ellipse that the entries of J say (`networks.spectrum`).

Place in the flow: part of what `analyze` says of a network of any connectivity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.learning.result import dense
from lrfit.networks.fullrank import FullRankNetwork

Complex = NDArray[np.complex128]
MARGIN, LEAST = 1.1, 0.2
"""Times g, and at least: eigenvalues of a trained network farther out are none of the bulk."""
MOST = 10
"""Eigenvalues outside of the bulk that are told."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ConnectivityEigenvalues:
    """Eigenvalues of a connectivity, and of that before training.

    Attributes
    ----------
    after : (n,) of the network. before : (n,) of the connectivity before training, None where that
        is not known.
    radius, symmetry : g and rho of the ellipse of the bulk, of semi-axes g (1 + rho), g (1 - rho).
    edge : times 1 + rho and 1 - rho, the ellipse beyond which eigenvalues are outside of the bulk.
    outliers : (k,) these, the farthest first, at most ten.
    """

    ENCODING: ClassVar = "lrfit-connectivity-eigenvalues"

    after: Annotated[Complex, Axes("eigenvalue")]
    before: Annotated[Complex | None, Axes("eigenvalue")] = None
    radius: float
    symmetry: float
    edge: float
    outliers: Annotated[Complex, Axes("outlier")]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)


def eigenvalues_of_trained(before: Array, after: Array, g: float) -> ConnectivityEigenvalues:
    """Eigenvalues of W0 (n, n) and W (n, n), whose bulk is the circle of radius g."""
    found = _eigenvalues(after)
    edge = max(MARGIN * g, LEAST)
    beyond = found[np.abs(found) > edge]
    return ConnectivityEigenvalues(
        after=found,
        before=_eigenvalues(before),
        radius=g,
        symmetry=0.0,
        edge=edge,
        outliers=beyond[np.argsort(-np.abs(beyond), kind="stable")][:MOST],
    )


def eigenvalues_of(network: FullRankNetwork) -> ConnectivityEigenvalues:
    """Eigenvalues of a network, and of its connectivity before training where that is known."""
    bulk, initial = network.statistics, network.initial
    return ConnectivityEigenvalues(
        after=_eigenvalues(dense(network.J)),
        before=None if initial is None else _eigenvalues(dense(initial)),
        radius=bulk.bulk_radius,
        symmetry=bulk.bulk_symmetry,
        edge=bulk.bulk_margin * bulk.bulk_radius,
        outliers=bulk.eigenvalues[:MOST],
    )


def _eigenvalues(J: Array) -> Complex:
    return np.asarray(np.linalg.eigvals(J).astype(np.complex128))
