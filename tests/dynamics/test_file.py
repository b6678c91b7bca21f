"""An analysis in a file: what is written comes back, `show` repeats it, damage is refused."""

from __future__ import annotations

import dataclasses
import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.cli.text import plain_value
from lrfit.core.errors import InputError
from lrfit.dynamics.analysis import (
    Analysis,
    AtInput,
    InputComparison,
)
from lrfit.dynamics.completeness import Completeness
from lrfit.dynamics.dynamics import Dynamics, LimitCycle, LyapunovExponents, OrbitFamily
from lrfit.dynamics.faithful.distances import Drift
from lrfit.dynamics.faithful.matching import CycleMatch, PointMatch
from lrfit.dynamics.faithful.run import Excursions, Extreme, RunComparison
from lrfit.dynamics.view import fields, tables
from lrfit.fields.field import Domain
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.store import tree_of, value_from_tree

OLD = Path(__file__).parents[1] / "records/written_by_0_1_0/analysis.h5.xz"
DOMAIN = Domain(
    variables=("x", "y"),
    lower=np.array([-2.0, 10.0]),
    upper=np.array([2.0, 30.0]),
    inputs=("u",),
    input_lower=np.array([-1.0]),
    input_upper=np.array([1.0]),
)


def cycle(rng: np.random.Generator, *, stable: bool) -> LimitCycle:
    return LimitCycle(
        stable=stable,
        period=6.28125,
        period_error=1e-9,
        points=rng.normal(size=(8, 2)),
        lower=np.array([-1.25, 11.5]),
        upper=np.array([1.75, 28.25]),
        multipliers=np.array([1.0, 0.137 + 0.53j]),
        multiplier_error=3e-7,
    )


