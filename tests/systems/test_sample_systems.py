"""Every fact that a sample system's `expected` states is computed anew, with scipy alone."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lrfit.systems.grid import grid_tree
from lrfit.systems.library import sample_names
from lrfit.systems.open import load_system
from lrfit.systems.sampled_file import system_from_tree

SYSTEMS = {name: load_system(name) for name in sample_names()}


def having(fact):
    return pytest.mark.parametrize(
        "system", [pytest.param(s, id=n) for n, s in SYSTEMS.items() if fact in s.expected]
    )


def follow(system, start, times):
    """States at `times` (increasing), restarted wherever a signal jumps."""
    signal = system.simulation.signal.within(times[-1])
    z, states = np.array(start, dtype=float), []
    jumps = [t for t in signal.breakpoints if 0 < t < times[-1]]
    for low, high in itertools.pairwise([0.0, *jumps, times[-1]]):
        inside = np.nextafter(low, high), np.nextafter(high, low)

        def velocity(t, z, inside=inside):
            return system.velocity(z[None], signal.at(np.clip([t], *inside)))[0]

        wanted = times[(times > low) & (times <= high)]
        at = np.unique([*wanted, high])
        run = solve_ivp(velocity, (low, high), z, "DOP853", t_eval=at, rtol=1e-7, atol=1e-9)
        states += list(run.y.T[: len(wanted)])
        z = run.y[:, -1]
    return np.array(states)


def attractor(system):
    """Times and states long after the default start, finely spaced."""
    times = np.linspace(0, 2 * system.simulation.duration, 16_001)[1:]
    return times[8_000:], follow(system, system.simulation.initial, times)[8_000:]


def resting_jacobian(system, state):
    u = np.zeros((1, system.domain.input_count))
    z = np.array([state])
    return system.velocity(z, u)[0], system.jacobian(z, u)[0][0]


def test_there_are_systems_of_one_to_four_dimensions_with_and_without_inputs():
    kinds = {(s.domain.dimension, s.domain.input_count > 0) for s in SYSTEMS.values()}
    assert len(SYSTEMS) >= 16
    assert kinds >= {(1, True), (2, False), (2, True), (3, False), (3, True), (4, False)}


@pytest.mark.parametrize("name", [n for n in SYSTEMS if n != "pendulum_grid"])
def test_every_file_is_named_after_its_system_and_says_what_it_is(name):
    system = SYSTEMS[name]
    assert system.name == name
    assert system.reference
    assert system.kind
    assert system.expected["summary"]
    assert system.simulation.duration
    assert set(system.simulation.texts) == set(system.domain.inputs)
    assert system.notes == ()


@pytest.mark.parametrize("name", [n for n in SYSTEMS if n not in ("lorenz", "pendulum_grid")])
def test_the_default_simulation_stays_in_the_domain_and_its_signals_in_their_ranges(name):
    system = SYSTEMS[name]
    domain, times = system.domain, np.linspace(0, system.simulation.duration, 1001)[1:]
    u = system.simulation.signal.at(times)
    assert np.all((u >= domain.input_lower) & (u <= domain.input_upper))
    states = follow(system, system.simulation.initial, times)
    assert np.all((states >= domain.lower) & (states <= domain.upper))


@having("stable_fixed_points")
def test_stable_fixed_points_are_at_rest_and_attract(system):
    for state in system.expected["stable_fixed_points"]:
        velocity, jacobian = resting_jacobian(system, state)
        assert np.max(np.abs(velocity)) < 1e-4 * np.linalg.norm(jacobian, 2)
        assert np.linalg.eigvals(jacobian).real.max() < 0


@having("unstable_fixed_points")
def test_unstable_fixed_points_are_at_rest_and_repel(system):
    for state in system.expected["unstable_fixed_points"]:
        velocity, jacobian = resting_jacobian(system, state)
        assert np.max(np.abs(velocity)) < 1e-4 * np.linalg.norm(jacobian, 2)
        assert np.linalg.eigvals(jacobian).real.max() > 0.01


@having("neutral_fixed_points")
def test_neutral_fixed_points_are_at_rest_attract_and_have_one_free_direction(system):
    for state in system.expected["neutral_fixed_points"]:
        velocity, jacobian = resting_jacobian(system, state)
        slowest, *others = sorted(np.linalg.eigvals(jacobian).real, reverse=True)
        assert np.max(np.abs(velocity)) < 1e-5
        assert abs(slowest) < 1e-12
        assert max(others) < -0.1


@having("eigenvalue")
def test_eigenvalue_of_the_first_stable_fixed_point(system):
    _, jacobian = resting_jacobian(system, system.expected["stable_fixed_points"][0])
    real, imaginary = system.expected["eigenvalue"]
    assert np.min(np.abs(np.linalg.eigvals(jacobian) - (real + 1j * imaginary))) < 1e-5


@having("period")
def test_period_and_amplitude_of_the_limit_cycle(system):
    times, states = attractor(system)
    x = states[:, 0]
    middle = 0.5 * (x.min() + x.max())
    rises = np.flatnonzero((x[:-1] < middle) & (x[1:] >= middle))
    crossings = times[rises] + (times[1] - times[0]) * (middle - x[rises]) / np.diff(x)[rises]
    assert len(crossings) >= 3
    assert np.mean(np.diff(crossings)) == pytest.approx(system.expected["period"], rel=3e-4)
    if "amplitude" in system.expected:
        assert np.abs(x).max() == pytest.approx(system.expected["amplitude"], rel=1e-4)


@having("extent")
def test_extent_of_the_attractor(system):
    _, states = attractor(system)
    found = np.stack([states.min(axis=0), states.max(axis=0)], axis=1)
    stated = np.array(system.expected["extent"])
    assert np.max(np.abs(found - stated) / np.ptp(stated, axis=1, keepdims=True)) < 0.01


@having("states_at")
def test_states_along_the_default_simulation(system):
    stated = np.array(system.expected["states_at"])
    found = follow(system, system.simulation.initial, stated[:, 0])
    assert np.max(np.abs(found - stated[:, 1:])) < 2e-4


@having("lyapunov")
def test_largest_lyapunov_exponent(system):
    stated = system.expected["lyapunov"]
    assert largest_exponent(system) == pytest.approx(stated, rel=0.08)


def largest_exponent(system, trials=128, step_share=0.25):
    """Mean growth rate of tangent vectors over some 35 times 1/exponent, fourth-order steps."""
    domain, signal = system.domain, system.simulation.signal
    generator = np.random.default_rng(1)
    z = domain.state_from_box(generator.uniform(-0.5, 0.5, (trials, domain.dimension)))
    tangent, grown = np.ones_like(z), np.zeros(trials)
    rate = np.median(np.linalg.norm(system.jacobian(z, signal.at(np.zeros(trials)))[0], 2, (1, 2)))
    step, duration = step_share / rate, 35.0 / system.expected["lyapunov"]

    def slopes(t, z, q):
        u = np.repeat(signal.at(np.array([t])), trials, axis=0)
        return system.velocity(z, u), np.einsum("pij,pj->pi", system.jacobian(z, u)[0], q)

    begin, steps = int(0.3 * duration / step), int(duration / step)
    for k in range(steps):
        t = k * step
        a, b = slopes(t, z, tangent)
        c, d = slopes(t + step / 2, z + step / 2 * a, tangent + step / 2 * b)
        e, f = slopes(t + step / 2, z + step / 2 * c, tangent + step / 2 * d)
        g, h = slopes(t + step, z + step * e, tangent + step * f)
        z = z + step / 6 * (a + 2 * c + 2 * e + g)
        tangent = tangent + step / 6 * (b + 2 * d + 2 * f + h)
        size = np.linalg.norm(tangent, axis=1)
        tangent /= size[:, None]
        grown += np.log(size) * (k >= begin)
    return np.mean(grown) / ((steps - begin) * step)


def test_in_context_decision_the_other_context_reads_the_other_input():
    text = SYSTEMS["context_decision"].source.text.replace("ctx: 1}", "ctx: 0}")
    system = load_system(text)
    final = follow(system, system.simulation.initial, np.array([40.0]))[-1]
    assert final == pytest.approx([-0.44721], abs=1e-4)


def test_fitzhugh_nagumo_spikes_between_the_stated_currents():
    system = SYSTEMS["fitzhugh_nagumo"]
    for current, v in ((0.33128, -0.967), (1.41872, 0.967)):
        w = v - v**3 / 3 + current
        jacobian = system.jacobian(np.array([[v, w]]), np.array([[current]]))[0][0]
        assert abs(np.trace(jacobian)) < 2e-3
        assert np.max(np.abs(system.velocity(np.array([[v, w]]), np.array([[current]])))) < 2e-3


def test_coupled_neurons_end_in_phase_from_many_starts():
    system, step = SYSTEMS["coupled_fitzhugh_nagumo"], 0.1
    z = system.domain.state_from_box(np.random.default_rng(0).uniform(-1, 1, (32, 4)))
    none, apart = np.empty((32, 0)), np.zeros(32)
    for k in range(4000):
        a = system.velocity(z, none)
        b = system.velocity(z + step / 2 * a, none)
        c = system.velocity(z + step / 2 * b, none)
        z = z + step / 6 * (a + 2 * b + 2 * c + system.velocity(z + step * c, none))
        if k >= 3500:  # a whole period
            apart = np.maximum(apart, np.abs(z[:, 0] - z[:, 2]))
    assert np.max(apart) < 1e-3


def test_the_sampled_grid_is_the_damped_pendulum_as_the_documented_command_samples_it():
    grid, pendulum = SYSTEMS["pendulum_grid"], SYSTEMS["damped_pendulum"]
    again = system_from_tree(grid_tree(pendulum, 64), name="again")
    assert np.array_equal(grid.data.state, again.data.state)
    assert np.allclose(grid.data.velocity, again.data.velocity, rtol=1e-13, atol=1e-15)
    z = pendulum.domain.state_from_box(np.random.default_rng(0).uniform(-1, 1, (500, 2)))
    none = np.empty((500, 0))
    assert grid.interpolation == "cubic"
    assert np.max(np.abs(grid.velocity(z, none) - pendulum.velocity(z, none))) < 1e-6
