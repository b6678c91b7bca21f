"""npz, safetensors, MATLAB and HDF5: what is read, and what is refused."""

from __future__ import annotations

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from lrfit.core.errors import InputError
from lrfit.io import weights_reader
from lrfit.io.limits import ReadLimits
from lrfit.io.weights_reader import read_weights


@pytest.fixture(autouse=True)
def copied_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_reader, "may_fork", lambda: True)


def safetensors(header: Any, data: bytes = b"") -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def test_npz_arrays_come_back_in_any_order_and_type(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    wanted = {
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "h": np.array([1.5, 2.5], dtype=np.float16),
        "i": np.arange(4, dtype=">i4"),
        "b": np.array([True, False]),
        "folder/x": np.zeros((2, 0)),
    }
    np.savez_compressed(path, **wanted, phi="relu", names=np.array(["a", "b"]))
    found = read_weights(path)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found.arrays[name], values)
    assert found.texts == {"phi": "relu", "names": ("a", "b")}


def test_objects_of_an_npz_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, W=np.eye(2), o=np.array([{}, 1], dtype=object))
    found = read_weights(path)
    assert list(found.arrays) == ["W"]
    assert "pickled programs" in found.unread["o"]


def bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
        out.open("a.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(48):
            member.write(bytes(2**20))


def shorter(path: Path) -> None:
    np.savez(path, a=np.arange(100.0))
    with zipfile.ZipFile(path) as archive:
        data = archive.read("a.npy")
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a.npy", data[:-8])


def test_an_npz_that_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    shorter(path)
    with pytest.raises(InputError, match="another size"):
        read_weights(path)
    bomb(path)
    small = ReadLimits(data_bytes=2**25)
    with pytest.raises(InputError, match="unpacks to more than"):
        read_weights(path, limits=small)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40))
def test_a_damaged_file_is_refused_or_read_and_nothing_else(
    tmp_path: Path, seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "a"
    kind = rng.integers(3)
    if kind == 0:
        np.savez(tmp_path / "whole.npz", W=np.eye(3), b=np.ones(3))
        data = bytearray((tmp_path / "whole.npz").read_bytes())
    elif kind == 1:
        savemat(tmp_path / "whole.mat", {"W": np.eye(3), "s": {"b": np.ones(3), "t": "tanh"}})
        data = bytearray((tmp_path / "whole.mat").read_bytes())
    else:
        entry = {"dtype": "F64", "shape": [2, 2], "data_offsets": [0, 32]}
        data = bytearray(safetensors({"W": entry}, bytes(32)))
    for at in rng.integers(0, len(data), count):
        data[at] = rng.integers(256)
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        assert all(array.size <= 9 for array in read_weights(path).arrays.values())


def test_safetensors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    brain = np.array([0x3F80, 0x4000], "<u2").tobytes()
    path.write_bytes(
        safetensors(
            {
                "__metadata__": {"nonlinearity": "relu", "n": 3},
                "W": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]},
                "v": {"dtype": "BF16", "shape": [2], "data_offsets": [8, 12]},
                "q": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]},
            },
            np.array([1.5, -2.0], "<f4").tobytes() + brain,
        )
    )
    found = read_weights(path)
    assert found.arrays["W"].tolist() == [[1.5, -2.0]]
    assert found.arrays["v"].tolist() == [1.0, 2.0]
    assert found.texts == {"nonlinearity": "relu"}
    assert "F8_E4M3" in found.unread["q"]


ENTRY = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}


@pytest.mark.parametrize(
    "content",
    [
        safetensors({"W": {**ENTRY, "data_offsets": [0, 24]}}, bytes(24)),
        safetensors({"W": ENTRY}, bytes(8)),
        safetensors({"W": {**ENTRY, "data_offsets": [-8, 8]}}, bytes(24)),
        safetensors({"W": {**ENTRY, "shape": [2**40], "data_offsets": [0, 2**43]}}, bytes(16)),
        safetensors({"W": {**ENTRY, "shape": [-2, -1]}}, bytes(16)),
        safetensors({"W": {**ENTRY, "shape": [2.0]}}, bytes(16)),
        safetensors({"W": {"dtype": "F64"}}, bytes(16)),
        safetensors({"W": 3}, bytes(16)),
        safetensors(b'{"W": 1, "W": 2}', bytes(16)),
        safetensors(b"{" + b"[" * 10_000, bytes(16)),
        (2**62).to_bytes(8, "little") + b'{"W": 1}' + bytes(16),
    ],
)
def test_a_safetensors_file_that_lies_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read_weights(path)


def test_matlab_structs_are_read_field_by_field(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    cells = np.array(["u", "long"], dtype=object)
    savemat(
        path,
        {"W": np.eye(2), "net": {"b": np.ones(3), "deep": {"phi": "relu"}}, "names": cells},
        do_compression=True,
    )
    found = read_weights(path)
    np.testing.assert_array_equal(found.arrays["W"], np.eye(2))
    assert found.arrays["net.b"].ravel().tolist() == [1.0] * 3
    assert found.texts == {"net.deep.phi": "relu", "names": ("u", "long")}


def test_matlab_from_7_3_on_is_transposed_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    W = np.arange(6.0).reshape(2, 3)
    with h5py.File(path, "w", userblock_size=512) as file:
        file["W"] = W.T
        file["phi"] = np.array([[ord(c)] for c in "relu"], np.uint16)
        file["phi"].attrs["MATLAB_class"] = np.bytes_("char")
    with path.open("r+b") as out:
        out.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    found = read_weights(path)
    np.testing.assert_array_equal(found.arrays["W"], W)
    assert found.texts == {"phi": "relu"}


def test_keras_hdf5_keeps_its_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file["rnn/cell/recurrent_kernel:0"] = np.eye(2)
        file["rnn/soft"] = h5py.SoftLink("/rnn/cell")
    found = read_weights(path)
    np.testing.assert_array_equal(found.arrays["rnn/cell/recurrent_kernel:0"], np.eye(2))
    assert "soft" in found.unread["rnn/soft"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"just a text\n" * 20, "no file of weights that is known"),
        (b"\x00" * 64, "no file of weights that is known"),
        (b"PK\x03\x04" + bytes(60), "damaged or was cut off"),
        (b"MATLAB 5.0 MAT-file" + bytes(200), "MATLAB file cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_weights(path)
