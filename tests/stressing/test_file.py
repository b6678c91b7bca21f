"""Stress files: what is written comes back exactly, and nothing else is believed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.store import record_from_tree
from lrfit.stressing.file import StressRecord, stress_tree
from lrfit.stressing.study import Effect, Stress


def effect(**changes: object) -> Effect:
    values: dict[str, object] = {
        "where": "M, N and b",
        "relative": 0.01,
        "distance_median": 0.1 / 3,
        "distance_worst": np.inf,
        "orbit_median": 0.02,
        "orbit_worst": np.inf,
        "diverged": 3,
        "lost": 5,
    }
    return Effect(**(values | changes))  # type: ignore[arg-type]  # values by name


FOUND = Stress(
    effects=(effect(), effect(where="J", relative=0.001, lost=0, diverged=0)),
    draws=17,
    seed=4,
    duration=20.0,
    step=np.pi / 100,
    orbit_size=0.6,
    target_distance=np.nan,
    target_orbit=np.nan,
)
NETWORK = LowRankNetwork(
    M=np.ones((2, 1)),
    N=np.ones((2, 1)),
    bias=np.zeros(2),
    center=np.zeros(1),
    input_weights=np.empty((2, 0)),
    direct_input=np.empty((1, 0)),
    tau=1.0,
    nonlinearity=nonlinearity("tanh"),
    domain=Domain(variables=("x",), lower=[-1], upper=[1]),
)


def written() -> Group:
    tree = stress_tree(FOUND, network=NETWORK, system="some", history=["lrfit stress a.h5"])
    return read_hdf5(to_bytes(tree), where="some.h5")


def test_everything_comes_back() -> None:
    record = record_from_tree(written(), name="")
    assert isinstance(record, StressRecord)
    assert record.stress.effects == FOUND.effects
    for field in dataclasses.fields(Stress):
        np.testing.assert_equal(getattr(record.stress, field.name), getattr(FOUND, field.name))
    assert (record.system, record.neurons) == ("some", 2)
    assert record.provenance.history == ("lrfit stress a.h5",)
    assert (record.provenance.seed, len(record.network_sha256)) == (4, 64)


def changed(**children: object) -> Group:
    root = written()
    group = root.group("stress")
    attributes = {**group.attributes, **children.pop("attributes", {})}  # type: ignore[dict-item]
    other = dataclasses.replace(
        group, attributes=attributes, children={**group.children, **children}
    )
    return dataclasses.replace(root, children={"stress": other})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attributes": {"where": ["M", "wherever"]}}, "unknown place"),
        ({"attributes": {"where": ["M"]}}, "shape"),
        ({"lost": Dataset(data=np.array([np.nan, 1.0]))}, "finite"),
        ({"orbit_worst": Dataset(data=np.zeros((2, 2)))}, "shape"),
    ],
)
def test_damaged_content_is_refused_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        record_from_tree(changed(**change), name="")
