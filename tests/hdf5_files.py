"""Reading HDF5 without the cost of a child process."""

from __future__ import annotations

import io
from typing import Any

from lrfit.io.child import HEADER
from lrfit.io.hdf5_child import transfer
from lrfit.io.hdf5_reader import assemble
from lrfit.io.limits import ReadLimits
from lrfit.io.tree import Group


def parsed(data: bytes, **limits: Any) -> Group:
    """What the child and the parent do together, in this process."""
    frames = io.BytesIO()

    def send(kind: bytes, payload: bytes | memoryview) -> None:
        frames.write(HEADER.pack(kind, memoryview(payload).nbytes))
        frames.write(payload)

    transfer(io.BytesIO(data), ReadLimits(**limits), send)
    frames.seek(0)
    return assemble(frames, where="f.h5", limits=ReadLimits(**limits))
