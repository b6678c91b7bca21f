"""The compiled kernel of refinement (`kernel.c`): whether there is one, and how it is called.

Place in the flow: `variable_projection.evaluate` and `refine.refine` hand it what it covers: tanh
networks without structure, at prices for which normal equations are exact enough. Everything
else, and everything where there is no compiled library, is done by NumPy; values agree to 1e-7.
The library is compiled when lrfit is installed, if there is a C compiler (`kernel_build`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import byref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.regression import kernel_library
from lrfit.regression.kernel_library import ARRAYS, NUMBERS, Evaluation, Policy, Problem, State
from lrfit.regression.problem import RefinementProblem

if TYPE_CHECKING:
    from lrfit.regression.refine import RefinePolicy

_ALIGN = 4
"""Samples come in a multiple of this, the numbers of one AVX2 register."""
_WORK_OF_ONE_CALL = 5e8
"""Multiply-adds after which Python may look for interrupts and alarms: some tenths of a second."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Progress:
    """Where the refinement of S starts ended: slow steps in a row (S,), steps tried (S,), and
    whether the equations of the last step had no solution (S,).
    """

    idle: NDArray[np.int64]
    tries: NDArray[np.int64]
    unsolved: NDArray[np.bool_]


def covers(problem: RefinementProblem) -> bool:
    """Whether the compiled kernel evaluates and refines this problem."""
    return (
        problem.nonlinearity.name == "tanh"
        and problem.price >= problem.safe_price
        and not (problem.shared_bias or problem.orthogonal)
        and kernel_library.library()[0] is not None
    )


def evaluate(problem: RefinementProblem, theta: Array) -> dict[str, NDArray[Any]]:
    """The fields of `variable_projection.Evaluation` for starts theta (S, k, q).

    Raises
    ------
    MemoryError
        The kernel found no memory for its workspace.
    """
    theta = _plain(theta)
    _check_starts(problem, theta)
    starts, count, _ = theta.shape
    found = _empty(problem, starts, count)
    pointers = Evaluation(*_pointers(found))
    packed = _packed(problem)
    failed = _called().lrfit_evaluate(
        byref(packed.header), starts, count, theta.ctypes.data, byref(pointers)
    )
    if failed:
        raise MemoryError("no memory for the compiled kernel's workspace")
    return found | {"settled": found["settled"] != 0}


def refine(
    problem: RefinementProblem, theta: Array, steps: int, policy: RefinePolicy, work: float
) -> tuple[dict[str, NDArray[Any]], Progress]:
    """Levenberg-Marquardt steps of admissible starts theta (S, k, q), in place.

    Returns the fields of `Evaluation` at their ends, and how each start ended. work :
    multiply-adds of one start's evaluation.

    Raises
    ------
    ValueError
        theta is not a C-ordered float64 array that may be written, of the problem's parameters.
    MemoryError
        The kernel found no memory for its workspace.
    """
    if not (theta.dtype == np.float64 and theta.flags.carray):  # aligned and writeable as well
        raise ValueError("theta must be a writeable C-ordered float64 array")
    found = evaluate(problem, theta)
    starts, count, _ = theta.shape
    mu = np.full(starts, policy.damping)
    idle, tries, unsolved = (np.zeros(starts, dtype=np.int64) for _ in range(3))
    found["settled"] = found["settled"].astype(np.int64)
    pointers, packed = Evaluation(*_pointers(found)), _packed(problem)
    state = State(*(array.ctypes.data for array in (mu, idle, tries, unsolved)))
    numbers = Policy(*(getattr(policy, name) for name in (*NUMBERS, "patience")))
    # In parts, so that a time limit or an interrupt is heard between them: all starts take some
    # steps, then all take some more. `State` makes that the same as all steps at once.
    each = max(1, int(_WORK_OF_ONE_CALL / (work * max(starts, 1))))
    for first in range(0, steps, each):
        failed = _called().lrfit_refine(
            byref(packed.header),
            byref(numbers),
            *(starts, count, min(each, steps - first)),
            *(theta.ctypes.data, byref(pointers), byref(state)),
        )
        if failed:
            raise MemoryError("no memory for the compiled kernel's workspace")
    found["settled"] = found["settled"] != 0
    return found, Progress(idle=idle, tries=tries, unsolved=unsolved != 0)


