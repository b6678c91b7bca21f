"""Files record the command line, but not where the output went."""

from __future__ import annotations

import pytest

from lrfit.cli.history import begin, command_line


@pytest.mark.parametrize(
    "extra",
    [
        [],
        ["-o", "a.h5"],
        ["-oa.h5"],
        ["--output", "b.h5", "--force"],
        ["--output=c.h5"],
        ["-o", "-"],
    ],
)
def test_the_place_of_the_output_leaves_no_trace(extra: list[str]) -> None:
    begin(["simulate", "-", *extra, "--signal", "u=pulse(t, 5, 7)"])
    assert command_line() == "lrfit simulate - --signal 'u=pulse(t, 5, 7)'"
