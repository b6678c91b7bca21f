"""Building HDF5 files with plain h5py, and reading them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

import lrfit
from lrfit.io.tree import Group
from tests.hdf5_files import parsed


@pytest.fixture
def open_descriptors() -> Callable[[], list[str]]:
    """The numbers of this process's open descriptors, that of the listing included."""
    return lambda: sorted(path.name for path in Path("/dev/fd").iterdir())


@pytest.fixture
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run an interpreter that finds this lrfit from any folder."""
    environment = {**os.environ, "PYTHONPATH": str(Path(lrfit.__file__).parents[1])}

    def run(*command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, command)],
            env=environment,
            capture_output=True,
            text=True,
            check=check,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def parse() -> Callable[..., Group]:
    return parsed


@pytest.fixture
def built(tmp_path: Path) -> Callable[[Callable[[h5py.File], object]], bytes]:
    """The bytes of a file that a function fills."""

    def build(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
        path = tmp_path / "built.h5"
        with h5py.File(path, "w", **options) as file:
            fill(file)
        return path.read_bytes()

    return build
