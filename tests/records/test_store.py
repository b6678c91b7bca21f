"""save() and load(): the right record for every kind of file, one clean error for the rest."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from lrfit.core.errors import InputError, OutputError, UsageError
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.records.grid_file import grid_file
from lrfit.records.store import load, load_network, save
from lrfit.systems.open import load_system
from lrfit.systems.system import System


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    path = tmp_path / "pendulum.h5"
    save(grid_file(load_system("damped_pendulum"), 7, history=["lrfit sample"]), path)
    return path


def test_a_grid_is_loaded_as_a_system_with_its_points(grid: Path) -> None:
    system = load(grid)
    assert isinstance(system, System)
    assert system.data is not None
    assert system.data.count == 49
    original = load_system("damped_pendulum")
    expected = original.velocity(system.data.state, system.data.input)
    assert np.array_equal(system.data.velocity, expected)


def test_a_yaml_system_is_loaded_as_a_system() -> None:
    assert isinstance(load("van_der_pol"), System)


def test_a_file_that_exists_is_kept_without_force(grid: Path) -> None:
    before = grid.read_bytes()
    tree = grid_file(load_system("van_der_pol"), 5)
    with pytest.raises(OutputError, match="exists"):
        save(tree, grid)
    assert grid.read_bytes() == before
    save(tree, grid, force=True)
    assert grid.read_bytes() != before


def test_what_is_no_result_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="dict"):
        save({}, tmp_path / "x.h5")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_grid_is_no_network_and_the_error_says_what_it_is(grid: Path) -> None:
    with pytest.raises(InputError, match="lrfit-grid"):
        load_network(grid)


@pytest.mark.parametrize(
    "tree",
    [
        Group(),
        Group(attributes={"encoding-type": "lrfit-future", "encoding-version": "1"}),
        Group(attributes={"encoding-type": "lrfit-network", "encoding-version": "1"}),
        Group(children={"x": Dataset(data=np.zeros(3))}),
    ],
)
def test_hdf5_of_another_kind_is_one_clean_error(tmp_path: Path, tree: Group) -> None:
    path = tmp_path / "other.h5"
    path.write_bytes(to_bytes(tree))
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_standard_input_may_be_any_of_them(grid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (grid.read_bytes(), b"name: a\ndynamics: {x: -x}\ndomain: {x: [0, 1]}\n"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
        assert isinstance(load("-"), System)


def test_empty_standard_input_is_one_clean_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b""))))
    with pytest.raises(InputError, match="empty"):
        load("-")
