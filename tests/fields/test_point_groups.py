"""Groups are groups of orthogonal matrices, of the order that they are known to have."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fields.callable_field import CallableField
from lrfit.fields.field import Domain
from lrfit.fields.point_groups import Symmetry, equivariance_error, point_group


@pytest.mark.parametrize(
    ("name", "dimension", "order", "proper"),
    [
        ("C1", 2, 1, True),
        ("C5", 2, 5, True),
        ("D6", 2, 12, False),
        ("cube", 2, 8, False),
        ("cube", 3, 48, False),
        ("tetrahedron", 3, 24, False),
        ("icosahedron", 3, 120, False),
        ("inversion", 4, 2, True),
    ],
)
def test_finite_groups_are_closed(name: str, dimension: int, order: int, proper: bool) -> None:
    R = point_group(name, dimension).matrices
    assert R.shape == (order, dimension, dimension)
    np.testing.assert_allclose(R @ R.transpose(0, 2, 1), np.tile(np.eye(dimension), (order, 1, 1)),
                               atol=1e-14)  # fmt: skip
    assert np.array_equal(R[0], np.eye(dimension))
    assert bool(np.all(np.linalg.det(R) > 0)) == proper
    products = (R[:, None] @ R[None, 1::7]).reshape(-1, dimension**2)
    gaps = np.abs(products[:, None] - R.reshape(1, order, -1)).max(axis=2)
    assert np.all(gaps.min(axis=1) < 1e-12)
    apart = np.abs(R[:, None] - R[None]).max(axis=(2, 3)) + np.eye(order)
    assert apart.min() > 0.1 or order == 1


@pytest.mark.parametrize(("name", "dimension"), [("SO2", 2), ("O2", 2), ("SO3", 3), ("O3", 3)])
def test_infinite_groups_are_stood_for_by_orthogonal_matrices(name: str, dimension: int) -> None:
    group = point_group(name, dimension)
    R = group.matrices
    np.testing.assert_allclose(R @ R.transpose(0, 2, 1) - np.eye(dimension), 0.0, atol=1e-14)
    assert group.is_infinite
    assert (np.linalg.det(R).min() < 0) == name.startswith("O")


@pytest.mark.parametrize(
    ("name", "dimension", "message"),
    [
        ("D6", 3, "D6 acts on 2 latent variables, and there are 3"),
        ("icosahedron", 2, "icosahedron acts on 3 latent variables"),
        ("cubes", 3, "'cubes' is unknown; did you mean 'cube'"),
        ("D0", 2, "'D0' is unknown"),
        ("C5000", 2, "more than 1000 corners"),
    ],
)
def test_what_is_no_group_is_refused(name: str, dimension: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        point_group(name, dimension)


def test_the_equivariance_error_is_that_of_the_part_without_symmetry() -> None:
    """A constant field has no symmetry under z -> -z: F(-z) + F(z) is twice itself."""
    box = Domain(variables=("x", "y"), lower=[-1, -1], upper=[1, 1])
    odd = Symmetry(group=point_group("inversion", 2), center=np.zeros(2))
    constant = CallableField(domain=box, function=lambda z, _: np.ones_like(z), derivative=None)
    assert equivariance_error(constant, odd, box) == pytest.approx(2.0)
    about = Symmetry(group=point_group("C4", 2), center=np.array([0.5, -1.0]))
    turning = CallableField(
        domain=box,
        function=lambda z, _: (z - about.center) @ np.array([[-1.0, 2.0], [-2.0, -1.0]]),
        derivative=None,
    )
    assert equivariance_error(turning, about, box) < 1e-15
    assert equivariance_error(turning, odd, box) > 0.1
