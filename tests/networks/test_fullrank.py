"""Networks with any connectivity: their equation, their derivatives, what they refuse."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError, UsageError
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.groups import group_neurons
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.networks.rate_network import RateNetwork

several = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)
KINDS = list(NONLINEARITIES)


def drawn(seed: int, *, n: int = 9, U: int = 2, K: int = 3, **given: Any) -> FullRankNetwork:
    """A random network with time constants and nonlinearities of each neuron."""
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "J": rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.4),
        "tau": rng.uniform(0.2, 2.0, n),
        "nonlinearity": [KINDS[i] for i in rng.integers(0, len(KINDS), n)],
        "input_weights": rng.normal(size=(n, U)),
        "bias": rng.normal(size=n),
        "output_weights": rng.normal(size=(K, n)),
        "output_offset": rng.normal(size=K),
    }
    return FullRankNetwork(**(options | given))


def places(seed: int, network: FullRankNetwork, count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    return 2 * rng.normal(size=(count, network.neurons)), rng.normal(
        size=(count, len(network.inputs))
    )


@several
@given(seed=seeds, order=st.sampled_from("CF"))
def test_the_velocity_is_the_equation_written_neuron_by_neuron(seed: int, order: Any) -> None:
    network = drawn(seed)
    x, u = places(seed, network)
    found = network.full_velocity(np.array(x, order=order), u)
    assert isinstance(network.nonlinearity, tuple)
    phi = [nonlinearity(kind).phi for kind in network.nonlinearity]  # type: ignore[arg-type]
    for row in range(len(x)):
        for i in range(network.neurons):
            received = sum(
                network.J[i, j] * float(phi[j](x[row, j : j + 1])[0])
                for j in range(network.neurons)
            )
            current = received + network.input_weights[i] @ u[row] + network.bias[i]
            assert found[row, i] == pytest.approx((current - x[row, i]) / network.tau[i])  # type: ignore[index]


@several
@given(seed=seeds)
def test_a_sparse_network_is_the_dense_one_to_rounding_and_stays_sparse(seed: int) -> None:
    dense = drawn(seed)
    x, u = places(seed, dense)
    for make in (sp.csr_array, sp.csc_matrix, sp.coo_array, sp.lil_matrix):
        sparse = dataclasses.replace(dense, J=make(dense.J))
        assert isinstance(sparse.J, sp.csr_array)
        np.testing.assert_array_equal(sparse.J.toarray(), dense.J)
        np.testing.assert_allclose(
            sparse.full_velocity(x, u), dense.full_velocity(x, u), rtol=1e-13, atol=1e-13
        )
        slope = sparse.full_jacobian(x[0], u[0])
        assert isinstance(slope, sp.csr_array)
        np.testing.assert_allclose(
            slope.toarray(), dense.full_jacobian(x[0], u[0]), rtol=1e-13, atol=1e-13
        )


@several
@given(seed=seeds)
def test_the_jacobian_is_that_of_central_differences(seed: int) -> None:
    smooth = [kind for kind in KINDS if kind != "relu"]
    kinds = np.random.default_rng(seed).choice(smooth, 9).tolist()
    network, h = drawn(seed, nonlinearity=kinds), 1e-5
    x, u = places(seed, network, 1)
    steps = h * np.eye(network.neurons)
    us = np.repeat(u, network.neurons, axis=0)
    found = (network.full_velocity(x + steps, us) - network.full_velocity(x - steps, us)) / (2 * h)
    np.testing.assert_allclose(network.full_jacobian(x[0], u[0]), found.T, atol=1e-7)


@several
@given(seed=seeds, order=st.sampled_from("CF"))
def test_nonlinearities_of_each_neuron_are_those_of_a_loop_over_neurons(
    seed: int, order: Any
) -> None:
    network = drawn(seed, n=13)
    x = np.array(places(seed, network)[0], order=order)
    rates = network.rates(x)
    assert rates.flags["F_CONTIGUOUS"] == (order == "F")
    for i, kind in enumerate(network.nonlinearity):  # type: ignore[arg-type]
        np.testing.assert_array_equal(rates[:, i], nonlinearity(kind).phi(x[:, i].copy()))


def test_neurons_of_a_kind_are_evaluated_together() -> None:
    groups = group_neurons(["relu", "relu", "tanh", nonlinearity("sin"), "tanh"], 5)
    assert [group.nonlinearity.name for group in groups] == ["relu", "tanh", "sin"]
    assert groups[0].index == slice(0, 2)
    assert np.array_equal(groups[1].index, [2, 4])  # type: ignore[arg-type]
    assert len(group_neurons(["tanh", "tanh"], 2)) == len(group_neurons("tanh", 2)) == 1


@pytest.mark.parametrize("reads", ["rates", "currents"])
def test_outputs_are_read_from_rates_or_from_currents(reads: Any) -> None:
    network = drawn(1, nonlinearity="erf", reads=reads)
    x, u = places(1, network)
    from scipy.special import erf

    seen = erf(x) if reads == "rates" else x
    expected = [[w @ row + o for w, o in zip(network.output_weights, network.output_offset,
                 strict=True)] for row in seen]  # fmt: skip
    np.testing.assert_allclose(network.readout(x, u), expected, rtol=1e-12)


@several
@given(seed=seeds, D=st.integers(1, 3), U=st.integers(0, 2), phi=st.sampled_from(KINDS))
def test_a_low_rank_network_is_the_full_rank_one_with_its_product(
    random_network: Any, seed: int, D: int, U: int, phi: str
) -> None:
    low: LowRankNetwork = random_network(seed, D=D, U=U, phi=phi)
    full = FullRankNetwork.from_low_rank(low)
    rng = np.random.default_rng(seed)
    z = low.domain.state_from_box(rng.uniform(-1, 1, (5, D)))
    u, v = (low.domain.input_from_box(rng.uniform(-1, 1, (5, U))) for _ in range(2))
    x = low.lift(z, v)
    size = 1 + np.abs(x).max()
    for network in (low, full):
        assert isinstance(network, RateNetwork)
    np.testing.assert_allclose(full.rates(x), low.rates(x), rtol=1e-15)
    scale = 1 + np.abs(low.J).sum(axis=1).max()
    np.testing.assert_allclose(
        full.full_velocity(x, u), low.full_velocity(x, u), atol=1e-12 * size * scale
    )
    np.testing.assert_allclose(
        full.full_jacobian(x[0], u[0]), low.full_jacobian(x[0], u[0]), atol=1e-12
    )
    assert full.outputs == low.domain.variables
    for read in (full.readout(x, u), low.readout(x, v)):  # the first without knowing v
        np.testing.assert_allclose((read - z) / low.domain.half_width, 0.0, atol=1e-9 * size)


def test_a_state_that_the_currents_alone_do_not_tell_is_no_output(random_network: Any) -> None:
    low: LowRankNetwork = random_network(3, D=2, U=1)
    mixed = dataclasses.replace(low, input_weights=low.M[:, :1])
    assert FullRankNetwork.from_low_rank(mixed).outputs == ()
    silent = dataclasses.replace(low, input_weights=np.zeros((low.neurons, 1)))
    assert FullRankNetwork.from_low_rank(silent).outputs == low.domain.variables


def test_what_is_left_out_is_zero_and_names_are_numbered() -> None:
    network = FullRankNetwork(J=np.zeros((3, 3)), tau=1, nonlinearity="tanh")
    assert network.bias.tolist() == [0.0, 0.0, 0.0]
    assert (network.inputs, network.outputs, network.state_domain.dimension) == ((), (), 0)
    network = drawn(0)
    assert (network.inputs, network.outputs) == (("u0", "u1"), ("z0", "z1", "z2"))
    assert network.state_domain.variables == network.outputs


def test_the_range_of_an_output_is_what_rates_of_size_one_make() -> None:
    network = drawn(2, nonlinearity="tanh", output_weights=np.vstack([np.ones(9), np.zeros(9)]),
                    output_offset=[2.0, 5.0])  # fmt: skip
    assert network.state_domain.lower.tolist() == [-7.0, 4.0]
    assert network.state_domain.upper.tolist() == [11.0, 6.0]


@pytest.mark.parametrize("sparse", [False, True])
def test_a_network_cannot_be_changed_from_outside(sparse: bool) -> None:
    J, bias = np.eye(3), np.ones(3)
    given = sp.csr_array(J) if sparse else J
    network = FullRankNetwork(J=given, tau=np.ones(3), nonlinearity="tanh", bias=bias)
    bias[0], J[0, 0] = 7.0, 7.0
    if sparse:
        given.data[0] = 7.0
    assert network.bias[0] == network.J[0, 0] == 1.0
    data = network.J.data if sparse else network.J
    for array in (data, network.bias, network.tau, network.input_weights):
        assert isinstance(array, np.ndarray)
        assert not array.flags.writeable


def test_a_sparse_matrix_in_pieces_is_added_up() -> None:
    J = sp.csr_array(([1.0, 2.0, 4.0], [1, 1, 0], [0, 2, 3]), shape=(2, 2))
    network = FullRankNetwork(J=J, tau=1.0, nonlinearity="tanh")
    assert network.J.toarray().tolist() == [[0.0, 3.0], [4.0, 0.0]]  # type: ignore[union-attr]
    assert network.J.nnz == 2  # type: ignore[union-attr]
    assert J.nnz == 3  # what was given is left as it was


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"J": np.ones((2, 3))}, r"J has shape \(2, 3\); give a square matrix"),
        ({"J": np.empty((0, 0))}, "a row for every neuron"),
        ({"J": [[1.0, 2.0], [1.0]]}, "J must be numbers"),
        ({"J": np.diag([1.0, np.nan] + [1.0] * 7)}, r"J\[1, 1\] is nan"),
        ({"J": sp.csr_array(np.diag([1.0] * 4 + [np.inf] * 5))}, r"J\[4, 4\] is inf"),
        ({"tau": 0.0}, "tau is 0; give positive"),
        ({"tau": [1.0] * 8 + [-1.0]}, r"tau\[8\] is -1"),
        ({"tau": [1.0, 2.0]}, "give one number, or 9"),
        ({"input_weights": np.ones((2, 9))}, r"input_weights has shape \(2, 9\); needed is \(9, 9"),
        ({"input_weights": np.ones(9)}, r"needed is \(9, 1\)"),
        ({"bias": np.ones(8)}, r"bias has shape \(8,\); needed is \(9,\)"),
        ({"bias": [0.0] * 8 + [np.nan]}, r"bias\[8\] is nan"),
        (
            {"output_weights": np.ones((3, 8))},
            r"output_weights has shape \(3, 8\); needed is \(3, 9",
        ),
        ({"output_offset": np.ones(2)}, r"output_offset has shape \(2,\); needed is \(3,\)"),
        ({"output_weights": "abc"}, "output_weights must be numbers"),
        ({"output_weights": [], "output_offset": [1.0]}, r"output_offset has shape \(1,\)"),
        ({"nonlinearity": 3}, "nonlinearity is 3"),
        ({"nonlinearity": ["tanh"] * 8}, "nonlinearity has 8 entries"),
        ({"nonlinearity": ["tanh"] * 8 + [3]}, r"nonlinearity\[8\] is 3"),
        ({"reads": "spikes"}, "rates or currents"),
        ({"dt": 5.0, "tau": [1.0] * 8 + [2.0]}, "below twice tau = 1"),
        ({"dt": -1.0}, "dt is -1"),
        ({"inputs": ("a",)}, "inputs has 1 names; give 2"),
        ({"inputs": "ab"}, "as a tuple"),
        ({"inputs": ("a b", "c")}, "inputs has the name 'a b'"),
        ({"outputs": ("a", "b", "a")}, "outputs names 'a' twice"),
        ({"outputs": ("a", "b", "u0")}, "'u0' names an input and an output"),
    ],
)
def test_what_does_not_fit_is_one_line_that_says_what_and_where(
    given: dict[str, Any], text: str
) -> None:
    with pytest.raises(InputError, match=text) as found:
        drawn(0, **given)
    assert "\n" not in str(found.value)


def test_an_unknown_nonlinearity_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="unknown nonlinearity 'step'"):
        drawn(0, nonlinearity=["tanh"] * 8 + ["step"])


def test_there_is_no_latent_state_to_start_from() -> None:
    with pytest.raises(UsageError, match="no latent state"):
        drawn(0).lift(np.zeros((1, 2)), np.zeros((1, 2)))
