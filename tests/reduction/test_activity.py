"""Activity alone, without weights, becomes a small network too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.fitting.view import tables
from lrfit.learning.gradient import Weights, run
from lrfit.learning.trials import TaskTrials
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.reduction.activity import recorded


def memory(trials: int = 18, seed: int = 0) -> dict[str, np.ndarray]:
    """Rates of 20 neurons of rank one that keep the sign of a pulse, with their inputs."""
    generator = np.random.default_rng(seed)
    m = np.sign(generator.normal(size=20)) * generator.uniform(0.8, 1.2, 20)
    weights = Weights(
        J=1.6 * np.outer(m, m) / 20.0,
        inputs=m[:, None],
        bias=np.zeros(20),
        outputs=m[None] / 20.0,
    )
    inputs = np.zeros((40, trials, 1))
    inputs[2:4] = np.where(np.arange(trials) % 2, 1.0, -1.0)[None, :, None]
    inputs[20:22] = generator.choice([-2.0, 0.0, 2.0], trials)[None, :, None]
    zeros = np.zeros((40, trials, 1))
    task = TaskTrials(inputs=inputs, targets=zeros, mask=zeros, answers=zeros, judged=zeros > 0)
    rates = run(weights, task, 0.2, nonlinearity("tanh")).rates[1:]
    return {"rates": rates.transpose(1, 0, 2), "inputs": inputs.transpose(1, 0, 2)}


def test_the_regressed_network_reproduces_what_was_recorded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **memory())
    original, known = recorded(tmp_path / "a.npz", 1.0, 0.2)
    assert known > 0.999
    assert np.linalg.matrix_rank(original.weights.J, tol=1e-3) <= 6
    assert original.task.outputs == ("component1",)


def test_activity_of_a_memory_is_that_of_few_neurons_of_rank_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **memory(48))
    small = lrfit.reduce(tmp_path / "a.npz", tau=1.0, dt=0.2, starts=2, iterations=30)
    found = small.reduction
    assert found is not None
    assert (found.rank, found.met) == (1, True)
    assert small.network.neurons <= 2
    assert found.recorded_r2 > 0.999
    assert found.outputs_r2 > 0.95
    assert len(found.stable) == len(found.trained_stable) == 2
    assert found.task is None  # the file's name is that of no task
    told = dict(row[:2] for row in tables(small, verbose=False)[0].rows)
    assert "their task is not known" in told["reduced from"]
    assert told["update"].endswith("the step of the recorded activity")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rates": None}, "holds no rates and inputs"),
        ({"rates": np.zeros((18, 40))}, "rates has shape"),
        ({"rates": np.full((18, 40, 20), 2.0)}, "beyond -1 to 1"),
        ({"inputs": np.zeros((18, 39, 1))}, "same trials and times"),
        ({"rates": np.zeros((2, 40, 20)), "inputs": np.zeros((2, 40, 1))}, "6 at least"),
    ],
)
def test_activity_that_cannot_be_used_says_why(
    tmp_path: Path, change: dict[str, np.ndarray | None], why: str
) -> None:
    arrays = {name: each for name, each in {**memory(), **change}.items() if each is not None}
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=why):
        recorded(tmp_path / "a.npz", 1.0, 0.2)


def test_time_constant_and_step_must_be_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **memory())
    with pytest.raises(UsageError, match="both tau and dt"):
        lrfit.reduce(tmp_path / "a.npz", tau=1.0)
