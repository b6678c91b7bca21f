"""One BLAS thread for the whole suite: small matrices, and several test processes at once."""

from __future__ import annotations

import os

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
