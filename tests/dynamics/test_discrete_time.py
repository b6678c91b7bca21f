"""A flow and its exact flow map, stepped by Euler, have the same anatomy."""

import numpy as np
import pytest

from lrfit.dynamics import Flow, anatomy, fixed_points, shape_distance
from lrfit.systems.open import load_system
from lrfit.systems.transforms.discrete import discretized

DT = 0.5
"""Six steps a turn: coarse."""


@pytest.fixture(scope="module")
def flows():
    system = load_system("hopf_normal_form")
    return (
        Flow(field=system, input=np.empty(0)),
        Flow(field=discretized(system, DT), input=np.empty(0), dt=DT),
    )


def test_eigenvalues_of_a_map_are_those_of_its_flow(flows):
    there, stepped = (fixed_points(flow, generator=np.random.default_rng(0)) for flow in flows)
    assert there.kinds == stepped.kinds == ("unstable focus",)
    np.testing.assert_allclose(stepped.eigenvalues, [[1 - 2j, 1 + 2j]], atol=1e-6)
    np.testing.assert_allclose(there.eigenvalues, stepped.eigenvalues, atol=1e-6)


def test_a_step_that_ends_at_rest_is_stable():
    system = load_system(b"name: dead\ndynamics: {x: -10*x}\ndomain: {x: [-1, 1]}\n")
    found = fixed_points(
        Flow(field=system, input=np.empty(0), dt=0.1), generator=np.random.default_rng(0)
    )
    assert found.kinds == ("stable node",)
    assert np.all(np.isfinite(found.eigenvalues))


def test_the_cycle_of_a_map_is_found_once_with_period_and_extent_of_its_flow(flows):
    there, stepped = (anatomy(flow, generator=np.random.default_rng(0)) for flow in flows)
    assert len(stepped.cycles) == 1
    assert set(stepped.basins) == {"cycle 0"}
    assert stepped.cycles[0].period == pytest.approx(np.pi, rel=1e-3)
    np.testing.assert_allclose(stepped.cycles[0].amplitude, 1 / 1.6, rtol=0.02)
    assert shape_distance(there.cycles[0], stepped.cycles[0]) < 0.05
