"""A small system with a short task, and a network to tune."""

from __future__ import annotations

import pytest

import lrfit
from lrfit.fitting.result import Fit

WELL = """
name: well
dynamics: {z: "z - z**3 + u"}
domain: {z: [-1.6, 1.6]}
inputs: {u: [-0.5, 0.5]}
task:
  duration: 6
  draws: {c: {choose: [-0.4, -0.2, 0.2, 0.4]}}
  signals: {u: "c*pulse(t, 0.5, 2)"}
  judge: {at: [5, 6], answer: {z: c}}
"""


@pytest.fixture(scope="session")
def start() -> Fit:
    """Six neurons of a double well with a task."""
    return lrfit.fit(
        WELL.encode(), neurons=6, method="ols", tau=0.3, candidates=200, samples=512, look=False
    )
