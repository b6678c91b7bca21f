"""The experiment: one value for every option, the same of networks and of systems."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain, VectorField
from lrfit.integrate import Limits
from lrfit.simulation import experiment as experiment_module
from lrfit.simulation.experiment import Experiment, ExperimentOptions, experiment_of
from lrfit.simulation.resolve import resolve_for_network, resolve_for_target
from lrfit.simulation.simulate import simulate
from lrfit.simulation.trajectory import simulate_target
from lrfit.systems.open import load_system


class Decay:
    """x' = -x + u, y' = -2 y."""

    domain = Domain(
        variables=("x", "y"),
        lower=np.full(2, -1.0),
        upper=np.ones(2),
        inputs=("u",),
        input_lower=np.array([-1.0]),
        input_upper=np.array([1.0]),
    )

    def velocity(self, z: Array, u: Array) -> Array:
        return np.stack([u[:, 0] - z[:, 0], -2.0 * z[:, 1]], axis=1)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        raise NotImplementedError


def test_keyword_options_are_the_fields_of_an_experiment() -> None:
    known = {
        **vars(experiment_module),
        "Array": Array,
        "VectorField": VectorField,
        "Limits": Limits,
    }
    fields = typing.get_type_hints(Experiment, localns=known)
    assert typing.get_type_hints(ExperimentOptions) == fields
    documented = inspect.getdoc(Experiment) or ""
    for field in dataclasses.fields(Experiment):
        assert field.default is not dataclasses.MISSING
        assert (
            f"{field.name} :" in documented
            or f"{field.name}, " in documented
            or (f", {field.name} :" in documented)
        ), field.name


def test_an_experiment_and_keywords_do_the_same_and_keywords_go_first(random_network: Any) -> None:
    network = random_network(1)
    experiment = Experiment(duration=1.0, points=5, solver="euler", process_noise=0.1, seed=3)
    one = simulate(network, experiment)
    two = simulate(network, duration=1.0, points=5, solver="euler", process_noise=0.1, seed=3)
    np.testing.assert_array_equal(one.z, two.z)
    np.testing.assert_array_equal(one.z, simulate(network, experiment).z)  # not used up
    assert len(simulate(network, experiment, points=3).t) == 3
    assert np.any(simulate(network, experiment, seed=4).z != one.z)


def test_an_unknown_option_is_refused_with_what_was_meant(random_network: Any) -> None:
    with pytest.raises(UsageError, match=r"unknown option 'durations'; did you mean 'duration'\?"):
        experiment_of(None, durations=1.0)  # type: ignore[call-arg]


def test_what_is_given_as_arrays_cannot_be_changed() -> None:
    start = np.zeros((2, 3))
    experiment = Experiment(initial=start, currents=None, signal=[1.0], process_noise=[0.1])
    start[0] = 7.0
    assert isinstance(experiment.initial, np.ndarray)
    assert not experiment.initial.any()
    for array in (experiment.initial, experiment.signal, experiment.process_noise):
        assert isinstance(array, np.ndarray)
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"duration": -1.0}, "duration is -1"),
        ({"points": 1}, "at least 2"),
        ({"trials": 0}, "trials is 0; give at least 1"),
        ({"spread": -0.1}, "spread is -0.1"),
        ({"solver": "rk9"}, "unknown solver 'rk9'; choose one of dop853"),
        ({"space": "outer"}, "choose one of latent, full"),
        ({"noise_time": 1.0}, "needs noise"),
        ({"initial": [1.0], "currents": [1.0]}, "one of the two"),
        ({"initial": [[1.0], [1.0, 2.0]]}, "the initial state must be numbers"),
        ({"currents": "abc"}, "the array of initial currents holds texts; give numbers"),
    ],
)
def test_what_makes_no_sense_for_any_network_is_refused_at_once(
    options: dict[str, Any], text: str
) -> None:
    with pytest.raises(UsageError, match=text):
        Experiment(**options)


def test_trials_repeat_every_start() -> None:
    found = resolve_for_target(
        Experiment(duration=1.0, initial=[{"x": 0.5}, {"y": -0.5}], trials=2), Decay()
    )
    assert found.initial.tolist() == [[0.5, 0.0]] * 2 + [[0.0, -0.5]] * 2
    assert (found.runs, found.solver, found.space) == (4, "dop853", None)


def test_a_systems_file_says_what_an_experiment_leaves_out(random_network: Any) -> None:
    system = load_system("pitchfork_bistable")
    found = resolve_for_target(Experiment(), system, system)
    assert found.duration == system.simulation.duration
    assert np.array_equal(found.initial[0], system.simulation.initial)
    assert found.signal.function is system.simulation.signal.function
    assert found.signal.breakpoints.tolist() == [5.0, 7.0, 15.0, 17.0]
    with pytest.raises(UsageError, match="no duration"):
        resolve_for_target(Experiment(), Decay())


def test_the_start_of_a_network_is_the_middle_of_its_domain(random_network: Any) -> None:
    network = random_network(2, D=2, U=1)
    found = resolve_for_network(Experiment(duration=1.0), network)
    np.testing.assert_array_equal(found.initial, [network.domain.middle])
    assert (found.space, found.solver, found.from_currents) == ("latent", "dop853", False)
    euler = resolve_for_network(Experiment(duration=1.0, solver="euler"), network)
    assert euler.dt == network.tau / 10


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currents", [0.0]),
        ("spread", 0.1),
        ("space", "full"),
        ("rate_noise", 0.1),
        ("target", True),
        ("store_rates", True),
    ],
)
def test_what_only_networks_have_is_refused_of_a_target(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name} belongs to networks"):
        simulate_target(Decay(), duration=1.0, **{name: value})  # type: ignore[misc]


def test_white_noise_on_a_target_has_the_covariance_of_the_linear_formula() -> None:
    s, dt = np.array([0.1, 0.2]), 0.05
    run = simulate_target(
        Decay(),
        duration=8.0,
        initial=np.zeros((2000, 2)),
        solver="euler",
        dt=dt,
        process_noise=s,
        points=9,
    )
    exact = solve_discrete_lyapunov(np.diag([1 - dt, 1 - 2 * dt]), dt * np.diag(s**2))
    z = run.z[:, 4:].reshape(-1, 2)
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    np.testing.assert_allclose(z.T @ z / len(z) / size, exact / size, atol=0.05)
    with pytest.raises(UsageError, match="use the solver euler"):
        simulate_target(Decay(), duration=1.0, process_noise=0.1)
