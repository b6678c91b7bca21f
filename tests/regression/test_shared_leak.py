"""The shared leak: the minimum of a convex function, by a general optimiser and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from lrfit.regression import shared_leak
from lrfit.regression.shared_leak import CenterCost, best_held_leak, best_leak

STARTS = 6


def draw(seed: int, outputs: int) -> tuple[np.ndarray, CenterCost]:
    """Nonnegative quadratics (3, D, S) of sizes that differ by up to 1e4, and bounded centres."""
    generator = np.random.default_rng(seed)
    shape = (outputs, STARTS)
    c = 10.0 ** generator.uniform(-2, 2, shape)
    best = generator.uniform(-1, 3, shape)
    least = 10.0 ** generator.uniform(-6, 0, shape)
    cost = CenterCost(
        start=generator.normal(0, 1, shape),
        slope=generator.normal(0, 1, shape),
        reach=generator.uniform(0.05, 1, (outputs, 1)),
        variance=10.0 ** generator.uniform(-2, 1, STARTS),
    )
    return np.stack([c * best**2 + least, -c * best, c]), cost


def objective(
    quadratics: np.ndarray, cost: CenterCost | None, start: int, kappa: float, power: float
) -> float:
    a, b, c = quadratics[:, :, start]
    outputs = a + 2 * b * kappa + c * kappa**2
    if cost is not None:
        beyond = np.abs(cost.start + cost.slope * kappa)[:, start] - cost.reach[:, 0] * kappa
        outputs = outputs + np.maximum(beyond, 0.0) ** 2 / cost.variance[start]
    return float(np.sum((outputs / outputs.max()) ** power) ** (1 / power) * outputs.max())


@settings(deadline=None, max_examples=60)
@example(seed=134, outputs=2, power=1.0, bounds=(1e-3, 1e3), held=True)  # a kink between two leaks
@given(
    seed=st.integers(0, 10**6),
    outputs=st.integers(1, 5),
    power=st.sampled_from([1.0, 2.0, 8.0, 30.0]),
    bounds=st.sampled_from([(1e-3, 1e3), (0.5, 0.8), (1.5, 1.5)]),
    held=st.booleans(),
)
def test_no_leak_within_the_bounds_is_better(
    seed: int, outputs: int, power: float, bounds: tuple[float, float], held: bool
) -> None:
    quadratics, cost = draw(seed, outputs)
    kappa, settled = best_leak(quadratics, bounds, power)
    if held:
        kappa, settled = best_held_leak(quadratics, cost, kappa, bounds, power)
    assert np.all(settled)
    assert np.all((bounds[0] <= kappa) & (kappa <= bounds[1]))
    for start, mine in enumerate(kappa):

        def value(x: float, start: int = start) -> float:
            return objective(quadratics, cost if held else None, start, x, power)

        oracle = minimize_scalar(value, bounds=bounds, method="bounded").fun
        grid = min(value(x) for x in np.geomspace(*bounds, 40))
        rounding = 1e-14 * quadratics[:, :, start].max()  # a, b and c cancel to the least value
        assert value(mine) <= min(oracle, grid) * (1 + 1e-12) + rounding


@pytest.mark.parametrize("held", [False, True])
def test_a_leak_that_is_not_found_is_told(held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    quadratics, cost = draw(3, 3)

    def found() -> tuple[np.ndarray, np.ndarray]:
        kappa, settled = best_leak(quadratics, (1e-3, 1e3), 8.0)
        if held:
            return best_held_leak(quadratics, cost, kappa, (1e-3, 1e3), 8.0)
        return kappa, settled

    whole, _ = found()
    monkeypatch.setattr(shared_leak, "_MOST_STEPS", 1)
    cut, settled = found()
    assert np.sum(settled) < STARTS / 2
    np.testing.assert_allclose(cut[settled], whole[settled], rtol=1e-7)


def test_a_start_that_is_lost_does_not_keep_others_from_their_leak() -> None:
    quadratics, _ = draw(4, 2)
    alone, _ = best_leak(quadratics, (1e-3, 1e3), 8.0)
    quadratics[:, :, 2] = np.nan
    with np.errstate(invalid="ignore"):
        kappa, _ = best_leak(quadratics, (1e-3, 1e3), 8.0)
    others = np.arange(STARTS) != 2
    np.testing.assert_array_equal(kappa[others], alone[others])
