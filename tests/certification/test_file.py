"""Certificate files: what is written comes back exactly, and nothing else is believed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.certification import Certificate
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.networks.digest import network_digest
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.store import tree_of, value_from_tree

DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1, 0],
    upper=[1, 3],
    inputs=("u",),
    input_lower=[0],
    input_upper=[1],
)


def some_certificate(**changes: object) -> Certificate:
    values: dict[str, object] = {
        "system": "some",
        "domain": DOMAIN,
        "neurons": 7,
        "status": "certified",
        "reason": "",
        "upper": 0.1 / 3,
        "lower": 0.033,
        "upper_by_variable": [0.1, 0.2],
        "lower_by_variable": [0.09, 0.19],
        "gap_wanted": 0.01,
        "tol": None,
        "rms_speed": np.pi,
        "rms_by_variable": [1.0, 2.0],
        "points": 65536,
        "sampled": 0.03,
        "worst_point": [0.5, 2.5],
        "worst_input": [0.25],
        "box_lower": [0.4, 2.4, 0.2],
        "box_upper": [0.6, 2.6, 0.3],
        "boxes": 123,
        "seconds": 1.5,
        "network_sha256": network_digest(some_network()),
        "system_sha256": "ab12",
    }
    return Certificate(**(values | changes))  # type: ignore[arg-type]  # values by name


def some_network(**changes: object) -> LowRankNetwork:
    rng = np.random.default_rng(0)
    network = LowRankNetwork(
        M=rng.normal(size=(7, 2)),
        N=rng.normal(size=(7, 2)),
        bias=np.zeros(7),
        center=np.zeros(2),
        input_weights=rng.normal(size=(7, 1)),
        direct_input=np.zeros((2, 1)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=DOMAIN,
    )
    return dataclasses.replace(network, **changes)  # type: ignore[arg-type]  # values by name


def written(certificate: Certificate) -> Group:
    """The tree after a journey through a file."""
    return read_hdf5(to_bytes(tree_of(certificate, history=["lrfit certify it"])), where="c.h5")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tol": 0.25, "status": "refuted", "reason": "the error is at least 0.3"},
        {"upper": np.inf, "status": "undecided", "lower": 0.0},
        {"map_axes": [[0, 1]], "bound_map": np.arange(12.0).reshape(1, 3, 4) / 7},
    ],
)
def test_a_certificate_comes_back_exactly(changes: dict[str, object]) -> None:
    before = some_certificate(**changes)
    after = value_from_tree(written(before), name="c")
    assert isinstance(after, Certificate)
    for field in dataclasses.fields(Certificate):
        if field.name not in ("domain", "provenance"):
            a, b = getattr(after, field.name), getattr(before, field.name)
            np.testing.assert_array_equal(a, b)
    assert after.domain.variables == ("x", "y")
    assert after.gap == before.gap
    assert after.history == ("lrfit certify it",)


def test_equal_runs_give_equal_bytes_without_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    one, two = (to_bytes(tree_of(some_certificate(seconds=s))) for s in (1.0, 2.0))
    assert one == two
    assert np.isnan(value_from_tree(read_hdf5(one, where="c.h5"), name="c").seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"tau": 1.0000000000000002},
        {"nonlinearity": nonlinearity("erf")},
        {"bias": np.full(7, -0.0) + 1e-300},
        {"center": [0.0, 1e-16]},
    ],
)
def test_the_digest_tells_networks_apart(changes: dict[str, object]) -> None:
    assert network_digest(some_network()) == network_digest(some_network())
    assert network_digest(some_network(**changes)) != network_digest(some_network())


def changed(tree: Group, **attributes: object) -> Group:
    group = tree.group("certificate")
    inner = dataclasses.replace(group, attributes={**group.attributes, **attributes})
    return dataclasses.replace(tree, children={**tree.children, "certificate": inner})


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"status": "perfect"}, "unknown status 'perfect'"),
        ({"upper": "small"}, "text as attribute upper; needed is a number"),
        ({"encoding-version": "2"}, "newer than the 1"),
    ],
)
def test_attributes_that_cannot_be_are_refused(attributes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        value_from_tree(changed(written(some_certificate()), **attributes), name="c")


@pytest.mark.parametrize("name", ["upper_by_variable", "worst_input", "box_lower"])
def test_arrays_of_another_shape_are_refused(name: str) -> None:
    tree = written(some_certificate())
    group = tree.group("certificate")
    children = {**group.children, name: Dataset(data=np.zeros(9), path=f"/certificate/{name}")}
    inner = dataclasses.replace(group, children=children)
    tree = dataclasses.replace(tree, children={**tree.children, "certificate": inner})
    with pytest.raises(InputError, match=rf"/certificate/{name} has the shape \(9,\)"):
        value_from_tree(tree, name="c")


def test_maps_over_coordinates_that_there_are_not_are_refused() -> None:
    with pytest.raises(InputError, match="not two of 3 coordinates"):
        some_certificate(map_axes=[[0, 3]], bound_map=np.zeros((1, 2, 2)))
