"""A fingerprint of a network, by which files say which network they are about."""

from __future__ import annotations

import hashlib

from lrfit.networks.lowrank import LowRankNetwork

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
