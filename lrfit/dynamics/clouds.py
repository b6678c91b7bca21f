"""States of irregular motion, and how many invariant sets they belong to.

Place in the flow: trajectories that move irregularly become one cloud of states, each with the
number of its set: two strange attractors side by side, such as mirror images of each other, are
two. Trajectories belong to one set where one of them keeps near places that the other visits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.integrate.tracks import Track

_STATES = 2048
"""States that are kept: successive ones hardly depend on each other."""
_COMPARED = 256
"""Times of a trajectory at which its places are compared with those of the others."""
_GOLDEN = 0.5 * (5.0**0.5 - 1.0)
_NEAR = 0.9
"""Share of a trajectory's own places that lie within its radius of another of them."""
_SHARED = 0.5
"""Share of the places near those of another trajectory from which on both are of one set. Of
trajectories of one set it is about 0.9, and less where they mix slowly."""


def cloud_of(tracks: Sequence[Track], dimension: int) -> tuple[Array, NDArray[np.intp]]:
    """States (n, D) at even times, so that every place counts by its time; and sets (n,).

    Sets are numbered from 0, the one with most trajectories first.
    """
    moving = [track for track in tracks if len(track.t) > 1]
    if not moving:
        return np.empty((0, dimension)), np.empty(0, dtype=np.intp)
    count = 1 + _STATES // len(moving)
    states = np.concatenate([_even(track, count) for track in moving])
    return states, np.repeat(_sets([_uneven(track, _COMPARED) for track in moving]), count)


def _even(track: Track, count: int) -> Array:
    return track.at(np.linspace(track.t[0], track.t[-1], count))


def _uneven(track: Track, count: int) -> Array:
    """States (count, D), one in each of as many equal spans of time, at another place in each.

    At even times the motion on a torus is seen on a curve, if a frequency is nearly a multiple of
    theirs; then two trajectories of one torus have nothing near each other.
    """
    k = np.arange(count)
    share = (k + (_GOLDEN * k) % 1.0) / count
    return track.at(track.t[0] + share * (track.t[-1] - track.t[0]))


def _sets(places: Sequence[Array]) -> NDArray[np.intp]:
    """The set of every trajectory, of which places (K, D) are given: connected components."""
    from scipy.sparse.csgraph import (  # noqa: PLC0415 - a slow import
        connected_components,
    )

    shared = _shares(places)
    linked = np.maximum(shared, shared.T) >= _SHARED
    labels = connected_components(linked, directed=False)[1]
    order = np.argsort(-np.bincount(labels), kind="stable")
    return np.argsort(order)[labels]


def _shares(places: Sequence[Array]) -> Array:
    """(S, S) share of the places of one trajectory (row) that lie near those of another.

    Near is what is near among the other's own places: sparse where its set is sparse.
    """
    from scipy.spatial import KDTree  # noqa: PLC0415 - a slow import

    together = np.concatenate(places)
    shares = np.empty((len(places), len(places)))
    for column, own in enumerate(places):
        tree = KDTree(own)
        spacing = np.asarray(tree.query(own, k=2)[0])[:, 1]
        near = np.asarray(tree.query(together)[0]) <= np.quantile(spacing, _NEAR)
        shares[:, column] = near.reshape(len(places), -1).mean(axis=1)
    return shares
