"""Activity without weights: a network regressed on recorded rates and inputs, and its trials.

    (x[t+1] - (1-a) x[t]) / a = J r[t] + W u[t] + b,      x = phi^-1(r),     x[0] = 0

The least-squares J of smallest norm acts on what was recorded alone; its rank is that of the
activity. Outputs are those of the file, or the leading principal components of the rates.

Place in the flow: what `reduce` starts from where a file holds activity and no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.io.weights_reader import WeightsFile, read_weights
from lrfit.learning.gradient import Weights, run
from lrfit.learning.tasks import LearningTask
from lrfit.learning.trials import Floats, TaskTrials
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.reduction.figures import explained
from lrfit.reduction.original import Original

FEWEST = 6
"""Trials: two for each of training, validation and test."""
RIGHT = 0.9
"""R2 of the outputs from which on a recorded trial counts as right."""
SHARE, MOST = 0.9, 3
"""Of the variance of the rates in the components that stand for outputs; how many at most."""
RIDGE, EDGE = 1e-8, 1e-6
"""Of the regression, relative to the mean square of its columns; distance of rates from +-1."""
TANH = nonlinearity("tanh")


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordedTask(LearningTask):
    """Recorded trials as a task: right where the outputs are explained."""

    recorded: TaskTrials

    def draw(self, count: int, stream: np.random.SeedSequence) -> TaskTrials:
        """Some of the recorded trials."""
        chosen = np.random.default_rng(stream).permutation(self.recorded.count)[:count]
        return self.recorded.chosen(np.sort(chosen))

    def part(self, k: int) -> TaskTrials:
        """Every third trial, from number k on: no trial is in two parts."""
        return self.recorded.chosen(np.arange(k, self.recorded.count, 3))

    def right_by_trial(self, outputs: Floats, trials: TaskTrials) -> NDArray[np.bool_]:
        """Trials whose outputs have an R2 of at least 0.9."""
        return np.array(
            [explained(outputs[:, p], trials.targets[:, p]) >= RIGHT for p in range(trials.count)]
        )


def recorded(path: str | Path, tau: float | None, dt: float | None) -> tuple[Original, float]:
    """The network regressed on the activity of a file, and the R2 of the recorded rates in it.

    The file (npz, HDF5, MATLAB) holds `rates` (trials, T, n) after every step, `inputs`
    (trials, T, U) of every step, and perhaps `outputs` (trials, T, K); trials begin at rest.

    Raises
    ------
    InputError
        Arrays that are missing or do not fit together, too few trials, rates beyond -1 to 1.
    UsageError
        tau or dt is missing, or dt is longer than tau.
    """
    if tau is None or dt is None or not dt <= tau:
        raise UsageError("activity needs both tau and dt, its time step, of at most tau")
    rates, inputs, outputs = _arrays(read_weights(path))
    weights = _regressed(rates, inputs, dt / tau)
    readout, targets, names = _outputs(rates, outputs)
    weights = Weights(J=weights.J, inputs=weights.inputs, bias=weights.bias, outputs=readout)
    task = _task(Path(path).stem, inputs, targets, names, tau, dt)
    network = FullRankNetwork(
        J=weights.J,
        tau=tau,
        nonlinearity="tanh",
        input_weights=weights.inputs,
        bias=weights.bias,
        output_weights=readout,
        dt=dt,
        inputs=task.inputs,
        outputs=task.outputs,
    )
    own = run(weights, task.recorded, task.step, TANH).rates[1:]
    original = Original(network=network, task=task, weights=weights, change=None, phi=TANH)
    return original, explained(own, rates)


def _arrays(file: WeightsFile) -> tuple[Array, Array, Array | None]:
    """Rates, inputs and outputs, time first."""
    found = {}
    for name in ("rates", "inputs", "outputs"):
        given = file.arrays.get(name, file.arrays.get(f"/{name}"))
        if given is None:
            continue
        values = np.asarray(given, dtype=np.float64)
        if values.ndim != 3 or not np.all(np.isfinite(values)):
            raise InputError(
                f"{name} has shape {values.shape}; needed are finite numbers "
                "(trials, times, columns)",
                where=file.where,
            )
        found[name] = np.ascontiguousarray(values.transpose(1, 0, 2))
    if "rates" not in found or "inputs" not in found:
        raise InputError(
            "holds no rates and inputs, (trials, times, neurons) and (trials, times, inputs)",
            where=file.where,
        )
    shapes = {name: values.shape[:2] for name, values in found.items()}
    if len(set(shapes.values())) > 1:
        raise InputError(
            "rates, inputs and outputs must have the same trials and times", where=file.where
        )
    if found["rates"].shape[1] < FEWEST:
        raise InputError(
            f"holds {found['rates'].shape[1]} trials; needed are {FEWEST} at least",
            where=file.where,
        )
    if np.max(np.abs(found["rates"])) > 1.0:
        raise InputError(
            "rates are beyond -1 to 1, the range of tanh; scale them to it", where=file.where
        )
    return found["rates"], found["inputs"], found.get("outputs")


def _regressed(rates: Array, inputs: Array, a: float) -> Weights:
    """J, W and b of the smallest norm that follow each step."""
    n, U = rates.shape[2], inputs.shape[2]
    x = np.arctanh(np.clip(rates, EDGE - 1.0, 1.0 - EDGE))
    before = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    pull = ((x - (1.0 - a) * before) / a).reshape(-1, n)
    seen = np.concatenate([np.zeros_like(rates[:1]), rates[:-1]]).reshape(-1, n)
    columns = np.hstack([seen, inputs.reshape(-1, U), np.ones((len(seen), 1))])
    square = columns.T @ columns
    square += RIDGE * float(np.trace(square)) / len(square) * np.eye(len(square))
    found = np.linalg.solve(square, columns.T @ pull).T
    return Weights(J=found[:, :n], inputs=found[:, n:-1], bias=found[:, -1], outputs=found[:0, :n])


def _outputs(rates: Array, given: Array | None) -> tuple[Array, Array, tuple[str, ...]]:
    """Output weights (K, n), outputs (T, P, K), and their names."""
    flat = rates.reshape(-1, rates.shape[2])
    if given is not None:
        read = np.linalg.lstsq(flat, given.reshape(len(flat), -1), rcond=1e-6)[0]
        found: Array = np.asarray(read.T, dtype=np.float64)
        return found, given, tuple(f"z{k}" for k in range(len(found)))
    values, directions = np.linalg.eigh(flat.T @ flat)
    share = np.cumsum(values[::-1]) / np.sum(values)
    count = min(int(np.searchsorted(share, SHARE)) + 1, MOST)
    weights = directions[:, ::-1][:, :count].T
    weights = weights / np.std(flat @ weights.T, axis=0)[:, None]
    return weights, rates @ weights.T, tuple(f"component{k + 1}" for k in range(count))


def _task(
    name: str, inputs: Array, targets: Array, names: tuple[str, ...], tau: float, dt: float
) -> RecordedTask:
    mask, K, U = np.ones_like(targets), len(names), inputs.shape[2]
    trials = TaskTrials(
        inputs=inputs, targets=targets, mask=mask, answers=targets, judged=mask > 0.0
    )
    return RecordedTask(
        name=name,
        inputs=tuple(f"u{k}" for k in range(U)),
        outputs=names,
        tau=tau,
        dt=dt,
        within=None,
        input_scale=np.ones(U),
        output_scale=np.ones(K),
        output_middle=np.zeros(K),
        recorded=trials,
    )
