"""Threads of BLAS: one while asked for, and as many as before afterwards."""

from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from lrfit.core.threads import BlasThreads


def most_threads():
    return max(item["num_threads"] for item in threadpool_info() if item["user_api"] == "blas")


def test_blas_has_one_thread_within_and_its_own_number_afterwards():
    before = most_threads()
    threads = BlasThreads()
    assert threads.count == before
    with threads.one():
        assert most_threads() == 1
        assert BlasThreads().count == 1
    assert most_threads() == before


def test_a_limit_that_the_user_set_is_kept():
    with threadpool_limits(1, user_api="blas"):
        threads = BlasThreads()
        assert threads.count == 1
        with threads.one():
            assert most_threads() == 1
