"""A field at a constant input, made once, is the field itself in units of the box."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lrfit
from lrfit.core.arrays import Array
from lrfit.dynamics import Flow
from lrfit.fields.field import Domain
from lrfit.fields.steady import HasSteady, steady
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES

DOMAIN = Domain(
    variables=("x", "y"), lower=np.array([-1.0, 2.0]), upper=np.array([3.0, 2.5]),
    inputs=("u",), input_lower=np.array([-1.0]), input_upper=np.array([1.0]),
)  # fmt: skip
ZETA = np.random.default_rng(3).uniform(-2.0, 2.0, (40, 2))
INPUT = np.array([0.7])


def network(nonlinearity: str) -> LowRankNetwork:
    rng = np.random.default_rng(5)
    return LowRankNetwork(
        M=rng.standard_normal((9, 2)), N=rng.standard_normal((9, 2)), bias=rng.standard_normal(9),
        center=np.array([0.5, 2.2]), input_weights=rng.standard_normal((9, 1)),
        direct_input=rng.standard_normal((2, 1)), tau=0.4,
        nonlinearity=NONLINEARITIES[nonlinearity], domain=DOMAIN,
    )  # fmt: skip


def plainly(field: object, zeta: Array) -> Array:
    """g(middle + h zeta, u) / h, written out."""
    h = DOMAIN.half_width
    u = np.tile(INPUT, (len(zeta), 1))
    return np.asarray(field.velocity(DOMAIN.middle + h * zeta, u) / h)  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [0, 1, 5, 12, 13, 40])
@pytest.mark.parametrize("nonlinearity", sorted(NONLINEARITIES))
def test_a_networks_own_way_is_its_velocity(nonlinearity: str, count: int) -> None:
    field, zeta = network(nonlinearity), ZETA[:count]
    kept = zeta.copy()
    found = steady(field, INPUT, DOMAIN.middle, DOMAIN.half_width)(zeta)
    assert isinstance(field, HasSteady)
    assert np.allclose(found, plainly(field, zeta), rtol=1e-12, atol=1e-12)
    assert np.array_equal(zeta, kept)


@pytest.mark.parametrize("count", [0, 1, 5, 12, 13, 40])
def test_expressions_at_a_constant_input_have_the_same_bits(count: int) -> None:
    system = lrfit.from_expressions(
        {"x": "sin(x)*y + u", "y": "u*x - sqrt(y)"},
        domain={"x": (-1, 3), "y": (2, 2.5)},
        inputs={"u": (-1, 1)},
    )
    zeta = ZETA[:count]
    found = steady(system, INPUT, DOMAIN.middle, DOMAIN.half_width)(zeta)
    assert np.array_equal(found, plainly(system, zeta))


def test_where_expressions_are_undefined_they_are_not_finite() -> None:
    system = lrfit.from_expressions(
        {"x": "1/x", "y": "log(y)"}, domain={"x": (-1, 1), "y": (-1, 1)}
    )
    flow = Flow(field=system, input=np.empty(0))
    with np.errstate(all="ignore"):
        found = flow.velocity(np.array([[0.0, -0.5], [0.5, 0.5]]))
    assert np.isfinite(found).tolist() == [[False, False], [True, True]]


def test_any_other_field_is_called() -> None:
    class Field:
        domain = DOMAIN

        def velocity(self, z: Array, u: Array) -> Array:
            return np.stack([z[:, 1] * u[:, 0], -z[:, 0]], axis=1)

        def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
            raise NotImplementedError

    found = steady(Field(), INPUT, DOMAIN.middle, DOMAIN.half_width)(ZETA)
    assert np.array_equal(found, plainly(Field(), ZETA))


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_time_reversed_the_velocity_changes_its_sign(nonlinearity: str) -> None:
    flow = Flow(field=network(nonlinearity), input=INPUT)
    assert np.array_equal(flow.backward.velocity(ZETA), -flow.velocity(ZETA))


def test_a_flow_that_was_used_travels_to_another_process() -> None:
    flow = Flow(field=network("tanh"), input=INPUT)
    wanted = flow.velocity(ZETA)
    assert np.array_equal(pickle.loads(pickle.dumps(flow)).velocity(ZETA), wanted)
