"""Memory is estimated before the work, and refused with the numbers where it is too much."""

from __future__ import annotations

import pytest

from lrfit.core.errors import NumericalError
from lrfit.core.resources import available_memory
from lrfit.fitting.cost import (
    estimate_memory,
    grid_memory,
    require_memory,
    training_points,
)
from lrfit.fitting.options import FitOptions
from lrfit.systems.open import load_system


def test_the_estimate_counts_the_matrix_of_candidates_once() -> None:
    system = load_system("van_der_pol")
    few, many = (FitOptions(candidates=count, samples=4096) for count in (1, 8000))
    difference = estimate_memory(system, many, method="ols") - estimate_memory(
        system, few, method="ols"
    )
    assert 1.0 <= difference / (8 * 4096 * 7999) <= 1.3


def test_matrices_made_in_blocks_do_not_count_in_full() -> None:
    system = load_system("van_der_pol")
    huge = FitOptions(candidates=5000, samples=2**20)
    assert estimate_memory(system, huge, method="ols", neurons=1) < 2**30


def test_training_points_are_those_of_the_fit() -> None:
    from lrfit.systems.sampling import draw_samples

    system = load_system("van_der_pol")
    for samples in (None, 100, 1024):
        drawn = draw_samples(system, training=samples)
        assert training_points(system, FitOptions(samples=samples)) == drawn.training.count


def test_a_grid_of_many_nodes_is_expensive() -> None:
    assert grid_memory((300, 300, 300)) > 2 * grid_memory((150, 150, 150)) > 2 * 3 * 8 * 150**3


def test_too_much_is_refused_with_both_numbers() -> None:
    require_memory(1000, 1000)
    with pytest.raises(NumericalError, match=r"2\.0 KiB.*1\.0 KiB.*--memory-limit"):
        require_memory(2048, 1024)
    available = available_memory()
    if available is not None:
        with pytest.raises(NumericalError, match="memory"):
            require_memory(available, None)
