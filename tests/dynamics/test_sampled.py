"""Networks drawn from a mixture beside its mean field: what was found is what theory predicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError
from lrfit.dynamics.analysis import Analysis
from lrfit.dynamics.view import fields, tables

BISTABLE = b"""
name: bistable
latent: [k]
domain: {k: [-3, 3]}
populations: [{share: 1, cov: {m.m: 1, nu.m: 1.2, nu.nu: 2.25}}]
"""
TURNING = b"""
name: turning
latent: [x, y]
domain: {x: [-2, 2], y: [-2, 2]}
populations:
  - share: 1
    cov: {m.m: 1, nu.m: [[1.6, -0.8], [0.8, 1.6]], nu.nu: 6}
    symmetry: SO2
"""


@pytest.fixture(scope="module")
def bistable() -> Analysis:
    return lrfit.analyze(BISTABLE, sampled=1000, draws=10)


@pytest.fixture(scope="module")
def turning() -> Analysis:
    return lrfit.analyze(TURNING, sampled=600, draws=3, orbits="C6")


def test_fixed_points_scatter_as_predicted(bistable: Analysis) -> None:
    found = bistable.at[0].sampled
    assert found is not None
    assert found.points_kept.tolist() == [10, 10, 10]
    assert np.sqrt(1000) * found.position_sd[:, 0] == pytest.approx([2.398, 0, 2.398], abs=1e-3)
    # The standard deviation of 10 numbers has an error of a fifth.
    assert found.position_rms[0, 0] == pytest.approx(found.position_sd[0, 0], rel=0.6)
    assert found.field_rms[0] == pytest.approx(found.field_sd[0], rel=0.3)
    assert found.stable.tolist() == [2] * 10


def test_the_cycle_of_the_mean_field_is_that_of_the_networks(turning: Analysis) -> None:
    one = turning.at[0]
    assert one.target.cycles[0].period == pytest.approx(4 * np.pi, abs=1e-5)
    assert one.sampled is not None
    assert one.sampled.cycles_kept.tolist() == [3]
    assert one.sampled.periods[:, 0] == pytest.approx(4 * np.pi, rel=0.3)
    assert np.all(np.abs(one.sampled.amplitudes) < 0.4)
    assert np.all(np.isnan(one.sampled.position_sd))  # no theory for neurons of one orbit
    assert turning.symmetry == "SO2"
    assert turning.equivariance_error is not None
    assert turning.equivariance_error < 1e-12


def test_what_was_sampled_is_told_and_comes_back_from_its_file(
    bistable: Analysis, tmp_path: Path
) -> None:
    lrfit.save(bistable, tmp_path / "a.h5")
    back = lrfit.load(tmp_path / "a.h5")
    assert np.array_equal(back.at[0].sampled.positions, bistable.at[0].sampled.positions)
    told = json.loads(json.dumps(fields(bistable)["at"][0]["sampled"], default=np.ndarray.tolist))
    assert told["fixed_points"][0]["kept"] == 10
    predicted = told["fixed_points"][0]["predicted_sd"]["k"]
    assert predicted == pytest.approx(2.398 / 1000**0.5, rel=1e-3)
    rows = dict(tables(back, verbose=False)[-1].rows)
    assert rows["sampled"] == "10 networks of 1000 neurons"
    assert "in 10 of 10; sd k" in rows["  0: stable node"]
    assert rows["stable points"] == "2 in 10"


def test_the_figure_shows_the_points_of_every_network(bistable: Analysis) -> None:
    (axes,) = lrfit.plot(bistable).figure.axes
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 30]  # 3 points, 10 networks
    assert len(drawn) == 1
    assert bistable.at[0].sampled is not None
    wanted = bistable.at[0].sampled.positions.ravel()
    assert np.array_equal(np.sort(drawn[0].get_xdata()), np.sort(wanted))


def test_only_mixtures_are_sampled() -> None:
    with pytest.raises(UsageError, match="van_der_pol is no mixture"):
        lrfit.analyze("van_der_pol", sampled=100)


def test_a_network_of_the_mean_field_has_its_dynamics() -> None:
    fit = lrfit.minimize(BISTABLE, tol=0.02, samples=256, max_neurons=6)
    assert fit.faithful == "yes"
    assert fit.met
    assert fit.stored.load().field.mixture.name == "bistable"
