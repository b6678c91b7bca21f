"""What lrfit exports and imports again is the same network, to the last bit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import lrfit
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output, hide_copies

several = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
seeds = st.integers(0, 2**32 - 1)
FORMATS = ("npz", "safetensors", "mat")


def low_rank(seed: int) -> LowRankNetwork:
    rng = np.random.default_rng(seed)
    n, D, U = (int(rng.integers(low, 5)) for low in (1, 1, 0))
    names = [f"z{i}" for i in range(D)], [f"u{i}" for i in range(U)]
    lower, upper = -rng.random(D), rng.random(D)
    domain = Domain(
        variables=tuple(names[0]),
        lower=lower,
        upper=upper,
        inputs=tuple(names[1]),
        input_lower=-np.ones(U),
        input_upper=1 + rng.random(U),
    )
    output = (
        None,
        hide_copies(domain, (), n),
        Output(
            offset=rng.normal(size=1),
            state=rng.normal(size=(1, D)),
            input=rng.normal(size=(1, U)),
            rates=rng.normal(size=(1, n)),
            domain=Domain(
                variables=("seen",),
                lower=[-1.0],
                upper=[2.0],
                inputs=domain.inputs,
                input_lower=domain.input_lower,
                input_upper=domain.input_upper,
            ),
            copied=(0,) * (D - 1) if U else (),
        )
        if U or D == 1
        else None,
    )[rng.integers(3)]
    return LowRankNetwork(
        M=rng.normal(size=(n, D)),
        N=rng.normal(size=(n, D)),
        bias=rng.normal(size=n),
        center=rng.normal(size=D),
        input_weights=rng.normal(size=(n, U)),
        direct_input=rng.normal(size=(D, U)),
        tau=0.1 + rng.random(),
        nonlinearity=nonlinearity(str(rng.choice(["tanh", "relu", "sin"]))),
        domain=domain,
        dt=0.01 if rng.integers(2) else None,
        output=output,
    )


def full_rank(seed: int) -> FullRankNetwork:
    rng = np.random.default_rng(seed)
    n, U, K = (int(rng.integers(low, 5)) for low in (2, 0, 0))
    J = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.6)
    in_rates = bool(rng.integers(2))
    return FullRankNetwork(
        J=csr_array(J) if rng.integers(2) else J,
        tau=0.3 if rng.integers(2) else 0.1 + rng.random(n),
        nonlinearity="erf" if rng.integers(2) else ("tanh", "relu", "sigmoid", "tanh")[:n],
        input_weights=rng.normal(size=(n, U)),
        bias=rng.normal(size=n),
        output_weights=rng.normal(size=(K, n)),
        output_offset=rng.normal(size=K),
        reads="currents" if not in_rates and rng.integers(2) else "rates",
        dt=0.01 if rng.integers(2) else None,
        form="rate" if in_rates else "current",
        initial=(None, J / 2, csr_array(J.T))[rng.integers(3)],
        outputs=tuple("abcd"[:K]),
    )


def assert_same(left: Any, right: Any) -> None:
    assert type(left) is type(right)
    if dataclasses.is_dataclass(left) and type(left).__name__ != "Nonlinearity":
        for field in dataclasses.fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif hasattr(left, "tocsr"):
        np.testing.assert_array_equal(left.toarray(), right.toarray())
        assert left.nnz == right.nnz
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right)
        assert left.dtype == right.dtype
    else:
        assert left == right


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("make", [low_rank, full_rank])
@several
@given(seed=seeds)
def test_import_of_export_is_the_network(
    form: str, make: Any, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{form}"
    network = make(seed)
    lrfit.export(network, to=form, output=path)
    assert_same(lrfit.import_network(path), network)


def test_the_package_safetensors_reads_the_same_numbers(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    network = low_rank(4)
    found = numpy_files.load(lrfit.export(network, to="safetensors"))
    np.testing.assert_array_equal(found["M"], network.M)
    np.testing.assert_array_equal(found["tau"], network.tau)


def test_what_the_file_says_cannot_be_said_again(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    lrfit.export(full_rank(1), to="npz", output=path)
    with pytest.raises(InputError, match="states its tau"):
        lrfit.import_network(path, tau=1.0)


def test_an_export_without_an_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    lrfit.export(low_rank(1), to="npz", output=path)
    with np.load(path) as arrays:
        rest = {name: arrays[name] for name in arrays if name != "N"}
    np.savez(path, **rest)
    with pytest.raises(InputError, match=r"a\.npz: it has no array N"):
        lrfit.import_network(path)


def test_a_low_rank_network_with_a_past_is_of_full_rank(tmp_path: Path) -> None:
    path, network = tmp_path / "a.npz", low_rank(4)
    lrfit.export(network, to="npz", output=path)
    found = lrfit.import_network(path, initial=path)
    assert isinstance(found, FullRankNetwork)
    np.testing.assert_array_equal(found.initial, network.J)
