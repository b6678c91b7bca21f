"""Ordinary PyTorch files: read equal to PyTorch, without it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.io import weights_reader
from lrfit.io.weights_reader import read_weights
from tests.io.weights import pickles as make


@pytest.fixture(autouse=True)
def copied_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_reader, "may_fork", lambda: True)


def arrays_of(path: Path, content: bytes) -> Mapping[str, np.ndarray]:
    path.write_bytes(content)
    return read_weights(path).arrays


@pytest.mark.parametrize("kind", make.STORAGES)
@pytest.mark.parametrize("metadata", [True, False])
def test_a_state_dict_written_by_hand_is_read(tmp_path: Path, kind: str, metadata: bool) -> None:
    rng = np.random.default_rng(0)
    wanted = {
        "rnn.weight_hh_l0": (9 * rng.normal(size=(4, 4))).astype(kind),
        "rnn.weight_ih_l0": np.asfortranarray((9 * rng.normal(size=(4, 2))).astype(kind)),
        "scale": np.array(3, dtype=kind),
        "none": np.zeros((0, 4), dtype=kind),
    }
    found = arrays_of(tmp_path / "a.pt", make.state_dict(wanted, metadata=metadata))
    assert list(found) == list(wanted)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_views_and_bfloat16_are_read_by_their_strides(tmp_path: Path) -> None:
    numbers = np.arange(12.0)
    view = make.tensor("DoubleStorage", "0", 12, [2, 3], [1, 4], 2)
    brain = make.tensor("BFloat16Storage", "1", 3, [3], [1])
    bits = np.array([0x3F80, 0xC040, 0x7F7F], "<u2")
    body = make.dictionary({"view": view, "brain": brain})
    data = {"0": numbers.tobytes(), "1": bits.tobytes()}
    found = arrays_of(tmp_path / "a.pt", make.archive(make.program(body), data))
    np.testing.assert_array_equal(found["view"], [[2, 6, 10], [3, 7, 11]])
    # 1, -3, and the largest: (2 - 2^-7) 2^127
    np.testing.assert_array_equal(found["brain"], [1.0, -3.0, (2 - 2.0**-7) * 2.0**127])


def test_numbers_and_texts_beside_the_tensors_are_read(tmp_path: Path) -> None:
    body = make.dictionary(
        {
            "tau": b"G\x3f\xb9\x99\x99\x99\x99\x99\x9a",
            "epoch": make.whole(7),
            "phi": make.text("relu"),
        }
    )
    path = tmp_path / "a.pt"
    path.write_bytes(make.archive(make.program(body)))
    found = read_weights(path)
    assert float(found.arrays["tau"]) == 0.1
    assert int(found.arrays["epoch"]) == 7
    assert found.texts == {"phi": "relu"}


def test_complex_numbers_are_named_where_they_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    body = make.dictionary({"W": make.tensor("ComplexFloatStorage", "0", 1, [1], [1])})
    path.write_bytes(make.archive(make.program(body), {"0": bytes(8)}))
    assert "complex" in read_weights(path).unread["W"]


KINDS: dict[str, Callable[[Any], Any]] = {
    "state_dict": lambda torch: torch.nn.RNN(2, 5).state_dict(),
    "nested with losses": lambda torch: {
        "epoch": 3,
        "losses": [0.5, 0.25],
        "model": torch.nn.Linear(3, 2).state_dict(),
        "more": [torch.ones(2), {"deep": torch.zeros(1)}],
    },
    "views": lambda torch: {"a": torch.arange(24.0).view(4, 6)[1:3, ::2]},
    "transposed": lambda torch: {"a": torch.randn(3, 5, dtype=torch.float64).T},
    "half": lambda torch: {"a": torch.randn(7).half(), "b": torch.randn(7).bfloat16()},
    "scalar": lambda torch: {"a": torch.tensor(2.5)},
    "optimizer": lambda torch: trained(torch)[1].state_dict(),
    "parameters": lambda torch: {"a": torch.nn.Parameter(torch.randn(3))},
    "whole numbers": lambda torch: {
        "a": torch.arange(4),
        "b": torch.tensor([True, False]),
        "c": torch.tensor([200], dtype=torch.uint8),
    },
    "tied weights": lambda torch: tied(torch.randn(4, 4)),
    "a bare tensor": lambda torch: torch.randn(2, 2),
    "a checkpoint": lambda torch: {
        "model": trained(torch)[0].state_dict(),
        "optimizer": trained(torch)[1].state_dict(),
        "size": torch.Size([2, 3]),
        "dtype": torch.float32,
        "device": torch.device("cpu"),
    },
}


def tied(weights: Any) -> dict[str, Any]:
    return {"a": weights, "b": weights[1:]}


def trained(torch: Any) -> tuple[Any, Any]:
    model = torch.nn.RNN(2, 4)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(5, 1, 2))[0].sum().backward()
    optimizer.step()
    return model, optimizer


def flat(torch: Any, value: Any, path: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    if isinstance(value, torch.Tensor):
        wide = value.detach().double() if value.is_floating_point() else value.detach()
        return {".".join(path) or "tensor": wide.numpy()}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {
        name: array
        for key, each in (pairs if isinstance(value, dict | list) else ())
        if isinstance(each, torch.Tensor | dict | list)
        for name, array in flat(torch, each, (*path, str(key))).items()
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_files_of_pytorch_are_read_equal_to_it(tmp_path: Path, kind: str, protocol: int) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    value, path = KINDS[kind](torch), tmp_path / "a.pt"
    torch.save(value, path, pickle_protocol=protocol)
    found, wanted = read_weights(path).arrays, flat(torch, value)
    assert wanted
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("old", ["a whole module", "TorchScript", "before 1.6"])
def test_programs_of_pytorch_are_refused(tmp_path: Path, old: str) -> None:
    torch = pytest.importorskip("torch")
    path, model = tmp_path / "a.pt", torch.nn.Linear(2, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if old == "TorchScript":
            torch.jit.script(model).save(str(path))
        elif old == "a whole module":
            torch.save(model, path)
        else:
            torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(InputError, match=r"torch\.save\(model\.state_dict|before version 1\.6"):
        read_weights(path)


def test_what_is_written_by_hand_is_what_pytorch_reads(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "a.pt"
    path.write_bytes(make.state_dict({"a": np.arange(6.0).reshape(2, 3)}))
    assert torch.load(path, weights_only=True)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
