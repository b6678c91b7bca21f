"""Copies follow their inputs ten times faster than the membrane, and the rest sees them."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.systems.open import load_system
from lrfit.systems.system import System
from lrfit.systems.transforms.copied import SPEED, Copies, copied_system

TEXT = """
name: s
dynamics: {x: -x + u*w, y: -y + w}
domain: {x: [-1, 1], y: [-1, 1]}
inputs: {u: [0, 2], w: [-1, 1]}
simulate: {initial: {x: 0.5}, duration: 1, signals: {u: 1.5}}
"""


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(TEXT)


def test_the_copy_takes_the_place_of_its_input(system: System) -> None:
    copies = Copies(system=system, tau=0.2, copied=(0,))
    y, u = np.array([[0.3, -0.2, 1.2]]), np.array([[0.4, 0.9]])
    expected = [-0.3 + 1.2 * 0.9, 0.2 + 0.9, (0.4 - 1.2) * SPEED / 0.2]
    assert np.allclose(copies.velocity(y, u), expected)
    assert np.array_equal(copies.to_state(y, u), y[:, :2])


def test_the_system_with_copies_has_them_as_variables(system: System) -> None:
    found = copied_system(Copies(system=system, tau=0.2, copied=(1, 0)))
    assert found.domain.variables == ("x", "y", "w_copy", "u_copy")
    assert found.domain.inputs == ("u", "w")
    assert np.allclose(found.domain.lower[2:], [-1.1, -0.1])
    assert np.allclose(found.domain.upper[2:], [1.1, 2.1])
    assert np.array_equal(found.simulation.initial, [0.5, 0.0, 0.0, 1.5])


def test_a_name_that_is_taken_is_refused(system: System) -> None:
    taken = load_system(TEXT.replace("y", "u_copy").replace("du_copynamics", "dynamics"))
    with pytest.raises(UsageError, match="u_copy is the name of a copy"):
        copied_system(Copies(system=taken, tau=0.2, copied=(0,)))
