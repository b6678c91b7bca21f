"""Network files: what is written comes back exactly, and nothing else is believed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fitting.field_error import field_report
from lrfit.fitting.file import network_tree, value_of
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit, SizePath
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.records.system_group import stored
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System

DRIVEN = """
name: driven
parameters: {k: 1.0}
time_unit: ms
dynamics: {x: y, y: -k*x - 0.1*y + u}
domain: {x: [-1, 3], y: [-2, 2]}
inputs: {u: [-1, 0.5]}
simulate: {initial: {x: 1}, duration: 5, signals: {u: "pulse(t, 1, 2)"}}
"""


def some_network(system: System, neurons: int = 5) -> LowRankNetwork:
    rng = np.random.default_rng(3)
    D, U = system.domain.dimension, system.domain.input_count
    return LowRankNetwork(
        M=rng.normal(size=(neurons, D)),
        N=rng.normal(size=(neurons, D)),
        bias=rng.normal(size=neurons),
        center=rng.normal(size=D),
        input_weights=rng.normal(size=(neurons, U)),
        direct_input=rng.normal(size=(D, U)),
        tau=0.7,
        nonlinearity=nonlinearity("erf"),
        domain=system.domain,
    )


def some_fit(system: System, **changes: object) -> Fit:
    network = some_network(system)
    test = draw_set(system, 64, 0)
    found = Fit(
        network=network,
        report=field_report(network, test, criterion="overall", noise=1e-3),
        stored=stored(system),
        options=FitOptions(
            nonlinearity="erf",
            center={"x": 0.1, "y": 1 / 3},
            tau=0.7,
            drive={"u": "filtered"},
            time_limit=2.5,
            samples=512,
            criterion="overall",
        ),
        method="ols",
        paths=(
            SizePath(
                method="ols",
                neurons=np.array([1.0, 2.0, 5.0]),
                training=np.array([0.9, 0.5, 0.1]),
                validation=np.array([0.95, 0.55, 0.15]),
            ),
            SizePath(
                method="random",
                neurons=np.array([5.0]),
                training=np.array([0.4]),
                validation=np.array([0.45]),
            ),
        ),
        tol=0.5,
        met=False,
        warnings=("kappa at its bound",),
        evidence={"starts": 12, "error_one_below": float("nan"), "effort": "normal"},
        seconds=1.25,
        floor=ErrorFloor(
            overall=0.25,
            by_variable=np.array([0.0, 1 / 3]),
            uncertainty=1e-4,
            reason="an odd field",
            proved=("x",),
        ),
    )
    return dataclasses.replace(found, **changes)


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(DRIVEN, overrides={"k": 2.5})


@pytest.fixture(scope="module")
def data(system: System) -> bytes:
    return to_bytes(network_tree(some_fit(system), history=["lrfit fit driven"]))


@pytest.fixture(scope="module")
def tree(data: bytes) -> Group:
    return read_hdf5(data, where="n.h5")


def replaced(group: Group, path: str, node: Group | Dataset | None) -> Group:
    """The same tree with the node at `path` exchanged, or taken out."""
    head, _, rest = path.partition("/")
    children = dict(group.children)
    if rest:
        child = children[head]
        assert isinstance(child, Group)
        children[head] = replaced(child, rest, node)
    elif node is None:
        del children[head]
    else:
        children[head] = node
    return dataclasses.replace(group, children=children)


def with_attribute(group: Group, path: str, name: str, value: object) -> Group:
    """The same tree with one attribute of the group at `path` exchanged, or taken out."""
    owner = group.group(path) if path else group
    attributes = {k: v for k, v in owner.attributes.items() if k != name}
    if value is not None:
        attributes[name] = value  # type: ignore[assignment]
    changed = dataclasses.replace(owner, attributes=attributes)
    return replaced(group, path, changed) if path else changed


def test_the_floor_comes_back_and_may_be_missing(system: System, tree: Group) -> None:
    floor, given = value_of(tree).floor, some_fit(system).floor
    assert floor is not None
    assert given is not None
    assert (floor.overall, floor.uncertainty) == (given.overall, given.uncertainty)
    assert (floor.reason, floor.proved) == (given.reason, given.proved)
    assert np.array_equal(floor.by_variable, given.by_variable)
    assert value_of(replaced(tree, "report/floor", None)).floor is None


def test_every_array_of_the_network_comes_back_bit_for_bit(system: System, tree: Group) -> None:
    network, record = some_network(system), value_of(tree)
    for name in ("M", "N", "bias", "center", "input_weights", "direct_input"):
        assert np.array_equal(getattr(record.network, name), getattr(network, name))
    assert record.network.tau == network.tau
    assert record.network.nonlinearity is network.nonlinearity
    assert record.network.domain.variables == ("x", "y")
    assert np.array_equal(record.network.domain.input_lower, [-1.0])


def test_the_update_rule_comes_back_and_files_without_one_are_in_continuous_time(
    system: System, tree: Group
) -> None:
    stepped = dataclasses.replace(some_network(system), dt=0.07)
    found = dataclasses.replace(
        some_fit(system), network=stepped, options=FitOptions(update="euler", dt=0.07)
    )
    written = network_tree(found)
    assert written.group("network").attributes["update"] == "euler"
    record = value_of(read_hdf5(to_bytes(written)))
    assert (record.network.dt, record.options.dt, record.options.update) == (0.07, 0.07, "euler")
    node = tree.group("network")
    old = {name: value for name, value in node.attributes.items() if name != "update"}
    silent = replaced(tree, "network", dataclasses.replace(node, attributes=old))
    assert value_of(silent).network.dt is None


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"update": "leapfrog"}, "unknown update 'leapfrog'"),
        ({"update": "euler"}, "dt"),
        ({"update": "euler", "dt": 0.0}, "positive"),
        ({"update": "euler", "dt": 5.0}, "twice its tau"),
        ({"update": "euler", "dt": float("nan")}, "positive"),
    ],
)
def test_an_update_rule_that_makes_no_sense_is_one_clean_error(
    tree: Group, attributes: dict[str, object], message: str
) -> None:
    node = tree.group("network")
    changed = dataclasses.replace(node, attributes={**node.attributes, **attributes})
    with pytest.raises(InputError, match=message):
        value_of(replaced(tree, "network", changed))


def test_options_report_and_paths_come_back_exactly(system: System, tree: Group) -> None:
    fit, record = some_fit(system), value_of(tree)
    assert record.options == fit.options
    for field in dataclasses.fields(fit.report):
        assert np.array_equal(getattr(record.report, field.name), getattr(fit.report, field.name))
    assert [path.method for path in record.paths] == ["ols", "random"]
    assert np.array_equal(record.paths[0].validation, [0.95, 0.55, 0.15])
    assert (record.tol, record.met, record.method, record.seconds) == (0.5, False, "ols", 1.25)
    assert record.warnings == fit.warnings
    assert record.evidence["starts"] == 12


def test_the_system_is_rebuilt_from_the_file_with_its_overrides(
    system: System, tree: Group
) -> None:
    again = value_of(tree).system
    assert again.parameters == {"k": 2.5}
    assert again.source.sha256 == system.source.sha256
    z, u = np.array([[1.0, 2.0]]), np.array([[0.3]])
    assert np.array_equal(again.velocity(z, u), system.velocity(z, u))
    assert again.time_unit == "ms"


def test_a_sampled_system_is_stored_whole() -> None:
    from lrfit.records.grid_file import grid_file
    from lrfit.systems.sampled_file import system_from_tree

    pendulum = load_system("damped_pendulum")
    grid = system_from_tree(read_hdf5(to_bytes(grid_file(pendulum, 9))), name="grid")
    assert grid.data is not None
    samples = some_fit(load_system(DRIVEN))
    network = dataclasses.replace(
        some_network(pendulum), domain=grid.domain, input_weights=np.empty((5, 0))
    )
    fit = dataclasses.replace(
        samples,
        stored=stored(grid),
        network=network,
        report=field_report(network, draw_set(pendulum, 64, 0), criterion="overall", noise=0.0),
    )
    record = value_of(read_hdf5(to_bytes(network_tree(fit))))
    assert record.system.data is not None
    assert np.array_equal(record.system.data.velocity, grid.data.velocity)
    assert record.system.source.sha256 == grid.source.sha256


def test_a_python_function_is_refused_only_when_the_system_is_asked_for() -> None:
    decay = from_callable(lambda z, u: -z, domain={"x": (-1, 1), "y": (-1, 1)}, name="decay")
    fit = some_fit(decay, options=FitOptions())
    record = value_of(read_hdf5(to_bytes(network_tree(fit))))
    assert record.stored.name == "decay"
    with pytest.raises(InputError, match="Python function"):
        _ = record.system


def test_layout_has_every_name_that_others_rely_on(tree: Group) -> None:
    root = set(tree.attributes)
    assert tree.attributes["encoding-type"] == "lrfit-network"
    assert tree.attributes["encoding-version"] == "1"
    assert {"creator", "creator_version", "file_time", "history", "seed", "complete"} <= root
    assert {"numpy_version", "scipy_version", "h5py_version"} <= root
    assert tree.attributes["complete"] == 1
    for path in ("network", "system", "report", "report/path", "report/paths/ols"):
        assert "encoding-type" in tree.group(path).attributes
        assert "encoding-version" in tree.group(path).attributes
    report = tree.group("report")
    wanted = "error error_overall error_per_variable error_worst field_error max_error criterion "
    wanted += "noise tol met weight_norm condition seconds"
    assert set(wanted.split()) <= set(report.attributes)
    assert report.numbers("path/error", shape=(3,)).tolist() == [0.95, 0.55, 0.15]
    assert report.numbers("error_by_variable", shape=(2,)).shape == (2,)
    wanted = "tau nonlinearity variables inputs equation"
    assert set(wanted.split()) <= set(tree.group("network").attributes)
    assert tree.dataset("system/text").text() == DRIVEN
    assert len(str(tree.group("system").attributes["sha256"])) == 64


def test_J_is_stored_only_when_asked_for(system: System, tree: Group) -> None:
    assert "network/J" not in tree
    fit = some_fit(system)
    stored = network_tree(fit, store_J=True).numbers("network/J")
    assert np.allclose(stored, fit.network.M @ fit.network.N.T)


def test_equal_fits_give_equal_bytes_without_times(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    one = to_bytes(network_tree(some_fit(system, seconds=1.0, evidence={"seconds_below": 1.0})))
    two = to_bytes(network_tree(some_fit(system, seconds=2.0, evidence={"seconds_below": 2.0})))
    assert one == two
    record = value_of(read_hdf5(one))
    assert record.provenance.file_time == ""
    assert np.isnan(record.seconds)


BROKEN_DATASETS = {
    "network/M": Dataset(data=np.zeros((4, 2))),
    "network/N": Dataset(data=np.full((5, 2), np.nan)),
    "network/bias": Dataset(data=np.zeros((5, 1))),
    "network/center": Dataset(data=np.zeros(3)),
    "network/input_weights": Dataset(data=np.array("text")),
    "network/domain/lower": Dataset(data=np.array([np.inf, 0.0])),
    "network/domain/upper": Dataset(data=np.array([-1.0, 2.0])),
    "report/error_by_variable": Dataset(data=np.zeros(3)),
    "report/paths/ols/training": Dataset(data=np.zeros(2)),
    "report/worst_point": Dataset(data=np.array("text")),
    "system/options": Group(),
}


@pytest.mark.parametrize("path", BROKEN_DATASETS)
def test_an_array_of_the_wrong_shape_kind_or_value_is_one_clean_error(
    tree: Group, path: str
) -> None:
    with pytest.raises(InputError) as caught:
        value_of(replaced(tree, path, BROKEN_DATASETS[path]))
    assert "\n" not in str(caught.value)


BROKEN_ATTRIBUTES = [
    ("network", "tau", 0.0),
    ("network", "tau", float("nan")),
    ("network", "tau", "long"),
    ("network", "nonlinearity", "cube"),
    ("network", "encoding-version", "2"),
    ("network", "encoding-type", "something"),
    ("network/domain", "variables", ["x", "x"]),
    ("network/domain", "variables", ["x", "import"]),
    ("network/domain", "variables", []),
    ("network/domain", "inputs", ["\x1b[2J"]),
    ("report", "error", "small"),
    ("report", "points", 1.5),
    ("system", "name", "../../etc/passwd"),
    ("system/options", "noise", -1.0),
    ("system/options", "bias", 1.0),
    ("system/options", "center", "x=one"),
    ("system/options", "unheard_of", 1),
    ("system/options", "scale", np.zeros(3)),
    ("", "encoding-version", "1000000000000"),
    ("", "encoding-version", "one"),
    ("", "encoding-type", "lrfit-other"),
    ("", "seed", "zero"),
]


@pytest.mark.parametrize(("path", "name", "value"), BROKEN_ATTRIBUTES)
def test_an_attribute_that_makes_no_sense_is_one_clean_error(
    tree: Group, path: str, name: str, value: object
) -> None:
    with pytest.raises(InputError) as caught:
        value_of(with_attribute(tree, path, name, value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["network", "report", "system", "network/M", "network/domain"])
def test_a_missing_part_is_one_clean_error(tree: Group, path: str) -> None:
    with pytest.raises(InputError, match="has no"):
        value_of(replaced(tree, path, None))


def test_a_newer_version_is_refused_with_what_to_do(tree: Group) -> None:
    with pytest.raises(InputError, match=r"encoding-version 2, newer than the 1.*update lrfit"):
        value_of(with_attribute(tree, "", "encoding-version", "2"))


def test_a_system_that_cannot_be_rebuilt_says_so(tree: Group) -> None:
    broken = replaced(tree, "system/text", Dataset(data=np.array("name: [")))
    with pytest.raises(InputError, match="cannot be rebuilt"):
        _ = value_of(broken).system
