from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import Limits
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.simulation.noise import RateNoise
from lrfit.simulation.simulate import simulate

several = settings(max_examples=4, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def starts(network, count=2, seed=0):
    rng = np.random.default_rng(seed)
    return network.domain.state_from_box(rng.uniform(-0.8, 0.8, (count, len(network.center))))


def jumping(network):
    """A signal with two jumps and smooth parts, in the network's own units."""
    domain = network.domain

    def signal(t):
        wave = np.where((t >= 1.0) & (t < 1.7), 0.8, 0.3 * np.sin(3 * t))
        return domain.input_from_box(np.repeat(wave[:, None], domain.input_count, axis=1))

    return {"signal": signal, "breakpoints": (1.0, 1.7)}


@pytest.mark.parametrize("phi", NONLINEARITIES)
@several
@given(seed=seeds, D=st.integers(1, 3), U=st.integers(0, 2))
def test_full_and_latent_forms_agree_to_the_tolerance(random_network, phi, seed, D, U):
    network = random_network(seed, phi=phi, D=D, U=U, gain=2.0)
    options = {
        "duration": 2.0,
        "initial": starts(network, 1),
        "points": 9,
        "rtol": 1e-9,
        "store_rates": True,
    } | jumping(network)
    latent = simulate(network, **options)
    full = simulate(network, space="full", **options)
    # relu has kinks, across which no solver keeps its order
    atol = 1e-4 if phi == "relu" else 1e-7
    scale = network.domain.half_width
    np.testing.assert_allclose(full.z / scale, latent.z / scale, atol=atol)
    np.testing.assert_allclose(full.v, latent.v, atol=1e-7, rtol=1e-7)
    np.testing.assert_allclose(full.x, latent.x, atol=20 * atol, rtol=atol)
    assert full.complete
    assert latent.complete


@pytest.mark.parametrize("phi", NONLINEARITIES)
@several
@given(seed=seeds, D=st.integers(1, 3), U=st.integers(0, 2))
def test_euler_in_both_forms_is_the_textbook_recursion(random_network, phi, seed, D, U):
    network = random_network(seed, phi=phi, D=D, U=U)
    z0, dt, drive = starts(network), 0.05, jumping(network)
    options = {"duration": 2.0, "initial": z0, "points": 41, "solver": "euler", "dt": dt}
    latent = simulate(network, **options, signal=drive["signal"], store_rates=True)
    full = simulate(network, space="full", **options, signal=drive["signal"], store_rates=True)
    z, u = z0, drive["signal"](dt * np.arange(41))
    v = np.repeat(u[:1], 2, axis=0)
    for k in range(41):
        scale = network.domain.half_width
        np.testing.assert_allclose((latent.z[:, k] - z) / scale, 0.0, atol=1e-10)
        np.testing.assert_allclose((full.z[:, k] - z) / scale, 0.0, atol=1e-8)
        np.testing.assert_allclose(full.x[:, k], latent.x[:, k], atol=1e-9)
        now = np.repeat(u[k : k + 1], 2, axis=0)
        z = z + dt * network.latent_velocity(z, v, now)
        v = v + dt * (now - v) / network.tau
    np.testing.assert_allclose(latent.t, dt * np.arange(41))


def test_euler_converges_to_the_error_controlled_solution_with_slope_one(random_network):
    network = random_network(3, D=2, U=1, gain=3.0)
    options = {"duration": 2.5, "initial": starts(network), "points": 2} | jumping(network)
    exact = simulate(network, **options, rtol=1e-11).z
    steps = 0.02 / 2.0 ** np.arange(5)
    errors = [
        np.abs(simulate(network, **options, solver="euler", dt=dt).z - exact).max() for dt in steps
    ]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("space", ["latent", "full"])
@pytest.mark.parametrize("solver", ["dop853", "lsoda", "rk45"])
def test_a_linear_network_follows_the_matrix_exponential(random_network, space, solver):
    # Rectifying neurons that never rest are linear: phi(x) = x.
    network = random_network(4, phi="relu", D=2, U=0, gain=0.5)
    network = replace(network, bias=network.bias + 200.0)
    A, _ = network.jacobian(network.center[None], np.empty((1, 0)))
    b = network.latent_velocity(network.center[None], np.empty((1, 0)), np.empty((1, 0)))[0]
    rest = network.center - np.linalg.solve(A[0], b)
    z0 = starts(network, 1)
    run = simulate(
        network,
        duration=2.0,
        initial=z0,
        points=9,
        solver=solver,
        space=space,
        rtol=1e-11,
        limits=Limits(bound=1e6),
    )
    exact = np.array([rest + expm(A[0] * t) @ (z0[0] - rest) for t in run.t])
    np.testing.assert_allclose(run.z[0], exact, rtol=1e-7)


def test_the_network_sees_its_input_through_its_membrane(random_network):
    network = random_network(5, D=1, U=1)
    run = simulate(
        network,
        duration=4.0,
        initial=network.center,
        signal=lambda t: np.where(t >= 1.0, 2.0, 0.5)[:, None],
        breakpoints=(1.0,),
        points=41,
    )
    low_passed = 0.5 + 1.5 * -np.expm1(-np.maximum(run.t - 1.0, 0.0) / network.tau)
    np.testing.assert_allclose(run.v[0, :, 0], low_passed, atol=1e-8)
    np.testing.assert_array_equal(run.u[0, :, 0], np.where(run.t >= 1.0, 2.0, 0.5))


def test_direct_input_acts_at_once(random_network):
    network = random_network(6, D=2, U=1, neurons=0)
    run = simulate(
        network,
        duration=2.0,
        initial=network.center,
        signal=lambda t: np.where(t >= 1.0, 1.0, 0.0)[:, None],
        breakpoints=(1.0,),
        points=21,
    )
    rise = -np.expm1(-np.maximum(run.t - 1.0, 0.0) / network.tau)
    exact = network.center + rise[:, None] * network.direct_input[:, 0]
    np.testing.assert_allclose(run.z[0], exact, atol=1e-8)


def test_the_target_sees_the_input_itself_at_the_same_times(random_network):
    class Integrator:
        domain = random_network(7, D=1, U=1).domain

        def velocity(self, z, u):
            return u

        def jacobian(self, z, u):
            raise NotImplementedError

    network = random_network(7, D=1, U=1)
    for solver, dt in [("dop853", None), ("euler", 0.01)]:
        run = simulate(
            network,
            duration=2.0,
            initial=network.center,
            signal=lambda t: np.where((t >= 0.5) & (t < 1.0), 1.0, 0.0)[:, None],
            breakpoints=(0.5, 1.0),
            target=Integrator(),
            solver=solver,
            dt=dt,
            points=21,
        )
        exact = network.center + np.clip(run.t - 0.5, 0.0, 0.5)
        np.testing.assert_allclose(run.target[0, :, 0], exact, atol=1e-8)


def test_without_a_signal_inputs_rest(random_network):
    network = random_network(8, D=2, U=1)
    rest = 0.0 if np.prod([network.domain.input_lower, network.domain.input_upper]) <= 0 else None
    run = simulate(network, duration=1.0, initial=starts(network), points=5)
    level = network.domain.input_middle[0] if rest is None else rest
    np.testing.assert_array_equal(run.u, np.full((2, 5, 1), level))
    np.testing.assert_allclose(run.v, run.u, rtol=1e-12)


def test_process_noise_is_the_same_noise_in_both_forms(random_network):
    network = random_network(9, D=2, U=1)
    options = {
        "duration": 3.0,
        "initial": starts(network, 5),
        "solver": "euler",
        "process_noise": network.domain.half_width * [0.3, 0.0],
        "points": 7,
    } | jumping(network)
    latent = simulate(network, **options, generator=np.random.default_rng(1))
    full = simulate(network, **options, generator=np.random.default_rng(1), space="full")
    other = simulate(network, **options, generator=np.random.default_rng(2))
    scale = network.domain.half_width
    np.testing.assert_allclose((full.z - latent.z) / scale, 0.0, atol=1e-8)
    assert np.all(latent.z[:, 1:] != other.z[:, 1:])
    assert latent.dt == pytest.approx(network.tau / 10)


def test_trials_that_diverge_stop_and_the_others_go_on(random_network):
    network = random_network(10, phi="relu", D=1, U=0, neurons=2)
    # dz/dt = 2 relu(z) - z - 1: away from z = 1, towards -1 from below and without end above.
    network = replace(
        network,
        M=np.array([[1.0], [1.0]]),
        N=np.array([[2.0], [0.0]]),
        bias=np.array([-1.0, -1.0]),
        center=np.array([-1.0]),
        tau=1.0,
        domain=Domain(variables=("z",), lower=[-2.0], upper=[2.0]),
    )
    for solver in ("dop853", "euler"):
        for space in ("latent", "full"):
            run = simulate(
                network,
                duration=40.0,
                initial=[[2.0], [0.0]],
                solver=solver,
                space=space,
                limits=Limits(bound=25.0),
                points=81,
            )
            assert [ending.kind for ending in run.endings] == ["diverged", "done"]
            assert "bound" in run.status[0]
            assert np.all(np.isnan(run.z[0, run.reached[0] :]))
            assert np.all(np.isfinite(run.z[0, : run.reached[0]]))
            assert np.all(np.isfinite(run.z[1]))


def test_currents_are_kept_only_when_asked_for(random_network):
    network = random_network(11)
    options = {"duration": 0.5, "initial": starts(network), "points": 3}
    assert simulate(network, **options).x is None
    for solver in ("dop853", "euler"):
        run = simulate(network, **options, solver=solver, store_rates=True)
        np.testing.assert_allclose(run.x[1], network.current(run.z[1], run.v[1]), atol=1e-8)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"space": "outer"}, "one of latent, full"),
        ({"process_noise": 0.1, "generator": np.random.default_rng(0)}, "use the solver euler"),
        ({"process_noise": -0.1, "solver": "euler"}, "not negative"),
        ({"process_noise": [0.1] * 3, "solver": "euler"}, "2 of them"),
        ({"process_noise": np.nan, "solver": "euler"}, "not negative"),
        ({"solver": "euler", "dt": 1.4}, "smaller dt"),
        ({"store_rates": True, "points": 10**8}, "fewer points"),
        ({"initial": [1.0, 2.0, 3.0]}, "give 2 numbers"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(random_network, options, text):
    network = random_network(12)
    with pytest.raises(UsageError, match=text):
        simulate(network, **{"duration": 1.0, "initial": network.center} | options)


def test_a_target_of_another_system_is_refused(random_network):
    network = random_network(13, D=2)
    for other in (random_network(13, D=1), random_network(13, D=2, U=0)):
        with pytest.raises(UsageError, match="fitted to"):
            simulate(network, duration=1.0, initial=network.center, target=other)


def test_the_full_form_of_an_unreadable_network_is_refused(random_network):
    network = random_network(14, neurons=1, D=2)
    assert simulate(network, duration=1.0, initial=network.center, points=2).complete
    with pytest.raises(NumericalError, match="latent form"):
        simulate(network, duration=1.0, initial=network.center, space="full")


@pytest.mark.parametrize(("sd", "time"), [(0.0, 1.0), (-1.0, 1.0), (0.1, 0.0), (np.nan, 1.0)])
def test_rate_noise_must_be_noise(sd, time):
    with pytest.raises(UsageError, match="positive"):
        RateNoise(sd=sd, correlation_time=time)
