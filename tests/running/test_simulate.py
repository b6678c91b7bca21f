"""simulate(): states and signals by name, defaults from the system, the same result each way."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.io.tree import Group
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.running.simulate import as_subject, sample, simulate


@pytest.fixture
def network() -> LowRankNetwork:
    rng = np.random.default_rng(0)
    return LowRankNetwork(
        M=rng.normal(size=(4, 2)),
        N=0.2 * rng.normal(size=(4, 2)),
        bias=np.zeros(4),
        center=np.zeros(2),
        input_weights=rng.normal(size=(4, 2)),
        direct_input=np.zeros((2, 2)),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=Domain(
            variables=("x", "y"),
            lower=np.array([-1.0, 0.0]),
            upper=np.array([1.0, 1.0]),
            inputs=("u", "w"),
            input_lower=np.array([-1.0, 1.0]),
            input_upper=np.array([1.0, 3.0]),
        ),
    )


def test_without_a_system_the_start_is_the_middle_and_inputs_rest(network: LowRankNetwork) -> None:
    run = simulate(network, duration=1.0)
    assert np.array_equal(run.z[0, 0], [0.0, 0.5])
    assert np.array_equal(run.u[0, -1], [0.0, 2.0])


def test_states_and_signals_are_given_by_name(network: LowRankNetwork) -> None:
    run = simulate(
        network,
        duration=1.0,
        initial=[{"y": 0.1}, {"x": -0.5}],
        signal={"u": "step(t, 0.5)", "w": 1.5},
        points=11,
    )
    assert np.array_equal(run.z[:, 0], [[0.0, 0.1], [-0.5, 0.5]])
    assert np.array_equal(run.u[0, [0, -1]], [[0.0, 1.5], [1.0, 1.5]])


def test_arrays_and_functions_do_as_well(network: LowRankNetwork) -> None:
    run = simulate(
        network, duration=1.0, initial=[[0.1, 0.2]], signal=lambda t: np.stack([t, 2 + t], 1)
    )
    assert np.array_equal(run.z[0, 0], [0.1, 0.2])
    assert run.u[0, -1] == pytest.approx([1.0, 3.0])


def test_trials_repeat_every_state_and_differ_by_their_noise(network: LowRankNetwork) -> None:
    noisy = {"duration": 1.0, "solver": "euler", "rate_noise": 0.2, "trials": 3}
    run = simulate(network, initial=[{"x": 0.1}, {"x": 0.2}], seed=1, **noisy)  # type: ignore[arg-type]
    assert run.z[:, 0, 0].tolist() == [0.1, 0.1, 0.1, 0.2, 0.2, 0.2]
    assert len(set(run.z[:, -1, 0])) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "duration"),
        ({"duration": 1.0, "initial": {"q": 1.0}}, "no variable 'q'"),
        ({"duration": 1.0, "signal": {"q": "1"}}, "no input 'q'"),
        ({"duration": 1.0, "target": True}, "target"),
        ({"duration": 1.0, "trials": 0}, "trials"),
    ],
)
def test_what_makes_no_sense_is_one_usage_error(
    network: LowRankNetwork, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        simulate(network, **arguments)  # type: ignore[arg-type]


def test_a_network_alone_has_no_system(network: LowRankNetwork) -> None:
    assert as_subject(network).system is None


def test_sample_gives_the_content_of_a_grid_file() -> None:
    tree = sample("van_der_pol", points={"x": 3, "y": 4}, overrides={"mu": 0.0})
    assert isinstance(tree, Group)
    assert tree.numbers("velocity/y").shape == (3, 4)
    assert np.allclose(tree.numbers("velocity/y"), -tree.numbers("axes/x")[:, None])
