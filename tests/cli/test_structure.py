"""Structure on the command line: asked for, shown, kept in the file; refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]
FIT = ("fit", "damped_pendulum", "--neurons", 5, "-o", "found.h5")


def test_what_was_asked_for_is_in_table_json_and_file(run: Run) -> None:
    done = run(*FIT, "--symmetric", "--json")
    found = json.loads(done.out)
    assert (found["symmetric"], found["shared_bias"], found["bias"]) == (True, False, False)
    assert found["evidence"]["violation_symmetric"] <= 1e-12
    assert found["error_float32"] > 0
    shown = run("show", "found.h5").out
    assert "structure" in shown
    assert "symmetric" in shown
    assert "in float32" in shown
    assert json.loads(run("show", "found.h5", "--json").out)["symmetric"] is True


def test_structure_that_cannot_be_is_refused(run: Run) -> None:
    for system, flags, message in (
        ("lorenz", ["--symmetric"], "not odd"),
        ("van_der_pol", ["--nonnegative-rates"], "negative"),
        ("van_der_pol", ["--orthogonal"], "refine"),
    ):
        done = run("fit", system, "--neurons", 5, *flags)
        assert done.code == 2
        assert message in done.error
