"""Trajectory files: exact round trip, named dimensions, and xarray opens them as they are."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.integrate import Limits
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.store import tree_of, value_from_tree
from lrfit.simulation.simulate import simulate
from lrfit.simulation.trajectory import Trajectory


def made(**options: object) -> Trajectory:
    rng = np.random.default_rng(0)
    domain = Domain(
        variables=("x", "y"),
        lower=np.array([-1.0, -1.0]),
        upper=np.array([1.0, 1.0]),
        inputs=("u",),
        input_lower=np.array([-1.0]),
        input_upper=np.array([1.0]),
    )
    network = LowRankNetwork(
        M=rng.normal(size=(4, 2)),
        N=rng.normal(size=(4, 2)),
        bias=rng.normal(size=4),
        center=np.zeros(2),
        input_weights=rng.normal(size=(4, 1)),
        direct_input=np.zeros((2, 1)),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=domain,
    )
    defaults = {"duration": 2.0, "initial": [[0.1, 0.2], [0.3, 0.1], [0.5, -0.2]], "points": 11}
    arguments = {**defaults, "store_rates": True, "target": network, "time_unit": "ms", **options}
    return simulate(network, **arguments)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return made()


@pytest.fixture(scope="module")
def tree(trajectory: Trajectory) -> Group:
    asked = {"duration": 2.0, "system": "s", "seed": 7}
    content = tree_of(replace(trajectory, experiment=asked), history=["a", "b"])
    return read_hdf5(to_bytes(content))


def assert_same(one: Trajectory, two: Trajectory) -> None:
    for field in dataclasses.fields(Trajectory):
        if field.name == "provenance":
            continue
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, Domain):
            assert a.variables == b.variables
            assert np.array_equal(a.upper, b.upper)
        elif isinstance(a, np.ndarray):
            assert np.array_equal(a, b, equal_nan=True), field.name
        else:
            assert a == b, field.name


def test_a_trajectory_comes_back_exactly(trajectory: Trajectory, tree: Group) -> None:
    after = value_from_tree(tree, name="t")
    assert after.experiment == {"duration": 2.0, "system": "s", "seed": 7}
    assert_same(replace(after, experiment={}), trajectory)
    assert after.history == ("a", "b")
    assert after.provenance.seed == 7


def test_without_rates_target_or_inputs_it_comes_back_too() -> None:
    plain = made(store_rates=False, target=None, solver="euler", dt=0.05)
    assert_same(value_from_tree(read_hdf5(to_bytes(tree_of(plain))), name="t"), plain)


def test_runs_that_ended_early_say_so_in_the_file() -> None:
    cut = made(limits=Limits(bound=0.55), initial=[[0.1, 0.1], [0.5, 0.5]], store_rates=False)
    assert not cut.complete
    again = value_from_tree(read_hdf5(to_bytes(tree_of(cut))), name="t")
    assert again.status == cut.status
    assert_same(again, cut)


def test_xarray_opens_it_with_names_coordinates_and_units(tmp_path: Path, tree: Group) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    path = tmp_path / "t.h5"
    path.write_bytes(to_bytes(tree))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # xarray's own
        dataset = xarray.open_dataset(path, group="trajectory", engine="h5netcdf")
    with dataset:
        assert dataset["z"].dims == ("trial", "t", "variable")
        assert dataset["u"].dims == dataset["v"].dims == ("trial", "t", "input")
        assert dataset["x"].dims == ("trial", "t", "neuron")
        assert list(dataset["variable"].values) == ["x", "y"]
        assert dataset["t"].attrs["units"] == "ms"
        assert all("units" in dataset[name].attrs for name in ("t", "z", "u", "v", "x", "target"))
        assert float(dataset["z"].sel(variable="y", trial=1).isel(t=0)) == 0.1


def broken(tree: Group, name: str, node: Dataset | None) -> Group:
    group = tree.group("trajectory")
    children = {k: v for k, v in group.children.items() if k != name}
    if node is not None:
        children[name] = node
    changed = dataclasses.replace(group, children=children)
    return dataclasses.replace(tree, children={**tree.children, "trajectory": changed})


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("z", None),
        ("z", Dataset(data=np.zeros((3, 11, 3)))),
        ("z", Dataset(data=np.array("text"))),
        ("t", Dataset(data=np.zeros((2, 2)))),
        ("u", Dataset(data=np.zeros((3, 10, 1)))),
        ("target", Dataset(data=np.zeros((1, 11, 2)))),
        ("status", Dataset(data=np.array(["done", "done", "\x1b[2J"]))),
        ("status", Dataset(data=np.zeros(3))),
        ("reached", Dataset(data=np.array([1, 2, 99]))),
        ("end_time", Dataset(data=np.zeros(2))),
    ],
)
def test_a_damaged_trajectory_is_one_clean_error(
    tree: Group, name: str, node: Dataset | None
) -> None:
    with pytest.raises(InputError) as caught:
        value_from_tree(broken(tree, name, node), name="t")
    assert "\n" not in str(caught.value)
