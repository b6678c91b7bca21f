"""A mixture as the text of a system file, so that it is a system, and files can hold it as one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.networks.mixtures.blocks import BLOCKS
from lrfit.networks.mixtures.loadings import PARTS
from lrfit.networks.mixtures.mean_field import mean_field_of
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.systems.open import Beside, system_from_text
from lrfit.systems.system import System


def system_of(mixture: Mixture) -> System:
    """The system whose field is the mean field of a mixture."""
    return system_from_text(mixture_text(mixture), where=mixture.name, beside=Beside(overrides={}))


def mixture_from_text(text: str, *, where: str) -> Mixture:
    """The mixture of which `mixture_text` made a text.

    where : for messages.

    Raises
    ------
    InputError
        The text is no system file, or that of another system.
    """
    field = system_from_text(text, where=where, beside=Beside(overrides={})).field
    found = mean_field_of(field)
    if found is None:
        raise InputError("is the system file of no mixture; write the file again", where=where)
    return found.mixture


def mixture_text(mixture: Mixture) -> str:
    """system.yaml of a mixture, whose numbers are exact."""
    domain = mixture.domain
    center = dict(zip(domain.variables, mixture.center.tolist(), strict=True))
    lines = [
        f"name: {json.dumps(mixture.name)}",
        *(f"{key}: {json.dumps(text)}" for key, text in _texts(mixture).items() if text),
        f"latent: {json.dumps(domain.variables)}",
        f"domain: {_ranges(domain.variables, domain.lower, domain.upper)}",
        f"inputs: {_ranges(domain.inputs, domain.input_lower, domain.input_upper)}",
        "network:",
        f"  tau: {mixture.tau!r}",
        f"  nonlinearity: {mixture.nonlinearity.name}",
        f"  center: {json.dumps(center)}",
        *([f"direct_input: {_rows(mixture.direct_input)}"] if domain.inputs else []),
        "populations:",
    ]
    for p in range(mixture.populations):
        lines += [f"  - share: {float(mixture.share[p])!r}", *_population(mixture, p)]
    return "\n".join(lines) + "\n"


def _texts(mixture: Mixture) -> dict[str, str]:
    return {
        "reference": mixture.reference,
        "time_unit": mixture.time_unit,
        "symmetry": mixture.symmetry,
    }


def _ranges(names: tuple[str, ...], lower: Array, upper: Array) -> str:
    pairs = np.column_stack([lower, upper]).tolist()
    return json.dumps(dict(zip(names, pairs, strict=True)))


def _rows(matrix: Array) -> str:
    return json.dumps(matrix.tolist())


def _population(mixture: Mixture, p: int) -> list[str]:
    """Lines of the means and covariances that are not 0; nu.nu is always said."""
    slices, mean, covariance = mixture.layout.slices, mixture.mean[p], mixture.covariance[p]
    means: dict[str, Any] = {part: mean[slices[part]].tolist() for part in PARTS}
    lines = ["    mean:", *(f"      {part}: {json.dumps(x)}" for part, x in means.items() if x)]
    lines.append("    cov:")
    for key in BLOCKS:
        rows, columns = (slices[part] for part in key.split("."))
        block = covariance[rows, columns]
        if key == "nu.nu" or np.any(block):
            lines.append(f"      {key}: {_rows(block)}")
    return lines
