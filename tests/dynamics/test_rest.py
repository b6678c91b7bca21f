"""A field that rests everywhere, and the numbers by which fixed points are referred to."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.dynamics.view import MOST_POINTS, tables

INTEGRATOR = b"""name: integrator
dynamics: {x: u}
domain: {x: [-1, 1]}
inputs: {u: [-1, 1]}
simulate: {duration: 10, initial: {x: 0}, signals: {u: "0.5*pulse(t, 1, 2)"}}
"""


def rows_of(found: lrfit.Analysis) -> list[tuple[str, str]]:
    return [row for table in tables(found, verbose=False) for row in table.rows]


def test_an_integrator_at_rest_input_is_a_line_of_fixed_points() -> None:
    found = lrfit.analyze(INTEGRATOR)
    rest, driven = (one.target for one in found.at)
    assert rest.complete.status == "proved"
    assert "every state is a fixed point here: they fill the line" in rest.complete.text
    assert rest.basins == {"continuum": 1.0}
    assert not len(rest.points)
    assert np.ptp(rest.continuum) > 1.8  # all over the box, [-1, 1]
    assert driven.basins == {"left the box": 1.0}
    assert ("starts go to", "continuum 100%") in rows_of(found)


def test_what_fills_more_dimensions_is_named_and_files_keep_it(tmp_path: Path) -> None:
    text = b"name: two\ndynamics: {x: u, y: 2*u}\ndomain: {x: [-1, 1], y: [0, 3]}\n"
    found = lrfit.analyze(text + b"inputs: {u: [0, 1]}\n")
    lrfit.save(found, tmp_path / "two.h5")
    (one,) = lrfit.load(tmp_path / "two.h5").at
    assert "they fill the plane" in one.target.complete.text
    assert one.target.continuum[:, 1].max() > 2.5


def test_a_field_without_inputs_that_is_zero_is_told_too() -> None:
    (one,) = lrfit.analyze(lambda z, u: 0.0 * z, domain={"x": (-1, 1)}).at
    assert one.target.complete.status == "evidence"
    assert "every state is a fixed point" in one.target.complete.text


def test_a_network_that_holds_an_integrators_state_is_faithful() -> None:
    fit = lrfit.fit(INTEGRATOR, neurons=6, method="ols", candidates=300)
    found = lrfit.analyze(fit)
    assert found.faithful, found.verdict
    comparison = found.at[0].comparison
    assert comparison is not None
    assert comparison.drift is not None
    assert comparison.drift.lost == 0.0
    assert comparison.drift.moved < 0.01


@pytest.fixture(scope="module")
def many() -> lrfit.Analysis:
    """sin(pi x) on [-20.5, 20.5]: 41 zeros, every second one stable."""
    text = b"name: many\ndynamics: {x: sin(pi*x)}\ndomain: {x: [-20.5, 20.5]}\n"
    return lrfit.analyze(text)


def test_every_fixed_point_that_starts_go_to_is_listed_under_its_number(
    many: lrfit.Analysis,
) -> None:
    rows = rows_of(many)
    there = many.at[0].target
    listed = {
        int(label.split(":")[0]): float(text.split(";")[0].split()[-1])
        for label, text in rows
        if re.match(r"\s+\d+:", label)
    }
    told = dict(rows)["starts go to"]
    referred = {int(number) for number in re.findall(r"fixed point (\d+)", told)}
    assert len(there.points) == 41
    assert len(referred) > MOST_POINTS
    assert referred <= set(listed)
    for number, x in listed.items():
        assert x == pytest.approx(there.points[number, 0], abs=1e-3)
        assert abs(x - round(x)) < 1e-6
    assert dict(rows)["  ..."] == f"{41 - len(listed)} more, which no start goes to"
