"""Degeneracy and perturbation files: what is written comes back, and nothing else is believed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.degeneracy.table import DegeneracyTable
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.perturbation import Perturbation, Push, PushOptions
from lrfit.records.store import tree_of, value_from_tree
from lrfit.simulation.curve import Curve

T = np.linspace(0.0, 6.0, 64)
CURVE = Curve(
    domain=Domain(variables=("x", "y"), lower=np.array([-2.0, -2.0]), upper=np.array([2.0, 2.0])),
    t=T,
    z=np.stack([np.cos(T), np.sin(T)], axis=1),
)
RNG = np.random.default_rng(0)


def table() -> DegeneracyTable:
    return DegeneracyTable(
        system="some",
        curve=CURVE,
        time_unit="s",
        kinds=("clock", "driven"),
        files=("some.clock.network.h5", ""),
        tol=0.01,
        tube=0.2,
        success=False,
        neurons=np.array([7.0, 9.0]),
        rate=np.array([np.nan, 1.0]),
        horizon=np.array([6.0, 5.0]),
        rms=np.array([0.001, 0.1 / 3]),
        worst=np.array([0.002, 0.2]),
        met=np.array([1.0, 0.0]),
        exponents=RNG.normal(size=(2, 2)),
        stated=RNG.normal(size=(2, 2)),
        likeness=RNG.random((2, 2)),
        difference=RNG.random((2, 2)),
    )


def study(networks: int = 3) -> Perturbation:
    options = PushOptions(amplitudes=(0.1, 0.2), times=(1.0, 2.0), width=0.3, seed=4)
    pushes = tuple(
        Push(kind=kind, label="along", time=1.0, direction=np.array([0.6, 0.8]), width=width)
        for kind, width in (("state", 0.0), ("input", 0.3))  # type: ignore[arg-type]  # two words
    )
    pairs = np.array(
        [(i, j) for i in range(networks) for j in range(i + 1, networks)], dtype=np.int64
    ).reshape(-1, 2)
    every = {
        name: RNG.normal(size=(networks, 2, 2))
        for name in ("return_rate", "divergence", "phase_shift", "off_path")
    }
    threshold = RNG.random((len(pairs), 2))
    threshold[:1] = np.nan
    return Perturbation(
        **every,
        names=tuple("abcdef"[:networks]),
        curve=CURVE,
        pushes=pushes,
        options=options,
        process_noise=0.05,
        exponents=RNG.normal(size=(networks, 2)),
        t=T[:5],
        distance=RNG.random((networks, 2, 2, 5)),
        pairs=pairs,
        alike=RNG.random(len(pairs)),
        free_dprime=RNG.random(len(pairs)),
        dprime=RNG.random((len(pairs), 2, 2)),
        threshold=threshold,
    )


def assert_equal(first: object, second: object) -> None:
    for field in dataclasses.fields(first):  # type: ignore[arg-type]  # values of one class
        one, two = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, Curve):
            np.testing.assert_array_equal(one.z, two.z)
        elif field.name == "pushes":
            assert [str(push) for push in one] == [str(push) for push in two]
            np.testing.assert_array_equal(one[1].direction, two[1].direction)
        elif field.name != "provenance":
            np.testing.assert_array_equal(one, two)


def test_a_table_of_solutions_comes_back() -> None:
    there = table()
    back = value_from_tree(read_hdf5(to_bytes(tree_of(there))), name="x")
    assert isinstance(back, DegeneracyTable)
    assert_equal(there, back)


@pytest.mark.parametrize("networks", [1, 3])
def test_a_study_of_pushes_comes_back(networks: int) -> None:
    there = study(networks)
    back = value_from_tree(read_hdf5(to_bytes(tree_of(there))), name="x")
    assert isinstance(back, Perturbation)
    assert_equal(there, back)


def spoilt(group: Group, path: str, data: np.ndarray | None) -> Group:
    """The tree with one dataset replaced, or left out."""
    name, _, rest = path.partition("/")
    children = dict(group.children)
    if rest:
        children[name] = spoilt(group.group(name), rest, data)
    elif data is None:
        del children[name]
    else:
        children[name] = Dataset(data=data)
    return dataclasses.replace(group, children=children)


@pytest.mark.parametrize(
    ("make", "path", "data"),
    [
        (lambda: tree_of(table()), "degeneracy/t", T[::-1]),
        (lambda: tree_of(table()), "degeneracy/z", np.full((64, 2), np.nan)),
        (lambda: tree_of(table()), "degeneracy/likeness", np.ones((3, 3))),
        (lambda: tree_of(table()), "degeneracy/rate", None),
        (lambda: tree_of(study()), "perturbation/pairs", np.array([[0, 7]])),
        (lambda: tree_of(study()), "perturbation/pairs", np.array([[0, -1]])),
        (lambda: tree_of(study()), "perturbation/amplitude", np.array([0.2, 0.1])),
        (lambda: tree_of(study()), "perturbation/dprime", np.ones((2, 2, 2))),
        (lambda: tree_of(study()), "perturbation/pushes/kind", np.array(["a", "b"])),
        (lambda: tree_of(study()), "perturbation/trajectory/z", np.zeros((64, 2))),
        (lambda: tree_of(study()), "perturbation/pushes/time", None),
    ],
)
def test_what_does_not_fit_together_is_refused(
    make: Callable[[], Group], path: str, data: np.ndarray | None
) -> None:
    with pytest.raises(InputError):
        value_from_tree(spoilt(make(), path, data), name="x")
