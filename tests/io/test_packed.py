"""Packed numbers: the rules of CF and netCDF, applied or refused, never ignored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lrfit.core.errors import InputError
from lrfit.io.packed import refuse_packing, unpacked
from lrfit.io.tree import Dataset, Group


def dataset(values, **attributes):
    attributes = {n: np.array(v) if isinstance(v, list) else v for n, v in attributes.items()}
    array = np.asarray(values)
    stored = f"{array.dtype.kind}{array.dtype.itemsize}" if array.dtype.kind in "fiu" else ""
    return Dataset(data=array, attributes=attributes, stored=stored, path="/y", where="f.h5")


def values_of(values, **attributes):
    """Values with None where there is none."""
    found, missing = unpacked(dataset(values, **attributes))
    return [None if gone else float(value) for value, gone in zip(found, missing, strict=True)]


INT16 = arrays(np.int16, 7)
FACTORS = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)


@settings(deadline=None)
@given(INT16, FACTORS, st.floats(-1e3, 1e3))
def test_packing_into_integers_is_undone_to_half_a_step(stored, factor, offset):
    truth = stored * factor + offset
    found, missing = unpacked(dataset(stored, scale_factor=factor, add_offset=np.array([offset])))
    assert not missing.any()
    assert found == pytest.approx(truth, rel=1e-12, abs=1e-9 * abs(factor))


@settings(deadline=None)
@given(arrays(np.uint8, 9), st.integers(0, 255))
def test_unsigned_bytes_stored_as_signed_ones_are_what_they_were(truth, fill):
    stored = truth.view(np.int8)
    marked = np.uint8(fill).view(np.int8)
    found, missing = unpacked(dataset(stored, _Unsigned="true", _FillValue=int(marked)))
    assert found.tolist() == truth.tolist()
    assert missing.tolist() == (truth == fill).tolist()


@settings(deadline=None)
@given(arrays(np.int32, 5))
def test_signed_numbers_stored_as_unsigned_ones_are_what_they_were(truth):
    found, _ = unpacked(dataset(truth.view(np.uint32), _Unsigned="false"))
    assert found.tolist() == truth.tolist()


@pytest.mark.parametrize(
    ("values", "attributes", "expected"),
    [
        ([1, -9999, 3], {"_FillValue": -9999, "scale_factor": 0.5}, [0.5, None, 1.5]),
        ([1, 8, 9], {"missing_value": np.array([8, 9])}, [1, None, None]),
        ([1, 8, 9], {"_FillValue": 8, "missing_value": 9.0}, [1, None, None]),
        ([1.0, np.float32(1e20)], {"_FillValue": 1e20}, [1, None]),  # stored as single before
        (np.float32([1, 1e20]), {"_FillValue": 1e20}, [1, None]),
        ([1, 2, 3, 4], {"valid_min": 2, "scale_factor": 10.0}, [None, 20, 30, 40]),
        ([1, 2, 3, 4], {"valid_max": 3}, [1, 2, 3, None]),
        ([1, 2, 3, 4], {"valid_range": np.array([2, 3])}, [None, 2, 3, None]),
        ([1, 2, 3], {"valid_range": [15.0, 25.0], "scale_factor": 10.0}, [None, 20, None]),
        ([1.0, 2.0], {"valid_max": 1.5}, [1, None]),
        (np.int8([1, -1]), {"_Unsigned": "true", "valid_max": -2}, [1, None]),  # 254
        ([1, 8], {"FillValue": 8}, [1, None]),
        ([1, 8], {"no_data": 8.0, "missing": "never"}, [1, None]),
        ([1, 2], {"scale": 1.0, "Offset": 0, "scale_factor": 1, "add_offset": 0.0}, [1, 2]),
        ([1, 2], {"scale": "log of counts", "units": "m", "long_name": "y", "gain": 1}, [1, 2]),
        ([1, 2], {"least_significant_digit": 3, "actual_range": np.array([1, 2])}, [1, 2]),
    ],
)
def test_what_an_attribute_means_is_done(values, attributes, expected):
    assert values_of(np.asarray(values), **attributes) == expected


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"scale_factor": "0.1"}, "has text as attribute scale_factor; needed are numbers"),
        ({"scale_factor": np.array([1.0, 2.0])}, "needs one finite number as attribute scale"),
        ({"scale_factor": np.nan}, "needs one finite number"),
        ({"scale_factor": np.empty(0)}, "needs one finite number"),
        ({"scale_factor": 0.0}, "has 0 as attribute scale_factor"),
        ({"add_offset": np.inf}, "needs one finite number as attribute add_offset"),
        ({"_FillValue": "none"}, "has text as attribute _FillValue"),
        ({"valid_range": np.array([1.0])}, "needs two numbers as attribute valid_range"),
        ({"valid_min": np.array([1.0, 2.0])}, "needs one number as attribute valid_min"),
        ({"_Unsigned": "perhaps"}, "'perhaps' as attribute _Unsigned; give true or false"),
        ({"scale": 0.01}, "has the attribute scale, which may change what its numbers mean"),
        ({"Gain": 2}, "apply it and remove it"),
        ({"offset": np.array([3.0])}, "write scale_factor and add_offset as netCDF does"),
        ({"calibrated_nt": 5}, "HDF4's rule"),
        ({"compress": "lat lon"}, "which is not read; unpack it"),
    ],
)
def test_packing_that_is_unclear_is_refused_by_name(attributes, words):
    with pytest.raises(InputError, match=words) as refusal:
        unpacked(dataset([1, 2], **attributes))
    assert str(refusal.value).startswith("f.h5: /y ")


def test_a_range_of_floats_that_could_be_packed_or_not_is_refused():
    with pytest.raises(InputError, match="unclear whether it is of packed numbers"):
        unpacked(dataset([1.0, 2.0], scale_factor=10.0, valid_max=5.0))


def test_an_attribute_of_packing_that_cannot_be_read_is_not_ignored():
    broken = Dataset(data=np.zeros(2), unread_attributes={"scale_factor": "it holds a compound"})
    with pytest.raises(InputError, match="it holds a compound"):
        unpacked(broken)


@pytest.mark.parametrize("name", ["scale_factor", "_FillValue", "valid_range", "_Unsigned"])
def test_a_group_cannot_be_packed(name):
    with pytest.raises(InputError, match=f"/ has the attribute {name}, which is read at datasets"):
        refuse_packing(Group(attributes={name: 2}))


def test_a_group_may_say_that_nothing_is_packed():
    refuse_packing(Group(attributes={"scale_factor": 1.0, "add_offset": 0, "title": "x"}))
