"""The examples in docstrings run, and every public name has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import lrfit
from tests.test_structure import MODULES, module_name

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
WITH_EXAMPLES = [
    module_name(path) for path in MODULES if ">>> " in path.read_text(encoding="utf-8")
]
ERRORS = ("InputError", "LrfitError", "NumericalError", "OutputError", "UsageError")
"""Exceptions, which are raised and not called."""
OF_A_FUNCTION = {
    "Analysis": "analyze",
    "Certificate": "certify",
    "Check": "check",
    "ConnectivityStatistics": "connectivity",
    "Domain": "load_system",
    "ExpandOptions": "expand",
    "Fit": "fit",
    "FitOptions": "fit",
    "LearnOptions": "learn",
    "LearningStudy": "study_learning",
    "LinearLearning": "learn_linear",
    "Populations": "populations",
    "ReduceOptions": "reduce",
    "Score": "score",
    "Stress": "stress",
    "Subspaces": "subspaces",
    "System": "load_system",
    "TrainedNetwork": "learn",
}
"""Values that a user gets from a function, or gives it field by field: it has the example."""
FUNCTIONS = [name for name in lrfit.__all__ if inspect.isfunction(getattr(lrfit, name))]


def run(tests: list[doctest.DocTest]) -> doctest.TestResults:
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in tests:
        runner.run(test)
    return runner.summarize(verbose=False)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_example_of_a_module_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module: ModuleType = importlib.import_module(name)
    tests = doctest.DocTestFinder(exclude_empty=True).find(module)
    found = run([test for test in tests if test.examples])
    assert found.attempted > 0
    assert found.failed == 0


def test_every_public_name_has_an_example_that_runs_or_a_reason_to_have_none() -> None:
    for name in sorted({*lrfit.__all__} - {"__version__", *ERRORS, *OF_A_FUNCTION}):
        value = getattr(lrfit, name)
        assert ">>> " in (inspect.getdoc(value) or ""), name
        assert value.__module__ in WITH_EXAMPLES, name


@pytest.mark.parametrize(("name", "function"), OF_A_FUNCTION.items())
def test_a_value_is_shown_by_the_example_of_the_function_that_makes_or_takes_it(
    name: str, function: str
) -> None:
    shown = inspect.getdoc(getattr(lrfit, function)) or ""
    assert f"lrfit.{function}(" in shown.partition("Examples\n")[2], name


def test_errors_are_exceptions_of_lrfit() -> None:
    assert all(issubclass(getattr(lrfit, name), lrfit.LrfitError) for name in ERRORS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_of_a_function_says_what_it_takes_returns_and_raises(name: str) -> None:
    function = getattr(lrfit, name)
    text = inspect.getdoc(function) or ""
    returns_nothing = inspect.signature(function).return_annotation in (None, "None")
    for section in ("Parameters", "Raises", *(() if returns_nothing else ("Returns",))):
        assert re.search(rf"^{section}\n-+$", text, re.MULTILINE), section


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_of_a_function_names_every_parameter(name: str) -> None:
    function = getattr(lrfit, name)
    text = inspect.getdoc(function) or ""
    said = {
        parameter.lstrip("*")
        for line in re.findall(r"^(\S[^:\n]*?)(?: : .*)?$", text, re.MULTILINE)
        for parameter in line.split(", ")
    }
    assert {*inspect.signature(function).parameters} <= said


def test_an_example_that_is_wrong_would_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert run([wrong]).failed == 1
    assert "Expected:\n    3\nGot:\n    2" in capsys.readouterr().out
