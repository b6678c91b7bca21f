"""The shifted state undoes the lag exactly where it should, and to the order stated elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.system import System
from lrfit.systems.transforms.shifted import Shift, image_box, remainder, shift_of, shifted_system


def made(dynamics: str, inputs: str = "{u: [-1, 1]}", states: str = "xy") -> System:
    box = ", ".join(f"{name}: [-1, 1]" for name in states)
    return load_system(f"name: s\ndynamics: {dynamics}\ndomain: {{{box}}}\ninputs: {inputs}\n")


GATED = "{x: y - x + 0.8*u*x, y: -sin(x) + u*(0.5 + y)}"
TWO = "{u: [-1, 1], w: [-1, 1]}"


def followed(system: System, shift: Shift, signal: Callable[[float], Array]) -> float:
    """Largest difference between z under u and T(y, v), y' = G(y, v), over time 1.2."""
    tau, dt, D = shift.tau, 0.02, system.domain.dimension
    z, v = np.array([[0.3, -0.4]])[:, :D], signal(0.0)[None]
    y, worst = shift.from_state(z, v), 0.0

    def late(y: Array, v: Array, u: Array) -> tuple[Array, Array]:
        return shift.velocity(y, v), (u - v) / tau

    for k in range(60):
        u = signal(k * dt)[None]
        z = _rk4(lambda s, u=u: (system.velocity(s[0], u),), (z,), dt)[0]
        y, v = _rk4(lambda s, u=u: late(s[0], s[1], u), (y, v), dt)
        worst = max(worst, float(np.max(np.abs(shift.to_state(y, v) - z))))
    return worst


def _rk4(velocity: Callable[..., tuple[Array, ...]], state: tuple[Array, ...], dt: float) -> tuple:
    def moved(by: tuple[Array, ...], h: float) -> tuple[Array, ...]:
        return tuple(s + h * b for s, b in zip(state, by, strict=True))

    a = velocity(state)
    b = velocity(moved(a, dt / 2))
    c = velocity(moved(b, dt / 2))
    d = velocity(moved(c, dt))
    total = tuple((p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(a, b, c, d, strict=True))
    return moved(total, dt)


def jumps(t: float) -> Array:
    return np.array([[0.9, -0.7, 0.4, -1.0, 0.8][int(t / 0.4 + 1e-9) % 5]])


def test_one_gated_input_is_followed_exactly_however_long_tau_is() -> None:
    system = made(GATED)
    for tau in (0.1, 0.4):
        shift = shift_of(system, tau, (0,))
        assert followed(system, shift, jumps) < 3e-6
        assert remainder(shift)[0] < 1e-6
        assert remainder(shift)[1] > 0.3


def test_without_the_shift_the_lag_is_as_large_as_said() -> None:
    """The oracle of the test above can fail: the identity in place of T leaves the lag."""
    system = made(GATED)
    idle = Shift(system=system, tau=0.1, moved=(), order=(), start=np.zeros(1))
    assert followed(system, idle, jumps) > 5e-3


def test_inputs_whose_flows_commute_are_exact_together() -> None:
    """Each turns or scales the plane: the matrices commute."""
    system = made("{x: -x + u*x - w*y, y: -y + u*y + w*x}", TWO)
    shift = shift_of(system, 0.2, (0, 1))
    assert remainder(shift)[0] < 1e-6


def test_what_commutes_not_is_left_to_first_order_in_tau() -> None:
    """[x d/dy, y d/dx] != 0: halving tau halves what is left; the lag itself stays."""
    system = made("{x: -x + u*y, y: -y + w*x}", TWO)
    taus = np.array([0.2, 0.1, 0.05])
    left = [remainder(shift_of(system, tau, (0, 1)))[0] for tau in taus]
    slope = np.polyfit(np.log(taus), np.log(left), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)
    assert left[0] < 0.3 * remainder(shift_of(system, 0.2, (0, 1)))[1]


def test_the_product_of_two_inputs_leaves_half_its_second_derivative() -> None:
    """F = u w: (u - v)(w - v') is left, rms 2/3 against 1/3 of F; without the shift sqrt(2)/3."""
    system = made("{x: u*w}", TWO, "x")
    left, before = remainder(shift_of(system, 0.1, (0, 1)))
    assert left == pytest.approx(2.0, rel=0.1)
    assert before == pytest.approx(np.sqrt(2.0), rel=0.1)


def test_for_a_nonlinear_input_the_shift_is_the_known_one() -> None:
    """F = f(x) + g(u): z = y + tau (g(v) - g(v0))."""
    system = made("{x: -x**3 + u**3 + u}", states="x")
    shift = shift_of(system, 0.3, (0,))
    y, v = np.linspace(-1, 1, 7)[:, None], np.linspace(1, -1, 7)[:, None]
    assert np.allclose(shift.to_state(y, v), y + 0.3 * (v**3 + v), atol=1e-12)
    assert np.allclose(shift.velocity(y, v), system.velocity(shift.to_state(y, v), v), atol=1e-9)


def test_the_transform_is_inverted_and_idle_at_its_start() -> None:
    shift = shift_of(made(GATED), 0.3, (0,))
    rng = np.random.default_rng(0)
    y, v = rng.uniform(-1, 1, (50, 2)), rng.uniform(-1, 1, (50, 1))
    assert np.allclose(shift.from_state(shift.to_state(y, v), v), y, atol=1e-6)
    assert np.array_equal(shift.to_state(y, np.tile(shift.start, (50, 1))), y)


def test_fixed_points_and_eigenvalues_are_those_of_the_target() -> None:
    system = made("{x: -x + u*x + 0.3, y: -2*y + x + u}")
    shift = shift_of(system, 0.25, (0,))
    v = np.array([[0.4]])
    z = np.array([[0.5, 0.45]])  # x = 0.3/0.6, y = (x + u)/2
    assert np.allclose(system.velocity(z, v), 0, atol=1e-12)
    y = shift.from_state(z, v)
    assert np.allclose(shift.velocity(y, v), 0, atol=1e-9)
    by_state = shifted_system(shift).jacobian(y, v)[0][0]
    found = np.sort(np.linalg.eigvals(by_state).real)
    assert np.allclose(found, [-2.0, -0.6], atol=1e-4)


def test_the_box_holds_every_shifted_state() -> None:
    shift = shift_of(made(GATED), 0.3, (0,))
    box = image_box(shift)
    rng = np.random.default_rng(1)
    z, v = rng.uniform(-1, 1, (2000, 2)), rng.uniform(-1, 1, (2000, 1))
    y = shift.from_state(z, v)
    slack = 0.02 * box.half_width
    assert np.all((y >= box.lower - slack) & (y <= box.upper + slack))
    assert np.all(box.half_width >= 1.0)


def test_inputs_that_are_not_moved_stay_late() -> None:
    system = made("{x: u*x + w*x}", TWO, "x")
    shift = shift_of(system, 0.2, (0,))
    y, v = np.array([[0.5]]), np.array([[0.5, -0.8]])
    assert np.allclose(shift.to_state(y, v), 0.5 * np.exp(0.2 * 0.5), atol=1e-7)


def test_a_python_function_may_have_gated_inputs() -> None:
    system = from_callable(lambda z, u: -z + u * z, domain={"x": (-1, 1)}, inputs={"u": (-1, 1)})
    assert remainder(shift_of(system, 0.2, (0,)))[0] < 1e-5
