"""The error floor: known values, zero where it must be, and never above what networks reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.expressivity.symmetry import ErrorFloor, error_floor, mirror_of
from lrfit.fields.field import Domain
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.systems.places import sobol_points

PHIS = list(NONLINEARITIES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    domain: Domain
    function: Callable[[Array, Array], Array]

    def velocity(self, z: Array, u: Array) -> Array:
        return self.function(z, u)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        raise AssertionError("the floor needs no derivatives")


def box(low: list[float], high: list[float], inputs: tuple[float, float] | None = None) -> Domain:
    ranges = [] if inputs is None else [inputs]
    return Domain(
        variables=tuple("xyzw"[: len(low)]),
        lower=np.array(low, dtype=float),
        upper=np.array(high, dtype=float),
        inputs=tuple("u" for _ in ranges),
        input_lower=np.array([low for low, _ in ranges]),
        input_upper=np.array([high for _, high in ranges]),
    )


def floor(target: Target, phi: str = "tanh", *, bias: bool = False, **more: object) -> ErrorFloor:
    center = np.asarray(more.get("center", np.zeros(target.domain.dimension)), dtype=float)
    return error_floor(
        target, phi=phi, bias=bias, center=center, generator=np.random.default_rng(1)
    )


def fitzhugh_nagumo(z: Array, u: Array) -> Array:
    v, w = z.T
    return np.stack([v - v**3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)], axis=1)


def van_der_pol(z: Array, u: Array) -> Array:
    x, y = z.T
    return np.stack([y, (1 - x**2) * y - x], axis=1)


FHN = Target(domain=box([-2.5, -1.0], [2.5, 2.0]), function=fitzhugh_nagumo)


def test_fitzhugh_nagumo_without_bias_has_the_published_floor() -> None:
    found = floor(FHN)
    assert found.overall == pytest.approx(0.334, abs=5e-4)
    assert found.uncertainty < 1e-4
    # By hand: the even part is (0.5, 0.056) on two thirds of the box, over each variable's rms.
    grid = np.stack(np.meshgrid(np.linspace(-2.5, 2.5, 801), np.linspace(-1, 2, 801)), -1)
    g = fitzhugh_nagumo(grid.reshape(-1, 2), np.empty((0, 0)))
    rms = np.sqrt(np.mean(g**2, axis=0))
    assert found.by_variable == pytest.approx(np.sqrt(2 / 3) * np.array([0.5, 0.056]) / rms, 2e-2)


@pytest.mark.parametrize("phi", ["tanh", "erf", "sin", "sigmoid"])
def test_van_der_pol_is_odd_so_nothing_is_unreachable(phi: str) -> None:
    found = floor(Target(domain=box([-3, -4], [3, 4]), function=van_der_pol), phi)
    assert found.overall == 0.0
    assert not np.any(found.by_variable)


@pytest.mark.parametrize("phi", PHIS)
def test_with_bias_nothing_is_unreachable(phi: str) -> None:
    assert floor(FHN, phi, bias=True).overall == 0.0


@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize("inputs", [None, (-1.0, 2.0)])
def test_what_a_bias_free_network_does_is_never_called_unreachable(
    phi: str, inputs: tuple[float, float] | None
) -> None:
    """The floor of a network's own field, for a random bias-free network about a center."""
    rng = np.random.default_rng(5)
    domain, center = box([-1.0, -2.0], [3.0, 1.0], inputs), np.array([0.7, -0.5])
    M, N = rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
    B = rng.normal(size=(9, domain.input_count))

    def field(z: Array, u: Array) -> Array:
        rates = nonlinearity(phi).phi((z - center) @ M.T + u @ B.T)
        return np.asarray(center - z + rates @ N)

    assert floor(Target(domain=domain, function=field), phi, center=center).overall < 1e-9


