from __future__ import annotations

import io
import math
import os
import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrfit.io.hdf5_dimensions import RESERVED
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=6,
).filter(lambda name: name != "." and "dim" not in name and name not in RESERVED)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
DTYPES = st.sampled_from([np.float64, np.int64, np.bool_])
ARRAYS = DTYPES.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0)))
VALUES = st.one_of(
    TEXTS,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.lists(TEXTS, max_size=3),
    DTYPES.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_side=0))),
)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=3)
TEXT_ARRAYS = st.one_of(
    TEXTS.map(np.array), st.lists(TEXTS, max_size=3).map(lambda x: np.array(x, np.str_))
)


@st.composite
def datasets(draw):
    data = draw(ARRAYS | TEXT_ARRAYS)
    named = draw(st.booleans()) and data.ndim > 0
    # One dimension per length, so that no two datasets contradict each other.
    names = tuple(f"dim{n}" for n in data.shape) if named else ()
    return Dataset(data=data, attributes=draw(ATTRIBUTES), dimensions=names)


def _group(children):
    contents = st.dictionaries(NAMES, children, max_size=3)
    return st.builds(lambda a, c: Group(attributes=a, children=c), ATTRIBUTES, contents)


GROUPS = _group(st.recursive(datasets(), _group, max_leaves=6))


def plain(node):
    """A tree as nested tuples with exact types and bits, to compare."""
    attributes = {name: _plain_value(value) for name, value in node.attributes.items()}
    if isinstance(node, Group):
        return attributes, {name: plain(child) for name, child in node.children.items()}
    return attributes, node.dimensions, _plain_value(node.data)


def _plain_value(value):
    if isinstance(value, np.ndarray):
        return value.dtype.kind, value.shape, [_plain_value(x) for x in value.ravel().tolist()]
    return (type(value), repr(value))  # repr tells -0.0, nan and 1 from 1.0


@settings(deadline=None, max_examples=60)
@given(GROUPS)
def test_any_tree_is_read_back_exactly(parse, tree):
    assert plain(parse(to_bytes(tree))) == plain(tree)


@settings(deadline=None, max_examples=20)
@given(GROUPS)
def test_equal_trees_give_equal_bytes_whatever_the_order_of_their_names(tree):
    def backwards(node):
        attributes = dict(reversed(node.attributes.items()))
        if isinstance(node, Dataset):
            return Dataset(data=node.data, attributes=attributes, dimensions=node.dimensions)
        children = {name: backwards(c) for name, c in reversed(node.children.items())}
        return Group(attributes=attributes, children=children)

    assert to_bytes(backwards(tree)) == to_bytes(tree)


SCRIPT = """
import sys, time, numpy as np
from lrfit.io import Dataset, Group, to_bytes
waste = [np.full(n, 7.0) for n in range(1, 2000)]  # dirty memory
del waste
z = np.sin(np.arange(60_000.0)).reshape(2, -1, 3)
data = {"z": Dataset(data=z, dimensions=("a", "t", "b")),
        "t": Dataset(data=np.arange(10_000.0), dimensions=("t",)),
        "l": Dataset(data=np.array(["x", "yy"]))}
tree = Group(attributes={"n": 1, "h": ["a", "b"]}, children={"g": Group(children=data)})
first = to_bytes(tree)
time.sleep(1.1)  # times are stored in seconds
assert to_bytes(tree) == first
sys.stdout.buffer.write(first)
"""


def test_the_bytes_depend_neither_on_time_nor_on_the_process():
    import lrfit

    command = [sys.executable, "-c", SCRIPT]
    environment = {**os.environ, "PYTHONPATH": str(Path(lrfit.__file__).parents[1])}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)]
    first, second = (process.communicate()[0] for process in both)
    assert len(first) > 100_000
    assert first == second


@pytest.fixture
def trajectory():
    rng = np.random.default_rng(1)
    t = Dataset(data=np.linspace(0, 1, 30), dimensions=("t",), attributes={"units": "s"})
    z = Dataset(data=rng.normal(size=(4, 30, 2)), dimensions=("trial", "t", "variable"))
    u = Dataset(data=np.zeros((4, 30, 0)), dimensions=("trial", "t", "input"))
    variable = Dataset(data=np.array(["x", "y"]), dimensions=("variable",))
    children = {"t": t, "z": z, "u": u, "variable": variable}
    other = Group(children={"M": Dataset(data=np.ones((5, 2)))})
    return Group(children={"trajectory": Group(children=children), "network": other})


