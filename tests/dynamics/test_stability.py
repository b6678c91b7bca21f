"""Eigenvalues with their errors, and the types they imply."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.points import kind_of
from lrfit.dynamics.stability import kind_by_index, linearize
from lrfit.systems.open import load_system

from .conftest import MakeFlow

RNG = np.random.default_rng


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ([-1, -2], "stable node"),
        ([-1 + 1j, -1 - 1j], "stable focus"),
        ([1, -1], "saddle"),
        ([2 + 1j, 2 - 1j], "unstable focus"),
        ([1j, -1j], "center"),
        ([0, -1], "neutral"),
        ([1, -1 + 2j, -1 - 2j], "saddle focus"),
    ],
)
def test_names_are_those_of_the_textbooks(rates: list[complex], kind: str) -> None:
    assert kind_of(np.array(rates, dtype=complex)) == kind
    assert kind_of(np.array(rates, dtype=complex), np.full(len(rates), 1e-9)) == kind


@pytest.mark.parametrize(
    ("x", "y", "kind", "unstable"),
    [
        ("x", "-1000000*y", "saddle", 1),
        ("-x", "1000000*y", "saddle", 1),
        ("-1.0e-7*x", "-y", "stable node", 0),
        ("-1.0e-10*x + y", "-y", "stable node", 0),
        ("1.0e-7*x", "-y", "saddle", 1),
    ],
)
def test_slow_rates_beside_fast_ones_are_told_from_zero(
    flow_of: MakeFlow, x: str, y: str, kind: str, unstable: int
) -> None:
    found = fixed_points(flow_of({"x": x, "y": y}), generator=RNG(0))
    assert found.kinds == (kind,)
    assert list(found.unstable) == [unstable]
    assert np.all(np.abs(found.eigenvalues) > found.eigenvalue_errors)


def test_exact_centers_stay_centers(flow_of: MakeFlow) -> None:
    pendulum = fixed_points(flow_of({"x": "y", "y": "-sin(x)"}, box=3.0), generator=RNG(0))
    assert pendulum.kinds == ("center",)
    text = b"name: lv\ndynamics: {a: 0.7*a - 1.3*a*b, b: 0.9*a*b - 1.1*b}\n"
    text += b"domain: {a: [0.1, 3], b: [0.1, 2]}\n"
    flow = Flow(field=load_system(text), input=np.empty(0))
    found = fixed_points(flow, generator=RNG(0))
    np.testing.assert_allclose(flow.domain.state_from_box(found.points), [[1.1 / 0.9, 0.7 / 1.3]])
    assert found.kinds == ("center",)
    frequency = np.sqrt(0.7 * 1.1)
    assert np.all(np.abs(np.abs(found.eigenvalues[0].imag) - frequency) <= found.eigenvalue_errors)


class Given:
    """A field with a given Jacobian everywhere."""

    def __init__(self, jacobian: np.ndarray) -> None:
        self._jacobian = jacobian

    def jacobian(self, zeta: np.ndarray, /) -> np.ndarray:
        return np.broadcast_to(self._jacobian, (len(zeta), *self._jacobian.shape))


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e9])
def test_errors_hold_the_true_eigenvalues_of_similar_matrices(size: float) -> None:
    generator = RNG(3)
    for _ in range(200):
        rates = generator.standard_normal(3) * 10.0 ** generator.uniform(-6, 0, 3)
        basis = np.linalg.qr(generator.standard_normal((3, 3)))[0]
        basis = basis @ np.diag(10.0 ** generator.uniform(-3, 3, 3))
        jacobian = size * basis @ np.diag(rates) @ np.linalg.inv(basis)
        # Forming the matrix rounds too, by about as much as the eigenvalue solver.
        found = linearize(Given(jacobian), np.zeros((1, 3)), np.zeros(1), dt=None)
        np.testing.assert_array_less(
            np.abs(found.rates[0].real - size * np.sort(rates)[::-1]), found.errors[0]
        )


def test_the_error_of_a_defective_eigenvalue_is_a_root_of_rounding() -> None:
    found = linearize(
        Given(np.array([[-1.0, 1.0], [0.0, -1.0]])), np.zeros((1, 2)), np.zeros(1), dt=None
    )
    assert np.all((found.errors > 1e-9) & (found.errors < 1e-6))


def test_a_point_that_is_not_known_exactly_has_uncertain_eigenvalues(flow_of: MakeFlow) -> None:
    flow = flow_of({"x": "-x + 3*x**2", "y": "-y"})
    sure, unsure = (
        linearize(flow, np.zeros((1, 2)), np.array([off]), dt=None).errors[0].max()
        for off in (0.0, 1e-3)
    )
    assert sure < 1e-12
    assert unsure == pytest.approx(6e-3, rel=0.01)  # J changes by 6 x


def test_rates_of_a_map_are_those_of_its_multipliers() -> None:
    dt = 0.5
    found = linearize(Given(np.diag([-1.0, -0.2])), np.zeros((1, 2)), np.zeros(1), dt=dt)
    np.testing.assert_allclose(np.exp(dt * found.rates[0]), [0.9, 0.5])


@pytest.mark.parametrize(
    ("rates", "index", "kind"),
    [
        ([0.0], -1, "stable, nonhyperbolic"),
        ([0.0], 0, "half-stable"),
        ([0.0, -1.0], 1, "stable, nonhyperbolic"),
        ([2.0, 0.0], 1, "unstable, nonhyperbolic"),
        ([0.0, -1.0], -1, "saddle, nonhyperbolic"),
        ([0.0, -1.0], 0, "saddle-node"),
        ([0.0, 0.0], 1, None),
        ([1j, -1j], 1, None),
        ([0.0, -1.0, -1.0], None, None),
    ],
)
def test_the_index_names_what_the_linearization_does_not(
    rates: list[complex], index: int | None, kind: str | None
) -> None:
    values = np.array(rates, dtype=complex)
    assert kind_by_index(values, np.full(len(rates), 1e-9), index) == kind
