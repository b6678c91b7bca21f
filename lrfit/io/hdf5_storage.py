"""Ground floor, in the reading process: where the bytes of a dataset are, before reading them.

Three things are held against each other: what a dataset declares, what the file says it stores,
and how large the file is. Data outside the file (external or virtual storage), filters that could
come from a plugin, parts never written and compression bombs are not read.
"""

from __future__ import annotations

import math
from typing import Any

from h5py import h5d, h5z  # type: ignore[import-untyped]  # h5py has no annotations

from lrfit.io.limits import FREE_BYTES, MAX_INFLATION, ReadLimits, RefusedError, UnreadableError
from lrfit.io.text import byte_size

# LZF is compiled into h5py itself and expands at most 90:1. Not szip, nbit and scale-offset:
# hardly used, and decoders are where the holes have been.
_LZF = 32000
_FILTERS = frozenset({h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, _LZF})
_REPACK = "repack it with h5repack -f GZIP=4"


def check_place(dataset: Any, path: str) -> None:
    """Raise for a dataset whose data are in other files, or behind a filter that is not read.

    Comes before everything else that is asked of a dataset: for its mere shape, a virtual one may
    open the files it names.
    """
    recipe = dataset.get_create_plist()
    inside = recipe.get_layout() in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED)
    if not inside or recipe.get_external_count():
        raise UnreadableError(
            f"{path} keeps its data in other files; copy them into this one (h5repack)"
        )
    _check_filters(recipe, path)


def check_storage(
    dataset: Any, shape: tuple[int, ...], path: str, *, limits: ReadLimits, file_bytes: int
) -> None:
    """Raise for a dataset whose data are incomplete, or implausibly compressed."""
    if math.prod(shape) == 0:
        return
    stored = dataset.get_storage_size()
    if stored > file_bytes:
        raise RefusedError(f"{path} claims more bytes than the file has; the file is damaged")
    if dataset.get_create_plist().get_layout() == h5d.CHUNKED:
        _check_chunks(dataset, shape, path, limits=limits, stored=stored)
    elif stored < math.prod(shape) * dataset.get_type().get_size():
        raise UnreadableError(f"{path} was never written; write its values")


def _check_filters(recipe: Any, path: str) -> None:
    codes = [recipe.get_filter(i)[0] for i in range(recipe.get_nfilters())]
    for code in codes:
        if code not in _FILTERS:
            raise UnreadableError(
                f"{path} is stored with the filter {code}, which is not read; {_REPACK}"
            )
    if len(set(codes)) < len(codes):
        raise UnreadableError(f"{path} is compressed more than once; {_REPACK}")


def _check_chunks(
    dataset: Any, shape: tuple[int, ...], path: str, *, limits: ReadLimits, stored: int
) -> None:
    chunk = dataset.get_create_plist().get_chunk()
    chunk_bytes = math.prod(chunk) * dataset.get_type().get_size()
    if chunk_bytes > limits.chunk_bytes:
        raise UnreadableError(
            f"{path} is stored in chunks of {byte_size(chunk_bytes)}, "
            f"more than {byte_size(limits.chunk_bytes)}; use smaller chunks"
        )
    needed = math.prod(-(-n // c) for n, c in zip(shape, chunk, strict=True))
    if needed * chunk_bytes > MAX_INFLATION * stored + FREE_BYTES:
        raise UnreadableError(
            f"{path} declares {byte_size(needed * chunk_bytes)} and stores {byte_size(stored)}; "
            "write all of its values"
        )
    if dataset.get_num_chunks() < needed:
        raise UnreadableError(f"{path} has parts that were never written; write all of its values")
