"""A network as named arrays, and these as files of NumPy, MATLAB and safetensors.

    M, N, bias, center, input_weights, direct_input, tau, ...      of a low-rank network
    J (or J_data, J_indices, J_indptr of a sparse one), ...        of a full-rank network
    nonlinearity, equation, variables, inputs                      texts
    lrfit                                                          "low-rank network", ...

Names and units are those of the network itself: the user's units. The file holds the numbers to
the last bit; `own_arrays` makes the same network of them again.
"""

from __future__ import annotations

import dataclasses
import io
import json
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.core.provenance import Provenance
from lrfit.fields.field import Domain
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.networks.output import Output
from lrfit.networks.rate_network import RateNetwork

_FIELD = 31
"""Letters in the name of a field of a MATLAB struct before version 7."""


def network_arrays(network: RateNetwork) -> dict[str, NDArray[Any]]:
    """Every field of a network as an array by name; fields that are None are left out."""
    found: dict[str, NDArray[Any]] = {}
    for field in dataclasses.fields(network):  # type: ignore[arg-type]  # networks are dataclasses
        found |= _arrays(getattr(network, field.name), field.name)
    equation = getattr(network, "equation", None)
    if equation is None:
        return {**found, "lrfit": np.array("full-rank network")}
    return {**found, "lrfit": np.array("low-rank network"), "equation": np.array(equation)}


@singledispatch
def _arrays(value: Any, name: str) -> dict[str, NDArray[Any]]:
    """One field as arrays: a number or an array is one, a sparse matrix three."""
    if hasattr(value, "indptr"):
        return {f"{name}_{part}": getattr(value, part) for part in ("data", "indices", "indptr")}
    return {name: np.asarray(value)}


@_arrays.register(Provenance)
@_arrays.register
def _(value: None, name: str) -> dict[str, NDArray[Any]]:
    return {}


@_arrays.register
def _(value: Domain, name: str) -> dict[str, NDArray[Any]]:
    names = {part: np.array(getattr(value, part), np.str_) for part in ("variables", "inputs")}
    bounds = ("lower", "upper", "input_lower", "input_upper")
    return {**names, **{part: getattr(value, part) for part in bounds}}


@_arrays.register
def _(value: Output, name: str) -> dict[str, NDArray[Any]]:
    parts = ("offset", "state", "input", "rates")
    arrays = {f"{name}_{part}": getattr(value, part) for part in parts}
    box = {f"{name}_{part}": getattr(value.domain, part) for part in ("lower", "upper")}
    names = {f"{name}_variables": np.array(value.domain.variables, np.str_)}
    return {**arrays, **box, **names, f"{name}_copied": np.array(value.copied, dtype=np.int64)}


@_arrays.register
def _(value: Nonlinearity, name: str) -> dict[str, NDArray[Any]]:
    return {name: np.array(value.name)}


@_arrays.register
def _(value: tuple, name: str) -> dict[str, NDArray[Any]]:  # type: ignore[type-arg]  # of any
    texts = [each.name if isinstance(each, Nonlinearity) else str(each) for each in value]
    return {name: np.array(texts, dtype=np.str_)}


def to_npz(network: RateNetwork) -> bytes:
    """The bytes of an .npz file, which `numpy.load` reads without pickles."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **network_arrays(network))
    return buffer.getvalue()


def to_mat(network: RateNetwork) -> bytes:
    """The bytes of a .mat file of version 5, with one struct `network`."""
    from scipy.io import savemat  # noqa: PLC0415 - a slow import

    arrays = {name[:_FIELD]: values for name, values in network_arrays(network).items()}
    buffer = io.BytesIO()
    cells = {name: _cell(values) for name, values in arrays.items()}
    savemat(buffer, {"network": cells}, oned_as="column")  # type: ignore[arg-type]  # a file will do
    return buffer.getvalue()


def _cell(values: NDArray[Any]) -> NDArray[Any]:
    """Lists of texts as cells of texts, which MATLAB does not pad."""
    return values.astype(object) if values.dtype.kind == "U" and values.ndim else values


def to_safetensors(network: RateNetwork) -> bytes:
    """The bytes of a .safetensors file: numbers as tensors, texts as metadata.

    Eight bytes of length, a header of JSON that is padded to whole words, and the numbers
    (huggingface/safetensors, format of version 0.x). Several names are one text, with spaces.
    """
    tensors: dict[str, Any] = {}
    texts: dict[str, str] = {}
    data = b""
    for name, values in network_arrays(network).items():
        if values.dtype.kind == "U":
            texts[name] = " ".join(values.tolist()) if values.ndim else str(values)
            continue
        is_whole = values.dtype.kind == "i"
        raw = np.ascontiguousarray(values, "<i8" if is_whole else "<f8").tobytes()
        place = [len(data), len(data) + len(raw)]
        kind = "I64" if is_whole else "F64"
        tensors[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": place}
        data += raw
    header = json.dumps({"__metadata__": texts, **tensors}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data
