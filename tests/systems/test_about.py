"""Parameters as they were used are in every output, and facts about other ones are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.io.yaml_edit import edited
from lrfit.plotting.plot import plot
from lrfit.records.kinds import kind_of_value
from lrfit.systems.about import title_with

SET = {"r": 0.25}
SYSTEM = b"""name: bistable
parameters: {r: 1.0, s: 0.5}
dynamics: {x: r*x - s*x**3}
domain: {x: [-2, 2]}
simulate: {duration: 1, initial: {x: 1}}
expected: {stable: 1.414}
"""


@pytest.fixture(scope="module")
def system() -> lrfit.System:
    return lrfit.load_system(SYSTEM, overrides=SET)


@pytest.fixture(scope="module")
def fit(system: lrfit.System) -> lrfit.Fit:
    return lrfit.fit(system, neurons=8)


def test_every_result_says_the_parameters_and_keeps_them_in_its_file(
    fit: lrfit.Fit, tmp_path: Path
) -> None:
    results = (
        fit,
        lrfit.simulate(fit, points=40),
        lrfit.analyze(fit),
        lrfit.certify(fit, gap=0.5),
        lrfit.stress(fit, draws=2),
    )
    for found in results:
        kind = kind_of_value(found)
        assert kind is not None
        lrfit.save(found, tmp_path / f"{kind.word}.h5")
        read = lrfit.load(tmp_path / f"{kind.word}.h5")
        for each in (found, read):
            told = kind.fields(each)
            assert told["parameters"] == {"r": 0.25, "s": 0.5}
            assert told["overrides"] == SET
            rows = [row for table in kind.tables(each, verbose=False) for row in table.rows]
            assert ("parameters", "r 0.25 (set), s 0.5") in rows
        assert "(r = 0.25)" in plot(read).title


def test_facts_about_other_parameters_are_left_out_and_that_is_said(system: lrfit.System) -> None:
    assert lrfit.load_system(SYSTEM).expected == {"stable": 1.414}
    assert lrfit.load_system(SYSTEM, overrides={"r": 1.0}).expected == {"stable": 1.414}
    assert not system.expected
    note = "the facts under `expected:` hold for r = 1 and are left out here"
    assert system.notes == (note,)
    assert note in lrfit.check(system).notes


def test_the_page_says_the_parameters_and_no_fact_about_others(fit: lrfit.Fit) -> None:
    page = lrfit.report(fit)
    assert "parameters: {r: 0.25, s: 0.5}" in page
    assert "1.414" not in page
    assert "hold for r = 1 and are left out here" in page
    assert "bistable (r = 0.25)" in page


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "parameters:\n  mu: 1.0  # of 1926\n  a: 3\n",
            "parameters:\n  mu: 2  # of 1926\n  a: 3\n",
        ),
        ("expected:\n  period: 6\n# after\nparameters: {mu: 1}\n", "parameters: {mu: 2}\n"),
        ("parameters: {mu: 1}\nexpected: {period: 6}\n", "parameters: {mu: 2}\n"),
        ("name: x\n", "name: x\n"),
    ],
)
def test_numbers_are_replaced_and_keys_left_out_where_they_stand(text: str, wanted: str) -> None:
    assert edited(text, "parameters", {"mu": 2.0}, ["expected"]) == wanted


def test_a_title_names_what_was_set_only() -> None:
    assert title_with("x", {}) == "x"
    assert title_with("x", {"mu": 2.0, "a": np.float64(0.5)}) == "x (mu = 2, a = 0.5)"
