"""The linearised flow: exponentials, Magnus steps, Liouville's formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from lrfit.dynamics.runs import extend
from lrfit.dynamics.variation import exponentials, generators, growth, monodromy
from lrfit.integrate.tracks import trace

from .conftest import MakeFlow


@given(st.integers(0, 10**6), st.integers(1, 5), st.floats(-3, 3))
def test_exponentials_are_those_of_scipy(seed: int, n: int, size: float) -> None:
    matrices = 10.0**size * np.random.default_rng(seed).standard_normal((3, n, n)) / n
    matrices -= 2.0 * 10.0**size * np.eye(n)  # decaying, or both overflow
    for found, matrix in zip(exponentials(matrices), matrices, strict=True):
        np.testing.assert_allclose(found, expm(matrix), rtol=1e-8, atol=1e-10)


def test_the_linearised_flow_is_that_of_the_variational_equation(flow_of: MakeFlow) -> None:
    flow = flow_of("van_der_pol")
    start = np.array([0.4, 0.3])
    track = trace(
        flow.velocity, start[None], rounds=5000, duration=5.0, accurate=True, rtol=1e-10
    ).tracks[0]

    def both(_: float, y: np.ndarray) -> np.ndarray:
        J = flow.jacobian(y[None, :2])[0]
        return np.concatenate([flow.velocity(y[None, :2])[0], (J @ y[2:].reshape(2, 2)).ravel()])

    run = solve_ivp(both, (0, 5), [*start, 1, 0, 0, 1], rtol=1e-11, atol=1e-12)
    expected = run.y[2:, -1].reshape(2, 2)
    matrix, scale, divergence = monodromy(flow, track)
    np.testing.assert_allclose(matrix * np.exp(scale), expected, atol=1e-6 * np.abs(expected).max())
    assert np.exp(divergence) == pytest.approx(np.linalg.det(expected), rel=1e-6)


def test_steps_of_a_linear_flow_are_exact_however_stiff(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "-1000*x + y", "y": "-0.5*y"})
    first = np.array([[0.3, 0.4]])
    omega = generators(flow, first, first, np.array([2.0]), stiff=True)
    np.testing.assert_allclose(
        exponentials(omega)[0], expm(2.0 * np.array([[-1000, 1], [0, -0.5]])), atol=1e-12
    )


def test_growth_tells_chaos_from_a_cycle(flow_of: MakeFlow) -> None:
    lorenz, cycle = flow_of("lorenz"), flow_of("van_der_pol")
    start = {3: np.array([[0.2, 0.1, 0.3]]), 2: np.array([[0.5, 0.1]])}
    tracks = [extend(flow, start[flow.dimension], 1200).tracks[0] for flow in (lorenz, cycle)]
    assert growth(lorenz, tracks[0]) > 10.0
    assert growth(cycle, tracks[1]) < 3.0
