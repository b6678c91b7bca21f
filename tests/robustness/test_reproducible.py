"""Equal seeds give equal files; neither threads nor the order of samples matter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lrfit.io import read_hdf5

Lrfit = Callable[..., Any]
WAYS = {
    "fit": ("fit", "s.yaml", "--neurons", "12"),
    "ols": ("minimize", "s.yaml", "--tol", "0.05", "--method", "ols", "--candidates", "300"),
    "refine": ("minimize", "s.yaml", "--tol", "0.05", "--effort", "quick", "--max-neurons", "5"),
    "simulate": ("simulate", "n.h5", "--solver", "euler", "--rate-noise", "0.1", "--points", "50"),
    "sample": ("sample", "s.yaml", "--points", "9"),
}


@pytest.mark.parametrize("way", WAYS)
def test_equal_runs_give_equal_bytes_without_times(lrfit: Lrfit, folder: Path, way: str) -> None:
    epoch = {"SOURCE_DATE_EPOCH": "1"}
    found = []
    for _ in range(2):
        done = lrfit(*WAYS[way], "-o", "out.h5", "--force", env=epoch)
        assert done.code == 0, done
        found.append((folder / "out.h5").read_bytes())
    assert found[0] == found[1]


def test_equal_runs_differ_in_times_and_history_alone(lrfit: Lrfit, folder: Path) -> None:
    for name in ("a.h5", "b.h5"):
        assert lrfit(*WAYS["fit"], "-o", name).code == 0
    one, other = read_hdf5(folder / "a.h5"), read_hdf5(folder / "b.h5")
    different = {name for name in one.attributes if one.attributes[name] != other.attributes[name]}
    assert different <= {"file_time", "history"}
    for name in ("M", "N", "bias", "center"):
        first, second = (tree.group("network").numbers(name) for tree in (one, other))
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("way", ["fit", "ols"])
def test_the_number_of_blas_threads_is_recorded_and_changes_nothing_that_counts(
    folder: Path, environment: dict[str, str], way: str
) -> None:
    trees = {}
    for threads in (1, 2):
        name = f"{threads}.h5"
        subprocess.run(
            [sys.executable, "-m", "lrfit", *WAYS[way], "-o", name],
            cwd=folder,
            env=environment | {"OPENBLAS_NUM_THREADS": str(threads)},
            check=True,
            capture_output=True,
        )
        trees[threads] = read_hdf5(folder / name)
    recorded = {n: tree.attribute("blas_threads", int) for n, tree in trees.items()}
    assert recorded == {1: 1, 2: min(2, os.cpu_count() or 1)}
    one, two = (tree.group("report").attribute("error", float) for tree in trees.values())
    np.testing.assert_allclose(one, two, rtol=1e-6)
    sizes = [tree.group("network").numbers("M").shape for tree in trees.values()]
    assert sizes[0] == sizes[1]


def test_permuting_the_samples_of_a_file_changes_nothing(lrfit: Lrfit, folder: Path) -> None:
    rng = np.random.default_rng(1)
    state = rng.uniform(-1, 1, (300, 2))
    velocity = np.stack([state[:, 1], -np.sin(state[:, 0]) - 0.5 * state[:, 1]], axis=1)
    found = []
    for order in (np.arange(300), rng.permutation(300)):
        with h5py.File(folder / "d.h5", "w") as file:
            file.attrs["variables"] = ["x", "y"]
            file["samples/state"], file["samples/velocity"] = state[order], velocity[order]
        done = lrfit(
            *("fit", "d.h5", "--neurons", "12", "--method", "ols", "--candidates", "200"),
            *("-o", "out.h5", "--force"),
            env={"SOURCE_DATE_EPOCH": "1"},
        )
        assert done.code == 0, done
        found.append((folder / "out.h5").read_bytes())
    assert found[0] == found[1]
