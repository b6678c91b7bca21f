"""connectivity(): statistics of the connectivity of any network."""

from __future__ import annotations

from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.statistics import ConnectivityStatistics
from lrfit.records.subject import Network, as_rate_network


def connectivity(network: Network | FullRankNetwork) -> ConnectivityStatistics:
    """Return means and covariances of loadings, overlaps, eigenvalues, and a histogram of J.

    Parameters
    ----------
    network : Fit, LowRankNetwork, FullRankNetwork or path
        The network; weights are in the user's units.

    Returns
    -------
    ConnectivityStatistics
        Loadings (L,) with mean (L,) and covariance (L, L) over the neurons; of a low-rank network
        the overlaps Nᵀ M (D, D), Nᵀ B (D, U), Nᵀ b (D,), and the D eigenvalues of J that are not
        zero by construction; otherwise the eigenvalues of J outside of the bulk.

    Raises
    ------
    InputError
        The path cannot be read.
    UsageError
        The file holds no network.

    Notes
    -----
    With n neurons, J = M Nᵀ = m nᵀ / n for loadings m = M and n = n N, as in Mastrogiuseppe and
    Ostojic (2018) and Beiran et al. (2021); docs/theory, section 1. The bulk of any other J is the
    ellipse of Sommers et al. (1988).

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.connectivity(lrfit.fit("pitchfork_bistable", neurons=8))
    >>> found.loadings, found.rank
    (('m x', 'n x', 'B u', 'b'), 1)
    >>> i, j = found.loadings.index("m x"), found.loadings.index("n x")
    >>> overlap = found.covariance[i, j] + found.mean[i] * found.mean[j]
    >>> bool(abs(overlap - found.eigenvalues[0]) < 1e-9 * abs(overlap))
    True
    """
    return as_rate_network(network).statistics
