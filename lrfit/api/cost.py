"""How much memory a fit takes, said before it starts."""

from __future__ import annotations

from lrfit.search.options import FitOptions
from lrfit.targets.sampling import TEST, default_training
from lrfit.targets.system import System

PROGRAM = 130 * 2**20
"""Bytes of the process itself: the interpreter with numpy, scipy and h5py (measured)."""
NUMBER = 8


def training_points(system: System, options: FitOptions) -> int:
    """P: points that a fit is made on, a power of two unless they were measured."""
    if system.data is not None:
        return min(system.data.count, options.samples or system.data.count)
    dimension = system.domain.dimension + system.domain.input_count
    wanted = options.samples or default_training(dimension)
    return int(2 ** (wanted - 1).bit_length())


def estimate_memory(
    system: System, options: FitOptions, *, method: str = "refine", neurons: int | None = None
) -> int:
    """Peak bytes of this process during a fit.

    Greedy selection holds the activities of all candidates on the training points once, and a
    quarter more; every method holds a few copies of the activities of one network.
    """
    training = training_points(system, options)
    D, U = system.domain.dimension, system.domain.input_count
    size = options.max_neurons if neurons is None else neurons
    points = 2 * training + max(TEST, training)
    samples = points * (2 * D + 2 * U + 1)
    activities = 3 * max(TEST, training) * min(size, options.max_neurons)
    matrix = 1.25 * training * options.candidates if method in ("ols", "omp") else 0.0
    return PROGRAM + int(NUMBER * (2 * samples + activities + matrix))
