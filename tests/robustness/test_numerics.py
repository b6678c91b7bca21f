"""Degenerate numbers: a right answer, or one line with the code of bad input or of numerics."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrfit as package

Lrfit = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("no_look")  # of the two tests that run in this process
UNIT = [-1, 1]
QUICK = ("--effort", "quick", "--max-neurons", "10", "--time-limit", "5")
WAYS: dict[str, tuple[str, ...]] = {
    "lstsq": ("fit", "--neurons", "10"),
    "ols": ("minimize", "--tol", "0.1", "--method", "ols", "--candidates", "200", *QUICK),
    "refine": ("minimize", "--tol", "0.1", *QUICK),
}
GREEDY = ("lstsq", "ols")

# name -> (dynamics, domain, exit codes allowed)
FIELDS: dict[str, tuple[dict[str, str], dict[str, Any], set[int]]] = {
    "nan in half of the box": ({"x": "sqrt(x)"}, {"x": UNIT}, {3}),
    "a pole": ({"x": "1/(x - 0.25)**200"}, {"x": UNIT}, {3}),
    "overflow": ({"x": "exp(1000*x)"}, {"x": UNIT}, {3}),
    "constant": ({"x": "1", "y": "2"}, {"x": UNIT, "y": [-1, 2]}, {0, 4}),
    "zero": ({"x": "0*x"}, {"x": UNIT}, {6}),
    "too slow": ({"x": "-1e-300*x"}, {"x": UNIT}, {6}),
    "too fast": ({"x": "-1e300*x"}, {"x": UNIT}, {3}),
    "one at rest": ({"x": "0", "y": "-x - y"}, {"x": UNIT, "y": [-1, 2]}, {0, 4}),
    "the leak itself": ({"x": "-(x - 0.3)/2"}, {"x": UNIT}, {0}),
    "one ulp": ({"x": "x - 1"}, {"x": [1.0, math.nextafter(1.0, 2.0)]}, {0, 4}),
    "1e12 wide": ({"x": "-x + 1e11*sin(x/1e11)"}, {"x": [-1e12, 1e12]}, {0, 4}),
    "1e12 away": ({"x": "-(x - 1e12)"}, {"x": [1e12, 1e12 + 1]}, {0}),
    "too wide": ({"x": "-x"}, {"x": [-1e308, 1e308]}, {3}),
    "too narrow": ({"x": "-x"}, {"x": [-1e-308, 1e-308]}, {3}),
    "1e-9 and 1e9": (
        {"x": "1e-18*y - x", "y": "-y + 1e9*sin(x*1e9)"},
        {"x": [-1e-9, 1e-9], "y": [-1e9, 1e9]},
        {0},
    ),
    "stiff": ({"x": "-1e6*(x - y**3)", "y": "-y"}, {"x": UNIT, "y": [-1, 2]}, {0, 4}),
}


def sane(done: Any, allowed: set[int]) -> None:
    """One of the codes, with one line or with finite numbers."""
    assert done.code in allowed, done
    if done.code in (0, 4):
        summary = done.summary
        assert math.isfinite(summary["error"])
        assert math.isfinite(summary["field_error"])
        if summary["met"]:
            assert summary["error"] <= summary["tol"]
    else:
        assert done.out == ""
        assert done.line


@pytest.mark.parametrize("name", FIELDS)
def test_a_degenerate_field_gives_a_right_answer_or_one_line(
    lrfit: Lrfit, tmp_path: Path, name: str
) -> None:
    dynamics, domain, allowed = FIELDS[name]
    system = json.dumps({"name": "s", "dynamics": dynamics, "domain": domain})
    (tmp_path / "s.yaml").write_text(system)
    for way in GREEDY if name in ("stiff", "one at rest", "one ulp") else WAYS:
        command, *options = WAYS[way]
        sane(lrfit(command, "s.yaml", *options, "--json", "--force"), allowed)


POINTS = np.random.default_rng(0).uniform(-1.0, 1.0, (300, 2))
VELOCITY = np.stack([POINTS[:, 1], -np.sin(POINTS[:, 0]) - 0.5 * POINTS[:, 1]], axis=1)


def spoiled(values: Any, value: float) -> Any:
    """The values, one of them replaced."""
    copy = values.copy()
    copy[7, 1] = value
    return copy


SAMPLES: dict[str, tuple[Any, Any, set[int]]] = {
    "none": (POINTS[:0], VELOCITY[:0], {3}),
    "one": (POINTS[:1], VELOCITY[:1], {3}),
    "fewer than neurons": (POINTS[:6], VELOCITY[:6], {0, 4}),
    "each twenty times": (np.repeat(POINTS[:20], 20, 0), np.repeat(VELOCITY[:20], 20, 0), {0, 4}),
    "one many times": (np.repeat(POINTS[:1], 300, 0), np.repeat(VELOCITY[:1], 300, 0), {3}),
    "contradicting": (np.tile(POINTS, (2, 1)), np.concatenate([VELOCITY, -VELOCITY]), {0, 4}),
    "on a line": (POINTS[:, [0, 0]], VELOCITY, {0, 4, 6}),
    "nan": (POINTS, spoiled(VELOCITY, math.nan), {3}),
    "inf": (spoiled(POINTS, math.inf), VELOCITY, {3}),
    "huge": (POINTS, spoiled(VELOCITY, 1e300), {6}),
    "at rest": (POINTS, 0 * VELOCITY, {6}),
    "scaled": (POINTS * [1e-9, 1e9], VELOCITY * [1e-9, 1e9], {0}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_degenerate_samples_give_a_right_answer_or_one_line(
    lrfit: Lrfit, tmp_path: Path, name: str
) -> None:
    state, velocity, allowed = SAMPLES[name]
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file.attrs["variables"] = ["x", "y"]
        file["samples/state"], file["samples/velocity"] = state, velocity
    for way in GREEDY if allowed - {3, 6} else WAYS:
        command, *options = WAYS[way]
        sane(lrfit(command, "d.h5", *options, "--json", "--force"), allowed)


@pytest.mark.parametrize("dimension", range(1, 11))
def test_any_dimension_from_1_to_10(lrfit: Lrfit, tmp_path: Path, dimension: int) -> None:
    names = [f"x{i}" for i in range(dimension)]
    dynamics = {
        n: f"-{n} + 0.5*sin({m})" for n, m in zip(names, names[1:] + names[:1], strict=True)
    }
    system = {
        "name": "ring",
        "dynamics": dynamics,
        "domain": {n: [-1, 1 + i] for i, n in enumerate(names)},
    }
    (tmp_path / "s.yaml").write_text(json.dumps(system))
    way = ("--tol", "0.9", "--method", "ols", "--candidates", "200", "--json")
    found = lrfit("minimize", "s.yaml", *way)
    sane(found, {0})
    assert found.summary["neurons"] >= dimension


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (("fit", "--neurons", "0"), {2}),
        (("fit", "--neurons", "1"), {2}),
        (("fit", "--neurons", "2"), {0}),
        (("fit", "--neurons", "100000", "--memory-limit", "8GB"), {6}),
        (("minimize", "--tol", "0"), {2}),
        (("minimize", "--tol", "1e-16", "--max-neurons", "5", "--effort", "quick"), {4}),
        (("minimize", "--tol", "1e-16", "--max-neurons", "5", "--method", "ols"), {4}),
        (("minimize", "--tol", "1e3", "--method", "ols"), {0}),
        (("minimize", "--tol", "0.1", "--max-neurons", "1"), {2}),
        (("fit", "--neurons", "9", "--noise", "1e300"), {2}),
        (("fit", "--neurons", "9", "--noise", "1e99"), {0, 6}),
        (("fit", "--neurons", "9", "--tau", "1e-300"), {6}),
        (("minimize", "--tol", "0.1", "--tau", "1e-300", *QUICK), {6}),
        (("fit", "--neurons", "9", "--center", "x=1e300,y=0"), {6}),
        (("minimize", "--tol", "0.1", "--center", "x=1e300,y=0", *QUICK), {6}),
        (("fit", "--neurons", "9", "--scale", "1e-12:1e-12", "--method", "ols"), {0, 6}),
        (("fit", "--neurons", "9", "--scale", "1e-300:1e-300"), {0, 6}),
        (("fit", "--neurons", "9", "--scale", "1e300:1e300"), {0, 6}),
        (("fit", "--neurons", "9", "--samples", "2"), {0}),
        (("fit", "--neurons", "9", "--candidates", "9", "--method", "ols"), {0, 6}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_extreme_options_give_a_right_answer_or_one_line(
    lrfit: Lrfit, folder: Path, options: tuple[str, ...], codes: set[int]
) -> None:
    assert folder.is_dir()
    command, *rest = options
    sane(lrfit(command, "s.yaml", *rest, "--json"), codes)


@pytest.mark.parametrize("scale", ["1:1", "1e-9:1e-9", "1e9:1e9"])
def test_candidates_that_are_alike_or_dead_do_no_harm(
    lrfit: Lrfit, tmp_path: Path, scale: str
) -> None:
    """Without bias one slope is one neuron and its mirror image, and steep ones are constant.

    More copies of one neuron share its weight, which lowers the price of noise.
    """
    system = {"name": "s", "dynamics": {"x": "x - x**3"}, "domain": {"x": [-1, 1]}}
    (tmp_path / "s.yaml").write_text(json.dumps(system))
    options = ("--method", "ols", "--candidates", "50", "--no-bias", "--scale", scale, "--json")
    sane(lrfit("fit", "s.yaml", "--neurons", "1", *options), {0})
    sane(lrfit("fit", "s.yaml", "--neurons", "9", *options, "--force"), {0, 6})


def scaled_system(k: int, j: int) -> str:
    """The pendulum with x in units of 2^k and y in units of 2^j."""
    a, b = 2.0**k, 2.0**j
    return json.dumps(
        {
            "name": "p",
            "dynamics": {"x": f"y/{b!r}*{a!r}", "y": f"(-sin(x/{a!r}) - 0.2*(y/{b!r}))*{b!r}"},
            "domain": {"x": [-2 * a, 2 * a], "y": [-2 * b, 2 * b]},
        },
        indent=1,  # several lines are a text, one is the name of a file
    )


@cache
def selected(k: int, j: int) -> package.Fit:
    return package.minimize(scaled_system(k, j), tol=0.02, method="ols", candidates=150)


@settings(deadline=None, max_examples=8, derandomize=True)
@given(st.integers(-30, 30), st.integers(-30, 30))
def test_units_that_are_powers_of_two_change_neither_size_nor_errors(k: int, j: int) -> None:
    one, other = selected(0, 0), selected(k, j)
    assert one.network.neurons == other.network.neurons
    np.testing.assert_allclose(one.report.error, other.report.error, rtol=1e-9)
    np.testing.assert_allclose(
        one.report.error_by_variable, other.report.error_by_variable, rtol=1e-9
    )


def test_a_unit_of_1024_changes_nothing_for_refinement() -> None:
    options: dict[str, Any] = {"tol": 0.02, "effort": "quick", "max_neurons": 6}
    one, other = (package.minimize(scaled_system(*units), **options) for units in ((0, 0), (10, 0)))
    assert one.network.neurons == other.network.neurons
    np.testing.assert_allclose(one.report.error, other.report.error, rtol=1e-6)
