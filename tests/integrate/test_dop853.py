"""DOP853 is scipy's, to the last bit: steps, interpolation, failures and coefficients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate

from lrfit.integrate import dop853_tableau
from lrfit.integrate.dop853 import Dop853


def van_der_pol(t: float, y: np.ndarray) -> np.ndarray:
    return np.array([y[1], 5.0 * (1.0 - y[0] ** 2) * y[1] - y[0] + np.sin(t)])


def rotation(t: float, y: np.ndarray) -> np.ndarray:
    return np.array([-y[1], y[0], -0.1 * y[2]])


def pole(t: float, y: np.ndarray) -> np.ndarray:
    return y**2


def still(t: float, y: np.ndarray) -> np.ndarray:
    return np.zeros_like(y)


CASES = {
    "a stiff cycle with an input": (van_der_pol, [2.0, 0.0], 20.0, np.inf),
    "a rotation with short steps": (rotation, [1.0, 0.0, 3.0], 7.0, 0.05),
    "rest": (still, [1.0, 2.0], 3.0, np.inf),
    "a pole, where the step shrinks to nothing": (pole, [1.0], 2.0, np.inf),
    "no time": (rotation, [1.0, 0.0, 3.0], 0.5, np.inf),
}


def steps(make: Callable[..., Any], case: str, rtol: float) -> list[np.ndarray]:
    """Everything that a solver says on the way, as arrays."""
    velocity, y0, end, longest = CASES[case]
    evaluations = []

    def counted(t: float, y: np.ndarray) -> np.ndarray:
        evaluations.append(np.append(y, t))
        return velocity(t, y)

    size = np.full(len(y0), 1e-10)
    solver = make(counted, 0.5, np.array(y0), end, rtol=rtol, atol=size, max_step=longest)
    said = []
    while solver.status == "running":
        solver.step()
        said.append(np.append(solver.y, solver.t))
        if solver.status != "failed":
            said.append(solver.dense_output()(np.linspace(said[-1][-1] - 1e-3, solver.t, 3)).T)
    return [np.array(solver.status == "failed"), *said, *evaluations]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rtol", [1e-3, 1e-8, 1e-12])
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid:RuntimeWarning")
def test_every_step_state_and_evaluation_is_that_of_scipy(case: str, rtol: float) -> None:
    ours, theirs = steps(Dop853, case, rtol), steps(integrate.DOP853, case, rtol)
    assert len(ours) == len(theirs) > 2
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("name", ["A", "B", "C", "D", "E3", "E5"])
def test_coefficients_are_those_of_scipy(name: str) -> None:
    expected = getattr(integrate.DOP853, name)
    np.testing.assert_array_equal(getattr(dop853_tableau, name), expected)


def test_only_the_run_into_a_pole_fails() -> None:
    with np.errstate(all="ignore"):
        failed = [case for case in CASES if steps(Dop853, case, 1e-8)[0]]
    assert failed == ["a pole, where the step shrinks to nothing"]
