"""Worker processes: order, failure, ends."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from lrfit.core.workers import WorkerFailure, Workers, available_cores


def scaled(setup: np.ndarray, task: int) -> np.ndarray:
    return setup * task


def raising(setup: object, task: object) -> object:
    raise ValueError(f"cannot do {task}")


def dying(setup: object, task: object) -> object:
    os._exit(7)


def printing(setup: object, task: int) -> int:
    print("noise on standard output", flush=True)  # noqa: T201
    return task


def whoami(setup: object, task: object) -> int:
    return os.getpid()


def sleeping(setup: object, task: float) -> int:
    time.sleep(task)
    return os.getpid()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(count: int) -> None:
    with Workers(scaled, np.arange(3.0), count=count) as pool:
        results = pool.map(list(range(7)))
    np.testing.assert_array_equal(results, [np.arange(3.0) * k for k in range(7)])


def test_a_pool_serves_several_rounds_and_empty_ones() -> None:
    with Workers(scaled, np.ones(1), count=2) as pool:
        assert pool.map([]) == []
        assert [float(r[0]) for r in pool.map([1, 2])] == [1.0, 2.0]
        assert [float(r[0]) for r in pool.map([3])] == [3.0]


def test_one_worker_is_this_process_and_two_are_others() -> None:
    with Workers(whoami, None, count=1) as pool:
        assert pool.map([0]) == [os.getpid()]
    with Workers(whoami, None, count=2) as pool:
        assert os.getpid() not in pool.map([0, 1])


def test_what_a_task_raises_is_told_in_its_own_words() -> None:
    with Workers(raising, None, count=2) as pool, pytest.raises(WorkerFailure, match="cannot do 5"):
        pool.map([5])


def test_a_worker_that_dies_is_reported_and_not_waited_for() -> None:
    with Workers(dying, None, count=2) as pool, pytest.raises(WorkerFailure, match="ended early"):
        pool.map([1, 2])


def test_what_a_task_prints_does_not_disturb_the_results(capfd: pytest.CaptureFixture[str]) -> None:
    with Workers(printing, None, count=2) as pool:
        assert pool.map([1, 2, 3]) == [1, 2, 3]
    assert capfd.readouterr().out == ""


def test_leaving_the_pool_ends_its_processes() -> None:
    with Workers(sleeping, None, count=2) as pool:
        pids = set(pool.map([0.05, 0.05]))
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_there_is_at_least_one_core() -> None:
    assert available_cores() >= 1
