"""import_network() for users: a network from the weights that another program wrote.

Place in the flow: a file becomes arrays (`io.weights_reader`), these become weights
(`roles`), and with the conventions that the user states a `FullRankNetwork`. Activity of the
network, where it is given, decides whether the conventions are right (`conventions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from lrfit.core.errors import InputError
from lrfit.exchange.conventions import check_activity
from lrfit.exchange.import_keywords import ImportKeywords
from lrfit.exchange.import_options import CONTINUOUS, ImportOptions
from lrfit.exchange.own_arrays import own_network
from lrfit.exchange.roles import Found, find_roles
from lrfit.exchange.turned import Weights
from lrfit.io.weights_reader import WeightsFile, read_weights
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.names import NONLINEARITY_NAMES


@dataclass(frozen=True, kw_only=True, eq=False)
class Imported:
    """A network from a file, and what was taken for what.

    sort : format of the file. roles : text for each weight, such as "rnn.weight_hh_l0 (3, 3)".
    assumed : what the file does not say and nobody gave. left_out : arrays that may be weights and
    stand for none. reproduced : what the activity said, "" where none was given.
    """

    network: FullRankNetwork | LowRankNetwork
    sort: str
    roles: Mapping[str, str]
    assumed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    reproduced: str = ""


def import_network(
    path: str | Path,
    *,
    initial: str | Path | None = None,
    check: str | Path | None = None,
    **options: Unpack[ImportKeywords],
) -> FullRankNetwork | LowRankNetwork:
    """Make a network of the weights in a file of another program, running nothing of it.

    Parameters
    ----------
    path : path
        npz, safetensors, MATLAB, Keras' HDF5, or a state_dict that PyTorch saved.
    initial : path, optional
        A file with the connectivity before training, of the same layout.
    check : path, optional
        A file with activity of the network: `inputs` (T, U) and `rates` (T, n), or `currents`,
        also with an axis of trials in front. The network must reproduce it.
    **options
        The conventions: tau, dt (a number or "continuous"), nonlinearity, form ("current" or
        "rate"), map (names of arrays by role J, M, N, B, b, O, o), transposed, factor (a number,
        "1/N" or "1/sqrt(N)").

    Returns
    -------
    FullRankNetwork or LowRankNetwork
        The latter of what `export` wrote of a low-rank network, without `initial`.

    Raises
    ------
    InputError
        The file cannot be read, is of a GRU or LSTM, or does not reproduce the activity.
    UsageError
        tau or dt is neither in the file nor given.

    Notes
    -----
    The equations are those of docs/how-to/networks; n neurons, rows of J receive. Files are read
    by another process, with limits; pickles are read as descriptions of tensors and never run.

    Examples
    --------
    >>> import numpy, lrfit
    >>> rng = numpy.random.default_rng(0)
    >>> numpy.savez("mine.npz", W_rec=rng.normal(size=(50, 50)) / 7, W_in=rng.normal(size=(50, 2)))
    >>> network = lrfit.import_network("mine.npz", tau=0.1, dt=0.02, nonlinearity="relu")
    >>> network
    <FullRankNetwork: 50 neurons, inputs u0, u1>
    """
    given = ImportOptions(**options)
    return imported(path, given, initial=initial, check=check).network


def imported(
    path: str | Path,
    options: ImportOptions,
    *,
    initial: str | Path | None = None,
    check: str | Path | None = None,
) -> Imported:
    """The same, with what was taken for what."""
    file = read_weights(path)
    own = own_network(file)
    found = _of_own(own, file, options) if own is not None else _of_others(file, options)
    if initial is not None:
        found = _with_initial(found, initial, options)
    if check is not None:
        found = _checked(found, check)
    return found


def _of_own(
    network: FullRankNetwork | LowRankNetwork, file: WeightsFile, options: ImportOptions
) -> Imported:
    """What lrfit exported says everything itself."""
    stated = [name for name, value in vars(options).items() if value is not None]
    if stated:
        raise InputError(
            f"the file was exported by lrfit and states its {stated[0]}; leave --{stated[0]} out",
            where=file.where,
        )
    return Imported(network=network, sort=file.sort, roles={})


def _of_others(file: WeightsFile, options: ImportOptions) -> Imported:
    found = find_roles(file, options.map or {})
    weights = Weights(file, found, options)
    assumed: list[str] = []
    tau, dt = _times(file, found, options)
    network = FullRankNetwork(
        J=weights.connectivity(),
        tau=tau,
        nonlinearity=_nonlinearity(file, options, assumed),
        input_weights=weights.matrix("B", receives=True),
        bias=weights.vector("b"),
        output_weights=weights.matrix("O", receives=False),
        output_offset=weights.vector("o"),
        dt=dt,
        form=_form(file, found, options, assumed),
    )
    if options.transposed is None and found.layout == "named":
        assumed.append("rows of the connectivity receive (--transposed, if columns do)")
    left_out = found.left_out(file, network.neurons)
    given = options.map or {}
    for role, what in (("B", "input"), ("O", "output")):
        if left_out and role not in found.names and role not in given:
            assumed.append(
                f"the network has no {what} weights; if {left_out[0]} are these, say "
                f"--map {role}=NAME"
            )
    return Imported(
        network=network,
        sort=file.sort,
        roles={role: weights.told(role) for role in found.names},
        assumed=tuple(assumed),
        left_out=left_out,
    )


def _times(file: WeightsFile, found: Found, options: ImportOptions) -> tuple[float, float | None]:
    """Time constant and step."""
    tau = options.tau or _number(file, "tau")
    if tau is None:
        unit = " (the duration of a step: the network has no leak)" * (found.layout != "named")
        raise InputError(
            f"the file does not say the time constant; give --tau T (tau=T){unit}", where=file.where
        )
    if options.dt is not None:
        return tau, None if options.dt == CONTINUOUS else float(options.dt)
    dt, alpha = _number(file, "dt"), _number(file, "alpha")
    if dt is None and alpha is not None:
        dt = alpha * tau
    if dt is None and found.layout != "named":
        dt = tau
    if dt is None:
        raise InputError(
            "the file does not say the step that the network was trained with, which changes what "
            "it does; give --dt DT (dt=DT), or --dt continuous",
            where=file.where,
        )
    return tau, dt


def _number(file: WeightsFile, name: str) -> float | None:
    """A number of this name anywhere in the file, where there is one."""
    values = {
        float(np.ravel(array)[0])
        for each, array in file.arrays.items()
        if each.replace("/", ".").rpartition(".")[2] == name and np.size(array) == 1
    }
    return values.pop() if len(values) == 1 else None


def _nonlinearity(file: WeightsFile, options: ImportOptions, assumed: list[str]) -> str:
    if options.nonlinearity is not None:
        return options.nonlinearity
    for name, text in file.texts.items():
        last = name.replace("/", ".").rpartition(".")[2]
        if last in ("nonlinearity", "activation", "phi") and text in NONLINEARITY_NAMES:
            return str(text)
    assumed.append("the nonlinearity is tanh (--nonlinearity)")
    return "tanh"


def _form(file: WeightsFile, found: Found, options: ImportOptions, assumed: list[str]) -> Any:
    if options.form is not None:
        return options.form
    if file.texts.get("form") in ("current", "rate"):
        return file.texts["form"]
    if found.layout != "named":
        return "rate"
    assumed.append("the states are currents: -x + J phi(x) (--form rate, if they are rates)")
    return "current"


def _with_initial(found: Imported, path: str | Path, options: ImportOptions) -> Imported:
    """The network with the connectivity of another file as that before training."""
    network = found.network
    if isinstance(network, LowRankNetwork):
        network = FullRankNetwork.from_low_rank(network)
    file = read_weights(path)
    own = own_network(file)
    if own is None:
        J: Any = Weights(file, find_roles(file, options.map or {}), options).connectivity()
    else:
        J = own.J
    try:
        return replace(found, network=replace(network, initial=J))
    except InputError as error:
        raise InputError(error.message, where=file.where) from None


def _checked(found: Imported, path: str | Path) -> Imported:
    network = found.network
    if isinstance(network, LowRankNetwork):
        network = FullRankNetwork.from_low_rank(network)
    return replace(found, reproduced=check_activity(network, read_weights(path)))
