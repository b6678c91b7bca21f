"""Frontier files: the best network of every size in one file, and taking one out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fitting.file import network_tree
from lrfit.fitting.minimize import minimize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit
from lrfit.io.hdf5_writer import to_bytes
from lrfit.records.store import load_network, tree_of
from lrfit.systems.open import load_system

BISTABLE = b"name: bistable\ndynamics: {x: x - x**3}\ndomain: {x: [-2, 2]}\n"


@pytest.fixture(scope="module")
def found() -> Fit:
    options = FitOptions(effort="quick", max_neurons=5)
    return minimize(load_system(BISTABLE), tol=0.02, options=options, frontier=True)


@pytest.fixture(scope="module")
def read(found: Fit, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """The fit as its file gives it back."""
    path: Path = tmp_path_factory.mktemp("frontier") / "sizes.h5"
    path.write_bytes(to_bytes(network_tree(found, history=["lrfit minimize"])))
    return load_network(path)


def test_there_is_a_network_of_every_size_and_errors_fall(found: Fit, read: Fit) -> None:
    errors = {each.network.neurons: each.report.error for each in read.frontier}
    assert list(errors) == [1, 2, 3, 4, 5]
    assert errors[1] > 2 * errors[2] > 2 * errors[3]
    assert errors == {each.network.neurons: each.report.error for each in found.frontier}


def test_the_smallest_network_within_a_tolerance_is_picked(read: Fit) -> None:
    errors = {each.network.neurons: each.report.error for each in read.frontier}
    record = read.pick(tol=errors[3] * 1.01)
    assert record.network.neurons == 3
    assert record.met is True
    assert record.tol == errors[3] * 1.01
    again = tree_of(record, history=["lrfit pick"])
    assert again.attributes["history"] == ["lrfit minimize", "lrfit pick"]


def test_a_network_is_picked_by_size_exactly_as_it_was_found(found: Fit, read: Fit) -> None:
    record = read.pick(neurons=2)
    original = next(each for each in found.frontier if each.network.neurons == 2)
    np.testing.assert_array_equal(record.network.M, original.network.M)
    np.testing.assert_array_equal(record.network.N, original.network.N)
    assert record.report.error == original.report.error
    assert record.system.name == "bistable"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "say which"),
        ({"tol": 0.1, "neurons": 2}, "say which"),
        ({"neurons": 77}, "no network has 77"),
        ({"tol": 1e-12}, "no network is within"),
    ],
)
def test_what_is_not_there_is_refused(read: Fit, asked: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read.pick(**asked)  # type: ignore[arg-type]


def test_a_file_without_a_frontier_says_how_to_make_one(found: Fit) -> None:
    from dataclasses import replace

    with pytest.raises(UsageError, match="--frontier"):
        replace(found, frontier=()).pick(neurons=2)
