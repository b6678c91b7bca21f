"""Irregular sets beside each other: a quick look and a long one come to the same answer."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics import QUICK, Flow, anatomy
from lrfit.dynamics.faithful.clouds_apart import ALLOWED, CloudGap, clouds_apart
from lrfit.systems.open import load_system

LORENZ = """
name: lorenz
parameters: {{r: {r}}}
dynamics: {{x: 10*(y - x), y: x*(r - z) - y, z: x*y - 8*z/3}}
domain: {{x: [-25, 25], y: [-30, 30], z: [0, 60]}}
"""


@pytest.mark.parametrize(
    ("distance", "yardstick", "differs", "undecided"),
    [(0.2, 0.5, False, False), (0.3, 0.01, True, False), (0.3, 0.1, False, True)],
)
def test_a_distance_counts_only_where_sets_of_this_size_can_tell_it(
    distance: float, yardstick: float, differs: bool, undecided: bool
) -> None:
    gap = CloudGap(distance=distance, yardstick=yardstick)
    assert (gap.differs, gap.undecided) == (differs, undecided)


def test_the_same_motion_is_near_and_another_one_is_not() -> None:
    found = [
        anatomy(
            Flow(field=load_system(LORENZ.format(r=r).encode()), input=np.empty(0)),
            generator=np.random.default_rng(seed),
            budget=QUICK,
        )
        for seed, r in ((0, 28.0), (1, 28.0), (0, 40.0))
    ]
    generator = np.random.default_rng(5)
    assert clouds_apart(found[0], found[1], generator).distance < ALLOWED
    assert clouds_apart(found[0], found[2], generator).differs