@pytest.mark.parametrize("phi", PHIS)
def test_no_fitted_bias_free_network_gets_below_the_floor(phi: str) -> None:
    """Least squares with many random neurons: the best case for the network."""
    rng = np.random.default_rng(2)
    domain = box([-1.0, -1.5], [2.0, 1.0])

    def field(z: Array, u: Array) -> Array:
        x, y = z.T
        return np.stack([np.cos(2 * x) + y + 0.3 * x * y, x**2 - y**3 + x], axis=1)

    target = Target(domain=domain, function=field)
    bound = floor(target, phi)
    slopes = rng.normal(size=(2, 80)) * rng.uniform(0.2, 4, 80)
    fitted, fresh = (
        domain.state_from_box(sobol_points(2, 2**13, np.random.default_rng(seed)))
        for seed in (3, 4)
    )

    def features(z: Array) -> Array:
        return np.hstack([nonlinearity(phi).phi(z @ slopes), z])

    none = np.empty((0, 0))
    readout = np.linalg.lstsq(features(fitted), field(fitted, none), rcond=1e-10)[0]
    wanted = field(fresh, none)
    squares = np.sum((wanted - features(fresh) @ readout) ** 2, axis=0)
    assert bound.overall > 0.02
    assert np.sqrt(squares.sum() / np.sum(wanted**2)) > 0.995 * bound.overall
    assert np.all(np.sqrt(squares / np.sum(wanted**2, axis=0)) > 0.995 * bound.by_variable)


def test_the_reflection_is_joint_in_state_and_input() -> None:
    """g = u is odd jointly, and even in z alone: reachable; g = u² is not."""
    driven = box([-1.0], [1.0], (-1.0, 1.0))
    assert floor(Target(domain=driven, function=lambda z, u: u)).overall == 0.0
    even = floor(Target(domain=driven, function=lambda z, u: u**2))
    assert even.overall == pytest.approx(1.0, rel=1e-3)


def test_the_floor_uses_the_measure_of_the_whole_box() -> None:
    """g = 1 on [-1, 3]: only [-1, 1], half of the box, has its mirror image inside."""
    constant = Target(domain=box([-1.0], [3.0]), function=lambda z, u: np.ones_like(z))
    assert floor(constant).overall == pytest.approx(np.sqrt(0.5), rel=1e-6)
    assert floor(constant, center=[1.0]).overall == pytest.approx(1.0, rel=1e-6)
    assert floor(constant, "sigmoid").overall == 0.0


def test_softplus_misses_what_is_odd_but_not_linear() -> None:
    """x³ on [-1, 1]: the best line is 3x/5, and leaves 4/175 of 1/7."""
    cubic = Target(domain=box([-1.0], [1.0]), function=lambda z, u: z**3)
    assert floor(cubic, "softplus").overall == pytest.approx(0.4, rel=2e-3)
    assert floor(cubic, "relu").overall == pytest.approx(0.4, rel=2e-3)


def test_relu_also_misses_what_does_not_grow_in_proportion() -> None:
    """x² on [-1, 1]: the best multiple of |x| is 3/4, and leaves 1/80 of 1/5."""
    square = Target(domain=box([-1.0], [1.0]), function=lambda z, u: z**2)
    assert floor(square, "softplus").overall < 1e-9
    assert floor(square, "relu").overall == pytest.approx(0.25, rel=2e-2)


def test_a_box_that_does_not_contain_the_center_has_no_floor() -> None:
    away = Target(domain=box([1.0], [2.0]), function=lambda z, u: z**2)
    assert mirror_of(away.domain, np.zeros(1)).share == 0.0
    assert floor(away).overall == 0.0


def test_the_floor_does_not_depend_on_units() -> None:
    scaled = Target(
        domain=box([-2.5 * 1024, -1.0], [2.5 * 1024, 2.0]),
        function=lambda z, u: fitzhugh_nagumo(z / [1024, 1], u) * [1024, 1],
    )
    assert floor(scaled).overall == pytest.approx(floor(FHN).overall, rel=1e-12)


