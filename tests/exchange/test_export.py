"""Exported weights are those of the network, and make the same motion without lrfit."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat

import lrfit
from lrfit.core.errors import OutputError, UsageError
from lrfit.networks.rate_network import rate_velocity

ARRAYS = ("M", "N", "bias", "center", "input_weights", "direct_input")


def test_an_npz_holds_every_weight_to_the_last_bit(network_file: Path) -> None:
    network = lrfit.load(network_file).network
    with np.load(io.BytesIO(lrfit.export(network, to="npz"))) as arrays:
        for name in ARRAYS:
            np.testing.assert_array_equal(arrays[name], getattr(network, name))
        assert float(arrays["tau"]) == network.tau
        assert str(arrays["nonlinearity"]) == "tanh"
        assert list(arrays["variables"]) == list(network.domain.variables)
        assert str(arrays["equation"]) == network.equation
        assert "dt" not in arrays


def test_numpy_alone_computes_the_velocity_from_an_npz(network_file: Path) -> None:
    network = lrfit.load(network_file).network
    net = np.load(io.BytesIO(lrfit.export(network_file, to="npz")))
    rng = np.random.default_rng(0)
    x, u = rng.normal(size=(5, 6)), rng.normal(size=(5, 1))
    weights = net["input_weights"] + net["M"] @ net["direct_input"]
    rates = np.tanh(x)
    velocity = (-x + rates @ net["N"] @ net["M"].T + u @ weights.T + net["bias"]) / net["tau"]
    full = lrfit.FullRankNetwork.from_low_rank(network)
    np.testing.assert_allclose(rate_velocity(full, x, u), velocity, rtol=1e-12, atol=1e-12)


def test_a_mat_file_holds_one_struct_with_the_same_numbers(network_file: Path) -> None:
    network = lrfit.load(network_file).network
    data = loadmat(io.BytesIO(lrfit.export(network, to="mat")), simplify_cells=True)["network"]
    for name in ("M", "N", "bias"):
        np.testing.assert_array_equal(data[name], getattr(network, name))
    assert data["nonlinearity"] == "tanh"
    assert list(data["variables"]) == list(network.domain.variables)


def test_a_sparse_network_of_several_nonlinearities_is_exported_as_it_is() -> None:
    from scipy.sparse import random_array

    J = random_array((9, 9), density=0.3, rng=np.random.default_rng(1), format="csr")
    kinds = ["tanh", "relu", "erf"] * 3
    network = lrfit.FullRankNetwork(J=J, tau=0.5, nonlinearity=kinds)
    net = np.load(io.BytesIO(lrfit.export(network, to="npz")))
    np.testing.assert_array_equal(net["J_data"], J.data)
    np.testing.assert_array_equal(net["J_indptr"], J.indptr)
    assert list(net["nonlinearity"]) == kinds


def test_the_command_writes_the_file_and_says_so(
    run: Callable[..., Any], network_file: Path
) -> None:
    done = run("export", network_file, "--to", "npz", "--json")
    said = json.loads(done.out)
    assert (done.code, said["output"]) == (0, "driven.npz")
    assert Path(said["output"]).stat().st_size == said["bytes"]
    assert run("export", network_file, "--to", "npz").code == 5
    assert run("export", network_file, "--to", "npz", "--force").code == 0


@pytest.mark.parametrize("name", ["npy", "", "\x1b[2J"])
def test_an_unknown_format_is_refused_by_name(
    run: Callable[..., Any], network_file: Path, name: str
) -> None:
    done = run("export", network_file, "--to", name)
    assert done.code == 2
    assert "there is no format" in done.err
    with pytest.raises(UsageError, match=r"numpy|npz"):
        lrfit.export(network_file, to=name)


def test_a_file_that_exists_stays_as_it_was(network_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "there.npz"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists"):
        lrfit.export(network_file, to="npz", output=path)
    assert path.read_bytes() == b"mine"


def test_a_network_with_an_output_of_its_own_exports_it(network_file: Path) -> None:
    from lrfit.networks.output import hide_copies

    network = lrfit.load(network_file).network
    output = hide_copies(network.domain, (), network.neurons)
    net = np.load(io.BytesIO(lrfit.export(dataclasses.replace(network, output=output), to="npz")))
    np.testing.assert_array_equal(net["output_state"], np.eye(2))
