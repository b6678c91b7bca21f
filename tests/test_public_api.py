"""`import lrfit` is quick, and every public name is where it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lrfit


@pytest.mark.parametrize("name", lrfit.__all__)
def test_every_public_name_can_be_imported_and_is_documented(name: str) -> None:
    value = getattr(lrfit, name)
    assert name in dir(lrfit)
    assert name == "__version__" or value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lrfit.nothing


def test_importing_lrfit_imports_nothing_heavy() -> None:
    code = "import sys, lrfit; sys.exit(any(n in sys.modules for n in ('numpy', 'scipy', 'h5py')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
