"""Statistics of a network's connectivity: loadings, overlaps, spectrum and weights.

    loadings of neuron i:  m_i, n_i = n N_i, B_i, b_i        J = M Nᵀ = m nᵀ / n for n neurons
    overlap  Nᵀ M = < n_i m_iᵀ >,  with inputs  Nᵀ B,  with the bias  Nᵀ b        (docs/theory, 1)
    eigenvalues of M Nᵀ:  those of Nᵀ M (D, D), and n - D times 0

The mean and the covariance of the loadings over the neurons are what theories of low-rank networks
are written in (Mastrogiuseppe and Ostojic 2018; Beiran et al. 2021). Of a network with any J the
eigenvalues outside of the bulk are told: for independent entries of variance g²/n the bulk is an
ellipse with the semi-axes g (1 + rho) and g (1 - rho), where rho is the correlation of J_ij and
J_ji (Girko 1984; Sommers et al. 1988).

Place in the flow: `LowRankNetwork` and `FullRankNetwork` become `ConnectivityStatistics`, which
files hold beside the weights, and `lrfit.connectivity`, `show` and pages tell. The user's units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.io.text import brief, counted
from lrfit.networks.connectivity import Connectivity, is_sparse
from lrfit.networks.spectrum import spectrum_of

if TYPE_CHECKING:
    from lrfit.networks.fullrank import FullRankNetwork
    from lrfit.networks.lowrank import LowRankNetwork

BINS = 40
"""Of the histogram of weights."""
_MOST_WEIGHTS = 10**8
"""Entries of J that are counted at most, in evenly spaced rows: a second of computation."""
_BLOCK = 2**20
Names = Annotated[tuple[str, ...], Axes("loading")]


def _none(*shape: int) -> Array:
    return np.empty(shape)


@dataclass(frozen=True, kw_only=True, eq=False)
class ConnectivityStatistics:
    """Statistics of the connectivity of n neurons with D latent variables and U inputs.

    Attributes
    ----------
    neurons : n. rank : D of a low-rank network; None where J is any matrix.
    loadings : L names. mean (L,) and covariance (L, L) of them over the neurons. Of a low-rank
        network "m x", "n x" of every variable, "B u" of every input, and "b"; the n are n times N,
        so that J = m nᵀ / n. Otherwise input weights "W u", output weights "O z", and "b".
    overlap : (D, D), Nᵀ M; row: of N. input_overlap : (D, U), Nᵀ B. bias_overlap : (D,), Nᵀ b.
        Empty where J is any matrix.
    eigenvalues : (k,) complex, of J, the largest first: the D that are not zero by construction;
        where J is any matrix, those outside of the bulk.
    bulk_radius, bulk_symmetry : g and rho of the ellipse (module docstring); 0 of a low-rank
        network, all of whose other eigenvalues are 0.
    bulk_margin : eigenvalues farther out than this many times the ellipse are outside of it.
    weight_mean, weight_sd : of the entries of J. connections : how many of them are not zero.
    weight_edges, weight_counts : (bins + 1,), (bins,) histogram of those that are not zero.
    counted : entries that went into mean, sd and histogram: all, or evenly spaced rows of very
        large networks.
    """

    ENCODING: ClassVar = "lrfit-connectivity-statistics"

    neurons: int
    rank: int | None = None
    loadings: Names
    mean: Annotated[Array, Axes("loading")]
    covariance: Annotated[Array, Axes("loading", "loading")]
    overlap: Annotated[Array, Axes("variable", "variable")] = field(
        default_factory=lambda: _none(0, 0)
    )
    input_overlap: Annotated[Array, Axes("variable", "input")] = field(
        default_factory=lambda: _none(0, 0)
    )
    bias_overlap: Annotated[Array, Axes("variable")] = field(default_factory=lambda: _none(0))
    eigenvalues: Annotated[NDArray[np.complex128], Axes("eigenvalue")]
    bulk_radius: float = 0.0
    bulk_symmetry: float = 0.0
    bulk_margin: float = 1.0
    weight_mean: float
    weight_sd: float
    connections: int
    counted: int
    weight_edges: Annotated[Array, Axes("edge")]
    weight_counts: Annotated[NDArray[np.int64], Axes("bin")]

    def __repr__(self) -> str:
        """One line."""
        values = " ".join(f"{value:.3g}" for value in self.eigenvalues[:4])
        rank = "" if self.rank is None else f"rank {self.rank}"
        return brief(
            self, counted(self.neurons, "neuron"), rank, values and f"eigenvalues {values}"
        )

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    def named(self, row: str, column: str) -> float:
        """Covariance of two loadings by their names.

        Raises
        ------
        ValueError
            There is no loading of that name.
        """
        return float(self.covariance[self.loadings.index(row), self.loadings.index(column)])


def low_rank_statistics(network: LowRankNetwork) -> ConnectivityStatistics:
    """Statistics of a low-rank network, without forming J."""
    n, domain = network.neurons, network.domain
    M, N, B, b = network.M, network.N, network.input_weights, network.bias
    names = [
        *(f"m {name}" for name in domain.variables),
        *(f"n {name}" for name in domain.variables),
        *(f"B {name}" for name in domain.inputs),
        "b",
    ]
    overlap = N.T @ M
    values = np.linalg.eigvals(overlap).astype(np.complex128)
    rows = _rows_counted(n)
    return ConnectivityStatistics(
        neurons=n,
        rank=domain.dimension,
        **_moments(names, np.hstack([M, n * N, B, b[:, None]])),
        overlap=overlap,
        input_overlap=N.T @ B,
        bias_overlap=N.T @ b,
        eigenvalues=_sorted(values),
        **_weights(lambda: (M[block] @ N.T for block in _blocks(rows, n))),
    )


def full_rank_statistics(network: FullRankNetwork) -> ConnectivityStatistics:
    """Statistics of a network with any connectivity."""
    n, J = network.neurons, network.J
    names = [
        *(f"W {name}" for name in network.inputs),
        *(f"O {name}" for name in network.outputs),
        "b",
    ]
    columns = [network.input_weights, network.output_weights.T, network.bias[:, None]]
    spectrum = spectrum_of(J)
    return ConnectivityStatistics(
        neurons=n,
        **_moments(names, np.hstack(columns)),
        eigenvalues=_sorted(spectrum.outliers),
        bulk_radius=spectrum.radius,
        bulk_symmetry=spectrum.symmetry,
        bulk_margin=spectrum.margin,
        **_entries(J),
    )


def _entries(J: Connectivity) -> dict[str, Any]:
    """Mean, sd and histogram of the entries of J (n, n)."""
    n = J.shape[0]
    if is_sparse(J):
        stored = np.asarray(J.data)
        return _weights(lambda: iter([stored]), entries=n * n)
    rows = _rows_counted(n)
    return _weights(lambda: (np.asarray(J[block]) for block in _blocks(rows, n)))


def _moments(names: Sequence[str], values: Array) -> dict[str, Any]:
    """Names, mean (L,) and covariance (L, L) of loadings (n, L) over the neurons."""
    mean = values.mean(axis=0)
    centered = values - mean
    return {
        "loadings": tuple(names),
        "mean": mean,
        "covariance": centered.T @ centered / len(values),
    }


def _sorted(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Largest modulus first; of a conjugate pair the one above the real axis."""
    size = np.round(np.abs(values), 12)
    return np.asarray(values[np.lexsort((-values.imag, -values.real, -size))])


