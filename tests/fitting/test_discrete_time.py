"""update euler: networks whose Euler steps land where their targets are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

from lrfit.core.errors import UsageError
from lrfit.fitting.fit import fit
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.setting import prepare
from lrfit.running.simulate import simulate
from lrfit.systems.open import load_system
from lrfit.systems.system import System

SPIRAL = np.array([[-0.1, 2.0], [-2.0, -0.1]])
TURNING = b"""
name: spiral
dynamics: {x: -0.1*x + 2*y, y: -2*x - 0.1*y}
domain: {x: [-1, 1], y: [-1, 1]}
simulate: {initial: {x: 0.7, y: 0}, duration: 12}
"""
EULER: dict[str, Any] = {"update": "euler", "dt": 0.2}


def test_euler_steps_of_the_network_stay_on_the_target_and_those_of_the_field_do_not() -> None:
    stepped = fit(TURNING, neurons=40, method="ols", noise=1e-6, tau=1.0, **EULER)
    run = simulate(stepped)
    assert (run.solver, run.dt, run.t[-1]) == ("euler", 0.2, pytest.approx(12.0))
    exact = np.array([expm(SPIRAL * t) @ [0.7, 0.0] for t in run.t])
    np.testing.assert_allclose(run.z[0], exact, atol=0.02)
    beside = simulate(stepped, target=True)
    assert beside.target is not None
    np.testing.assert_allclose(beside.target[0], exact, atol=1e-7)
    # The field's own Euler steps grow by (1 + dt (-0.1 + 2i)): out of the box within the time.
    plain = fit(TURNING, neurons=40, method="ols", noise=1e-6, tau=1.0)
    off = simulate(plain, solver="euler", dt=0.2).z[0] - exact
    assert np.abs(off).max() > 1.0


def test_the_error_reported_is_that_against_the_flow_map() -> None:
    found = fit(TURNING, neurons=12, method="ols", **EULER)
    z = np.random.default_rng(0).uniform(-1, 1, (4000, 2))
    wanted = z @ (expm(SPIRAL * 0.2) - np.eye(2)).T / 0.2
    off = found.network.velocity(z, np.empty((4000, 0))) - wanted
    relative = np.sqrt(np.sum(off**2) / np.sum(wanted**2))
    assert relative == pytest.approx(found.report.field_error, rel=0.2)
    assert found.network.dt == 0.2
    assert found.system.dt is None


def test_no_leak_is_faster_than_one_step(pushed_system: System) -> None:
    setting = prepare(pushed_system, FitOptions(update="euler", dt=0.5))
    assert setting.bounds.kappa[1] == pytest.approx(2.0)
    coarse = prepare(pushed_system, FitOptions(update="euler", dt=50.0, tau="natural"))
    assert coarse.bounds.kappa == pytest.approx((0.02, 0.02), rel=0.5)
    assert coarse.bounds.kappa[1] <= 0.02


def test_a_step_tied_to_tau_fixes_both() -> None:
    system = load_system(TURNING)
    natural = prepare(system, FitOptions(tau="natural")).bounds.kappa[0]
    for tau in ("auto", "natural"):
        setting = prepare(system, FitOptions(tau=tau, update="euler", dt="tau/10"))  # type: ignore[arg-type]
        assert setting.bounds.kappa == pytest.approx((natural, natural))
        assert setting.options.dt == pytest.approx(0.1 / natural)
        assert setting.system.dt == setting.options.dt
    given = prepare(system, FitOptions(tau=0.5, update="euler", dt="tau/4"))
    assert (given.options.tau, given.system.dt) == (0.5, 0.125)


def test_an_input_that_only_the_field_is_affine_in_is_direct_and_seen(
    pushed_system: System,
) -> None:
    plain = prepare(pushed_system, FitOptions())
    assert (plain.bounds.direct, plain.seen) == ((0,), ())
    stepped = prepare(pushed_system, FitOptions(**EULER))
    assert (stepped.bounds.direct, stepped.seen) == ((), (0,))
    assert np.any(stepped.drive.E != 0.0)  # its mean slope acts at once, neurons do the rest
    filtered = prepare(pushed_system, FitOptions(**EULER, drive={"u": "filtered"}))
    assert (filtered.bounds.direct, filtered.seen) == ((), (0,))
    assert not np.any(filtered.drive.E)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update": "euler"}, "needs its step"),
        ({"dt": 0.1}, "give --update euler"),
        ({"update": "leapfrog"}, "choose one of continuous, euler"),
        ({"update": "euler", "dt": -0.1}, "positive"),
        ({"update": "euler", "dt": "10"}, "tau/10"),
        ({"update": "euler", "dt": "tau/0.5"}, "tau/1 at most"),
        ({"update": "euler", "dt": 0.3, "tau": 0.2}, "longer than tau"),
    ],
)
def test_steps_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prepare(load_system(TURNING), FitOptions(**options))


def test_the_update_of_the_file_holds_until_another_is_given() -> None:
    system = load_system(TURNING + b"network: {update: euler, dt: tau/10}\n")
    assert resolve_options(system, {}).dt == "tau/10"
    assert resolve_options(system, {"dt": 0.1}).dt == 0.1
    assert resolve_options(system, {"update": "continuous"}).dt is None
