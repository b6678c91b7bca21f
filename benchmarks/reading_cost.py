"""What reading an HDF5 file in a child process costs, against reading it in this process.

    python -m benchmarks.reading_cost [--rounds 15]

The child is a fresh interpreter, as in Python, that imports numpy and h5py, parses within limits
on memory and time, and sends the data back. Printed are medians by the clock and of the work (CPU
time), for a network of 100 neurons and for a field on 1,000 x 1,000 nodes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from lrfit.io import Dataset, Group, read_hdf5, to_bytes


def network_like(neurons: int = 100) -> bytes:
    """A file of the size of a network's."""
    rng = np.random.default_rng(0)
    parts = {name: Dataset(data=rng.normal(size=(neurons, 3))) for name in ("M", "N", "B")}
    return to_bytes(Group(children={"network": Group(children=parts)}))


def grid_like(nodes: int = 1000) -> bytes:
    """A field of two variables on a grid."""
    rng = np.random.default_rng(0)
    parts = {name: Dataset(data=rng.normal(size=(nodes, nodes))) for name in ("x", "y")}
    return to_bytes(Group(children={"velocity": Group(children=parts)}))


def plainly(path: Path) -> None:
    """Read all datasets in this process."""
    with h5py.File(path) as file:
        file.visititems(lambda _, node: node[()] if isinstance(node, h5py.Dataset) else None)


def medians(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds by the clock, and of work in this process and its children."""
    clock, work = [], []
    for _ in range(rounds):
        before, began = os.times(), time.perf_counter()
        action()
        clock.append(time.perf_counter() - began)
        after = os.times()
        work.append(sum(after[:4]) - sum(before[:4]))
    return statistics.median(clock), statistics.median(work)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    files = {"network, 100 neurons": network_like(), "grid, 10^6 nodes": grid_like()}
    for name, data in files.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.h5"
            path.write_bytes(data)
            child, child_work = medians(partial(read_hdf5, path), rounds)
            plain, plain_work = medians(partial(plainly, path), rounds)
        print(f"{name} ({len(data) / 2**20:.2f} MiB)")
        print(f"    in a child    {child:.3f} s, {child_work:.3f} s of work")
        print(f"    in process    {plain:.3f} s, {plain_work:.3f} s of work")
        print(f"    difference    {child - plain:.3f} s, {child_work - plain_work:.3f} s of work")


if __name__ == "__main__":
    main()
