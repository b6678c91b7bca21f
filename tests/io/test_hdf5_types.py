from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.io.hdf5_dimensions import BARE_DIMENSION

REFERENCES = h5py.vlen_dtype(h5py.ref_dtype)
NUMBERS = ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", ">i2", ">i8"]
NUMBERS += ["u1", "u2", "u4", "u8", ">u8", "?"]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_of_any_size_and_byte_order_become_the_three_types(dtype, built, parse):
    values = np.array([[0, 1, 100], [3, 1, 0]]).astype(dtype)

    def fill(file):
        file["y"] = values
        file.attrs["scalar"] = values[0, 1]
        file.attrs["array"] = values

    root = parse(built(fill))
    expected = {"f": np.float64, "b": np.bool_}.get(np.dtype(dtype).kind, np.int64)
    for found in (root.dataset("y").data, root.attributes["array"]):
        assert found.dtype == expected
        assert found.dtype.isnative
        assert (found == values).all()
    assert root.attributes["scalar"] == 1
    assert type(root.attributes["scalar"]) is type(expected(1).item())


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(width=32), min_size=1, max_size=20))
def test_single_precision_is_widened_exactly(parse, tmp_path_factory, values):
    path = tmp_path_factory.mktemp("f") / "x.h5"
    with h5py.File(path, "w") as file:
        file["y"] = np.array(values, ">f4")
    assert np.array_equal(parse(path.read_bytes()).numbers("y"), values, equal_nan=True)


@pytest.mark.parametrize("options", [{}, {"chunks": (1, 2), "compression": "gzip"}])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1, 2, 3, 4)])
def test_any_shape_is_read(shape, options, built, parse):
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape) * 1.5
    chunked = options if len(shape) == 2 else {}
    root = parse(built(lambda f: f.create_dataset("y", data=values, **chunked)))
    assert root.dataset("y").shape == shape
    assert (root.numbers("y") == values).all()


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"compression": "lzf"},
        {"compression": "gzip", "maxshape": (None, None)},
        {"chunks": (7, 5)},
        {"fillvalue": 3.0},
        {"compression": "gzip", "compression_opts": 9, "chunks": (100, 1)},
    ],
)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_the_allowed_storage_is_read(options, libver, built, parse):
    values = np.random.default_rng(0).normal(size=(100, 9))
    data = built(lambda f: f.create_dataset("y", data=values, **options), libver=libver)
    assert (parse(data).numbers("y") == values).all()


