"""Hostile PyTorch files are refused in one line, with nothing run and no time lost."""

from __future__ import annotations

import builtins
import collections
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError
from lrfit.io import weights_reader
from tests.io.weights import pickles as make
from tests.io.weights.pickles import Runs, archive, name, pickled, program, tensor

ONE = {"0": np.zeros(4).tobytes()}
GOOD = tensor("DoubleStorage", "0", 4, [2, 2], [2, 1])


def holding(body: bytes, data: dict[str, bytes] | None = None, **options: Any) -> bytes:
    """A file whose dictionary holds one thing under the name W."""
    return archive(program(make.dictionary({"W": body})), ONE if data is None else data, **options)


def running(function: object, *arguments: object, protocol: int = 2) -> bytes:
    return archive(pickled({"W": Runs(function, *arguments)}, protocol), ONE)


def nested(depth: int) -> bytes:
    return archive(program(b"]" * depth + b"a" * (depth - 1)))


def shared(levels: int) -> bytes:
    """Lists that hold the one before twice: 2^levels paths."""
    body = b"]q\x00"
    for level in range(1, levels):
        before, place = bytes([level - 1]), bytes([level])
        body += b"](h" + before + b"h" + before + b"eq" + place
    return archive(program(body))


def repeated_member() -> bytes:
    import io
    import warnings

    buffer = io.BytesIO(holding(GOOD))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as out:
        warnings.simplefilter("ignore")
        out.writestr("archive/data/0", np.ones(4).tobytes())
    return buffer.getvalue()


def claiming(size: int) -> bytes:
    """A member that says in the directory that it is larger than it is."""
    data = bytearray(holding(GOOD))
    at = data.rindex(b"archive/data/0") - 46
    data[at + 20 : at + 28] = struct.pack("<II", size, size)
    return bytes(data)


