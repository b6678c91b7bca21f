"""The state of a greedy selection: norms that rounding has made wrong never decide a choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.regression.features import MatrixFeatures
from lrfit.regression.leak import Leak
from lrfit.regression.scores import FixedLeak
from lrfit.regression.selection import Selection, SelectionPlan, rounding


def make_selection(Phi: np.ndarray, Y: np.ndarray, count: int, rule: str = "ols") -> Selection:
    """A selection without leak, free columns or price."""
    still = np.zeros(Y.shape[1])
    leak = Leak(kappa=0.0, offset=still, center=still, free=still > 0)
    return Selection(
        MatrixFeatures(Phi),
        FixedLeak(leak=leak, scale=np.ones(Y.shape[1])),
        Y.T.copy(),
        np.zeros((0, len(Y))),
        np.ones(len(Y)),
        SelectionPlan(rule=rule, count=count),  # type: ignore[arg-type]
    )


def gains(Phi: np.ndarray, Y: np.ndarray, taken: list[int]) -> np.ndarray:
    """Decrease of the squared residual by every further column, each by a fit of its own."""

    def squares(columns: list[int]) -> float:
        chosen = Phi[:, columns]
        return float(np.sum((Y - chosen @ np.linalg.lstsq(chosen, Y, rcond=None)[0]) ** 2))

    rest = [index for index in range(Phi.shape[1]) if index not in taken]
    found = np.full(Phi.shape[1], -np.inf)
    found[rest] = [squares(taken) - squares([*taken, index]) for index in rest]
    return found


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), before=st.integers(0, 5), factor=st.floats(1e-12, 1e-2))
def test_a_norm_that_is_far_too_small_does_not_decide(
    seed: int, before: int, factor: float
) -> None:
    generator = np.random.default_rng(seed)
    Phi, Y = generator.standard_normal((50, 12)), generator.standard_normal((50, 2))
    selection = make_selection(Phi, Y, 8)
    for _ in range(before):
        selection.take()
    expected = gains(Phi, Y, selection.support)
    worst = int(np.argmin(np.where(np.isfinite(expected), expected, np.inf)))
    selection.norms[worst] *= factor * expected[worst] / expected.max()
    assert selection.take() == int(np.argmax(expected))


def test_a_norm_that_is_off_by_a_ten_thousandth_does_not_decide() -> None:
    """Two orthogonal columns, the second one worse by 2e-6 of the first one's gain."""
    Phi, Y = np.eye(6)[:, :2], np.zeros((6, 1))
    Y[:2, 0] = 1.0, 1.0 - 1e-6
    selection = make_selection(Phi, Y, 2)
    selection.norms[1] *= 1.0 - 1e-4
    assert selection.take() == 0
    assert selection.take() == 1


def test_a_wrong_norm_is_put_right_when_it_is_found_out() -> None:
    generator = np.random.default_rng(3)
    Phi, Y = generator.standard_normal((40, 9)), generator.standard_normal((40, 2))
    selection = make_selection(Phi, Y, 4)
    worst = int(np.argmin(gains(Phi, Y, [])))
    selection.norms[worst] *= 1e-6
    taken = selection.take()
    assert taken is not None
    left = Phi[:, worst] - Phi[:, taken] * (Phi[:, taken] @ Phi[:, worst]) / np.sum(
        Phi[:, taken] ** 2
    )
    assert selection.norms[worst] == pytest.approx(np.sum(left**2), rel=1e-12)


def test_the_matching_rule_does_not_look_at_the_norms_of_remainders() -> None:
    generator = np.random.default_rng(4)
    Phi, Y = generator.standard_normal((40, 9)), generator.standard_normal((40, 2))
    undisturbed, disturbed = (make_selection(Phi, Y, 5, "omp") for _ in range(2))
    disturbed.norms *= generator.uniform(0.1, 10.0, 9)
    first = undisturbed.take()
    assert first == int(np.argmax(np.sum((Phi.T @ Y) ** 2, axis=1) / np.sum(Phi**2, axis=0)))
    assert disturbed.take() == first


def remaining_squares(Phi: np.ndarray, taken: int) -> np.ndarray:
    """|p_i|² of all columns without one of them, in extended precision."""
    columns = Phi.astype(np.longdouble)
    q = columns[:, taken] / np.sqrt(np.sum(columns[:, taken] ** 2))
    left = columns - np.outer(q, q @ columns)
    left -= np.outer(q, q @ left)
    return np.asarray(np.sum(left**2, axis=0), dtype=float)


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="no extended precision on this platform"
)
@pytest.mark.parametrize("samples", [400, 40_000])
@pytest.mark.parametrize("seed", range(3))
def test_norms_of_columns_1e_6_apart_are_as_uncertain_as_is_taken_into_account(
    samples: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    base = generator.standard_normal((samples, 1))
    Phi = base * (1.0 + 1e-6 * generator.standard_normal((samples, 12)))
    Y = Phi[:, :1] + 1e-3 * generator.standard_normal((samples, 1))
    selection = make_selection(Phi, Y, 3)
    taken = selection.take()
    assert taken is not None
    downdated = np.isfinite(selection.norms) & (selection.reference == selection.whole)
    error = np.abs(selection.norms - remaining_squares(Phi, taken)) / selection.reference
    worst = float(error[downdated].max())
    assert worst <= rounding(samples)
    assert worst > 0.1 * rounding(samples)  # the bound is not far above what happens
