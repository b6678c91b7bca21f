"""Small targets as Python functions, and the quickest honest options."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.fitting.options import FitOptions
from lrfit.systems.callable_field import system_from_callable
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


@pytest.fixture(scope="session")
def bistable_system() -> System:
    return system_from_callable(bistable, domain={"x": (-2, 2)})


@pytest.fixture(scope="session")
def pushed_system() -> System:
    return load_system(PUSHED)


@pytest.fixture(scope="session")
def pendulum_system() -> System:
    return system_from_callable(pendulum, domain={"angle": (-3.14, 3.14), "speed": (-2, 2)})


@pytest.fixture
def quick() -> Callable[..., FitOptions]:
    def options(**given: object) -> FitOptions:
        return FitOptions(**{"effort": "quick", **given})  # type: ignore[arg-type]

    return options