def script() -> bytes:
    more = {"archive/code/__torch__.py": b"import os", "archive/constants.pkl": program(b")")}
    return holding(GOOD, more=more)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "os.system": (lambda: running(os.system, "touch ran"), "a program; nothing of it was run"),
    "builtins.eval": (lambda: running(builtins.eval, "open('ran','w')"), "a program"),
    "builtins.exec": (lambda: running(builtins.exec, "open('ran','w')", protocol=4), "a program"),
    "subprocess": (lambda: running(subprocess.Popen, ["touch", "ran"]), "a program"),
    "getattr": (lambda: running(getattr, "x", "upper"), "a program"),
    "import": (lambda: running(builtins.__import__, "os"), "a program"),
    "a whole module": (lambda: holding(name("torch.nn.modules.rnn", "RNN") + b")R"), "a program"),
    "a class of a script": (lambda: holding(name("__main__", "Net") + b")\x81"), "a program"),
    "torch.load inside": (lambda: holding(name("torch.storage", "_load_from_bytes")), "a program"),
    "TorchScript": (script, "TorchScript program, which is not run"),
    "NEWOBJ": (
        lambda: holding(name("collections", "OrderedDict") + b")\x81"),
        "the instruction NEWOBJ",
    ),
    "INST": (lambda: holding(b"(ios\nsystem\n"), "the instruction INST"),
    "OBJ": (lambda: holding(b"(" + name("torch", "Size") + b"o"), "the instruction OBJ"),
    "EXT1": (lambda: holding(b"\x82\x01"), "the instruction EXT1"),
    "BUILD on a tensor": (lambda: holding(GOOD + b"}b"), "sets the state of an object"),
    "BUILD on a list": (lambda: holding(b"]}b"), "sets the state of an object"),
    "BUILD with slots": (
        lambda: holding(make.dictionary({}) + b"(}}tb"),
        "sets the state of an object",
    ),
    "call of a call": (lambda: holding(GOOD + b")R"), "which makes no tensor"),
    "call of a storage": (lambda: holding(name("torch", "FloatStorage") + b")R"), "no tensor"),
    "OrderedDict of items": (
        lambda: archive(pickled(collections.OrderedDict([("a", Runs(os.getcwd))])), ONE),
        "a program",
    ),
    "100,000 nested lists": (lambda: nested(100_000), "nested more than 16 deep"),
    "200,000 nested lists": (lambda: nested(200_000), "more than 300,000 instructions"),
    "2^60 paths": (lambda: shared(60), "nested more than 16 deep"),
    "a list of itself": (lambda: archive(program(b"]q\x00h\x00a")), "holds no arrays"),
    "2^14 paths": (lambda: shared(15), "holds no arrays"),
    "offset beyond": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2, 2], [2, 1], 1)),
        "outside of its storage",
    ),
    "negative offset": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2, 2], [2, 1], -1)),
        "cannot be",
    ),
    "negative stride": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2, 2], [-2, 1], 2)),
        "cannot be",
    ),
    "negative size": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [-2, 2], [2, 1])),
        "cannot be",
    ),
    "huge stride": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2, 2], [2**40, 1])),
        "outside of its storage",
    ),
    "endless stride": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2, 2], [2**100, 1])),
        "cannot be",
    ),
    "a terabyte of one number": (
        lambda: holding(tensor("DoubleStorage", "0", 4, [2**20, 2**20], [0, 0])),
        "repeats few numbers",
    ),
    "a terabyte of storage": (
        lambda: holding(tensor("DoubleStorage", "0", 2**40, [2, 2], [2, 1])),
        "more numbers than there are",
    ),
    "negative storage": (
        lambda: holding(tensor("DoubleStorage", "0", -4, [0, 2], [2, 1])),
        "more numbers than there are",
    ),
    "a terabyte of text": (lambda: archive(program(b"\x8d" + b"\xff" * 8 + b"a")), "damaged"),
    "a terabyte of bytes": (lambda: archive(program(b"\x8e" + b"\xff" * 5 + bytes(3))), "damaged"),
    "a member that claims 4 GB": (lambda: claiming(2**32 - 2), "unpacks to more than"),
    "compressed members": (
        lambda: holding(GOOD, compression=zipfile.ZIP_DEFLATED),
        "compressed, as torch.save never does",
    ),
    "a zip bomb": (
        lambda: archive(program(b"]"), {"0": bytes(2**24)}, compression=zipfile.ZIP_DEFLATED),
        "compressed, as torch.save never does",
    ),
    "a path as a key": (
        lambda: holding(tensor("DoubleStorage", "../../etc/passwd", 4, [2, 2], [2, 1])),
        "are missing",
    ),
    "a path that is there": (
        lambda: holding(
            tensor("DoubleStorage", "../secret", 4, [2, 2], [2, 1]),
            more={"archive/data/../secret": np.zeros(4).tobytes()},
        ),
        "are missing",
    ),
    "a key that is not there": (
        lambda: holding(tensor("DoubleStorage", "7", 4, [2, 2], [2, 1])),
        "are missing",
    ),
    "a member twice": (repeated_member, "twice"),
    "cut off": (lambda: holding(GOOD)[:-40], "damaged or was cut off"),
    "cut in the middle": (lambda: holding(GOOD)[:300], "damaged or was cut off"),
    "damaged numbers": (
        lambda: holding(GOOD).replace(np.zeros(4).tobytes(), np.ones(4).tobytes()),
        "damaged or was cut off",
    ),
    "a pickle that ends": (lambda: archive(b"\x80\x02]"), "damaged"),
    "an empty stack": (lambda: archive(program(b"")), "damaged"),
    "two descriptions": (
        lambda: holding(GOOD, more={"other/data.pkl": program(b"]")}),
        "not one data.pkl",
    ),
    "big-endian": (
        lambda: archive(program(GOOD), ONE).replace(b"little", b"bigone"),
        "damaged or was cut off",
    ),
    "a bare pickle": (lambda: pickled(Runs(os.system, "touch ran")), "a program that is not run"),
    "a text as numbers": (lambda: holding(make.storage("FloatStorage", "0", 4)), "known"),
    "an escape in a name": (lambda: holding(name("\x1b[2J", "x")), r"names \x1b[2J.x"),
    "unhashable key": (lambda: archive(program(b"}]]s")), "damaged"),
    "POP": (lambda: archive(program(b"]" + b"0" * 10)), "instruction POP"),
    "too many instructions": (lambda: archive(program(b"N" * 300_001)), "more than 300,000"),
}


@pytest.fixture(autouse=True)
def copied_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_reader, "may_fork", lambda: True)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_runs(
    run: Callable[..., Any], tmp_path: Path, case: str
) -> None:
    content, said = HOSTILE[case]
    (tmp_path / "a.pt").write_bytes(content())
    done = run("import", "a.pt", "--tau", 1, "--dt", 1)
    assert done.code == 3
    assert said in done.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pt"]


def test_a_fresh_process_refuses_as_a_copy_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_reader, "may_fork", lambda: False)
    path = tmp_path / "a.pt"
    path.write_bytes(running(os.system, f"touch {tmp_path}/ran"))
    with pytest.raises(InputError, match="nothing of it was run"):
        lrfit.import_network(path, tau=1.0, dt=1.0)
    assert not (tmp_path / "ran").exists()


def test_reading_imports_neither_torch_nor_pickle_machinery(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(make.state_dict({"J": np.eye(3)}))
    code = (
        "import sys, io\n"
        "from lrfit.io.weights.child import contents\n"
        "from lrfit.io.limits import ReadLimits\n"
        f"found = contents(open({str(path)!r}, 'rb'), ReadLimits())\n"
        "assert found.items['J'].load().sum() == 3\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
