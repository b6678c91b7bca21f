"""Reading through both kinds of child. What is refused and why is in test_hdf5_hostile."""

from __future__ import annotations

import io
import os
import signal
import time
from functools import partial

import h5py
import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.io import child, forked, hdf5_reader
from lrfit.io.hdf5_reader import assemble, read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.limits import ReadLimits
from lrfit.io.tree import Dataset, Group

TREE = Group(
    attributes={"n": 1},
    children={
        "a": Group(children={"b": Dataset(data=np.arange(300_000.0).reshape(3, -1))}),
        "text": Dataset(data=np.array("é")),
    },
)


@pytest.fixture(params=["fresh", "copy"], autouse=True)
def way(request, monkeypatch):
    """Whether the child is a fresh interpreter or a copy of this process."""
    monkeypatch.setattr(hdf5_reader, "may_fork", lambda: request.param == "copy")
    return request.param


def test_a_path_and_bytes_give_the_same_tree_with_its_name(tmp_path):
    path = tmp_path / "f.h5"
    path.write_bytes(to_bytes(TREE))
    for root, where in (
        (read_hdf5(path), str(path)),
        (read_hdf5(path.read_bytes(), where="<stdin>"), "<stdin>"),
    ):
        assert root.attributes == {"n": 1}
        assert (root.numbers("a/b") == TREE.numbers("a/b")).all()
        assert root.dataset("text").text() == "é"
        assert (root["a/b"].path, root["a/b"].where) == ("/a/b", where)
        assert not root.numbers("a/b").flags.writeable


def test_a_file_being_written_by_another_program_is_not_locked(tmp_path):
    path = tmp_path / "f.h5"
    path.write_bytes(to_bytes(TREE))
    with h5py.File(path, "r"):
        assert read_hdf5(path).attributes == {"n": 1}


def test_a_refusal_of_the_child_reaches_the_caller(tmp_path, built):
    path = tmp_path / "f.h5"
    path.write_bytes(built(lambda f: f.create_dataset("y", data=np.zeros(10))))
    with pytest.raises(InputError) as refusal:
        read_hdf5(path, limits=ReadLimits(data_bytes=79))
    assert str(refusal.value) == (
        f"{path}: with /y the file declares more than 79 bytes of data; "
        "thin them out or split the file"
    )


def test_what_is_not_read_of_a_file_reaches_the_caller(built):
    """Found by the structure alone, and only once values are read."""

    def fill(file):
        file["a"] = 1.0
        file.create_dataset("b", (2**40,), "f8")
        file["c"] = np.array([2**63], "u8")
        file["d"] = 2.0
        file.attrs["empty"] = h5py.Empty("S1")

    root = read_hdf5(built(fill), where="f.h5")
    assert (root.numbers("a"), root.numbers("d")) == (1.0, 2.0)
    assert root.unread == {
        "b": "/b was never written; write its values",
        "c": "/c holds an integer beyond 64 signed bits; store float64",
    }
    assert "no value at all" in root.unread_attributes["empty"]


def test_limits_of_the_caller_reach_the_child():
    with pytest.raises(InputError, match=r"more than 1\.0 MiB"):
        read_hdf5(to_bytes(TREE), limits=ReadLimits(data_bytes=2**20))
    with pytest.raises(InputError, match="took too long"):
        read_hdf5(to_bytes(TREE), limits=ReadLimits(seconds=1e-6))
    with pytest.raises(InputError, match="needed are at least one and at most 100 bytes"):
        read_hdf5(to_bytes(TREE), limits=ReadLimits(file_bytes=100))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.touch(), lambda path: 0])
def test_what_is_no_file_needs_no_child(make, tmp_path, monkeypatch):
    monkeypatch.setattr(child.subprocess, "Popen", None)
    monkeypatch.setattr(forked, "start", None)
    make(tmp_path / "f.h5")
    with pytest.raises(InputError):
        read_hdf5(tmp_path / "f.h5")
    with pytest.raises(InputError):
        read_hdf5(b"")


def test_plugins_named_by_the_environment_are_not_looked_for(monkeypatch, tmp_path, built):
    def fill(file):
        recipe = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        recipe.set_chunk((4,))
        recipe.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((4,))
        h5py.h5d.create(file.id, b"y", h5py.h5t.NATIVE_DOUBLE, space, recipe)

    data = built(fill)  # before the path is set: building asks for the plugin, too
    monkeypatch.setenv("HDF5_PLUGIN_PATH", str(tmp_path))
    for name in ("libh5zstd.so", "libh5any.so"):
        os.mkfifo(tmp_path / name)  # whoever opens it hangs
    root = read_hdf5(data, limits=ReadLimits(seconds=20))
    with pytest.raises(InputError, match="filter 32015"):
        root["y"]


def watch_children(monkeypatch, started):
    """Call a function with every child right after it is started."""

    def watched(start, *arguments, **options):
        process = start(*arguments, **options)
        started(process)
        return process

    for module, name in ((child.subprocess, "Popen"), (forked, "start")):
        monkeypatch.setattr(module, name, partial(watched, getattr(module, name)))


KINDS = {"fresh": "Popen", "copy": "ForkedChild"}


def test_no_descriptor_and_no_process_is_left(tmp_path, open_descriptors, monkeypatch, way):
    path, children = tmp_path / "f.h5", []
    path.write_bytes(b"no" * 1000)
    watch_children(monkeypatch, children.append)
    before = open_descriptors()
    for source in (path, b"no" * 1000):
        with pytest.raises(InputError):
            read_hdf5(source)
    assert open_descriptors() == before
    assert [type(process).__name__ for process in children] == [KINDS[way]] * 2
    for process in children:
        assert process.returncode is not None  # the reader has waited for its end


