"""Arrays of a file as the weights of a network: turned so that rows receive, and added up.

Place in the flow: `roles` says which arrays they are; `import_network` makes the network.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.exchange.import_options import ImportOptions, factor_of
from lrfit.exchange.roles import Found
from lrfit.io.text import shown
from lrfit.io.weights_reader import WeightsFile


class Weights:
    """The arrays of a file as weights: turned so that rows receive, and added up."""

    def __init__(self, file: WeightsFile, found: Found, options: ImportOptions) -> None:
        self.file, self.names = file, found.names
        by_layout = found.layout == "keras"
        self.turned = by_layout if options.transposed is None else options.transposed
        self.factor = options.factor
        shape = self._sum("J" if "J" in self.names else "M").shape
        self.neurons = max(shape) if "J" not in self.names else shape[0]

    def connectivity(self) -> Array:
        """J (n, n), times the factor."""
        if "J" in self.names:
            J = self._sum("J")
            if J.ndim != 2 or J.shape[0] != J.shape[1]:
                raise self._error("J", "is not square; map the connectivity with --map J=NAME")
            J = J.T if self.turned else J
        else:
            M, N = (self.matrix(role, receives=True) for role in "MN")
            if M.shape != N.shape:
                raise self._error("N", f"does not fit M of shape {M.shape}")
            J = M @ N.T
        return J if self.factor is None else factor_of(self.factor, self.neurons) * J

    def matrix(self, role: str, *, receives: bool) -> Array:
        """Weights (n, K) of what neurons receive, or (K, n) of what reads them; empty for none.

        Which way round they are is told by their shape; where both axes are n, by the option.
        """
        n = self.neurons
        if role not in self.names:
            return np.empty((0, 0))
        given = self._sum(role)
        if given.ndim == 1 and len(given) == n:
            given = given[:, None] if receives else given[None]
        if given.ndim != 2 or n not in given.shape:
            raise self._error(role, f"does not fit {n} neurons")
        if given.shape == (n, n):
            return given.T if self.turned else given
        is_right = (given.shape[0] == n) == receives
        return given if is_right else given.T

    def vector(self, role: str) -> Array:
        """A weight for each neuron or output; empty for none."""
        return self._sum(role).ravel() if role in self.names else np.empty(0)

    def told(self, role: str) -> str:
        """What was taken for a weight, for a person."""
        names = self.names[role]
        shapes = " + ".join(f"{shown(name, 80)} {self.file.arrays[name].shape}" for name in names)
        turned = self.turned and role in ("J", "B", "O")
        return shapes + (" (acts from the right)" if turned and role == "J" else "")

    def _sum(self, role: str) -> Array:
        arrays = [np.asarray(self.file.arrays[name], np.float64) for name in self.names[role]]
        if len({array.shape for array in arrays}) > 1:
            raise self._error(role, "has parts of different shapes")
        return np.asarray(sum(arrays[1:], arrays[0]))

    def _error(self, role: str, why: str) -> InputError:
        names = "+".join(self.names[role])
        shape = self.file.arrays[self.names[role][0]].shape
        return InputError(
            f"{shown(names, 100)} of shape {shape}, taken for {role}, {why}", where=self.file.where
        )
