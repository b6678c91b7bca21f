"""Ground floor: how much of an HDF5 file is believed, and the exception of what is not.

The limits are checked against what a file declares *before* anything is read. They are plain
numbers so that they can be handed to the process that does the reading.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

MIB = 2**20
GIB = 2**30


HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def has_hdf5_signature(source: BinaryIO) -> bool:
    """Whether HDF5's signature is at the start, or behind a user block of 512, 1024, ... bytes."""
    size, place = source.seek(0, os.SEEK_END), 0
    while place < size:
        source.seek(place)
        if source.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
            return True
        place = max(512, 2 * place)
    return False


class RefusedError(Exception):
    """Why a file is refused: what was found, and what to do. Raised where the file is parsed."""


class UnreadableError(RefusedError):
    """Why one attribute or object of a file is not read; whoever needs it is told, nobody else."""


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """What a file may hold at most. Sizes in bytes, of numbers once they take 8 bytes each.

    file_bytes : the file itself. data_bytes : all datasets together. chunk_bytes : one chunk.
    text_bytes : all text of datasets and attributes. attribute_values : entries of one attribute.
    attributes : attributes of one object. objects : groups and datasets together.
    depth : of groups in groups. seconds : until the reading process is stopped.
    """

    file_bytes: int = 4 * GIB
    data_bytes: int = 2 * GIB
    chunk_bytes: int = 128 * MIB
    text_bytes: int = 16 * MIB
    attribute_values: int = 4096
    attributes: int = 256
    objects: int = 4096
    depth: int = 16
    seconds: float = 120.0


# Deflate cannot do better than 1032:1 and is the best of the filters allowed, so a file that
# declares more holds parts that were never written, or lies. Small datasets are free.
MAX_INFLATION = 1100
FREE_BYTES = MIB
