"""Signals given by samples: exact where a spline is, and refused beyond the samples."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.systems.signals.sampled_signal import SampledSignal, sampled_input

DOMAIN = Domain(
    variables=("x",),
    lower=np.array([-1.0]),
    upper=np.array([1.0]),
    inputs=("a", "b"),
    input_lower=np.array([-1.0, -1.0]),
    input_upper=np.array([1.0, 1.0]),
)


@pytest.mark.parametrize("degree", [1, 3, 5])
def test_a_polynomial_of_its_degree_is_reproduced(degree: int) -> None:
    powers = np.array([degree, 1])
    t = np.linspace(0.0, 2.0, 9) ** 1.3
    signal = sampled_input(DOMAIN, t, t[:, None] ** powers, degree=degree)
    between = np.linspace(0.0, t[-1], 41)
    np.testing.assert_allclose(signal.at(between), between[:, None] ** powers, atol=1e-11)


def test_times_beyond_the_samples_are_refused_and_rounding_is_not() -> None:
    t = np.linspace(0.0, 3.0, 7)
    signal = sampled_input(DOMAIN, t, np.ones((7, 2)), degree=3)
    assert signal.at(np.array([3.0 + 1e-12])).tolist() == [[1.0, 1.0]]
    with pytest.raises(InputError, match="given from t=0 to 3"):
        signal.at(np.array([1.0, 3.1]))


@pytest.mark.parametrize(
    ("t", "u", "degree", "message"),
    [
        ([0, 1, 1, 2], np.zeros((4, 2)), 1, "do not increase"),
        ([0, 1, 2, 3], np.zeros((3, 2)), 1, "give more times"),
        ([0, 1, 2], np.zeros((3, 2)), 3, "give more times"),
        ([0, 1, 2, np.nan], np.zeros((4, 2)), 1, "not finite"),
        ([0, 1, 2, 3], np.zeros((4, 2)), 2, "give 1, 3 or 5"),
    ],
)
def test_what_no_spline_goes_through_is_refused(
    t: list[float], u: np.ndarray, degree: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        SampledSignal(t=np.array(t), u=u, degree=degree)
