"""`populations:` of a system file -> a mixture and its mean field.

Place in the flow: `systems.yaml_system` has read the other keys, and calls this by name. Every
error names the file, the line and the block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.fields.expressions.errors import ExpressionError
from lrfit.fields.expressions.fold import bind
from lrfit.fields.expressions.parser import parse
from lrfit.fields.field import Domain
from lrfit.fields.point_groups import point_group
from lrfit.io.yaml_reader import Document, YamlPath
from lrfit.networks.mixtures.blocks import BlockError, covariance_of_blocks, mean_of_blocks
from lrfit.networks.mixtures.loadings import Layout
from lrfit.networks.mixtures.mean_field import MeanField
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.networks.mixtures.symmetry import orbit
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.options.document_values import number
from lrfit.systems.mixture_schema import PopulationKeys
from lrfit.systems.schema import MixtureFile


def mean_field_of_file(
    file: MixtureFile, domain: Domain, parameters: Mapping[str, float], document: Document
) -> MeanField:
    """The mean field of the populations of a file.

    Raises
    ------
    InputError
        Numbers that make no mixture, with file and line.
    """
    reader = _Reader(
        document=document,
        parameters=parameters,
        layout=Layout(variables=domain.variables, inputs=domain.inputs),
    )
    parts = [reader.population(p, keys) for p, keys in enumerate(file.populations)]
    share, mean, covariance = (np.concatenate(each) for each in zip(*parts, strict=True))
    field: MeanField = reader.refusing(
        ("populations",),
        lambda: MeanField(
            mixture=Mixture(
                domain=domain,
                share=share,
                mean=mean,
                covariance=covariance,
                nonlinearity=nonlinearity(getattr(file.network, "nonlinearity", None) or "tanh"),
                tau=reader.tau(file),
                center=reader.center(file),
                direct_input=reader.direct_input(file),
                name=file.name,
                time_unit=file.time_unit,
                reference=file.reference,
                symmetry=file.symmetry or _common_symmetry(file),
            )
        ),
    )
    return field


def _common_symmetry(file: MixtureFile) -> str:
    """The symmetry that every population was given, "" where there is none or several."""
    given = {keys.symmetry for keys in file.populations}
    return given.pop() if len(given) == 1 else ""


class _Reader:
    """What a file says as numbers; each problem is told with its line."""

    def __init__(
        self, *, document: Document, parameters: Mapping[str, float], layout: Layout
    ) -> None:
        self.document, self.parameters, self.layout = document, parameters, layout

    def population(self, p: int, keys: PopulationKeys) -> tuple[Array, Array, Array]:
        """Shares (K,), means (K, L) and covariances (K, L, L) of a population or of its orbit."""
        path: YamlPath = ("populations", p)
        share = float(self.numbers((*path, "share"), keys.share))
        mean = self.of_blocks((*path, "mean"), keys.mean, mean_of_blocks)
        covariance = self.of_blocks((*path, "cov"), keys.cov, covariance_of_blocks)
        if not keys.symmetry:
            return np.array([share]), mean[None], covariance[None]
        means, covariances = self.refusing(
            (*path, "symmetry"), lambda: self._orbit(mean, covariance, keys.symmetry)
        )
        return np.full(len(means), share / len(means)), means, covariances

    def _orbit(self, mean: Array, covariance: Array, symmetry: str) -> tuple[Array, Array]:
        group = point_group(symmetry, len(self.layout.variables))
        return orbit(mean, covariance, group, self.layout)

    def of_blocks(
        self, path: YamlPath, blocks: Mapping[str, Any], make: Callable[..., Array]
    ) -> Array:
        """What `make` makes of the blocks below a path."""
        numbers = {key: self.numbers((*path, key), given) for key, given in blocks.items()}
        try:
            return make(numbers, self.layout)
        except BlockError as error:
            at = (*path, error.key) if error.key in blocks else path
            named = ".".join(map(str, (*path, error.key) if error.key else path))
            raise self.document.error(f"{named}: {error.message}", at) from None

    def numbers(self, path: YamlPath, given: Any) -> Array:
        """Numbers, or rows of numbers, each of which may be a formula of parameters."""
        if not isinstance(given, list):
            return np.array(self._number(path, given))
        rows = [self.numbers((*path, i), each) for i, each in enumerate(given)]
        if len({row.shape for row in rows}) > 1:
            raise self._error(path, "its rows have different lengths; give a matrix")
        return np.array(rows)

    def _number(self, path: YamlPath, given: Any) -> float:
        try:
            if isinstance(given, str):
                text = parse(given, names=tuple(self.parameters))
                return float(bind(text, self.parameters).value)
            return number(given)
        except (ExpressionError, ValueError) as error:
            raise self._error(path, str(error)) from None

    def tau(self, file: MixtureFile) -> float:
        """The time constant, 1 where the file does not say it."""
        given = getattr(file.network, "tau", None)
        if isinstance(given, str):
            raise self._error(("network", "tau"), f"{given!r} is no time; a mixture needs a number")
        return 1.0 if given is None else float(given)

    def center(self, file: MixtureFile) -> Array:
        """The center (D,), 0 where the file does not say it."""
        given = getattr(file.network, "center", None) or {}
        if isinstance(given, str):
            what = f"{given!r} is no place; a mixture needs a number for every latent variable"
            raise self._error(("network", "center"), what)
        return np.array([given.get(name, 0.0) for name in self.layout.variables])

    def direct_input(self, file: MixtureFile) -> Array:
        """C (D, U), 0 where the file does not say it."""
        shape = (len(self.layout.variables), len(self.layout.inputs))
        if file.direct_input is None:
            return np.zeros(shape)
        numbers = self.numbers(("direct_input",), file.direct_input)
        if numbers.shape != shape:
            what = f"give a matrix of {shape[0]} rows (latent variables) and {shape[1]} (inputs)"
            raise self._error(("direct_input",), what)
        return numbers

    def refusing(self, path: YamlPath, make: Callable[[], Any]) -> Any:
        """What a function makes; what it refuses is refused with the line of a path."""
        try:
            return make()
        except (InputError, UsageError) as error:
            if isinstance(error, InputError) and error.where:
                raise
            raise self._error(path, str(error)) from None

    def _error(self, path: YamlPath, message: str) -> InputError:
        return self.document.error(f"{'.'.join(map(str, path))}: {message}", path)
