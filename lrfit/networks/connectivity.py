"""Connectivity matrices: dense float64 arrays, or sparse ones in CSR format, read-only.

Place in the flow: what a `FullRankNetwork` holds as J. A sparse J is never made dense.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lrfit.core.arrays import Array, frozen
from lrfit.core.errors import InputError
from lrfit.io.tree import Dataset, Group
from lrfit.networks.checks import require_finite

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Connectivity: TypeAlias = Array | csr_array[Any]
else:
    Connectivity = Array


_SPARSE = ("data", "indices", "indptr")
"""Arrays of a matrix in CSR format."""


def is_sparse(J: Any) -> bool:
    """Whether it is a scipy.sparse matrix or array, without importing scipy for those who have
    none.
    """
    return hasattr(J, "tocsr")


def frozen_connectivity(J: Any, name: str = "J") -> Connectivity:
    """Return a read-only copy of a square matrix (n, n): float64, dense or CSR.

    name : what messages call it.

    Raises
    ------
    InputError
        Not square, without neurons, or with a number that is not finite.
    """
    sparse = is_sparse(J)
    try:
        given = J if sparse else np.asarray(J, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, in rows of the same length") from None
    shape = given.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise InputError(f"{name} has shape {shape}; give a square matrix, a row for every neuron")
    if sparse:
        return _frozen_sparse(given, name)
    require_finite(name, given)
    return frozen(given)


def _frozen_sparse(given: Any, name: str) -> csr_array[Any]:
    from scipy.sparse import csr_array  # noqa: PLC0415 - a slow import

    J = csr_array(given, dtype=np.float64, copy=True)
    # Now, since scipy does it in place later, which read-only arrays do not allow.
    J.sum_duplicates()
    bad = np.flatnonzero(~np.isfinite(J.data))
    if len(bad):
        row = int(np.searchsorted(J.indptr, bad[0], side="right")) - 1
        raise InputError(
            f"{name}[{row}, {J.indices[bad[0]]}] is {J.data[bad[0]]:g}; give finite numbers"
        )
    for array in (J.data, J.indices, J.indptr):
        array.flags.writeable = False
    return J


def connectivity_node(J: Connectivity) -> Dataset | Group:
    """J for a file: a dataset, or the three arrays of a sparse one."""
    if isinstance(J, np.ndarray):
        return Dataset(data=J, dimensions=("neuron", "from_neuron"))
    arrays = {name: Dataset(data=_widened(getattr(J, name))) for name in _SPARSE}
    kind = {"encoding-type": "lrfit-csr-matrix", "encoding-version": "1"}
    return Group(attributes={**kind, "neurons": int(J.shape[0])}, children=arrays)


def _widened(array: Any) -> Any:
    return array if array.dtype.kind == "f" else array.astype(np.int64)


def connectivity_from_node(node: Dataset | Group) -> Connectivity:
    """Read what `connectivity_node` made; `frozen_connectivity` checks the rest.

    Raises
    ------
    InputError
        The arrays are not those of a sparse matrix.
    """
    if isinstance(node, Dataset):
        return node.numbers(shape=(None, None))
    from scipy.sparse import csr_array  # noqa: PLC0415 - a slow import

    n = node.attribute("neurons", int)
    data, indices, indptr = (node.numbers(name, shape=(None,)) for name in _SPARSE)
    rows_fit = len(indptr) == n + 1 and indptr[0] == 0 and indptr[-1] == len(data)
    rows_fit = rows_fit and bool(np.all(np.diff(indptr) >= 0))
    columns_fit = len(indices) == len(data) and bool(np.all((indices >= 0) & (indices < n)))
    if not (rows_fit and columns_fit and np.all(indices == np.rint(indices))):
        raise node.error("is no sparse matrix: its arrays do not fit together")
    return csr_array((data, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n, n))


def scaled_connectivity(
    J: Connectivity, slopes: Array, tau: float | Array, *, receiving: bool = False
) -> Connectivity:
    """(J diag(slopes) - 1) / tau, the Jacobian of a rate network, sparse where J is.

    receiving : (diag(slopes) J - 1) / tau instead, that of a network in the rate form.
    """
    times = np.broadcast_to(tau, slopes.shape)
    if isinstance(J, np.ndarray):
        steep = J * (slopes[:, None] if receiving else slopes)
        return np.asarray((steep - np.eye(len(slopes))) / times[:, None])
    from scipy.sparse import csr_array, diags_array, eye_array  # noqa: PLC0415 - a slow import

    by_slopes = diags_array(slopes)
    change = (by_slopes @ J if receiving else J @ by_slopes) - eye_array(len(slopes))
    return csr_array(diags_array(1.0 / times) @ change)
