"""Neurons with different nonlinearities, evaluated together for each kind.

Place in the flow: `FullRankNetwork` has one nonlinearity or one per neuron. Neurons of a kind that
stand side by side are a slice, so that no array is copied to evaluate them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.io.tree import Dataset, Group
from lrfit.networks.nonlinearity import Nonlinearity, nonlinearity

Kind = Nonlinearity | str
"""A nonlinearity, or the name of one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuronGroup:
    """Neurons that share a nonlinearity: which they are, as a slice or as indices."""

    nonlinearity: Nonlinearity
    index: slice | NDArray[np.intp]


def known(kind: Kind) -> Nonlinearity:
    """The nonlinearity itself, looked up where a name is given."""
    return nonlinearity(kind) if isinstance(kind, str) else kind


def kinds_node(kinds: Kind | Sequence[Kind]) -> Dataset:
    """Nonlinearities for a file: one name, or one for every neuron."""
    if isinstance(kinds, Kind):
        return Dataset(data=np.array(known(kinds).name))
    names = np.array([known(kind).name for kind in kinds])
    return Dataset(data=names, dimensions=("neuron",))


def kinds_from_node(node: Dataset | Group) -> Kind | Sequence[Kind]:
    """Read what `kinds_node` made."""
    if isinstance(node, Group):
        raise node.error("is a group; needed are names of nonlinearities")
    return node.texts() if node.data.ndim else node.text()


def group_neurons(kinds: Kind | Sequence[Kind], neurons: int) -> tuple[NeuronGroup, ...]:
    """Groups of the neurons by nonlinearity, in the order of their first neurons.

    Raises
    ------
    InputError
        Something else than one nonlinearity, or one per neuron.
    UsageError
        An unknown name.
    """
    if isinstance(kinds, Nonlinearity | str):
        return (NeuronGroup(nonlinearity=known(kinds), index=slice(0, neurons)),)
    if not isinstance(kinds, Sequence):
        raise InputError(f"nonlinearity is {kinds!r}; give a name, a Nonlinearity, or several")
    if len(kinds) != neurons:
        raise InputError(
            f"nonlinearity has {len(kinds)} entries; give one for all, or {neurons}: one per neuron"
        )
    members: dict[Nonlinearity, list[int]] = {}
    for i, kind in enumerate(kinds):
        if not isinstance(kind, Nonlinearity | str):
            raise InputError(f"nonlinearity[{i}] is {kind!r}; give a name or a Nonlinearity")
        members.setdefault(known(kind), []).append(i)
    return tuple(
        NeuronGroup(nonlinearity=phi, index=_compact(indices)) for phi, indices in members.items()
    )


def _compact(indices: list[int]) -> slice | NDArray[np.intp]:
    first, last = indices[0], indices[-1]
    if last - first + 1 == len(indices):
        return slice(first, last + 1)
    return np.array(indices, dtype=np.intp)


def group_rates(groups: tuple[NeuronGroup, ...], x: Array) -> Array:
    """Rates phi(x) (..., n), in the memory order of x."""
    if len(groups) == 1:
        return groups[0].nonlinearity.phi(x)
    rates = np.empty_like(x)
    for group in groups:
        rates[..., group.index] = group.nonlinearity.phi(x[..., group.index])
    return rates


def group_slopes(groups: tuple[NeuronGroup, ...], x: Array) -> Array:
    """Slopes phi'(x) (..., n)."""
    slopes = np.empty_like(x)
    for group in groups:
        part = x[..., group.index]
        phi = group.nonlinearity
        slopes[..., group.index] = phi.slope(part, phi.phi(part))
    return slopes