def test_a_field_that_is_not_finite_is_a_numerical_error() -> None:
    with np.errstate(all="ignore"), pytest.raises(NumericalError, match="not finite"):
        floor(Target(domain=box([-1.0], [1.0]), function=lambda z, u: np.log(z)))


def driven(z: Array, u: Array) -> Array:
    """Even and odd in (x, w), and affine in the other input d."""
    x, (w, d) = z[:, 0], u.T
    return (x**2 + x * w + w**2 * x - x**3 + 1.5 * d + 0.4)[:, None]


TWO_INPUTS = Domain(
    variables=("x",),
    lower=np.array([-1.0]),
    upper=np.array([1.5]),
    inputs=("w", "d"),
    input_lower=np.array([-1.0, 0.0]),
    input_upper=np.array([1.0, 2.0]),
)


@pytest.mark.parametrize("phi", PHIS)
def test_no_fitted_network_with_a_direct_input_gets_below_the_floor(phi: str) -> None:
    """Neurons see (x, w), a free column carries d: least squares with many random neurons."""
    target = Target(domain=TWO_INPUTS, function=driven)
    bound = error_floor(
        target,
        phi=phi,
        bias=False,
        center=np.zeros(1),
        generator=np.random.default_rng(1),
        seen=[0],
    )
    rng = np.random.default_rng(2)
    slopes = rng.normal(size=(2, 60)) * rng.uniform(0.2, 3, 60)
    cubes = [sobol_points(3, 2**13, np.random.default_rng(seed)) for seed in (3, 4)]
    fitted, fresh = (
        (TWO_INPUTS.state_from_box(c[:, :1]), TWO_INPUTS.input_from_box(c[:, 1:])) for c in cubes
    )

    def features(z: Array, u: Array) -> Array:
        rates = nonlinearity(phi).phi(np.hstack([z, u[:, :1]]) @ slopes)
        return np.hstack([rates, z, u])

    readout = np.linalg.lstsq(features(*fitted), driven(*fitted), rcond=1e-10)[0]
    error = np.sum((driven(*fresh) - features(*fresh) @ readout) ** 2)
    reached = float(np.sqrt(error / np.sum(driven(*fresh) ** 2)))
    assert bound.overall > 0.02
    assert reached > 0.995 * bound.overall
    jointly = floor(target, phi) if phi != "relu" else bound
    assert bound.overall >= 0.999 * jointly.overall


def test_a_direct_input_is_not_turned_by_the_reflection() -> None:
    """x² + u: jointly the floor needs u -> -u in the box; with u direct only x is turned."""
    domain = box([-1.0], [1.0], (0.5, 1.5))
    target = Target(domain=domain, function=lambda z, u: z**2 + u)
    assert floor(target).overall == 0.0  # the box and its joint mirror image do not overlap
    direct = error_floor(
        target,
        phi="tanh",
        bias=False,
        center=np.zeros(1),
        generator=np.random.default_rng(0),
        seen=[],
    )
    # <(x² - e u)²> is least at e = <x²><u>/<u²>; <g²> = 1/5 + 2/3 + 13/12.
    missed = 1 / 5 - (1 / 3) ** 2 / (13 / 12)
    assert direct.overall == pytest.approx(np.sqrt(missed / (1 / 5 + 2 / 3 + 13 / 12)), rel=2e-3)


def test_relu_is_bound_to_its_rays_even_where_no_mirror_image_is() -> None:
    """x² on [1, 2]: one multiple of x is all it has, 15/28 * ...: 1 - <x³>²/(<x²><x⁴>)."""
    away = Target(domain=box([1.0], [2.0]), function=lambda z, u: z**2)
    missed = 1 - (15 / 4) ** 2 / ((7 / 3) * (31 / 5))
    assert floor(away, "relu").overall == pytest.approx(np.sqrt(missed), rel=5e-3)
    assert floor(away, "softplus").overall == 0.0