def tanh(x: Array) -> tuple[Array, Array]:
    """The kernel's own tanh, and its derivative, of x (n,)."""
    x = _plain(x)
    root, rate, slope = np.ones_like(x), np.empty_like(x), np.empty_like(x)
    arrays = (root.ctypes.data, x.size, rate.ctypes.data, slope.ctypes.data)
    _called().lrfit_tanh(x.ctypes.data, *arrays)
    return rate, slope


def _plain(array: Array) -> Array:
    """As the kernel reads arrays: float64 in C order, at addresses that are multiples of 8."""
    return np.require(array, np.float64, ["C", "ALIGNED"])


def _called() -> ctypes.CDLL:
    library, why = kernel_library.library()
    if library is None:
        raise RuntimeError(f"the compiled kernel was called, but {why}")
    return library


def _empty(problem: RefinementProblem, starts: int, count: int) -> dict[str, NDArray[Any]]:
    """Zeros of the shapes of `Evaluation`, in the order of the kernel's structure."""
    n, D = count * problem.parameters, len(problem.leak)
    return {
        "value": np.zeros(starts),
        "by_output": np.zeros((starts, D)),
        "gradient": np.zeros((starts, n)),
        "hessian": np.zeros((starts, n, n)),
        "A": np.zeros((starts, count, D)),
        "kappa": np.zeros(starts),
        "inverse": np.zeros((starts, count, count)),
        "settled": np.zeros(starts, dtype=np.int64),
    }


def _pointers(arrays: dict[str, NDArray[Any]]) -> Iterator[int]:
    return (arrays[name].ctypes.data for name in ARRAYS)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Packed:
    """A problem as the kernel reads it; the arrays are kept for as long as the header points."""

    header: Problem
    arrays: tuple[Array, ...]


_KNOWN: WeakKeyDictionary[RefinementProblem, _Packed] = WeakKeyDictionary()


def _packed(problem: RefinementProblem) -> _Packed:
    """The problem as the kernel reads it: packed at its first evaluation."""
    found = _KNOWN.get(problem)
    if found is None:
        found = _KNOWN[problem] = _pack(problem)
    return found


def _pack(problem: RefinementProblem) -> _Packed:
    _check_problem(problem)
    # Samples of weight 0 fill up the last register: they add nothing to any product.
    design, root, fixed = (
        _padded(rows)
        for rows in (
            problem.design,
            problem.root,
            np.concatenate([problem.leak, problem.target, problem.free]),
        )
    )
    reach = _plain(problem.reach)
    copies = None if problem.copies is None else _plain(problem.copies)
    header = Problem(
        *(len(design), len(root), len(problem.leak), len(problem.free)),
        *(problem.states, problem.bounded, problem.slopes),
        *(problem.price, problem.weight_price, *problem.kappa, problem.power),
        *(problem.slope_cap, problem.soft_condition, problem.steepness),
        *(array.ctypes.data for array in (design, root, fixed, reach)),
        None if copies is None else copies.ctypes.data,
    )
    kept = (design, root, fixed, reach) if copies is None else (design, root, fixed, reach, copies)
    return _Packed(header=header, arrays=kept)


def _padded(rows: Array) -> Array:
    width = [(0, 0)] * (rows.ndim - 1) + [(0, -rows.shape[-1] % _ALIGN)]
    return _plain(np.pad(rows, width))


def _check_problem(problem: RefinementProblem) -> None:
    """Every size that the kernel takes for granted."""
    q, points = problem.design.shape
    outputs, columns = len(problem.leak), len(problem.free)
    wanted = {
        "root": (points,),
        "leak": (outputs, points),
        "target": (outputs, points),
        "free": (columns, points),
        "reach": (outputs,),
    }
    for name, shape in wanted.items():
        if getattr(problem, name).shape != shape:
            raise ValueError(f"{name} has shape {getattr(problem, name).shape}, not {shape}")
    if not (q >= 1 and outputs >= 1 and 1 <= problem.states <= problem.slopes <= q):
        raise ValueError(f"{problem.states} states, {problem.slopes} slopes, {q} parameters")


def _check_starts(problem: RefinementProblem, theta: Array) -> None:
    if theta.ndim != 3 or theta.shape[1] < 1 or theta.shape[2] != problem.parameters:
        raise ValueError(f"theta has shape {theta.shape}, not (S, k, {problem.parameters}), k > 0")
    if problem.copies is not None and problem.copies.shape != theta.shape[1:2]:
        raise ValueError(f"copies of {problem.copies.shape} neurons, not of {theta.shape[1]}")
