"""The keys of a mixture's `populations:`, validated by pydantic.

Place in the flow: part of `schema`. What means and covariances are is known in
`networks.mixtures`, which is above this layer and reads them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictStr

from lrfit.options.document_values import described


class PopulationKeys(BaseModel):
    """One population: its share, and means and covariances of loadings block by block."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )

    share: Any
    mean: dict[str, Any] = {}
    cov: dict[str, Any] = {}
    symmetry: StrictStr = ""


def _several(value: object) -> object:
    if not isinstance(value, list) or not value:
        raise ValueError(f"give a list of populations, each with its share, not {described(value)}")
    return value


def _names(value: object) -> object:
    if not isinstance(value, list) or not value or not all(isinstance(x, str) for x in value):
        raise ValueError(f"give a list of names, [x, y], not {described(value)}")
    return value


Populations = Annotated[list[PopulationKeys], BeforeValidator(_several)]
Latent = Annotated[list[str], BeforeValidator(_names)]
KEYS = tuple(PopulationKeys.model_fields)
"""All names that may occur in a population, for help with typos."""