def dynamics(rng: np.random.Generator, *, everything: bool = True) -> Dynamics:
    states = 34 if everything else 0
    return Dynamics(
        points=np.array([[0.0, 20.0], [1.5, 12.5]]),
        kinds=("saddle", "stable focus"),
        eigenvalues=np.array([[0.75, -1.25], [-0.5 + 2.5j, -0.5 - 2.5j]]),
        eigenvalue_errors=1e-13 * rng.random((2, 2)),
        residual=1e-14 * rng.random(2),
        hits=np.array([3, 509]),
        tried=512,
        chance_of_more=0.0,
        unique_within=np.array([0.25, 0.0]),
        complete=Completeness(status="proved", text="nothing else was found"),
        degree=-1,
        index_sum=None,
        continuum=rng.normal(size=(states, 2)),
        cycles=(cycle(rng, stable=True), cycle(rng, stable=False)) if everything else (),
        orbits=OrbitFamily(periods=np.array([4.5, 7.25]), points=rng.normal(size=(2, 8, 2)))
        if everything
        else None,
        exponents=LyapunovExponents(
            values=np.array([0.875, -14.5]),
            errors=np.array([0.0625, 0.25]),
            duration=1000.0,
            runs=4,
            chaotic=True,
        )
        if everything
        else None,
        cloud=rng.normal(size=(states, 2)),
        cloud_sets=np.repeat([0, 1], states // 2),
        starts=rng.normal(size=(8, 2)),
        fate=np.array([1, 1, 1, 1000, 1000, -4, -2, -1]),
        duration=123.5,
        notes=("one of 8 starts had not arrived anywhere",),
    )


def comparison() -> InputComparison:
    pair = PointMatch(
        target=1, network=0, distance=0.03125, eigenvalue_error=0.0825, same_kind=True
    )
    return InputComparison(
        points=(pair, dataclasses.replace(pair, target=0, network=1, same_kind=False)),
        cycles=(CycleMatch(target=1, network=0, period=0.0156, amplitude=-0.0312, shape=0.044),),
        cloud_distance=0.41,
        yardstick=0.11,
        drift=Drift(speed=0.01, moved=0.35, lost=0.0, duration=40.0, typical=0.2),
        orbits=0.19,
        fate_changed=0.25,
        judged=7,
        border=0.0171,
        differences=("the saddle has moved",),
    )


def run() -> RunComparison:
    return RunComparison(
        horizon=np.inf,
        error=0.0235,
        final=0.1,
        duration=48.0,
        at_rest=False,
        period=None,
        network_ending="done",
        target_ending="done",
        apart=0.36,
        apart_time=17.0,
        sensitive=True,
        lowest=Extreme(variable="x", target=-1.0, network=-1.5),
        highest=Extreme(variable="y", target=25.0, network=26.0),
        excursions=(Excursions(variable="x", target=(1.0, 9.0), network=()),),
        known=1.0,
    )


def everything() -> Analysis:
    rng = np.random.default_rng(0)
    both = AtInput(
        input=np.array([0.5643]),
        target=dynamics(rng),
        network=dynamics(rng),
        comparison=comparison(),
    )
    return Analysis(
        system="some",
        variables=("x", "y"),
        inputs=("u",),
        domain=DOMAIN,
        neurons=19,
        answer="no",
        verdict="no (the saddle has moved)",
        differences=("the saddle has moved",),
        unjudged=("the rest",),
        at=(both, AtInput(input=np.array([-1.0]), target=dynamics(rng))),
        run=run(),
        lyapunov_time=1.1428,
        interpolation_error=0.00417,
        seed=7,
    )


def little() -> Analysis:
    there = dynamics(np.random.default_rng(1), everything=False)
    return Analysis(
        system="some",
        variables=("x", "y"),
        inputs=("u",),
        domain=DOMAIN,
        at=(AtInput(input=np.array([0.5]), target=there),),
    )


def stored(value: Analysis) -> Group:
    return read_hdf5(to_bytes(tree_of(value)))


def assert_equal(first: Any, second: Any) -> None:
    if isinstance(first, np.ndarray):
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        np.testing.assert_array_equal(first, second)
    elif isinstance(first, tuple):
        assert len(first) == len(second)
        for one, two in zip(first, second, strict=True):
            assert_equal(one, two)
    elif dataclasses.is_dataclass(first):
        assert type(first) is type(second)
        for field in dataclasses.fields(first):
            if field.name != "provenance":
                assert_equal(getattr(first, field.name), getattr(second, field.name))
    else:
        assert (type(first), first) == (type(second), second)


@pytest.mark.parametrize("make", [everything, little])
def test_what_is_written_comes_back(make: Any) -> None:
    there = make()
    back = value_from_tree(stored(there), name="x")
    assert_equal(there, back)
    assert_equal(there, value_from_tree(stored(back), name="x"))


@pytest.mark.parametrize("make", [everything, little])
def test_a_file_says_what_was_said_of_the_value(make: Any) -> None:
    there = make()
    back = value_from_tree(stored(there), name="x")
    assert json.dumps(plain_value(fields(back))) == json.dumps(plain_value(fields(there)))
    assert tables(back, verbose=False) == tables(there, verbose=False)


def leaves(value: Any) -> Iterator[float]:
    """All numbers of a JSON value, and how many entries its lists have."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        yield len(value)
        for each in value:
            yield from leaves(each)
    elif isinstance(value, int | float):
        yield abs(float(value))


NUMBER = re.compile(r"(\d+(?:\.(\d+))?(?:e([+-]?\d+))?)(%?)")


def test_every_number_of_the_table_is_in_the_json() -> None:
    there = everything()
    known = np.array(list(leaves(json.loads(json.dumps(plain_value(fields(there)))))))
    told = tables(there, verbose=False)
    rows = [*((t.title, t.title) for t in told), *(row for t in told for row in t.rows)]
    numbers = 0
    for label, text in rows:
        if label == "not judged":
            continue
        numbered = re.sub(r"(cycle|point) \d+ |5 % early or late", "", text)
        for digits, decimals, exponent, percent in NUMBER.findall(numbered):
            scale = 0.01 if percent else 1.0
            unit = 10.0 ** (int(exponent or 0) - len(decimals))
            gap = np.min(np.abs(known - scale * float(digits)))
            assert gap <= 0.501 * unit * scale, (label, text, digits)
            numbers += 1
    assert numbers > 50


def changed(group: Group, path: str, new: Any) -> Group:
    """The tree with a dataset or an attribute ("group@name") replaced; None leaves it out."""
    name, _, rest = path.partition("/")
    if not rest and "@" in name:
        name, _, attribute = name.partition("@")
        node = group[name]
        kept: dict[str, Value] = {k: v for k, v in node.attributes.items() if k != attribute}
        with_new = kept if new is None else {**kept, attribute: new}
        replaced: Any = dataclasses.replace(node, attributes=with_new)
    elif rest:
        replaced = changed(group.group(name), rest, new)
    else:
        replaced = None if new is None else Dataset(data=np.asarray(new))
    children = {**group.children, name: replaced}
    if replaced is None:
        del children[name]
    return dataclasses.replace(group, children=children)


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("analysis@variables", ["x"]),
        ("analysis@inputs", ["w"]),
        ("analysis@faithful", "perhaps"),
        ("analysis/0/input", [0.5, 0.5]),
        ("analysis/0/comparison/points", [[0.0, 2.0, 0.1, 0.1, 1.0]]),
        ("analysis/0/comparison/points", [[-1.0, 0.0, 0.1, 0.1, 1.0]]),
        ("analysis/0/comparison/points", [[np.nan, 0.0, 0.1, 0.1, 1.0]]),
        ("analysis/0/comparison/cycles", [[0.0, 2.0, 0.1, 0.1, 0.1]]),
        ("analysis/0/comparison/cycles@columns", ["target", "network", "period", "b", "shape"]),
        ("analysis/0/target@kinds", ["saddle"]),
        ("analysis/0/target@complete", "certain"),
        ("analysis/0/target/points", np.ones((2, 3))),
        ("analysis/0/target/eigenvalues", np.ones((2, 2))),
        ("analysis/0/target/fate", np.ones(3)),
        ("analysis/0/target/fate", np.full(8, np.inf)),
        ("analysis/0/target/fate", np.full(8, 0.5)),
        ("analysis/0/target/cycle0/points", np.ones((8, 3))),
        ("analysis/0/target/orbits/periods", np.ones(0)),
        ("analysis/0/target/exponents/values", None),
        ("analysis/run@horizon", None),
        ("analysis/run@lowest_variable", None),
    ],
)
def test_what_does_not_fit_together_is_refused(path: str, new: Any) -> None:
    with pytest.raises(InputError):
        value_from_tree(changed(stored(everything()), path, new), name="x")


def test_a_field_that_older_files_lack_is_none_and_the_rest_is_read() -> None:
    tree = stored(everything())
    comparisons = tree.group("analysis/0/comparison")
    points = comparisons.numbers("points")[:, :4]
    tree = changed(tree, "analysis/0/comparison/points", points)
    tree = changed(tree, "analysis/0/comparison/points@columns", [*COLUMNS])
    for name in ("speed", "moved", "lost", "duration", "typical"):
        tree = changed(tree, f"analysis/0/comparison@drift_{name}", None)
    found = value_from_tree(changed(tree, "domain", None), name="x")
    compared = found.at[0].comparison
    assert (found.domain, compared.drift) == (None, None)
    assert [pair.same_kind for pair in compared.points] == [None, None]
    assert [pair.distance for pair in compared.points] == [0.03125, 0.03125]


COLUMNS = ("target", "network", "distance", "eigenvalue_error")


def test_an_older_file_is_told_from_its_numbers_as_it_was_told_then() -> None:
    """Version 0.1.0 stored its tables as lines; today they are made from the numbers."""
    tree = read_hdf5(lzma.decompress(OLD.read_bytes()))
    found = value_from_tree(tree, name="x")
    told = [
        line
        for table in tables(found, verbose=False)
        for line in (table.title, *(f"{row[0]}: {row[1]}" for row in table.rows))
    ]
    wanted = tree.group("analysis").attribute("summary", list)
    wanted[0] = wanted[0].partition(",")[0]  # the file does not hold the number of neurons
    unnumbered = [
        re.sub(r"network's \d+ is ", "network ", re.sub(r"^  \d+: ", "  ", line)) for line in told
    ]
    assert unnumbered == wanted


def test_what_was_analyzed_is_in_the_units_of_the_user() -> None:
    """A Hopf normal form, shifted by (3, 50) and stretched by (2, 100): a circle of radius 1."""
    text = b"""\
name: shifted
dynamics:
  x: 2*((x-3)/2 - (y-50)/100 - (x-3)/2*(((x-3)/2)**2 + ((y-50)/100)**2))
  y: 100*((x-3)/2 + (y-50)/100 - (y-50)/100*(((x-3)/2)**2 + ((y-50)/100)**2))
domain: {x: [0, 7], y: [-110, 200]}
"""
    found = lrfit.analyze(lrfit.load_system(text))
    (one,) = found.at
    np.testing.assert_allclose(one.target.points, [[3.0, 50.0]], atol=1e-7)
    np.testing.assert_allclose(sorted(one.target.eigenvalues[0].imag), [-1.0, 1.0], rtol=1e-9)
    (orbit,) = one.target.cycles
    assert orbit.stable
    assert orbit.period == pytest.approx(2.0 * np.pi, rel=1e-8)
    np.testing.assert_allclose(orbit.lower, [1.0, -50.0], rtol=1e-3)
    np.testing.assert_allclose(orbit.upper, [5.0, 150.0], rtol=1e-3)
    np.testing.assert_allclose(np.sum(((orbit.points - [3, 50]) / [2, 100]) ** 2, axis=1), 1.0)
    assert abs(orbit.leading) == pytest.approx(np.exp(-4.0 * np.pi), abs=1e-7)
    low, high = one.target.starts.min(axis=0), one.target.starts.max(axis=0)
    assert np.all(low < [1, -60])
    assert np.all(high > [6, 150])
    assert one.target.basins == {"cycle 0": 1.0}
    assert (found.faithful, found.compared, found.neurons) == (None, False, None)
