"""Executors: one answer for all of them; and of processes: failure, ends, what they are sent."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from lrfit.core.executor import Executor, Serial, opened
from lrfit.core.resources import MOST_WORKERS, available_cores, usual_workers
from lrfit.core.workers import Processes, WorkerFailure


def scaled(setup: np.ndarray, task: int) -> np.ndarray:
    return setup * task


def raising(setup: object, task: object) -> object:
    raise ValueError(f"cannot do {task}")


def dying(setup: object, task: object) -> object:
    os._exit(7)


def printing(setup: object, task: int) -> int:
    print("noise on standard output", flush=True)  # noqa: T201
    return task


def sleeping(setup: object, task: float) -> int:
    time.sleep(task)
    return os.getpid()


class Backwards:
    """An executor of a user: carries the tasks out in another order."""

    def map(self, function, setup, tasks):  # type: ignore[no-untyped-def]
        return [function(setup, task) for task in reversed(tasks)][::-1]


def loud(setup: object, task: object) -> object:
    return setup, task


def digest(setup: np.ndarray, task: int) -> bytes:
    """Products whose last bits depend on the number of BLAS threads."""
    return (setup @ setup.T[:, : 40 + task]).tobytes()


@pytest.mark.parametrize("workers", [1, 2, 3, Backwards()])
def test_results_come_in_the_order_of_the_tasks(workers: int | Executor) -> None:
    with opened(workers) as executor:
        results = executor.map(scaled, np.arange(3.0), list(range(7)))
    np.testing.assert_array_equal(results, [np.arange(3.0) * k for k in range(7)])


def test_results_are_equal_to_the_last_bit_whoever_computes_them() -> None:
    setup, tasks = np.random.default_rng(0).standard_normal((300, 500)), list(range(5))
    with opened(1) as serial, opened(2) as processes:
        assert serial.map(digest, setup, tasks) == processes.map(digest, setup, tasks)


def test_an_executor_serves_several_rounds_and_empty_ones() -> None:
    with opened(2) as pool:
        setup = np.ones(1)
        assert pool.map(scaled, setup, []) == []
        assert [float(r[0]) for r in pool.map(scaled, setup, [1, 2])] == [1.0, 2.0]
        assert [float(r[0]) for r in pool.map(scaled, setup, [3])] == [3.0]


def test_a_new_function_or_setup_reaches_all_workers() -> None:
    with Processes(2) as pool:
        assert pool.map(loud, "first", [1, 2, 3]) == [("first", k) for k in (1, 2, 3)]
        assert pool.map(loud, "second", [4, 5]) == [("second", 4), ("second", 5)]
        assert pool.map(pid_of, "second", [0]) != [os.getpid()]


class Counted:
    """A setup that says how often it was pickled."""

    def __init__(self) -> None:
        self.times = 0

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        self.times += 1
        return str, ("setup",)


def test_the_same_setup_is_sent_once() -> None:
    setup = Counted()
    with Processes(2) as pool:
        for tasks in ([1, 2], [3], [4, 5]):
            assert pool.map(loud, setup, tasks) == [("setup", k) for k in tasks]
    assert setup.times == 1


def pid_of(setup: object, task: object) -> int:
    return os.getpid()


def test_workers_start_when_there_are_tasks_for_them_and_then_know_the_setup() -> None:
    setup = Counted()
    with Processes(3) as pool:
        (first,) = pool.map(pid_of, setup, [0])
        assert pool.map(pid_of, setup, [0]) == [first]
        assert setup.times == 1
        # Tasks that wait for each other need as many workers as there are.
        assert len(set(pool.map(sleeping, None, [0.2] * 5))) == 3
        assert pool.map(loud, setup, [1, 2, 3]) == [("setup", k) for k in (1, 2, 3)]


def test_one_worker_is_this_process_and_two_are_others() -> None:
    with opened(1) as pool:
        assert isinstance(pool, Serial)
        assert pool.map(pid_of, None, [0]) == [os.getpid()]
    with opened(2) as pool:
        assert os.getpid() not in pool.map(pid_of, None, [0, 1])


def test_an_executor_that_is_given_is_used_and_left_open() -> None:
    with Processes(2) as mine:
        with opened(mine) as pool:
            assert pool is mine
            before = set(pool.map(sleeping, None, [0.05, 0.05]))
        assert set(mine.map(sleeping, None, [0.05, 0.05])) == before


def test_what_a_task_raises_is_told_in_its_own_words() -> None:
    with Processes(2) as pool, pytest.raises(WorkerFailure, match="cannot do 5"):
        pool.map(raising, None, [5])


def test_a_worker_that_dies_is_reported_and_not_waited_for() -> None:
    with Processes(2) as pool, pytest.raises(WorkerFailure, match="ended early"):
        pool.map(dying, None, [1, 2])


def test_after_a_failure_the_next_tasks_get_new_workers() -> None:
    with Processes(2) as pool:
        before = set(pool.map(sleeping, None, [0.05, 0.05]))
        with pytest.raises(WorkerFailure):
            pool.map(dying, None, [1])
        assert not before & set(pool.map(sleeping, None, [0.05, 0.05]))


def test_an_interrupted_task_never_answers_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt arrives while the main thread waits for tasks that go on for a while."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with Processes(2) as pool:
        assert pool.map(loud, "a", [1]) == [("a", 1)]
        with monkeypatch.context() as patch:
            patch.setattr("lrfit.core.workers.threading.Thread.join", interrupt)
            with pytest.raises(KeyboardInterrupt):
                pool.map(sleeping, None, [0.3, 0.3])
        assert pool.map(loud, "b", [2, 3]) == [("b", 2), ("b", 3)]


def test_what_a_task_prints_does_not_disturb_the_results(capfd: pytest.CaptureFixture[str]) -> None:
    with Processes(2) as pool:
        assert pool.map(printing, None, [1, 2, 3]) == [1, 2, 3]
    assert capfd.readouterr().out == ""


def test_leaving_the_pool_ends_its_processes() -> None:
    with Processes(2) as pool:
        pids = set(pool.map(sleeping, None, [0.05, 0.05]))
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_as_many_workers_as_cores_but_not_more_than_a_search_sets_tasks() -> None:
    assert 1 <= usual_workers() <= min(available_cores(), MOST_WORKERS)
