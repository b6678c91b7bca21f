"""The keywords of `import_network` for type checkers: the fields of `ImportOptions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict


class ImportKeywords(TypedDict, total=False):
    """See `ImportOptions`."""

    tau: float | None
    dt: float | Literal["continuous"] | None
    nonlinearity: str | None
    form: Literal["current", "rate"] | None
    map: Mapping[str, str] | None
    transposed: bool | None
    factor: float | str | None
