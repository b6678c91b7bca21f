from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.io.tree import Dataset, Group


@pytest.fixture
def tree():
    network = Group(
        attributes={"tau": 2, "name": "vdp", "bias": True, "l": ["a"], "a": np.ones(2)},
        children={
            "M": Dataset(data=np.ones((3, 2), "f4"), path="/network/M", where="f.h5"),
            "text": Dataset(data=np.array("é"), path="/network/text", where="f.h5"),
            "names": Dataset(data=np.array(["x", "y"]), path="/network/names", where="f.h5"),
        },
        path="/network",
        where="f.h5",
    )
    return Group(children={"network": network}, where="f.h5")


def test_paths_lead_to_nodes(tree):
    assert tree["network"] is tree.children["network"]
    assert tree["/network/M"] is tree.group("network").dataset("M")
    assert list(tree) == ["network"]
    assert "network/M" in tree
    assert "network/M/x" not in tree
    assert "network/N" not in tree


def test_data_come_in_the_asked_type_and_shape(tree):
    assert tree.numbers("network/M", shape=(None, 2)).dtype == np.float64
    assert tree.dataset("network/M", shape=(3, None)).shape == (3, 2)
    assert tree.dataset("network/text").text() == "é"
    assert tree.dataset("network/names").texts() == ["x", "y"]


def test_attributes_come_in_the_asked_kind(tree):
    network = tree.group("network")
    assert network.attribute("name", str) == "vdp"
    assert network.attribute("bias", bool) is True
    assert network.attribute("l", list) == ["a"]
    assert network.attribute("a", np.ndarray).tolist() == [1, 1]
    assert network.attribute("tau", int) == 2
    assert type(network.attribute("tau", float)) is float
    assert network.attribute("none", float, None) is None


ERRORS = {
    "no attribute": (
        lambda t: t.group("network").attribute("kappa", float),
        "/network has no attribute kappa; needed is a number",
    ),
    "attribute of another kind": (
        lambda t: t.group("network").attribute("bias", int),
        "/network has true or false as attribute bias; needed is an integer",
    ),
    "text for a number": (
        lambda t: t.group("network").attribute("name", float, 1.0),
        "/network has text as attribute name; needed is a number",
    ),
    "no child": (lambda t: t["network/Q"], "/network has no Q; it holds M, text, names"),
    "child of a dataset": (lambda t: t["network/M/a"], "/network/M has no a; it is a dataset"),
    "a group for a dataset": (
        lambda t: t.dataset("network"),
        "/network is a group; needed is a dataset",
    ),
    "a dataset for a group": (
        lambda t: t.group("network/M"),
        "/network/M is a dataset of float64 numbers of shape (3, 2); needed is a group",
    ),
    "another shape": (
        lambda t: t.numbers("network/M", shape=(4, None)),
        "/network/M has the shape (3, 2); needed is (4, any)",
    ),
    "another number of axes": (
        lambda t: t.dataset("network/M", shape=(3,)),
        "/network/M has the shape (3, 2); needed is (3)",
    ),
    "text for numbers": (
        lambda t: t.numbers("network/names"),
        "/network/names holds text; needed are numbers",
    ),
    "numbers for text": (
        lambda t: t.dataset("network/M").text(),
        "/network/M is a dataset of float64 numbers of shape (3, 2); needed is one text",
    ),
    "one text for a list": (
        lambda t: t.dataset("network/text").texts(),
        "/network/text is a dataset of text of shape (); needed is a list of texts",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_name_file_path_what_was_found_and_what_is_needed(name, tree):
    call, message = ERRORS[name]
    with pytest.raises(InputError) as error:
        call(tree)
    assert str(error.value) == f"f.h5: {message}"


def test_float64_is_not_copied_and_the_view_is_read_only():
    values = np.zeros(3)
    dataset = Dataset(data=values)
    assert np.shares_memory(dataset.data, values)
    assert dataset.numbers().base is not None
    with pytest.raises(ValueError, match="read-only"):
        dataset.data[0] = 1
    values[0] = 1  # the caller's own array stays writable


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "u4", ">i2", "?"])
def test_numbers_are_widened_to_the_three_types_of_the_house(dtype):
    data = Dataset(data=np.array([0, 1], dtype)).data
    assert data.dtype == {"f": "f8", "b": "?"}.get(np.dtype(dtype).kind, "i8")
    assert data.tolist() == [0, 1]


@pytest.mark.parametrize(
    "data",
    [
        np.array([1j]),
        np.array(["a"], dtype=object),
        np.array([[1.0], [2.0]], np.longdouble),
        np.array([["a"]]),
        np.array([2**63], "u8"),
        np.array(["2024-01-01"], "M8[s]"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(data):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        Dataset(data=data)


def test_as_many_names_as_axes_are_needed():
    with pytest.raises(ValueError, match="1 dimension names for 2 axes"):
        Dataset(data=np.zeros((2, 2)), dimensions=("x",))
