"""Stress files: what is written comes back exactly, and nothing else is believed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.records.store import tree_of, value_from_tree
from lrfit.stressing.result import Effect, NeuronShare, Stress
from lrfit.stressing.view import tables


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
    system="some",
    neurons=2,
    network_sha256="ab" * 32,
    effects=(effect(), effect(where="J", relative=0.001, lost=0, diverged=0)),
    draws=17,
    seed=4,
    duration=20.0,
    step=np.pi / 100,
    orbit_size=0.6,
    target_distance=np.nan,
    target_orbit=np.nan,
    domain=Domain(variables=("x", "y"), lower=[-1, -1], upper=[1, 2]),
    time_unit="ms",
    t=np.arange(3.0),
    unperturbed=np.arange(6.0).reshape(3, 2) / 7,
    level=[0.25, 0.75],
    fan=np.arange(24.0).reshape(2, 2, 3, 2) / 7,
    predicted=(1 / 3, np.nan),
    shares=(NeuronShare(M=1 / 3, N=0.0, b=0.5, B=1 / 7), NeuronShare(M=2 / 3, N=1.0, b=0.5, B=0.0)),
)


def written() -> Group:
    return read_hdf5(to_bytes(tree_of(FOUND, history=["lrfit stress a.h5"])), where="some.h5")


def test_everything_comes_back() -> None:
    after = value_from_tree(written(), name="")
    assert isinstance(after, Stress)
    for field in dataclasses.fields(Stress):
        if field.name not in ("provenance", "domain"):
            np.testing.assert_equal(getattr(after, field.name), getattr(FOUND, field.name))
    assert after.domain is not None
    assert after.domain.variables == ("x", "y")
    assert after.history == ("lrfit stress a.h5",)
    assert after.provenance is not None
    assert after.provenance.seed == 4


def test_what_earlier_versions_have_not_written_is_not_needed() -> None:
    root = written()
    group = root.group("stress")
    older = dataclasses.replace(
        group,
        attributes={k: v for k, v in group.attributes.items() if k != "predicted"},
        children={k: v for k, v in group.children.items() if k != "shares"},
    )
    found = value_from_tree(dataclasses.replace(root, children={"stress": older}), name="")
    assert isinstance(found, Stress)
    assert (found.predicted, found.shares) == ((), ())
    assert [each.where for each in found.effects] == ["M, N and b", "J"]
    effects = tables(found, verbose=True)[1]
    assert effects.header == ("errors in", "size", "median, worst", "orbit: median, worst", "lost")
    assert len(tables(found, verbose=True)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicted": (0.1,)}, "1 of 2 effects"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(FOUND, **change)


def changed(**children: object) -> Group:
    root = written()
    group = root.group("stress")
    other = dataclasses.replace(group, children={**group.children, **children})
    return dataclasses.replace(root, children={"stress": other})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"where": Dataset(data=np.array(["M", "wherever"]))}, "unknown where 'wherever'"),
        ({"where": Dataset(data=np.array(["M"]))}, "shape"),
        ({"lost": Dataset(data=np.array([np.nan, 1.0]))}, "not whole"),
        ({"orbit_worst": Dataset(data=np.zeros((2, 2)))}, "shape"),
        ({"fan": Dataset(data=np.zeros((2, 2, 3, 3)))}, "shape"),
    ],
)
def test_damaged_content_is_refused_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        value_from_tree(changed(**change), name="")
