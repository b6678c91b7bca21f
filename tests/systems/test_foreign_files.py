"""Files of other programs: what they are and what to do, told by their content."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import scipy.io

from lrfit.core.errors import InputError
from lrfit.io.foreign import foreign
from lrfit.records.store import load, load_network
from lrfit.systems.open import load_system

SYSTEM = b"name: decay\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n"
ROWS = np.random.default_rng(0).normal(size=(30, 3))


def into(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def zipped(member):
    def write(file):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(member, b"x" * 100)

    return into(write)


def tarred(file):
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))


OLD_TORCH = pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + pickle.dumps(1001, protocol=2)
FILES = {
    "a.npz": (into(lambda f: np.savez(f, J=ROWS)), "NumPy archive", "lrfit.from_samples"),
    "b.npz": (into(lambda f: np.savez_compressed(f, J=ROWS)), "NumPy archive", "numpy.load"),
    "a.npy": (into(lambda f: np.save(f, ROWS)), "NumPy array", "lrfit.from_trajectories"),
    "a.mat": (into(lambda f: scipy.io.savemat(f, {"J": ROWS})), "MATLAB file", "scipy.io.loadmat"),
    "a.pt": (zipped("archive/data.pkl"), "PyTorch file", "lrfit.FullRankNetwork"),
    "b.pth": (OLD_TORCH, "PyTorch file", "lrfit.FullRankNetwork"),
    "a.pkl": (pickle.dumps({"J": [1.0]}), "Python pickle", "pickle.load"),
    "a.csv": (into(lambda f: np.savetxt(f, ROWS, delimiter=",")), "table of numbers", "loadtxt"),
    "b.csv": (b"t,x,y\n0,1,2\n1,,3\n2,3,4\n", "table of numbers", "pandas.read_csv"),
    "c.csv": (b"t;x\n0,5;1,5\n1,5;2,5\n2,5;3,5\n", "table of numbers", "lrfit.from_trajectories"),
    "a.txt": (into(lambda f: np.savetxt(f, ROWS)), "table of numbers", "lrfit.from_samples"),
    "a.json": (json.dumps({"J": [[1, 2]], "tau": 1}).encode(), "JSON", "name, dynamics and domain"),
    "a.ipynb": (
        json.dumps({"cells": [], "nbformat": 4}).encode(),
        "Jupyter notebook",
        "lrfit.from_callable",
    ),
    "a.py": (b"import numpy as np\n\ndef f(z, u):\n    return -z\n", "Python", "from_callable"),
    "a.zip": (zipped("system.yaml"), "zip archive", "unpack it first"),
    "a.xlsx": (zipped("[Content_Types].xml"), "Excel", "pandas.read_excel"),
    "a.yaml.gz": (gzip.compress(SYSTEM), "gzip", "gunzip"),
    "a.yaml.bz2": (bz2.compress(SYSTEM), "bzip2", "bunzip2"),
    "a.yaml.xz": (lzma.compress(SYSTEM), "xz file", "unxz"),
    "a.tar": (into(tarred), "tar archive", "tar xf"),
    "a.nc": (into(lambda f: f.write(b"CDF\x02" + bytes(60))), "netCDF", "nccopy -k nc4"),
    "a.safetensors": (
        (40).to_bytes(8, "little") + b'{"J":{"dtype":"F64"}}'.ljust(40) + bytes(8),
        "safetensors",
        "lrfit.FullRankNetwork",
    ),
    "utf16.yaml": (SYSTEM.decode().encode("utf-16"), "UTF-16 text", "UTF-8"),
    "a.bin": (bytes(range(256)), "binary file", "name one of those"),
}
TOO_LONG_TO_BE_TEXT = into(lambda f: np.savetxt(f, np.tile(ROWS, (1000, 1)), delimiter=","))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("hide", [False, True], ids=["named", "misnamed"])
def test_a_file_of_another_program_is_called_what_it_is(name, hide, tmp_path):
    content, what, cure = FILES[name]
    path = tmp_path / ("system.yaml" if hide else name)
    path.write_bytes(content)
    with pytest.raises(InputError, match=what) as refusal:
        load_system(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: this is ")
    assert "a system is a system.yaml with its equations, or a sampled field in HDF5" in message
    assert cure in message
    assert message.isprintable()
    assert len(message) < 500


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("read", [load_network, load])
def test_no_file_of_another_program_is_a_network(name, read, tmp_path):
    (tmp_path / name).write_bytes(FILES[name][0])
    with pytest.raises(InputError, match=f"this is .*{FILES[name][1]}"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npz", "a.mat", "a.pt", "a.csv", "a.pkl", "a.npy"])
def test_the_weights_of_others_are_led_to_a_network(name, tmp_path):
    (tmp_path / name).write_bytes(FILES[name][0])
    with pytest.raises(InputError, match=r"`lrfit fit` or .*lrfit\.FullRankNetwork in Python"):
        load_network(tmp_path / name)


def test_bytes_and_long_files_are_told_in_the_same_way(tmp_path):
    with pytest.raises(InputError, match="<bytes>: this is a NumPy archive"):
        load_system(FILES["a.npz"][0])
    path = tmp_path / "long.txt"
    path.write_bytes(TOO_LONG_TO_BE_TEXT)
    assert len(TOO_LONG_TO_BE_TEXT) > 2**20
    with pytest.raises(InputError, match="this is a table of numbers"):
        load_system(path)


def test_a_system_given_as_a_network_is_to_be_fitted_first(tmp_path):
    (tmp_path / "s.yaml").write_bytes(SYSTEM)
    with pytest.raises(InputError, match=r"this is text; a network is .*fit a network to it first"):
        load_network(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    "text",
    [
        SYSTEM,
        b'{"name": "decay", "dynamics": {"x": "-x"}, "domain": {"x": [-1, 1]}}',
        b"\xef\xbb\xbf" + SYSTEM,
        b"# import this\n" + SYSTEM,
    ],
)
def test_what_is_a_system_is_read_as_one_whatever_it_looks_like(text, tmp_path):
    for name in ("s.yaml", "s.json", "s.txt"):
        (tmp_path / name).write_bytes(text)
        assert load_system(tmp_path / name).velocity([[0.5]], [[]]).tolist() == [[-0.5]]


def test_no_sample_system_is_taken_for_something_else():
    from lrfit.systems.library import sample_names, sample_path

    assert not [name for name in sample_names() if foreign(sample_path(name).read_bytes())]
