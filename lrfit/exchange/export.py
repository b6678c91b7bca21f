"""export() for users: a network in a format that other programs read."""

from __future__ import annotations

from pathlib import Path

from lrfit.exchange.exporter import exporter
from lrfit.io.atomic import write_atomic
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.records.subject import HasFullNetwork, Network, as_rate_network


def export(
    network: Network | FullRankNetwork | HasFullNetwork,
    *,
    to: str,
    output: str | Path | None = None,
    force: bool = False,
) -> bytes:
    """Write a network in a format that needs no lrfit to be read.

    Parameters
    ----------
    network : Fit, LowRankNetwork, FullRankNetwork or path
        What to export; weights are in the user's units.
    to : str
        The format. Scripts that compare themselves with lrfit when they are run: "numpy", "torch",
        "rnn" (torch.nn.RNN, where dt = tau), "nengo", "brian2". Arrays: "npz", "safetensors",
        "mat". Or the name of a plugin's format.
    output : path, optional
        Where to write the file; the bytes are returned in any case.
    force : bool
        Replace a file that exists.

    Returns
    -------
    bytes
        The content of the file. Times are not in it: equal networks give equal npz arrays.

    Raises
    ------
    UsageError
        There is no such format, or it cannot hold this network.
    NumericalError
        The run that a script is compared with diverges, or the state cannot be read from neurons.
    InputError
        The network cannot be read.
    OutputError
        The output exists or cannot be written.

    Notes
    -----
    Names and shapes of the arrays are those of docs/theory, eq. 1, J = M Nᵀ written out where a
    network is of full rank.

    Examples
    --------
    >>> import io, numpy, lrfit
    >>> fit = lrfit.fit("pitchfork_bistable", neurons=8)
    >>> arrays = numpy.load(io.BytesIO(lrfit.export(fit, to="npz")))
    >>> arrays["M"].shape, str(arrays["nonlinearity"])
    ((8, 1), 'tanh')
    """
    data = exporter(to).write(as_rate_network(network))
    if output is not None:
        write_atomic(output, data, overwrite=force)
    return data
