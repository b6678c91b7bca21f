"""What Python is given is checked as flags and files are: one line says what, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import UsageError

SYSTEM = "pitchfork_bistable"
CALLS: tuple[tuple[Callable[..., Any], dict[str, Any], dict[str, Any]], ...] = (
    (
        lrfit.fit,
        {"target": SYSTEM},
        {
            "center": (0, 0),
            "neurons": "6",
            "method": "lsq",
            "tau": "fast",
            "noise": "1e-3",
            "scale": 3,
            "effort": "fast",
            "nonlinearity": np.tanh,
            "bias": "no",
            "drive": "direct",
            "dt": [1],
            "seed": "a",
            "options": {"noise": 1e-3},
            "progress": 5,
            "on_found": 5,
            "policy": "quick",
            "look": "no",
            "overrides": {"r": "2"},
            "candidates": 10.5,
            "samples": True,
            "sampling": 3,
            "weight_noise": None,
            "time_limit": "5",
        },
    ),
    (
        lrfit.minimize,
        {"target": SYSTEM, "tol": 0.1},
        {
            "center": "origin",
            "tol": "0.1",
            "method": "lstsq",
            "keep_best": "x",
            "frontier": 2,
            "faithful": "yes",
            "workers": "2",
            "max_neurons": "8",
        },
    ),
    (
        lrfit.Experiment,
        {},
        {
            "duration": "5",
            "spread": "a",
            "solver": ["euler"],
            "dt": "a",
            "space": "outer",
            "points": 5.5,
            "process_noise": "a",
            "rate_noise": "a",
            "noise_time": "a",
            "trials": "3",
            "seed": "a",
            "target": "yes",
            "store_rates": "a",
            "rtol": "a",
            "atol": -1.0,
            "limits": 5,
        },
    ),
    (lrfit.simulate, {"network": SYSTEM}, {"experiment": 5, "trails": 3}),
    (lrfit.stress, {"network": SYSTEM}, {"relative": 0.01, "draws": "3", "experiment": 3}),
    (
        lrfit.perturb,
        {"networks": SYSTEM},
        {"amplitudes": 0.1, "times": "a", "kinds": "state", "draw": "a", "options": 3, "drew": 2},
    ),
    (
        lrfit.degenerate,
        {"source": SYSTEM},
        {"kinds": "clock", "tol": "a", "trial": "a", "progress": 3, "kind": "clock"},
    ),
    (
        lrfit.certify,
        {"network": SYSTEM},
        {"gap": "a", "tol": True, "max_boxes": 2.5, "time_limit": "a"},
    ),
    (lrfit.analyze, {"subject": SYSTEM}, {"seed": "a", "inputs": [0.5], "overrides": {"r": "a"}}),
    (
        lrfit.score,
        {"network": SYSTEM},
        {"trials": "a", "solver": "x", "dt": "x", "rate_noise": "x", "seed": "x", "limits": 3},
    ),
    (lrfit.check, {"target": SYSTEM}, {"noise": "a", "noises": 1.0, "overrides": "r=2"}),
    (lrfit.sample, {"target": SYSTEM}, {"points": "a", "input_values": {"u": "a"}}),
)
WRONG = [(call, given, name, value) for call, given, bad in CALLS for name, value in bad.items()]


@pytest.mark.parametrize(
    ("call", "given", "name", "value"),
    WRONG,
    ids=[f"{call.__name__}-{name}" for call, _, name, _ in WRONG],
)
def test_a_keyword_of_the_wrong_type_is_refused_by_its_name_with_a_cure(
    call: Callable[..., Any], given: dict[str, Any], name: str, value: Any
) -> None:
    if (call, name) == (lrfit.fit, "weight_noise"):
        assert lrfit.check(SYSTEM, weight_noise=None).options.weight_noise == 0.0
        return
    with pytest.raises(UsageError) as refused:
        call(**{**given, name: value})
    text = str(refused.value)
    assert name.replace("_", " ").removesuffix("s") in text.replace("_", " ")
    assert any(cure in text for cure in ("give", "choose", "must be"))
    assert "\n" not in text
    assert len(text) < 500


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"center": (0, 0)}, "center is (0, 0); give auto or middle or values by name"),
        ({"center": "origin"}, "center is 'origin'; give auto or middle or values by name"),
        ({"center": {"x": "a", "y": 0}}, "center of x is 'a'; give a finite number"),
        ({"effort": "fast"}, "unknown effort 'fast'; choose one of quick, normal, exhaustive"),
        ({"tau": "fast"}, "tau is 'fast'; give auto or natural or a positive number"),
        ({"noise": "1e-3"}, "noise is '1e-3'; give a number from 0 to 1e+100"),
        ({"scale": 3}, "scale is 3; give two positive slopes, lowest first, such as (0.2, 3)"),
        ({"nonlinarity": "tanh"}, "unknown option 'nonlinarity'; did you mean 'nonlinearity'?"),
    ],
)
def test_options_of_a_fit_say_what_was_given_and_what_is_allowed(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        lrfit.check("van_der_pol", **options)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("value", [np.float64(0.01), np.float32(0.5), np.int64(1), 1])
def test_scalars_of_numpy_are_numbers(value: Any) -> None:
    assert lrfit.check("van_der_pol", tau=value).options.tau == value


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ({"x": 1}, "the range of x in domain is 1; give two numbers"),
        ([(-1, 1)], "domain is [(-1, 1)]; give ranges by name"),
        ({"x": ("a", 1)}, "the range of x in domain is ('a', 1); give two numbers"),
    ],
)
def test_domains_that_are_no_ranges_by_name_are_refused(domain: Any, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        lrfit.analyze(lambda z, u: -z, domain=domain)
    assert str(refused.value).startswith(words)


def test_a_python_function_is_analyzed_over_its_domain() -> None:
    found = lrfit.analyze(lambda z, u: z - z**3, domain={"x": (-2, 2)})
    points = np.sort(found.at[0].target.points[:, 0])
    np.testing.assert_allclose(points, [-1.0, 0.0, 1.0], atol=1e-8)


def test_every_function_says_how_a_python_function_gets_its_domain() -> None:
    calls: list[Callable[[Any], Any]] = [lrfit.analyze, lrfit.check, lrfit.sample]
    for call in calls:
        with pytest.raises(UsageError, match=r"lrfit\.from_callable\(function, domain="):
            call(lambda z, u: -z)


def test_results_print_in_one_line() -> None:
    fit = lrfit.fit(SYSTEM, neurons=8)
    trajectory = lrfit.simulate(fit, duration=1.0, points=5)
    analysis = lrfit.analyze(SYSTEM, inputs={"u": 0.0})
    assert repr(fit.network).startswith("<LowRankNetwork: 8 neurons (tanh), rank 1, variables x")
    assert repr(fit) == f"<Fit: {SYSTEM}, 8 neurons (tanh), error {fit.report.error:.3g}>"
    assert repr(trajectory) == "<Trajectory: x, 1 run of 5 times to t = 1, solver dop853>"
    assert repr(fit.system) == f"<System: {SYSTEM}, variables x, inputs u, parameters r = 1>"
    assert repr(analysis).startswith(f"<Analysis: {SYSTEM}, 1 constant input, 3 fixed points")
    for each in (lrfit.stress(fit, draws=2), lrfit.certify(fit, gap=0.5), lrfit.check(SYSTEM)):
        assert repr(each).startswith(f"<{type(each).__name__}: {SYSTEM}, ")
        assert len(repr(each)) < 200