TEXTS = {
    "variable UTF-8": ("é", h5py.string_dtype("utf-8")),
    "variable ASCII": ("e", h5py.string_dtype("ascii")),
    "fixed UTF-8": ("é", h5py.string_dtype("utf-8", 8)),
    "fixed ASCII": ("e", h5py.string_dtype("ascii", 8)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_any_kind_becomes_str(name, built, parse):
    text, dtype = TEXTS[name]

    def fill(file):
        raw = text.encode()  # numpy's own conversion to fixed lengths knows only ASCII
        file.create_dataset("one", data=raw, dtype=dtype)
        file.create_dataset("list", data=[raw, b""], dtype=dtype)
        file.attrs.create("one", raw, dtype=dtype)
        file.attrs.create("list", [raw, b"", raw], dtype=dtype)

    root = parse(built(fill))
    assert root.dataset("one").text() == text
    assert root.dataset("list").texts() == [text, ""]
    assert root.attributes == {"one": text, "list": [text, "", text]}


def test_one_long_text_among_many_short_ones_is_refused_not_padded(built, parse):
    texts = ["a" * 200_000, *["b"] * 1000]  # numpy would take 800 MB
    root = parse(built(lambda f: f.create_dataset("y", data=texts, dtype=h5py.string_dtype())))
    with pytest.raises(ValueError, match="too long"):
        root["y"]


def test_references_to_scales_name_the_dimensions_of_netcdf(built, parse):
    """As netCDF4 and xarray write: no labels, scales in the group or in one above."""

    def fill(file):
        for name in "xt":
            file[name] = np.arange(3.0)
            file[name].make_scale(name)
        file.create_dataset("y", (2,), ">f4").make_scale(f"{BARE_DIMENSION}         2")
        dataset = file.create_dataset("v/z", data=np.zeros((2, 3)))
        dataset.dims[0].attach_scale(file["y"])
        dataset.dims[1].attach_scale(file["x"])
        half = file.create_dataset("half", data=np.zeros((2, 3)))
        half.dims[1].attach_scale(file["x"])

    root = parse(built(fill))
    assert root.dataset("v/z").dimensions == ("y", "x")
    assert root.dataset("half").dimensions == ()
    assert "y" not in root


@pytest.mark.parametrize("attribute", [1.0, [1.0, 2.0], "x"])
def test_a_dimension_list_that_is_none_names_nothing(attribute, built, parse):
    def fill(file):
        file["z"] = np.zeros((2, 3))
        file["z"].attrs["DIMENSION_LIST"] = attribute

    assert parse(built(fill)).dataset("z").dimensions == ()


def test_a_reference_to_what_is_no_scale_names_nothing(built, parse):
    def fill(file):
        file["y"] = h5py.SoftLink("/elsewhere")
        dataset = file.create_dataset("z", data=np.zeros(3))
        value = np.empty(1, dtype=object)
        value[0] = np.array([file.ref], dtype=h5py.ref_dtype)
        dataset.attrs.create("DIMENSION_LIST", value, dtype=REFERENCES)

    root = parse(built(fill))
    assert root.dataset("z").dimensions == ()


def test_what_netcdf_fills_with_is_known_without_an_attribute(built, parse):
    def fill(file, **attributes):
        for name, dtype, value in (("f", "f4", 9.96921e36), ("i", "i2", -32767), ("b", "i1", -127)):
            file.create_dataset(name, data=np.zeros(3, dtype), fillvalue=value)
        file.create_dataset("own", data=np.zeros(3), fillvalue=7.0).attrs["_FillValue"] = 8.0
        file.create_dataset("none", data=np.zeros(3))
        file.attrs.update(attributes)

    plain, netcdf = parse(built(fill)), parse(built(lambda f: fill(f, _NCProperties="version=2")))
    assert not any("_FillValue" in plain[name].attributes for name in ("f", "i", "b", "none"))
    said = {name: netcdf[name].attributes.get("_FillValue") for name in netcdf}
    assert said == {"f": np.float32(9.96921e36), "i": -32767, "b": None, "own": 8.0, "none": None}


def test_kind_and_size_of_stored_numbers_are_kept(built, parse):
    def fill(file):
        for dtype in ("f4", ">f8", "i2", ">u1", "?"):
            file.create_dataset(dtype.strip(">?") or "b1", data=np.zeros(2, dtype))

    root = parse(built(fill))
    assert {n: root[n].stored for n in root} == {n: n if n != "b1" else "" for n in root}


def test_dimension_labels_become_dimensions(built, parse):
    def fill(file):
        file["t"] = np.arange(3.0)
        file["t"].make_scale("t")
        file["z"] = np.zeros((3, 2))
        file["z"].dims[0].attach_scale(file["t"])
        file["z"].dims[0].label = "t"
        file["w"] = np.zeros((3, 2))
        file["w"].dims[0].label = "t"
        file["w"].dims[1].label = "v"

    root = parse(built(fill))
    assert root.dataset("w").dimensions == ("t", "v")
    assert root.dataset("z").dimensions == ()  # half labelled
    assert [dict(root.dataset(name).attributes) for name in "twz"] == [{}, {}, {}]


def test_truth_values_of_a_damaged_file_are_true_or_false(built, parse):
    values = np.array([1, 0, 1, 1, 0, 0, 1] * 3, dtype=bool)
    data = built(lambda f: f.create_dataset("y", data=values))
    assert values.tobytes() in data
    bad = data.replace(values.tobytes(), values.tobytes().replace(b"\1", b"\7"))
    found = parse(bad).dataset("y").data
    assert found.view(np.uint8).tolist() == values.view(np.uint8).tolist()


def test_a_dataset_under_two_names_is_read_twice(built, parse):
    def fill(file):
        file["a"] = np.arange(3.0)
        file["b"] = file["a"]

    root = parse(built(fill))
    assert (root.numbers("a") == root.numbers("b")).all()


def test_a_file_behind_a_user_block_is_read(tmp_path, parse):
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=1024) as file:
        file["a"] = 1.0
    assert parse((tmp_path / "x.h5").read_bytes()).numbers("a") == 1.0