def test_a_child_killed_from_outside_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "f.h5"
    path.write_bytes(to_bytes(TREE))
    watch_children(monkeypatch, lambda process: process.send_signal(signal.SIGQUIT))
    with pytest.raises(InputError, match=r"the HDF5 library crashed \(SIGQUIT\) on this file"):
        read_hdf5(path)


@pytest.mark.parametrize("loaded", [True, False])
def test_a_library_that_variables_may_have_changed_is_not_copied(loaded, monkeypatch, way):
    children, data = [], to_bytes(TREE)
    watch_children(monkeypatch, children.append)
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
    if not loaded:
        monkeypatch.delitem(hdf5_reader.sys.modules, "h5py")
        monkeypatch.setattr(hdf5_reader, "_read", _tell_environment)
    if way == "copy" and not loaded:
        with pytest.raises(InputError, match=r"status 1: ValueError: \['HDF5_PLUGIN_PRELOAD'\]"):
            read_hdf5(data)
    else:
        assert read_hdf5(data).attributes == {"n": 1}
        assert type(children[0]).__name__ == "Popen"


def _tell_environment(_):
    raise ValueError([name for name in os.environ if name.startswith("HDF5_")])


def _frames(*frames: tuple[bytes, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    for kind, payload in frames:
        stream.write(child.HEADER.pack(kind, len(payload)) + payload)
    stream.seek(0)
    return stream


def _header(shape: str, kind: str = '"f8"') -> bytes:
    dataset = f'{{"attributes": {{}}, "dimensions": [], "shape": {shape}, "kind": {kind}}}'
    return f'{{"attributes": {{}}, "children": {{"y": {dataset}}}}}'.encode()


NONSENSE = {
    "nothing": _frames(),
    "unknown frame": _frames((b"Z", b"")),
    "data first": _frames((b"D", b"")),
    "not JSON": _frames((b"H", b"\xff{")),
    "deep JSON": _frames((b"H", b"[" * 200_000)),
    "no tree": _frames((b"H", b"[1, 2]")),
    "a list of attributes": _frames((b"H", b'{"attributes": [1], "children": {}}')),
    "a list of children": _frames((b"H", b'{"attributes": {}, "children": [1]}')),
    "a large integer in an array": _frames(
        (
            b"H",
            b'{"attributes": {"a": {"shape": [1], "kind": "i8", "values": [99999999999999999999]}},'
            b' "children": {}}',
        )
    ),
    "no attributes": _frames((b"H", b'{"children": {}}')),
    "huge header": _frames((b"H", bytes(2**24 + 1))),
    "bad attribute": _frames((b"H", b'{"attributes": {"a": null}, "children": {}}')),
    "object attribute": _frames(
        (
            b"H",
            b'{"attributes": {"a": {"shape": [1], "kind": "O", "values": [[]]}}, "children": {}}',
        )
    ),
    "missing data": _frames((b"H", _header("[2]"))),
    "short data": _frames((b"H", _header("[2]")), (b"D", bytes(15))),
    "long data": _frames((b"H", _header("[2]")), (b"D", bytes(17))),
    "negative shape": _frames((b"H", _header("[-2, -2]")), (b"D", bytes(32))),
    "fractional shape": _frames((b"H", _header("[0.5]")), (b"D", bytes(4))),
    "true as shape": _frames((b"H", _header("[true]")), (b"D", bytes(8))),
    "huge shape": _frames((b"H", _header(f"[{2**50}]")), (b"D", bytes(8))),
    "object stored": _frames((b"H", _header("[1]", '"f8", "stored": "O"')), (b"D", bytes(8))),
    "object kind": _frames((b"H", _header("[1]", '"O"')), (b"D", bytes(8))),
    "numbers as texts": _frames((b"H", _header("[1]", '"str"')), (b"D", b"[1]")),
    "wrong count of texts": _frames((b"H", _header("[2]", '"str"')), (b"D", b'["a"]')),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_child_is_not_believed(name):
    NONSENSE[name].seek(0)
    with pytest.raises(child.ProtocolError):
        assemble(NONSENSE[name], where="f", limits=ReadLimits())


def test_a_child_that_sends_more_than_the_limit_is_stopped_at_the_header():
    stream = _frames((b"H", _header("[2]")), (b"D", bytes(16)))
    assert assemble(stream, where="f", limits=ReadLimits(data_bytes=16)).numbers("y").shape == (2,)
    stream.seek(0)
    with pytest.raises(child.ProtocolError, match="another size"):
        assemble(stream, where="f", limits=ReadLimits(data_bytes=15))


def test_the_child_costs_little_more_than_starting_python_with_h5py(python):
    """Measured beside each other, since the machine may be busy."""
    data = to_bytes(Group(children={"M": Dataset(data=np.ones((50, 2)))}))
    costs, bare = [], []
    for _ in range(3):
        start = time.perf_counter()
        read_hdf5(data)
        costs.append(time.perf_counter() - start)
        start = time.perf_counter()
        python("-c", "import h5py")
        bare.append(time.perf_counter() - start)
    assert min(costs) < 1.5 * min(bare) + 0.1


def test_the_child_imports_no_other_heavy_package(python):
    script = """
import sys, lrfit.io.hdf5_child
heavy = {"scipy", "sklearn", "pydantic", "yaml", "typer", "rich", "matplotlib"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    python("-c", script)
