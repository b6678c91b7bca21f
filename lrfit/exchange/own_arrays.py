"""Networks from the arrays that `lrfit export` writes to npz, safetensors and mat, exactly.

Place in the flow: `import_network` asks here first. What was exported comes back as the same
network: low-rank ones with their latent state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.text import shown
from lrfit.io.weights_reader import WeightsFile
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output

EQUATION = "equation"
"""The text by which an export of lrfit is known."""
_STRUCT = "network."


def own_network(file: WeightsFile) -> FullRankNetwork | LowRankNetwork | None:
    """The network that lrfit exported; None of a file of somebody else.

    Raises
    ------
    InputError
        An array is missing, or they do not fit together.
    """
    arrays = _Arrays(file)
    if "lrfit" not in arrays.texts:
        return None
    kind = arrays.text("lrfit")
    known: dict[str, Callable[[_Arrays], FullRankNetwork | LowRankNetwork]] = {
        "low-rank network": _low_rank,
        "full-rank network": _full_rank,
    }
    if kind not in known:
        raise InputError(f"it holds an unknown {shown(kind, 60)!r}", where=file.where)
    try:
        return known[kind](arrays)
    except InputError as error:
        raise InputError(error.message, where=file.where) from None


class _Arrays:
    """Arrays and texts by the names of lrfit's own, with the shapes that mat files lose."""

    def __init__(self, file: WeightsFile) -> None:
        self.where = file.where
        self.arrays = {name.removeprefix(_STRUCT): each for name, each in file.arrays.items()}
        self.texts = {name.removeprefix(_STRUCT): each for name, each in file.texts.items()}

    def matrix(self, name: str) -> Array:
        return np.asarray(self._needed(name), dtype=np.float64)

    def vector(self, name: str) -> Array:
        return self.matrix(name).ravel()

    def number(self, name: str) -> float | None:
        return float(self.matrix(name).ravel()[0]) if name in self.arrays else None

    def text(self, name: str) -> str:
        found = self.texts.get(name, "")
        return found if isinstance(found, str) else found[0]

    def names(self, name: str) -> tuple[str, ...]:
        """Several texts; safetensors has them in one, separated by spaces."""
        found = self.texts.get(name, ())
        return tuple(found.split()) if isinstance(found, str) else found

    def _needed(self, name: str) -> Any:
        if name not in self.arrays:
            raise InputError(f"it has no array {name}, which its network needs; export it again")
        return self.arrays[name]


def _full_rank(arrays: _Arrays) -> FullRankNetwork:
    tau = arrays.vector("tau")
    kinds = arrays.names("nonlinearity")
    return FullRankNetwork(
        J=_connectivity(arrays, "J"),
        tau=float(tau[0]) if tau.size == 1 else tau,
        nonlinearity=kinds[0] if len(kinds) == 1 else kinds,
        input_weights=arrays.matrix("input_weights"),
        bias=arrays.vector("bias"),
        output_weights=arrays.matrix("output_weights"),
        output_offset=arrays.vector("output_offset"),
        reads="currents" if arrays.text("reads") == "currents" else "rates",
        dt=arrays.number("dt"),
        form="rate" if arrays.text("form") == "rate" else "current",
        initial=_initial(arrays),
        inputs=arrays.names("inputs"),
        outputs=arrays.names("outputs"),
    )


def _initial(arrays: _Arrays) -> Any:
    known = "initial" in arrays.arrays or "initial_data" in arrays.arrays
    return _connectivity(arrays, "initial") if known else None


def _connectivity(arrays: _Arrays, name: str) -> Any:
    """A dense matrix, or a sparse one from its three arrays."""
    if name in arrays.arrays:
        return arrays.matrix(name)
    from scipy.sparse import csr_array  # noqa: PLC0415 - a slow import

    data, indices, indptr = (arrays.vector(f"{name}_{p}") for p in ("data", "indices", "indptr"))
    n = len(indptr) - 1
    fits = n > 0 and indptr[0] == 0 and indptr[-1] == len(data) == len(indices)
    if not (fits and np.all(np.diff(indptr) >= 0) and np.all((indices >= 0) & (indices < n))):
        raise InputError(f"the arrays of the sparse {name} do not fit together; export it again")
    return csr_array((data, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n, n))


def _low_rank(arrays: _Arrays) -> LowRankNetwork:
    domain = _domain(arrays, "")
    bias, center = arrays.vector("bias"), arrays.vector("center")
    n, D, U = len(bias), domain.dimension, domain.input_count
    tau = arrays.number("tau")
    if tau is None:
        raise InputError("it has no tau; export the network again")
    return LowRankNetwork(
        M=arrays.matrix("M").reshape(-1, D),
        N=arrays.matrix("N").reshape(-1, D),
        bias=bias,
        center=center,
        input_weights=arrays.matrix("input_weights").reshape(n, U),
        direct_input=arrays.matrix("direct_input").reshape(D, U),
        tau=tau,
        nonlinearity=nonlinearity(arrays.text("nonlinearity")),
        domain=domain,
        dt=arrays.number("dt"),
        output=_output(arrays, n, D, U),
    )


def _output(arrays: _Arrays, neurons: int, latent: int, inputs: int) -> Output | None:
    if "output_state" not in arrays.arrays:
        return None
    domain = _domain(arrays, "output_")
    D = domain.dimension
    return Output(
        offset=arrays.vector("output_offset"),
        state=arrays.matrix("output_state").reshape(D, -1),
        input=arrays.matrix("output_input").reshape(D, inputs),
        rates=arrays.matrix("output_rates").reshape(D, neurons),
        domain=domain,
        copied=tuple(int(i) for i in arrays.vector("output_copied")),
    )


def _domain(arrays: _Arrays, prefix: str) -> Domain:
    return Domain(
        variables=arrays.names(f"{prefix}variables"),
        lower=arrays.vector(f"{prefix}lower"),
        upper=arrays.vector(f"{prefix}upper"),
        inputs=arrays.names("inputs"),
        input_lower=arrays.vector("input_lower"),
        input_upper=arrays.vector("input_upper"),
    )
