"""Between samples: exact where theory says so, smooth, flat outside, at the declared order."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.fields.data import SampledData, grid_data, hull, scattered_data, trapezoid_weights
from lrfit.fields.field import Domain
from lrfit.fields.interpolation import SampledField, grid_interpolant
from lrfit.fields.scattered import CUBIC_SAMPLES, Quadratic, spans_box, through_samples


def box(dimension):
    names = tuple("xyzw"[:dimension])
    return Domain(variables=names, lower=-np.ones(dimension), upper=np.ones(dimension))


def polynomial(p, degree, seed=0):
    """Two polynomials of the given degree in every variable, (P, 2), and derivatives (P, 2, n)."""
    generator = np.random.default_rng(seed)
    value, slopes = np.empty((len(p), 2)), np.empty((len(p), 2, p.shape[1]))
    for k in range(2):
        factors = [np.polynomial.Polynomial(generator.normal(size=degree + 1)) for _ in p.T]
        parts = np.stack([f(x) for f, x in zip(factors, p.T, strict=True)])
        value[:, k] = np.prod(parts, axis=0)
        for axis, (f, x) in enumerate(zip(factors, p.T, strict=True)):
            others = np.prod(np.delete(parts, axis, axis=0), axis=0)
            slopes[:, k, axis] = f.deriv()(x) * others
    return value, slopes


@given(counts=st.lists(st.integers(2, 6), min_size=1, max_size=3), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_splines_reproduce_polynomials_of_their_degree_on_uneven_grids(counts, seed):
    generator = np.random.default_rng(seed)
    axes = [np.cumsum(generator.uniform(0.2, 1, n)) for n in counts]
    degree = 3 if min(counts) >= 4 else 1
    nodes = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    value, derivative = grid_interpolant(axes, polynomial(nodes, degree)[0].reshape(*counts, 2))
    inside = np.stack([generator.uniform(a[0], a[-1], 50) for a in axes], axis=1)
    wanted, slopes = polynomial(inside, degree)
    assert np.allclose(value(inside), wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max())
    assert np.allclose(derivative(inside), slopes, rtol=1e-7, atol=1e-7 * np.abs(slopes).max())


def test_the_error_of_cubic_splines_falls_with_the_fourth_power_of_the_spacing():
    errors = []
    probes = np.linspace(-1, 1, 999)[:, None]
    for count in (16, 31, 61):
        axis = np.linspace(-1, 1, count)
        value, _ = grid_interpolant([axis], np.sin(3 * axis)[:, None])
        errors.append(np.abs(value(probes) - np.sin(3 * probes)).max())
    slopes = np.diff(np.log(errors)) / np.log(0.5)
    assert np.all(slopes > 3.7)


def fields():
    generator = np.random.default_rng(0)
    axes = (np.linspace(-2, 2, 12), np.linspace(0, 3, 9))
    x, y = np.meshgrid(*axes, indexing="ij")
    grid = grid_data(axes, np.stack([y * np.cos(x), x * x - y], axis=-1))
    p = np.vstack([generator.uniform([-2, 0], [2, 3], (300, 2)), [[-2, 0], [2, 3]]])
    velocity = np.stack([p[:, 1] * np.cos(p[:, 0]), p[:, 0] ** 2 - p[:, 1]], axis=1)
    scattered = scattered_data(p, np.empty((302, 0)), velocity)
    for data in (grid, scattered):
        yield SampledField(data=data, domain=hull(data, ("x", "y"), ()))


each_field = pytest.mark.parametrize("field", list(fields()), ids=["grid", "scattered"])


@each_field
def test_outside_of_the_box_the_field_is_that_of_its_nearest_point(field):
    none = np.empty((2, 0))
    outside, border = np.array([[3.0, 1.0], [1.0, -9.0]]), np.array([[2.0, 1.0], [1.0, 0.0]])
    assert np.array_equal(field.velocity(outside, none), field.velocity(border, none))
    slopes = field.jacobian(outside, none)[0]
    assert np.all(slopes[0, :, 0] == 0)
    assert np.all(slopes[1, :, 1] == 0)


@each_field
def test_the_jacobian_is_the_derivative_of_the_velocity(field):
    generator, step = np.random.default_rng(1), 1e-5
    z, none = generator.uniform([-1.9, 0.1], [1.9, 2.9], (40, 2)), np.empty((40, 0))
    found = field.jacobian(z, none)[0]
    for axis in range(2):
        ahead = step * np.eye(2)[axis]
        slope = (field.velocity(z + ahead, none) - field.velocity(z - ahead, none)) / (2 * step)
        assert np.allclose(found[:, :, axis], slope, atol=1e-7)


@each_field
def test_the_samples_themselves_are_met(field):
    data = field.data
    assert np.allclose(field.velocity(data.state, data.input), data.velocity, atol=1e-9)


@each_field
def test_a_sampled_field_survives_pickling_after_use(field):
    z, none = np.array([[0.1, 1.0]]), np.empty((1, 0))
    before = field.velocity(z, none)
    assert np.array_equal(pickle.loads(pickle.dumps(field)).velocity(z, none), before)


def test_scattered_inputs_have_their_own_derivative():
    generator = np.random.default_rng(0)
    z, u = generator.uniform(-1, 1, (400, 1)), generator.uniform(-5, 5, (400, 1))
    data = scattered_data(z, u, z + 0.1 * u**2)
    field = SampledField(data=data, domain=hull(data, ("x",), ("u",)))
    by_state, by_input = field.jacobian(np.array([[0.2]]), np.array([[2.0]]))
    assert by_state[0, 0, 0] == pytest.approx(1, abs=1e-3)
    assert by_input[0, 0, 0] == pytest.approx(0.4, abs=1e-3)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_local_quadratics_reproduce_quadratics_and_their_slopes(dimension):
    generator = np.random.default_rng(dimension)
    centers, probes = (
        generator.uniform(-1, 1, (500, dimension)),
        generator.uniform(-1, 1, (50, dimension)),
    )
    A, b = generator.normal(size=(dimension, dimension)), generator.normal(size=dimension)

    def quadratic(p):
        return np.einsum("pi,ij,pj->p", p, A, p)[:, None] + (p @ b)[:, None] + 2

    through = Quadratic(centers=centers, values=quadratic(centers))
    assert np.allclose(through.value(probes), quadratic(probes), atol=1e-6)
    assert np.allclose(through.derivative(probes)[:, 0], probes @ (A + A.T) + b, atol=1e-4)


def test_local_quadratics_are_continuous_where_the_neighbors_change():
    generator = np.random.default_rng(0)
    centers = generator.uniform(-1, 1, (300, 2))
    through = Quadratic(centers=centers, values=generator.normal(size=(300, 1)))
    path = np.linspace([-0.9, -0.8], [0.9, 0.7], 200_001)
    jumps = np.abs(np.diff(through.value(path)[:, 0]))
    assert jumps.max() < 0.02


def test_the_error_of_local_quadratics_falls_with_the_third_power_of_the_spacing():
    probes, errors = np.random.default_rng(9).uniform(-0.9, 0.9, (400, 2)), []
    for count in (500, 2000, 8000):
        p = np.random.default_rng(0).uniform(-1, 1, (count, 2))
        through = Quadratic(centers=p, values=np.sin(3 * p[:, :1]) * np.cos(2 * p[:, 1:]))
        wanted = np.sin(3 * probes[:, :1]) * np.cos(2 * probes[:, 1:])
        errors.append(np.sqrt(np.mean((through.value(probes) - wanted) ** 2)))
    assert np.log2(errors[0] / errors[2]) / 2 > 2.7


def test_what_does_not_span_the_box_or_is_too_much_gets_quadratics():
    generator = np.random.default_rng(0)
    line = generator.uniform(-1, 1, (50, 1)) * [1, 0.5]
    assert not spans_box(line)
    assert spans_box(generator.uniform(-1, 1, (50, 2)))
    assert not spans_box(generator.uniform(-1, 1, (CUBIC_SAMPLES + 1, 2)))
    assert isinstance(through_samples(line, line), Quadratic)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_few_samples_give_something_finite_that_meets_them(count):
    p = np.random.default_rng(0).uniform(-1, 1, (count, 3))
    through = through_samples(p, p[:, :1])
    assert np.allclose(through.value(p), p[:, :1], atol=1e-9)
    assert np.all(np.isfinite(through.value(-p)))
    assert np.all(np.isfinite(through.derivative(p)))


def test_samples_at_the_same_place_count_as_their_mean():
    p = np.vstack([np.random.default_rng(0).uniform(-1, 1, (20, 2)), [[0, 0], [0, 0]]])
    values = np.append(np.zeros(20), [1.0, 3.0])[:, None]
    assert through_samples(p, values).value(np.zeros((1, 2)))[0, 0] == pytest.approx(2)


def test_no_points_give_no_values():
    for count in (50, CUBIC_SAMPLES + 1):
        p = np.random.default_rng(0).uniform(-1, 1, (count, 2))
        through = through_samples(p, p)
        assert through.value(np.empty((0, 2))).shape == (0, 2)
        assert through.derivative(np.empty((0, 2))).shape == (0, 2, 2)


def test_trapezoid_weights_integrate_straight_lines():
    axis = np.array([0.0, 0.1, 0.7, 2.0])
    weights = trapezoid_weights(axis)
    assert weights.sum() == pytest.approx(1)
    assert weights @ (3 * axis + 1) == pytest.approx(4)


def test_canonical_order_forgets_the_order_given():
    generator = np.random.default_rng(0)
    z, u = generator.integers(0, 3, (60, 2)).astype(float), generator.normal(size=(60, 1))
    order = generator.permutation(60)
    first, other = scattered_data(z, u, z), scattered_data(z[order], u[order], z[order])
    assert isinstance(first, SampledData)
    for name in ("state", "input", "velocity"):
        assert np.array_equal(getattr(first, name), getattr(other, name))
