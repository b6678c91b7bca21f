"""Small targets as Python functions, and the quickest honest options."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.fitting.options import FitOptions
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.system import System

PUSHED = b"""
name: pushed
dynamics: {x: x - x**3 + u}
domain: {x: [-2, 2]}
inputs: {u: [-1, 1]}
"""


def bistable(z: np.ndarray, u: np.ndarray) -> np.ndarray:
    return z - z**3


def pendulum(z: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.stack([z[:, 1], -np.sin(z[:, 0]) - 0.3 * z[:, 1]], axis=1)


LOOKED_AT = ("test_judge", "test_faithful")
"""Modules that test the look at the dynamics."""


@pytest.fixture(scope="module", autouse=True)
def look_where_it_is_tested(request: pytest.FixtureRequest) -> None:
    """Leave out the look at the dynamics in all other modules."""
    if request.path.stem not in LOOKED_AT:
        request.getfixturevalue("no_look")


@pytest.fixture(scope="session")
def bistable_system() -> System:
    return from_callable(bistable, domain={"x": (-2, 2)})


@pytest.fixture(scope="session")
def pushed_system() -> System:
    return load_system(PUSHED)


@pytest.fixture(scope="session")
def pendulum_system() -> System:
    return from_callable(pendulum, domain={"angle": (-3.14, 3.14), "speed": (-2, 2)})


@pytest.fixture
def quick() -> Callable[..., FitOptions]:
    def options(**given: object) -> FitOptions:
        brief = {"effort": "quick", "max_neurons": 8}  # sweeps then start from 8, not from 20
        return FitOptions(**{**brief, **given})  # type: ignore[arg-type]

    return options
