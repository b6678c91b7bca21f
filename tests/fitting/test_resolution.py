"""Errors that do not converge with the number of points are refused, or said to be so."""

from __future__ import annotations

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolution import fresh_points
from lrfit.fitting.setting import prepare
from lrfit.systems.build import from_expressions
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System


def line(formula: str) -> System:
    return from_expressions({"x": formula}, domain={"x": (-1.0, 1.0)}, name="line")


PENDULUM = b"""name: poles
dynamics:
  x: y
  y: -tan(x) - 0.2*y
domain: {x: [-2, 2], y: [-2, 2]}
"""


def test_a_field_with_poles_is_refused_at_its_line_by_fit_minimize_and_check() -> None:
    for work in (
        lambda: lrfit.fit(PENDULUM, neurons=8),
        lambda: lrfit.minimize(PENDULUM, tol=0.1),
        lambda: lrfit.check(PENDULUM),
    ):
        with pytest.raises(InputError, match=r":4: dy/dt grows without limit near x = -?1\.571"):
            work()


def test_the_figure_that_is_refused_does_differ_from_set_to_set() -> None:
    speeds = [
        np.sqrt(np.mean(draw_set(line("1/(x-0.1)"), 2**14, s).velocity ** 2)) for s in range(8)
    ]
    assert max(speeds) > 1.5 * min(speeds)


def test_a_maximum_without_limit_is_refused_where_it_is_the_criterion_only() -> None:
    system = line("abs(x)**-0.3")
    with pytest.raises(InputError, match="maximum does not converge"):
        prepare(system, FitOptions(criterion="worst"))
    notes = prepare(system, FitOptions()).samples.notes
    assert "the worst error grows with the number of samples" in notes[-1]


def test_the_cure_that_is_told_works() -> None:
    half = from_expressions({"x": "1/x"}, domain={"x": (0.2, 1.0)}, name="half")
    assert prepare(half, FitOptions()).samples.notes == ()


def test_a_field_that_samples_do_not_resolve_is_noted_with_both_rms_speeds() -> None:
    system = line("1e-7/((x - 0.1234567)**2 + 1e-11)")
    (note,) = prepare(system, FitOptions()).samples.notes
    assert "do not resolve the field" in note
    assert "differ for x" in note
    assert lrfit.check(system).notes == (note,)


def test_a_small_pole_that_carries_the_error_makes_it_doubtful_and_a_tolerance_missed() -> None:
    system = line("-x + 3e-6/(x - 0.3)")
    doubted = lrfit.fit(system, neurons=30)
    other = float(doubted.evidence["error_on_other_points"])
    assert max(other, doubted.report.error) > 1.25 * min(other, doubted.report.error)
    assert any("the error does not converge" in line for line in doubted.warnings)


def test_the_other_error_is_that_on_the_fresh_points() -> None:
    system = line("-x + 3e-6/(x - 0.3)")
    doubted = lrfit.fit(system, neurons=30)
    setting = prepare(system, doubted.options)
    fresh = fresh_points(setting.system, setting.samples, doubted.options.seed)
    field = doubted.network.velocity(fresh.state, fresh.input)  # the box is [-1, 1]
    error = np.sqrt(np.mean((fresh.velocity - field) ** 2) / np.mean(fresh.velocity**2))
    assert float(doubted.evidence["error_on_other_points"]) == pytest.approx(error, rel=0.05)


def test_a_smooth_fit_draws_no_further_points() -> None:
    fit = lrfit.fit("van_der_pol", neurons=20)
    assert "error_on_other_points" not in fit.evidence
    assert not any("converge" in line for line in fit.warnings)


def test_a_variable_at_rest_is_told_what_its_error_is_relative_to() -> None:
    system = from_expressions(
        {"x": "0*y", "y": "x - y"}, domain={"x": (-1.0, 1.0), "y": (-1.0, 1.0)}, name="rest"
    )
    fit = lrfit.fit(system, neurons=10)
    (note,) = [line for line in fit.warnings if "the error of x is relative to 0.001" in line]
    assert note in lrfit.check(system).notes
    test = prepare(system, fit.options).samples.test
    left = test.velocity[:, 0] - fit.network.velocity(test.state, test.input)[:, 0]
    A = fit.network.N[:, 0] / fit.network.tau
    total = np.mean(np.sum(test.velocity**2, axis=1))
    noise = fit.options.noise**2 * np.sum(A**2)
    assert fit.report.error_by_variable[0] == pytest.approx(
        np.sqrt((np.mean(left**2) + noise) / total) / 1e-3
    )
    assert not any(
        "relative to" in line
        for line in lrfit.fit(system, neurons=10, criterion="overall").warnings
    )
