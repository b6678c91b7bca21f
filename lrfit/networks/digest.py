"""A fingerprint of a network, by which files say which network they are about."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from lrfit.networks.connectivity import is_sparse
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork

_OTHERS = ("tau", "input_weights", "bias", "output_weights", "output_offset")
_WEIGHTS = ("M", "N", "bias", "center", "input_weights", "direct_input")


def network_digest(network: LowRankNetwork) -> str:
    """The sha256 of everything that a network computes with."""
    digest = hashlib.sha256(f"{network.nonlinearity.name} {network.tau.hex()}".encode())
    for name in _WEIGHTS:
        digest.update(getattr(network, name).astype("<f8").tobytes())
    if network.output is not None:
        for name in ("offset", "state", "input", "rates"):
            digest.update(getattr(network.output, name).astype("<f8").tobytes())
    return digest.hexdigest()


def full_rank_digest(network: FullRankNetwork) -> str:
    """The sha256 of everything that a network of any connectivity computes with."""
    J: Any = network.J
    stored = (J.data, J.indices, J.indptr) if is_sparse(J) else (J,)
    names = [each.nonlinearity.name for each in network.groups]
    members = (np.arange(network.neurons)[each.index] for each in network.groups)
    digest = hashlib.sha256(f"{network.form} {network.reads} {network.dt} {names}".encode())
    for array in (*stored, *members, *(getattr(network, name) for name in _OTHERS)):
        digest.update(np.asarray(array).astype("<f8").tobytes())
    return digest.hexdigest()
