"""Maps of the bound: against brute force over boxes, and above the error everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.certification.bound_map import CELLS, BoundMap, planes
from lrfit.certification.certify import certify
from lrfit.core.arrays import Array
from lrfit.systems.open import load_system
from tests.certification.test_certify import DRIVEN, fitted

LOWER, UPPER = np.array([-1.0, 10.0, 0.1]), np.array([3.0, 10.7, 0.4])


def halved(rng: np.random.Generator, rounds: int) -> tuple[Array, Array]:
    """Boxes (3, B) that cover the domain, each made by halving another at random."""
    boxes = [(LOWER, UPPER)]
    for _ in range(rounds):
        low, high = boxes.pop(rng.integers(len(boxes)))
        axis, low_right, high_left = rng.integers(3), low.copy(), high.copy()
        low_right[axis] = high_left[axis] = 0.5 * (low + high)[axis]
        boxes += [(low, high_left), (low_right, high)]
    return np.stack([low for low, _ in boxes], axis=1), np.stack([h for _, h in boxes], axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_has_the_largest_bound_of_the_boxes_that_it_meets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = halved(rng, 300)
    bound = rng.random(low.shape[1])
    maps = BoundMap(LOWER, UPPER, 2)
    for part in np.array_split(np.arange(len(bound)), 4):  # as branch and bound settles them
        maps.enter(low[:, part], high[:, part], bound[part])
    assert maps.axes.tolist() == [[0, 1]]
    for _ in range(200):
        column, row = rng.integers(CELLS, size=2)
        place = LOWER + (UPPER - LOWER) * (np.array([column, row, 0]) + 0.5) / CELLS
        inside = np.all(
            (low <= place[:, None]) & (place[:, None] <= high), axis=0, where=[[1], [1], [0]]
        )
        assert maps.bound[0, row, column] >= bound[inside].max() - 1e-15
        wide = (UPPER - LOWER) / CELLS * 0.5001
        near = np.all(
            (low <= (place + wide)[:, None]) & ((place - wide)[:, None] <= high), axis=0,
            where=[[1], [1], [0]],
        )  # fmt: skip
        assert maps.bound[0, row, column] <= bound[near].max()


def test_planes_are_of_the_variables_or_of_one_with_its_inputs() -> None:
    assert planes(1, 1).tolist() == [[0, 0]]
    assert planes(3, 1).tolist() == [[0, 1], [0, 2]]
    assert planes(5, 3).tolist() == [[0, 1], [0, 2], [1, 2]]
    assert len(planes(9, 9)) == 3


@pytest.mark.parametrize(
    "text",
    [
        DRIVEN,
        "name: plane\ndynamics: {x: y - x**3, y: -x}\ndomain: {x: [-1, 1], y: [-1, 2]}\n",
        "name: forced\ndynamics: {x: x - x**3 + u}\ndomain: {x: [-2, 2]}\ninputs: {u: [-1, 1]}\n",
        "name: line\ndynamics: {x: sin(3*x)}\ndomain: {x: [-2, 2]}\n",
    ],
    ids=["driven", "plane", "forced", "line"],
)
def test_no_error_is_above_its_cell_and_the_largest_cell_is_the_bound(text: str) -> None:
    system = load_system(text.encode())
    network = fitted(system)
    found = certify(network, target=system, gap=0.2)
    assert found.bound_map is not None
    assert found.map_axes is not None
    rng = np.random.default_rng(0)
    domain = system.domain
    D = domain.dimension
    share = rng.random((20_000, D + domain.input_count))
    z = domain.state_from_box(2 * share[:, :D] - 1)
    u = domain.input_from_box(2 * share[:, D:] - 1)
    gap = (network.velocity(z, u) - system.velocity(z, u)) / domain.half_width
    error = np.linalg.norm(gap, axis=1) / found.rms_speed
    cells = np.minimum((share * CELLS).astype(int), CELLS - 1)
    for (i, j), bound in zip(found.map_axes, found.bound_map, strict=True):
        rows = 0 * cells[:, j] if len(bound) == 1 else cells[:, j]
        assert np.all(error <= bound[rows, cells[:, i]])
        assert bound.max() <= found.upper
        assert bound.max() >= found.lower