def test_xarray_opens_a_group_with_named_dimensions_as_it_is(trajectory, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    path = tmp_path / "x.h5"
    path.write_bytes(to_bytes(trajectory))
    with (
        warnings.catch_warnings(action="error"),
        xarray.open_dataset(path, group="trajectory", engine="h5netcdf") as opened,
    ):
        assert opened.sizes == {"trial": 4, "t": 30, "variable": 2, "input": 0}
        assert opened["z"].dims == ("trial", "t", "variable")
        assert opened["variable"].values.tolist() == ["x", "y"]
        assert opened["t"].attrs["units"] == "s"
        assert (opened["z"].values == trajectory.numbers("trajectory/z")).all()
        assert opened["z"].sel(variable="y").shape == (4, 30)


def test_dimension_scales_are_attached_and_labelled(trajectory):
    with h5py.File(io.BytesIO(to_bytes(trajectory))) as file:
        group = file["trajectory"]
        assert [axis.label for axis in group["z"].dims] == ["trial", "t", "variable"]
        assert group["z"].dims[1][0] == group["t"]
        assert group["z"].dims[2][0] == group["variable"]
        assert group["t"].is_scale
        assert group["trial"].is_scale  # without values: only a length
        assert group["trial"].shape == (4,)


def test_large_arrays_are_compressed_and_small_ones_are_not():
    children = {"big": Dataset(data=np.zeros(10_000)), "small": Dataset(data=np.zeros(10))}
    with h5py.File(io.BytesIO(to_bytes(Group(children=children)))) as file:
        assert (file["big"].compression, file["big"].shuffle) == ("gzip", True)
        assert file["small"].chunks is None


def test_a_constant_of_any_size_is_within_what_the_reader_believes(parse, built):
    zeros = np.zeros(2**22)
    ours = to_bytes(Group(children={"z": Dataset(data=zeros)}))
    utmost = {"chunks": (2**20,), "compression": "gzip", "compression_opts": 9}
    theirs = built(lambda file: file.create_dataset("z", data=zeros, **utmost))
    assert len(theirs) < zeros.nbytes / 900
    for data in (ours, theirs):
        assert (parse(data).numbers("z") == zeros).all()


def test_text_is_utf8_to_any_other_program():
    tree = Group(attributes={"name": "é"}, children={"text": Dataset(data=np.array("né"))})
    with h5py.File(io.BytesIO(to_bytes(tree))) as file:
        assert file.attrs["name"] == "é"
        assert file["text"].asstr()[()] == "né"
        assert h5py.check_string_dtype(file["text"].dtype).encoding == "utf-8"


def _with(name: str, **options: object) -> Group:
    return Group(children={name: Dataset(data=np.zeros(3), **options)})


IMPOSSIBLE = {
    "slash": _with("a/b"),
    "empty name": _with(""),
    "dot": _with("."),
    "NUL in a name": _with("a\0b"),
    "NUL in text": Group(attributes={"a": "b\0c"}),
    "reserved attribute": Group(attributes={"DIMENSION_LIST": 1}),
    "NUL in an attribute": Group(attributes={"a\0b": 1}),
    "large attribute": Group(attributes={"a": np.zeros(5000)}),
    "text array as attribute": Group(attributes={"a": np.array(["x"])}),
    "two lengths": Group(
        children={
            "a": Dataset(data=np.zeros(3), dimensions=("t",)),
            "b": Dataset(data=np.zeros(4), dimensions=("t",)),
        }
    ),
    "a scale of another length": Group(
        children={
            "a": Dataset(data=np.zeros(3), dimensions=("t",)),
            "t": Dataset(data=np.zeros(4)),
        }
    ),
    "a scale along another dimension": Group(
        children={
            "a": Dataset(data=np.zeros(3), dimensions=("t",)),
            "t": Dataset(data=np.zeros(3), dimensions=("time",)),
        }
    ),
    "a group as scale": Group(
        children={"a": Dataset(data=np.zeros(3), dimensions=("t",)), "t": Group()}
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_tree_that_hdf5_cannot_hold_is_an_error(name):
    with pytest.raises(ValueError, match=r"."):
        to_bytes(IMPOSSIBLE[name])


def test_infinities_and_signed_zeros_survive(parse):
    values = np.array([math.inf, -math.inf, -0.0, 5e-324])
    back = parse(to_bytes(Group(attributes={"a": -0.0}, children={"v": Dataset(data=values)})))
    assert back.numbers("v").tobytes() == values.tobytes()
    assert math.copysign(1, back.attribute("a", float)) == -1
