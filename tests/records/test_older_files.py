"""Files that released versions wrote are read today, and say what they said.

`written_by_*/` holds small files of every kind, compressed, and `shown.json`: what `lrfit show
--json` of that version told about each. A later version may say more, and nothing else.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lrfit.cli.main import main
from lrfit.fitting.result import Fit
from lrfit.records.store import load

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("written_by_*/*.xz"))
ELSEWHERE = {"file", "output", "schema"}
"""Where the file lies, and the version of the answer."""


@pytest.fixture
def unpacked(packed: Path, tmp_path: Path) -> Path:
    path = tmp_path / packed.stem
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    return path


def identity(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("packed", FILES, ids=identity)
def test_show_says_the_same_of_it(
    packed: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(unpacked), "--json"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    wanted = json.loads((packed.parent / "shown.json").read_text(encoding="utf-8"))[unpacked.name]
    for name, value in wanted.items():
        if name not in ELSEWHERE:
            assert said[name] == value, name


@pytest.mark.parametrize("packed", [p for p in FILES if ".network." in p.name], ids=identity)
def test_a_network_has_the_arrays_of_its_file(packed: Path, unpacked: Path) -> None:
    record = load(unpacked)
    assert isinstance(record, Fit)
    with h5py.File(unpacked) as file:
        for name in ("M", "N", "bias", "center", "input_weights", "direct_input"):
            np.testing.assert_array_equal(getattr(record.network, name), file["network"][name][()])
    assert record.system.domain.variables == record.network.domain.variables or (
        record.network.output is not None
    )


def test_every_kind_of_file_is_there() -> None:
    kinds = set()
    for folder in {path.parent for path in FILES}:
        shown = json.loads((folder / "shown.json").read_text(encoding="utf-8"))
        assert {path.stem for path in folder.glob("*.xz")} == set(shown)
        kinds |= {one["kind"] for one in shown.values()}
    assert kinds >= {
        "network",
        "trajectory",
        "grid",
        "certificate",
        "stress",
        "score",
        "analysis",
        "degeneracy",
        "perturbation",
    }
