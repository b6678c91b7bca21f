"""Damaged files: every one ends as a tree, a refusal, or the death of a process not ours."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest

from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group

SCRIPT = Path(__file__).with_name("mutate_hdf5.py")


def ours() -> bytes:
    """A file as lrfit writes it, with everything that the writer knows."""
    t = Dataset(data=np.arange(9.0), dimensions=("t",), attributes={"units": "s"})
    z = Dataset(data=np.ones((2, 9, 2)), dimensions=("trial", "t", "variable"))
    children = {
        "trajectory": Group(children={"t": t, "z": z}),
        "big": Dataset(data=np.zeros(9000)),
        "text": Dataset(data=np.array("name: x\n" * 9)),
    }
    attributes = {"history": ["a", "b"], "seed": 1, "centre": np.arange(3.0), "met": True}
    return to_bytes(Group(attributes=attributes, children=children))


def foreign(path: Path, libver: str) -> bytes:
    """A file as others write it: many groups, resizable and checked chunks, text of all kinds."""
    rng = np.random.default_rng(0)
    with h5py.File(path, "w", libver=libver) as file:
        options = {"chunks": (10, 10), "compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("c", data=rng.normal(size=(40, 40)), **options)
        file.create_dataset("e", data=np.arange(90), maxshape=(None,), compression="lzf")
        file["s"] = ["x", "yy"]
        file["c"].attrs["q"] = np.bytes_("fixed")
        for i in range(20):
            file.create_group(f"g/{i}")
    return path.read_bytes()


@pytest.fixture(params=["ours", "earliest", "latest"])
def sample(request, tmp_path):
    path = tmp_path / "sample.h5"
    path.write_bytes(ours() if request.param == "ours" else foreign(path, request.param))
    return path


def endings_of(python, sample: Path, *, seed: int, count: int) -> Counter[str]:
    run = python(SCRIPT, str(sample), str(seed), str(count))
    return Counter(json.loads(run.stdout))


def check(endings: Counter[str], count: int) -> None:
    # What has libhdf5 run in circles (SIGXCPU) or crash (HDF5 1.14.2: 5 % of these files) is a
    # refusal to who asked the reading process.
    died = sum(n for name, n in endings.items() if name.startswith("SIG"))
    assert endings["wrong"] == 0
    assert endings["tree"] + endings["refused"] + died == count
    assert endings["refused"] > count / 8
    assert died < count / 4


def test_damaged_files_are_read_or_refused_and_nothing_else(python, sample):
    check(endings_of(python, sample, seed=1, count=70), 70)


@pytest.mark.soak
def test_thousands_of_damaged_files_are_read_or_refused(python, sample):
    check(endings_of(python, sample, seed=2, count=5000), 5000)
