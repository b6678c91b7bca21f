"""Any change of a file gives a description that can be printed, or one clean error."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lrfit.browsing import show_command as show
from lrfit.cli.console import render
from lrfit.cli.text import plain_value
from lrfit.core.errors import LrfitError
from lrfit.fitting.file import value_of
from lrfit.fitting.result import Fit
from lrfit.integrate import Limits
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.tree import Dataset, Group
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.records.grid_file import grid_file
from lrfit.records.kinds import kind_of_value
from lrfit.records.store import tree_of, value_from_tree
from lrfit.running.simulate import simulate
from lrfit.systems.open import load_system

NUMBERS = [0.0, -1.0, 1e308, 1e-320, float("nan"), float("inf")]
ATTRIBUTES: list[Any] = [
    *["", "x" * 3000, "\x1b[2J\n", "2", "-1", 0, -1, 10**18, True],
    *[*NUMBERS, [], ["a", "a"], ["\x1b"], np.zeros(0), np.zeros((2, 2))],
]


@pytest.fixture(scope="module")
def trees(network_bytes: bytes) -> list[Group]:
    network = read_hdf5(network_bytes)
    record = value_of(network)
    run = simulate(record, duration=1.0, points=9, target=True, store_rates=True)
    grid, mixture = grid_file(load_system("damped_pendulum"), 5), load_system("hexagon_memory")
    populations = tree_of(mixture.field.mixture)  # type: ignore[attr-defined]
    return [network, tree_of(run), grid, full_rank(), populations]


def full_rank() -> Group:
    """A file of a full-rank network, sparse, with two nonlinearities and two time constants."""
    network = FullRankNetwork(
        J=csr_array(np.diag(np.full(3, 0.5), k=1)),
        tau=[0.1, 0.1, 0.2, 0.2],
        nonlinearity=["tanh", "tanh", "sigmoid", "sigmoid"],
        input_weights=np.ones((4, 1)),
        output_weights=np.ones((1, 4)),
    )
    return tree_of(network)


def nodes(group: Group, prefix: str = "") -> Iterator[tuple[str, Group | Dataset]]:
    for name, child in group.children.items():
        yield f"{prefix}{name}", child
        if isinstance(child, Group):
            yield from nodes(child, f"{prefix}{name}/")


def replaced(group: Group, path: str, node: Group | Dataset | None) -> Group:
    head, _, rest = path.partition("/")
    children = {name: child for name, child in group.children.items() if name != head}
    inner = group.children[head]
    if rest:
        assert isinstance(inner, Group)
        children[head] = replaced(inner, rest, node)
    elif node is not None:
        children[head] = node
    return dataclasses.replace(group, children=children)


def other_data(data: st.DataObject, node: Group | Dataset) -> Group | Dataset | None:
    shape = node.shape if isinstance(node, Dataset) else (3,)
    numbers = [Dataset(data=np.full(shape, number)) for number in NUMBERS]
    shapes = [Dataset(data=np.zeros(other)) for other in [(), (0,), (5,), (2, 3), (1, 1, 1)]]
    texts = [Dataset(data=np.array(text)) for text in ["te\x1bxt", ["a", "b"]]]
    return data.draw(st.sampled_from([None, Group(), *numbers, *shapes, *texts]))


def changed(data: st.DataObject, root: Group) -> Group:
    path, node = data.draw(st.sampled_from([("", root), *nodes(root)]))
    if path and data.draw(st.booleans()):
        return replaced(root, path, other_data(data, node))
    attributes = dict(node.attributes)
    name = data.draw(st.sampled_from([*attributes, "new"]))
    attributes[name] = data.draw(st.sampled_from(ATTRIBUTES))
    if data.draw(st.integers(0, 9)) == 0:
        del attributes[name]
    new = dataclasses.replace(node, attributes=attributes)
    if not path:
        assert isinstance(new, Group)
        return new
    return replaced(root, path, new)


@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_change_of_a_file_is_described_or_refused_in_one_line(
    trees: list[Group], data: st.DataObject
) -> None:
    tree = changed(data, data.draw(st.sampled_from(trees)))
    message = ""
    try:
        with np.errstate(all="ignore"):
            describe(tree)
    except LrfitError as error:
        message = str(error)
    assert "\n" not in message


def describe(tree: Group) -> None:
    """All that `show` does, and a short simulation of what is a network."""
    record = value_from_tree(tree, name="x")
    kind = kind_of_value(record)
    if kind is not None:
        fields, tables = kind.fields(record), kind.tables(record, verbose=True)
    if isinstance(record, Fit):
        with contextlib.suppress(LrfitError):
            _ = record.system
        quick = Limits(seconds=2, steps=2000)
        simulate(record.network, duration=0.1, points=3, limits=quick)
    if isinstance(record, Mixture):
        with contextlib.suppress(LrfitError):
            record.as_system().velocity(np.zeros((1, 2)), np.zeros((1, 0)))
            record.sampled(3, np.random.default_rng(0))
    if isinstance(record, FullRankNetwork):
        with contextlib.suppress(LrfitError):  # numbers near the largest overflow
            simulate(record, duration=0.1, points=3, limits=Limits(seconds=2, steps=2000))
    if kind is None:
        fields, tables = show._system(record, verbose=True)
    json.dumps(plain_value(fields), allow_nan=False)
    for table in tables:
        lines = render(table, io.StringIO(), color=False).splitlines()
        assert all(line.isprintable() and len(line) < 80 for line in lines)
