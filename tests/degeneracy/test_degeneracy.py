"""Degenerate solutions: one trajectory, fields that differ, rates as stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.degeneracy import Degeneracy, DegenerateOptions, Solution
from lrfit.degeneracy.clock import clock_for, dominant_period
from lrfit.degeneracy.path import reference_path
from lrfit.degeneracy.tube import Tube
from lrfit.fields.field import Domain
from lrfit.simulation.curve import Curve
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.simulate import simulate
from lrfit.systems.open import load_system

DURATION = 8.0
SPIRAL = """\
name: spiral
time_unit: "1/s"
dynamics: {x: x - 2*y - x*(x**2 + y**2), y: 2*x + y - y*(x**2 + y**2)}
domain: {x: [-1.6, 1.6], y: [-1.6, 1.6]}
simulate: {initial: {x: 0.4, y: 0}, duration: 8}
"""


def spiral(_: float, z: np.ndarray) -> list[float]:
    x, y = z
    return [x - 2 * y - x * (x * x + y * y), 2 * x + y - y * (x * x + y * y)]


@pytest.fixture(scope="module")
def found() -> Degeneracy:
    return lrfit.degenerate(load_system(SPIRAL), candidates=800, samples=1024)


def by_kind(found: Degeneracy, kind: str) -> Solution:
    return next(each for each in found.solutions if each.kind == kind)


def test_every_solution_follows_the_trajectory_as_an_independent_integrator_has_it(
    found: Degeneracy,
) -> None:
    assert found.met
    for solution in found.solutions:
        system = solution.fit.system
        run = lrfit.simulate(solution.fit)
        oracle = solve_ivp(spiral, (0, DURATION), [0.4, 0.0], t_eval=run.t, rtol=1e-10, atol=1e-12)
        off = (run.z[0] - oracle.y.T) / np.std(oracle.y, axis=1)
        assert (
            run.t[-1]
            == pytest.approx(solution.horizon)
            == pytest.approx(system.simulation.duration or 0.0)
        )
        assert np.max(np.sqrt(np.mean(off**2, axis=1))) < 0.0105


def test_the_full_networks_follow_it_too(found: Degeneracy) -> None:
    for kind in ("autonomous", "clock", "driven"):
        fit = by_kind(found, kind).fit
        latent, full = lrfit.simulate(fit), lrfit.simulate(fit, space="full")
        np.testing.assert_allclose(latent.z, full.z, atol=1e-5)


def test_stable_ones_hold_all_the_way_and_the_unstable_one_says_until_when(
    found: Degeneracy,
) -> None:
    for solution in found.solutions:
        assert solution.worst <= found.options.tol
        assert 0.0 < solution.rms <= solution.worst
        if solution.kind != "unstable":
            assert solution.horizon == DURATION
    unstable = by_kind(found, "unstable")
    assert 0.3 * DURATION < unstable.horizon <= DURATION


def test_measured_rates_are_those_stated(found: Degeneracy) -> None:
    rate = found.curve.rate
    expected = {"clock": -3.0 * rate, "driven": -0.2 * rate, "unstable": rate}
    for kind, exponent in expected.items():
        solution = by_kind(found, kind)
        assert solution.rate == pytest.approx(-exponent)
        np.testing.assert_allclose(solution.stated, exponent, rtol=1e-6)
        np.testing.assert_allclose(solution.exponents, exponent, atol=0.16 * rate)
    own = by_kind(found, "autonomous")
    np.testing.assert_allclose(own.exponents, own.stated, atol=0.06 * rate)


def test_measured_rates_are_those_at_which_neighbours_really_come_back(found: Degeneracy) -> None:
    for kind in ("driven", "unstable"):
        solution = by_kind(found, kind)
        fit, driven, start = solution.fit, solution.loop.driven, found.curve.z[0]
        starts = np.array([start, start + 1e-3 * found.curve.scale])
        runs = simulate(
            fit.network, duration=3.0, initial=starts, signal=driven.signal.function, points=2
        ).z[:, -1]
        grown = np.linalg.norm((runs[1] - runs[0]) / found.curve.scale) / (1e-3 * np.sqrt(2.0))
        assert np.log(grown) / 3.0 == pytest.approx(solution.exponents[0], rel=0.02)


def test_fields_differ_by_a_fifth_and_as_their_rates_say(found: Degeneracy) -> None:
    others = ~np.eye(4, dtype=bool)
    assert np.all(found.difference[others] >= 0.2)
    assert np.all(found.likeness[others] < 0.015)
    np.testing.assert_array_equal(found.difference, found.difference.T)
    kinds = [each.kind for each in found.solutions]
    pair = found.difference[kinds.index("driven"), kinds.index("unstable")]
    # |-0.2 - 1| rates over a tube of rms radius 0.2, relative to one rate.
    assert pair == pytest.approx(1.2 * found.options.tube, rel=0.02)


def test_pushes_tell_every_pair_apart_that_the_trajectories_do_not(found: Degeneracy) -> None:
    study = lrfit.perturb([each.fit for each in found.solutions], times=(0.5, 1.0))
    assert len(study.pairs) == 6
    assert np.all(study.free_dprime < 1.0)
    assert study.separated
    returns = dict(zip(study.names, study.return_rate[:, :, 0], strict=True))
    np.testing.assert_allclose(returns["spiral_driven"], 0.2 * found.curve.rate, rtol=0.05)
    np.testing.assert_allclose(returns["spiral_unstable"], -found.curve.rate, rtol=0.05)
    np.testing.assert_allclose(returns["spiral_clock"], 3.0 * found.curve.rate, rtol=0.1)
    # The limit cycle keeps a shift in time and loses what is off it: only an autonomous field does.
    autonomous = study.names.index("spiral")
    assert np.max(np.abs(study.phase_shift[autonomous, :, -1])) > 0.05
    assert np.max(study.off_path[autonomous]) < 0.05


def test_the_table_holds_the_flows_of_all_solutions_at_one_moment(found: Degeneracy) -> None:
    flows = found.saved.flows
    assert flows is not None
    curve, (i, j) = found.curve, flows.shown
    for k, solution in enumerate(found.solutions):
        there = flows.t <= solution.horizon
        deviation = curve.deviation(flows.t[there], flows.z[k, there])
        assert deviation.max() < 1.5 * solution.worst + 1e-3
        assert np.all(np.isnan(flows.z[k, ~there]))
        z = curve.at(np.array([flows.time]))
        z[0, [i, j]] = flows.across[3], flows.up[17]
        driven = solution.loop.driven
        v = driven.filtered_input(np.array([flows.time]))
        u = np.array(driven.signal.at(np.array([flows.time])))
        expected = driven.network.latent_velocity(z, v, u)[0, [i, j]]
        np.testing.assert_allclose(flows.velocity[k, 17, 3], expected)
    lower, upper = curve.z.min(axis=0), curve.z.max(axis=0)
    assert flows.across[0] < lower[i] < upper[i] < flows.across[-1]
    assert flows.up[0] < lower[j] < upper[j] < flows.up[-1]


def test_a_file_holds_all_that_its_network_needs(found: Degeneracy, tmp_path: Path) -> None:
    for solution in found.solutions:
        path = tmp_path / f"{solution.kind}.h5"
        lrfit.save(solution.fit, path)
        system = lrfit.load(path).system  # type: ignore[union-attr]  # a network
        assert system.time_unit == "1/s"
        assert system.simulation.duration == solution.horizon
        np.testing.assert_array_equal(lrfit.simulate(path).z, lrfit.simulate(solution.fit).z)


def test_a_trajectory_without_a_field_is_enough(found: Degeneracy) -> None:
    run = lrfit.simulate(by_kind(found, "driven").fit, points=801)
    again = lrfit.degenerate(run, kinds=("driven", "unstable"), candidates=400, samples=1024)
    assert again.met
    assert again.name == "trajectory"
    np.testing.assert_allclose(again.curve.scale, found.curve.scale, rtol=0.01)


def test_equal_seeds_give_equal_networks() -> None:
    first, second = (
        lrfit.degenerate(load_system(SPIRAL), kinds=("driven",), candidates=100, samples=512)
        for _ in range(2)
    )
    one, two = (each.solutions[0].fit.network for each in (first, second))
    np.testing.assert_array_equal(one.N, two.N)


def test_the_period_of_an_oscillation_is_found_and_a_transient_has_none() -> None:
    domain = Domain(variables=("x",), lower=np.array([-1.0]), upper=np.array([1.0]))
    t = np.linspace(0.0, 20.0, 1001)
    wave = Curve(domain=domain, t=t, z=np.sin(2.0 * np.pi * t / 2.5)[:, None])
    decay = Curve(domain=domain, t=t, z=np.exp(-t)[:, None])
    assert dominant_period(wave) == pytest.approx(2.5)
    assert clock_for(wave).names[:2] == ("clock", "clock_cos1")
    assert dominant_period(decay) == 0.0
    assert clock_for(decay).names == ("clock",)


def test_the_tube_has_the_radius_that_is_stated(found: Degeneracy) -> None:
    places = Tube(curve=found.curve, radius=0.3).places(2048, [1])
    spread = np.sqrt(np.mean((places.offset / found.curve.scale) ** 2))
    assert spread == pytest.approx(0.3, rel=0.01)
    np.testing.assert_allclose(places.z - places.offset, found.curve.at(places.t))


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": ("clok",)},
        {"kinds": ()},
        {"kinds": ("clock", "clock")},
        {"tol": 0.0},
        {"tube": 2.0},
        {"clock_rate": -1.0},
        {"unstable_rate": 1.0},
        {"nonlinearity": "step"},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        DegenerateOptions(**options)  # type: ignore[arg-type]  # that is the point


def test_sources_that_have_no_such_trajectory_are_refused(found: Degeneracy) -> None:
    system, run = load_system(SPIRAL), lrfit.simulate(by_kind(found, "driven").fit)
    with pytest.raises(UsageError, match="no variable 'q'"):
        reference_path(system, Experiment(initial={"q": 1.0}))
    with pytest.raises(UsageError, match="one trajectory"):
        reference_path(system, trial=1)
    with pytest.raises(UsageError, match="is longer"):
        reference_path(run, Experiment(duration=2.0 * DURATION))
    with pytest.raises(UsageError, match="give its system instead"):
        reference_path(run, Experiment(initial={"x": 1.0}))
    with pytest.raises(UsageError, match="one start"):
        reference_path(system, Experiment(initial=[[0.4, 0.0], [0.0, 0.4]]))
    with pytest.raises(UsageError, match="without noise"):
        reference_path(system, Experiment(solver="euler", dt=0.01, process_noise=0.1))
    with pytest.raises(UsageError, match="cannot carry 2 variables"):
        lrfit.degenerate(system, max_neurons=1)
    endless = load_system("name: e\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n")
    with pytest.raises(UsageError, match="no duration"):
        reference_path(endless)
    with pytest.raises(InputError, match="diverged"):
        lrfit.degenerate(
            load_system("name: e\ndynamics: {x: x**2}\ndomain: {x: [1, 2]}\n"), duration=9.0
        )
