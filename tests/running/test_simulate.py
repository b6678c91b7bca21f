"""simulate(): states and signals by name, defaults from the system, the same result each way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.io.tree import Group
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.subject import as_subject
from lrfit.running.simulate import sample, simulate
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.trajectory import simulate_target
from lrfit.systems.open import load_system
from lrfit.systems.transforms.discrete import discretized


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
        ({"duration": 1.0, "durations": 1.0}, "did you mean 'duration'"),
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


def test_an_experiment_does_as_well_as_keywords(network: LowRankNetwork) -> None:
    experiment = Experiment(duration=1.0, initial={"y": 0.2}, signal={"u": 0.5}, points=5)
    one, two = simulate(network, experiment), simulate(network, experiment, points=3)
    keywords = simulate(network, duration=1.0, initial={"y": 0.2}, signal={"u": 0.5}, points=5)
    assert np.array_equal(one.z, keywords.z)
    assert len(two.t) == 3


def test_a_system_is_simulated_alone_by_value_name_or_path(tmp_path: Path) -> None:
    system = load_system("van_der_pol")
    path = tmp_path / "copy.yaml"
    path.write_text(system.source.text)
    expected = simulate_target(system, duration=1.0, initial=[1.0, 0.0], points=5)
    for given in (system, "van_der_pol", path, str(path)):
        run = simulate(given, duration=1.0, initial={"x": 1.0, "y": 0.0}, points=5)
        assert np.array_equal(run.z, expected.z)
        assert (run.space, run.time_unit) == ("target", system.time_unit)


def test_a_target_in_discrete_time_runs_as_the_continuous_one_it_was_made_from() -> None:
    system = load_system("van_der_pol")
    options = {"duration": 1.0, "initial": [1.0, 0.0], "points": 5}
    stepped = simulate(discretized(system, 0.1), **options)  # type: ignore[arg-type]
    assert np.array_equal(stepped.z, simulate(system, **options).z)  # type: ignore[arg-type]


def test_a_network_without_latent_state_runs_through_the_same_door() -> None:
    full = FullRankNetwork(
        J=[[0.0, 2.0], [-2.0, 0.0]],
        tau=0.5,
        nonlinearity="tanh",
        input_weights=[[1.0], [0.0]],
        output_weights=[[1.0, 0.0]],
        inputs=("push",),
        outputs=("read",),
    )
    run = simulate(
        full, duration=1.0, currents=[0.1, 0.0], signal={"push": "step(t, 0.5)"}, store_rates=True
    )
    assert run.x is not None
    assert run.domain.variables == ("read",)
    assert np.array_equal(run.z[..., 0], np.tanh(run.x[..., 0]))
    assert run.u[0, [0, -1], 0].tolist() == [0.0, 1.0]


def test_files_and_values_that_are_neither_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot simulate a int; give a network or a system"):
        simulate(3, duration=1.0)  # type: ignore[arg-type]
    path = tmp_path / "run.h5"
    lrfit.save(simulate("van_der_pol", duration=1.0, points=3), path)
    with pytest.raises(UsageError, match="is a trajectory, which cannot be simulated"):
        simulate(path)


def test_a_trajectory_of_neurons_comes_back_from_its_file(tmp_path: Path) -> None:
    full = FullRankNetwork(
        J=np.zeros((3, 3)), tau=0.5, nonlinearity="tanh", output_weights=np.ones((2, 3))
    )
    run = simulate(full, duration=1.0, currents=np.eye(3), points=5, store_rates=True)
    lrfit.save(run, tmp_path / "run.h5")
    back = lrfit.load(tmp_path / "run.h5")
    assert np.array_equal(back.z, run.z)
    assert back.z.shape == (3, 5, 2)
    assert np.array_equal(back.x, run.x)
    assert back.domain.variables == run.domain.variables
