"""One BLAS thread for the whole suite: small matrices, and several test processes at once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from tests.command_line import (  # noqa: E402, F401 - fixtures, after the threads are set
    environment,
    network_bytes,
    network_file,
    run,
    spawn,
    system_file,
)

LONG = (
    "integration/test_help_examples.py",
    "integration/test_readme.py",
    "fitting/test_drive.py",
    "fitting/test_structure.py",
    "fitting/test_minimize.py",
    "degeneracy/test_degeneracy.py",
    "dynamics/faithful/test_busy.py",
    "dynamics/faithful/test_clouds_apart.py",
    "dynamics/test_anatomies.py",
    "robustness/test_numerics.py",
)
"""Files with tests of many seconds. They go first: what is left at the end can then be shared."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


@pytest.fixture(scope="module")
def no_look() -> Iterator[None]:
    """Fits without the look at their dynamics, most of their time: for tests of other things."""
    from lrfit.core.errors import UsageError
    from lrfit.fitting import judge

    def refuse(*_: object, **__: object) -> None:
        raise UsageError("this test does not look at them")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "quick_look", refuse)
        yield
