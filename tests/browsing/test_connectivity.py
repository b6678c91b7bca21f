"""`show` tells the connectivity of a network where more is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit

Run = Callable[..., Any]


@pytest.fixture
def network_file(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    lrfit.save(lrfit.fit("pitchfork_bistable", neurons=8), path)
    return path


def test_show_says_every_number_in_json_and_a_table_when_verbose(
    run: Run, network_file: Path
) -> None:
    told = json.loads(run("show", network_file, "--json").out)["connectivity"]
    network = lrfit.load(network_file).network
    (value,) = told["eigenvalues"]
    assert value == pytest.approx([float((network.N.T @ network.M)[0, 0]), 0.0])
    assert told["mean"]["m x"] == pytest.approx(float(network.M.mean()))
    assert told["covariance"]["m x"]["b"] == pytest.approx(
        float(np.cov(network.M[:, 0], network.bias, bias=True)[0, 1])
    )
    assert sum(told["weight_counts"]) == told["connections"] == 64
    verbose, short = run("show", network_file, "-v").out, run("show", network_file).out
    for words in ("overlap N^T M", "overlap N^T B", "the 7 others are 0", "histogram of J", "n x"):
        assert words in verbose
        assert words not in short


def test_show_says_the_outliers_of_any_connectivity(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    J = 0.5 * rng.normal(size=(100, 100)) / 10 + 3.0 / 100
    lrfit.save(lrfit.FullRankNetwork(J=J, tau=1.0, nonlinearity="tanh"), tmp_path / "full.h5")
    (value,) = json.loads(run("show", "full.h5", "--json").out)["connectivity"]["eigenvalues"]
    assert value == pytest.approx([3.0, 0.0], abs=0.2)
    out = " ".join(run("show", "full.h5", "-v").out.split())
    assert "(eigenvalues outside of the bulk)" in out
    assert "an ellipse with semi-axes" in out


def test_the_page_says_the_connectivity_in_numbers(network_file: Path) -> None:
    page = lrfit.report(network_file)
    assert "Its connectivity in numbers" in page
    assert "eigenvalues of J" in page
    assert "n x" in page