def _rows_counted(n: int) -> NDArray[np.intp]:
    """Rows of J that are counted: all, or evenly spaced ones."""
    count = max(1, min(n, _MOST_WEIGHTS // n))
    return np.unique(np.linspace(0, n - 1, count).astype(np.intp))


def _blocks(rows: NDArray[np.intp], n: int) -> Iterator[NDArray[np.intp]]:
    step = max(1, _BLOCK // n)
    return (rows[i : i + step] for i in range(0, len(rows), step))


def _weights(
    blocks: Callable[[], Iterator[Array]], *, entries: int | None = None
) -> dict[str, Any]:
    """Mean, sd and histogram of weights, which come in blocks, twice.

    entries : how many there are with those that are zero and do not come.
    """
    count, top, connections = 0, 0.0, 0
    for block in blocks():
        count += block.size
        top = max(top, float(np.abs(block).max(initial=0.0)))
        connections += int(np.count_nonzero(block))
    count, unit = entries or count, top or 1.0
    edges = np.linspace(-unit, unit, BINS + 1)
    counts, total, squares = np.zeros(BINS, dtype=np.int64), 0.0, 0.0
    for block in blocks():
        counts += np.histogram(block[block != 0.0], edges)[0]
        part = block / unit  # squares of the largest weights overflow
        total += float(part.sum())
        squares += float(np.sum(part * part))
    mean = total / count
    return {
        "weight_mean": unit * mean,
        "weight_sd": unit * float(np.sqrt(max(squares / count - mean**2, 0.0))),
        "connections": connections,
        "counted": count,
        "weight_edges": edges,
        "weight_counts": counts,
    }
