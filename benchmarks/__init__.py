"""Measured comparisons with what else a user could pick; never part of lrfit, or of its tests.

    python -m benchmarks [PART ...] [--quick] [--list]

parts     what is measured, one module each: settings, measure(settings), table(report)
peers     other people's methods behind plain functions; their packages: extra `benchmarks`
record    one part's figures as JSON, with machine, versions and settings
timing    CPU and wall time, alternating pairs, whole processes
report    tables, figures and the block of docs/benchmarks.md, from the committed JSON alone
results   the committed JSON, and table.md made of it; figures are in docs/figures

Studies of lrfit by itself (planted networks, dimensions, ablation, ...) are scripts beside these.
"""
