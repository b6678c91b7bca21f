"""Narrow inputs reach the state, of targets and of networks: dx/dt = -x + u has a closed form."""

import numpy as np
import pytest

import lrfit
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.field_trials import plan_trials, run_target
from lrfit.simulation.lag import lag_error
from lrfit.simulation.resolve import resolve_for_target
from lrfit.systems.signals.sampled_signal import SampledSignal, sampled_input

SQRT_PI = np.sqrt(np.pi)

# (signal, its area, the centre of its area), all within 0.1 of t = 50.
NARROW = [
    ("pulse(t - 50, 0, 0.01)", 0.01, 50.005),
    ("pulse(2*t, 100, 100.02)", 0.01, 50.005),
    ("step(t - 50, 0) - step(t - 50.01, 0)", 0.01, 50.005),
    ("pulse(t, 50, 50.000001)", 1e-6, 50.0),
    ("exp(-((t - 50)/0.01)**2)", 0.01 * SQRT_PI, 50.0),
    ("exp(-((t - 50)/1e-5)**2)", 1e-5 * SQRT_PI, 50.0),
    ("relu(1 - abs(t - 50)/0.001)", 0.001, 50.0),
    ("step(exp(-((t - 50)/0.01)**2), 0.5)", 0.02 * np.sqrt(np.log(2)), 50.0),
    ("0.5*sin(t)**2 - 0.5*sin(t)**2 + pulse(t, 50, 50.01)", 0.01, 50.005),
]


def leak(signal, duration=100.0):
    return lrfit.load_system(
        f"name: leak\ndynamics: {{x: -x + u}}\ndomain: {{x: [-1, 1]}}\ninputs: {{u: [-1, 1]}}\n"
        f'simulate: {{initial: {{x: 0}}, duration: {duration}, signals: {{u: "{signal}"}}}}\n'
    )


def expected(area, center, t):
    """x(t) = integral of exp(s - t) u(s) ds, exact up to (width)^2 / 24."""
    return area * np.exp(center - t)


@pytest.mark.parametrize(("signal", "area", "center"), NARROW)
@pytest.mark.parametrize("solver", ["dop853", "rk45", "lsoda"])
def test_a_target_feels_a_narrow_input(signal, area, center, solver):
    run = lrfit.simulate(leak(signal), points=101, solver=solver)
    assert run.z[0, 51:56, 0] == pytest.approx(expected(area, center, run.t[51:56]), 3e-4, 2e-9)
    assert run.notes == ()


def test_the_state_after_a_pulse_is_that_of_the_closed_form():
    run = lrfit.simulate(leak("pulse(t - 50, 0, 0.01)"), points=100_001)
    assert run.z.max() == pytest.approx(1 - np.exp(-0.01), rel=1e-6)  # 0.00995
    after = run.t > 50.02
    exact = np.exp(50.01 - run.t[after]) - np.exp(50 - run.t[after])
    np.testing.assert_allclose(run.z[0, after, 0], exact, atol=1e-9)


@pytest.mark.parametrize(("signal", "area", "center"), NARROW)
def test_euler_keeps_the_area_and_says_that_the_shape_is_lost(signal, area, center):
    run = lrfit.simulate(leak(signal), points=101, solver="euler", dt=0.1)
    late = run.z[0, 52:55, 0]
    assert late / expected(area, center, run.t[52:55]) == pytest.approx(np.ones(3), rel=0.2)
    assert "less than Euler's dt=0.1: its area is kept and its shape is lost" in run.notes[0]
    assert lrfit.simulate(leak("pulse(t, 50, 51)"), solver="euler", dt=0.1).notes == ()


def test_a_network_feels_what_its_target_feels():
    network = FullRankNetwork(
        J=[[0.0]], input_weights=[[1.0]], inputs=("u",), tau=1.0, nonlinearity="tanh"
    )
    signal = leak("pulse(t, 50, 50.01)").simulation.signal
    run = lrfit.simulate(
        network,
        duration=100.0,
        currents=[0.0],
        signal=signal.function,
        points=101,
        store_rates=True,
    )
    assert run.x[0, 52, 0] == pytest.approx(expected(0.01, 50.005, 52.0), rel=1e-4)


def test_trials_of_a_task_feel_it_too():
    system = leak("pulse(t - 50, 0, 0.01)")
    plan = plan_trials([system.simulation.signal], duration=100.0, dt=0.1, dimension=1, points=101)
    found = run_target(system, np.zeros((1, 1)), plan)
    assert found.y[0, 52, 0] == pytest.approx(expected(0.01, 50.0, 52.0), rel=0.1)


def test_the_lag_of_a_pulse_between_two_points_is_told():
    signal = leak("pulse(t, 50.001, 50.003)").simulation.signal
    assert lag_error(signal, 100.0, 1.0, (0,)) > 0.9


def test_a_sampled_signal_tells_its_narrow_turns():
    t = np.unique(np.concatenate([np.linspace(0, 100, 41), 50 + np.linspace(-0.05, 0.05, 101)]))
    u = np.exp(-(((t - 50) / 0.01) ** 2))[:, None]
    assert SampledSignal(t=t, u=u, degree=1).events(100.0).turns == pytest.approx([50.0])
    system = leak("0")
    run = lrfit.simulate(
        system, signal=sampled_input(system.domain, t, u, degree=3).function, points=101
    )
    assert run.z[0, 52, 0] == pytest.approx(expected(0.01 * SQRT_PI, 50.0, 52.0), rel=1e-3)


def test_what_cannot_be_found_is_said():
    system = leak("0.1*sin(1/(t - 0.503))", duration=1.0)
    (note,) = resolve_for_target(Experiment(), system, system).notes
    assert "jumps or turns too often for every event to be found" in note
