"""How much memory a command takes, said before it starts, and refused where it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.core.errors import NumericalError
from lrfit.core.resources import available_memory, usual_workers
from lrfit.io.text import byte_size

if TYPE_CHECKING:
    from lrfit.fitting.options import FitOptions
    from lrfit.systems.system import System

PROGRAM = 105 * 2**20
"""Bytes of a process that fits: the interpreter with numpy, h5py and a part of scipy (measured)."""
READER = 75 * 2**20
"""The same for a command that only evaluates a field."""
WORKER = 50 * 2**20
"""Bytes that a worker process adds."""
BLOCKED = 2**30
"""Larger activity matrices are generated in blocks, of which few are held at a time."""
BLOCKS = 128 * 2**20
USUAL_SIZE = 64
"""Neurons that `minimize` is taken to need, where it is allowed more."""
SHARE = 0.8
"""Part of the available memory that a command may take unless told otherwise."""
NUMBER = 8


def training_points(system: System, options: FitOptions) -> int:
    """P: points that a fit is made on, a power of two unless they were measured."""
    from lrfit.systems.sampling import default_training  # noqa: PLC0415 - a simulation has none

    if system.data is not None:
        return min(system.data.count, options.samples or system.data.count)
    dimension = system.domain.dimension + system.domain.input_count
    wanted = options.samples or default_training(dimension)
    return 1 << (wanted - 1).bit_length()


def estimate_memory(
    system: System, options: FitOptions, *, method: str = "refine", neurons: int | None = None
) -> int:
    """Peak bytes of a fit, its worker processes included.

    Every method holds a few copies of the activities of one network on the test set; greedy
    selection holds the activities of all candidates on the training points once, and a quarter
    more, unless they are generated in blocks. Measured within a factor of 1.5.
    """
    from lrfit.systems.sampling import TEST  # noqa: PLC0415 - a simulation has none

    training = training_points(system, options)
    D, U = system.domain.dimension, system.domain.input_count
    held = max(TEST, training)
    samples = 2 * (2 * training + held) * (2 * D + 2 * U + 1)
    size = min(USUAL_SIZE, options.max_neurons) if neurons is None else neurons
    program = PROGRAM + NUMBER * (samples + 3 * held * size)
    if method in ("ols", "omp"):
        matrix = NUMBER * training * options.candidates
        return program + (BLOCKS if matrix > BLOCKED else matrix + matrix // 4)
    return program + (WORKER * usual_workers() if method == "refine" else 0)


def grid_memory(shape: tuple[int, ...]) -> int:
    """Peak bytes of sampling a field on a grid: its velocity, and the file made of it."""
    nodes = 1
    for count in shape:
        nodes *= count
    return READER + 2 * NUMBER * len(shape) * nodes


def run_memory(runs: int, points: int, width: int) -> int:
    """Peak bytes of a simulation that stores `width` numbers per run and time."""
    return READER + 3 * NUMBER * runs * points * width


def require_memory(needed: int, limit: int | None) -> None:
    """Refuse what needs more than `limit` bytes, by default 80 % of what is available.

    Raises
    ------
    NumericalError
        With both numbers and the remedy.
    """
    available = available_memory()
    most = limit if limit is not None else None if available is None else int(SHARE * available)
    if most is not None and needed > most:
        raise NumericalError(
            f"this needs about {byte_size(needed)} of memory, more than the {byte_size(most)} "
            "allowed; ask for fewer neurons, candidates, samples, points or trials, or raise "
            "--memory-limit"
        )
