"""Results of every kind come back from their files as they were, whatever they hold.

The values are drawn from the annotations of their classes, so that a new field, and a new kind,
is part of these tests without a line here. `GIVEN` holds what the annotations do not say.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import typing
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal

import numpy as np
import pytest
from scipy.sparse import csr_array

from lrfit.cli.text import plain_value
from lrfit.core.shapes import Annotation, Axes, Rows, Untold, annotations_of, is_array, scalar_type
from lrfit.dynamics.analysis import Analysis, InputComparison
from lrfit.dynamics.faithful.matching import PointMatch
from lrfit.fields.field import Domain
from lrfit.fitting.expansion_report import FittedMixture
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit, SizePath
from lrfit.io.child import HEADER
from lrfit.io.hdf5_child import transfer
from lrfit.io.hdf5_reader import assemble
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.limits import ReadLimits
from lrfit.io.tree import Group
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.learning.options import LearnOptions
from lrfit.learning.result import TrainedNetwork
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.as_text import mixture_text
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.perturbation import PushOptions
from lrfit.records.annotated import element_of, is_list, is_mapping, is_scalar
from lrfit.records.kinds import KINDS, FileKind
from lrfit.records.store import tree_of, value_from_tree
from lrfit.records.system_group import StoredSystem, stored
from lrfit.simulation.curve import Curve
from lrfit.stressing.result import Stress
from lrfit.systems.open import load_system

SIZES = {"variable": 2, "input": 1, "coordinate": 3, "time": 40, "amplitude": 2, "_two": 2}
SIZES |= {"network": 2, "point": 2, "input_value": 1, "read": 2, "latent": 2}
DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1.0, 0.0],
    upper=[1.0, 3.0],
    inputs=("u",),
    input_lower=[0.0],
    input_upper=[0.5],
)
SYSTEM = load_system(
    b"name: s\ndynamics: {x: y, y: u - x}\ndomain: {x: [-1, 1], y: [0, 3]}\ninputs: {u: [0, 0.5]}\n"
)
NETWORK = LowRankNetwork(
    M=np.arange(6.0).reshape(3, 2),
    N=np.ones((3, 2)) / 3,
    bias=np.array([0.1, 0.2, 0.3]),
    center=np.zeros(2),
    input_weights=np.ones((3, 1)),
    direct_input=np.zeros((2, 1)),
    tau=0.5,
    nonlinearity=nonlinearity("tanh"),
    domain=DOMAIN,
)
NUMBERS = (0.0, -0.0, 1.0, -2.5, 1 / 3, 1e-300, -1e300, 5e-324, math.inf, -math.inf, math.nan)
TEXTS = ("", "a", "two words", "\u03c4 \u2264 3 µs", "\x1b[2J", "line\nline", "€" * 300)


def a_curve() -> Curve:
    t = np.linspace(0.0, 6.0, SIZES["time"])
    return Curve(domain=DOMAIN, t=t, z=np.stack([np.cos(t), np.sin(t)], axis=1))


def a_path(method: str, rng: np.random.Generator) -> SizePath:
    errors = rng.random((2, 3))
    return SizePath(method=method, neurons=np.arange(3), training=errors[0], validation=errors[1])


GIVEN: Mapping[type[Any], Callable[[np.random.Generator], dict[str, Any]]] = {
    Fit: lambda rng: {
        "network": NETWORK,
        "stored": stored(SYSTEM),
        "options": FitOptions(seed=3),
        "frontier": (),
        "interrupted": bool(rng.integers(2)),
        "paths": tuple(a_path(method, rng) for method in ("ols", "random")[: rng.integers(3)]),
        **({"tol": None, "met": None} if rng.integers(2) else {"tol": 0.1, "met": False}),
    },
    Analysis: lambda _: {"variables": DOMAIN.variables, "inputs": DOMAIN.inputs},
    Stress: lambda _: {"predicted": ()},  # else one for every effect
    FittedMixture: lambda rng: {"text": mixture_text(a_mixture(rng))},
    InputComparison: lambda _: {"cycles": ()},  # there may be none to pair
    TrainedNetwork: lambda rng: dict.fromkeys(("network", "initial"), a_rate_network(rng)),
    TrainedAnalysis: lambda _: {"inputs": DOMAIN.inputs, "outputs": DOMAIN.variables},
    PointMatch: lambda rng: {"target": int(rng.integers(2)), "network": int(rng.integers(2))},
}
"""Fields that are drawn by no annotation, by class."""


def a_rate_network(rng: np.random.Generator) -> FullRankNetwork:
    """Dense or sparse, of one nonlinearity or of several, with outputs or without."""
    n, dense = 4, bool(rng.integers(2))
    J = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.5)
    outputs = int(rng.integers(3))
    in_rates = bool(rng.integers(2))
    return FullRankNetwork(
        J=J if dense else csr_array(J),
        tau=0.25 if rng.integers(2) else 0.1 + rng.random(n),
        nonlinearity="erf" if rng.integers(2) else ("tanh", "relu", "relu", "sigmoid"),
        input_weights=rng.normal(size=(n, 2)),
        bias=rng.normal(size=n),
        output_weights=rng.normal(size=(outputs, n)),
        reads="currents" if not in_rates and rng.integers(2) else "rates",
        dt=0.01 if rng.integers(2) else None,
        form="rate" if in_rates else "current",
        initial=(None, csr_array(J / 2), J.T)[rng.integers(3)],
    )


def a_mixture(rng: np.random.Generator) -> Mixture:
    """One population or several, with a centre and an input that acts at once, or without."""
    P = int(rng.integers(1, 4))
    root = rng.normal(size=(P, 6, 6))
    more = {"center": [0.5, -1.0], "direct_input": [[2.0], [0.0]], "time_unit": "ms"}
    return Mixture(
        domain=DOMAIN,
        share=np.full(P, 1 / P),
        mean=rng.normal(size=(P, 6)),
        covariance=root @ root.transpose(0, 2, 1),
        nonlinearity=nonlinearity("erf"),
        tau=0.1 + rng.random(),
        **more if rng.integers(2) else {},
    )


FIXED: Mapping[Any, Callable[[np.random.Generator], Any]] = {
    Domain: lambda _: DOMAIN,
    Curve: lambda _: a_curve(),
    FullRankNetwork: a_rate_network,
    Mixture: a_mixture,
    StoredSystem: lambda _: stored(SYSTEM),
    LearnOptions: lambda rng: LearnOptions(rank=int(rng.integers(1, 5)), dt=0.1, seed=7),
    PushOptions: lambda _: PushOptions(amplitudes=(0.1, 0.2), times=(1.0,), width=0.3, seed=4),
}


def value_class(kind: FileKind) -> type[Any]:
    module, _, name = kind.value.rpartition(".")
    found: type[Any] = getattr(import_module(module), name)
    return found


class Drawer:
    """Draws values of classes, with one length for every axis; numbers and texts at the limits."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.lengths = dict(SIZES)

    def one_of(self, values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def count(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def length(self, axis: str) -> int:
        if axis.startswith("_") and axis not in self.lengths:
            return self.count(1, 3)
        return self.lengths.setdefault(axis, self.count(1, 3))

    def value(self, cls: type[Any]) -> Any:
        if cls in FIXED:
            return FIXED[cls](self.rng)
        given = GIVEN.get(cls, lambda _: {})(self.rng)
        for name, annotation in annotations_of(cls).items():
            if name not in given and not annotation.mark(Untold):
                given[name] = self.field(annotation)
        return cls(**given)

    def field(self, annotation: Annotation) -> Any:
        kind, axes = annotation.type, annotation.mark(Axes)
        if annotation.optional and self.rng.integers(2):
            return None
        if typing.get_origin(kind) is tuple:
            return self.several(annotation)
        if is_array(kind):
            return self.array(axes, scalar_type(kind))
        if is_mapping(kind):
            return {name: self.entry(kind, axes) for name in "abc"[: self.count(0, 3)]}
        return self.scalar(kind, annotation) if is_scalar(kind) else self.value(kind)

    def several(self, annotation: Annotation) -> tuple[Any, ...]:
        """A tuple: of rows, of scalars, or of parts."""
        element, axes = element_of(annotation.type), annotation.mark(Axes)
        rows = annotation.mark(Rows)
        if rows is not None:
            return tuple(self.value(element) for _ in range(self.length(rows.axis)))
        if is_list(annotation.type):
            count = 2 if axes is None else self.length(axes.names[0])
            return tuple(self.scalar(element, annotation) for _ in range(count))
        return tuple(self.value(element) for _ in range(self.count(0, 2)))

    def entry(self, kind: Any, axes: Axes | None) -> Any:
        if axes is not None:
            return self.array(axes, scalar_type(typing.get_args(kind)[1]))
        of_numbers = typing.get_args(kind)[1] is float
        return self.one_of(NUMBERS if of_numbers else [*NUMBERS, 3, "text"])

    def scalar(self, kind: Any, annotation: Annotation) -> Any:
        if typing.get_origin(kind) is Literal:
            return self.one_of(typing.get_args(kind))
        if kind is str:
            return self.one_of(TEXTS)
        if kind is bool:
            return bool(self.rng.integers(2))
        if kind is int:
            return self.count(0, 10**9)
        value = self.one_of(NUMBERS)
        return None if annotation.optional and math.isnan(value) else value

    def array(self, axes: Axes, kind: Any) -> np.ndarray:
        shape = tuple(self.length(axis) for axis in axes.names)
        real, imaginary = (self.rng.choice(NUMBERS, size=shape) for _ in range(2))
        if issubclass(kind, np.complexfloating):
            return real + 1j * np.where(np.isfinite(imaginary), imaginary, 0.0)
        if issubclass(kind, np.floating):
            return real
        return self.rng.integers(0, 2, size=shape).astype(kind)


def assert_same(one: Any, two: Any, where: str = "value") -> None:
    """Equal to the last bit, NaN equal to NaN."""
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype, where
        np.testing.assert_array_equal(one, two, err_msg=where)
    elif hasattr(one, "toarray"):  # a sparse matrix
        assert_same(one.toarray(), two.toarray(), where)
    elif isinstance(one, StoredSystem):
        assert (one.name, one.sha256, one.text) == (two.name, two.sha256, two.text)
    elif dataclasses.is_dataclass(one):
        assert type(one) is type(two), where
        for name, annotation in annotations_of(type(one)).items():
            if not (annotation.mark(Untold) and name == "provenance"):
                assert_same(getattr(one, name), getattr(two, name), f"{where}.{name}")
    elif isinstance(one, (tuple, list)):
        assert len(one) == len(two), where
        for i, (a, b) in enumerate(zip(one, two, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    elif isinstance(one, Mapping):
        assert set(one) == set(two), where
        for key in one:
            assert_same(one[key], two[key], f"{where}[{key!r}]")
    elif isinstance(one, float):
        assert one == two or (math.isnan(one) and math.isnan(two)), where
    else:
        assert one == two, where


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
def test_a_result_comes_back_from_its_file_and_says_the_same_in_json(
    kind: FileKind, seed: int
) -> None:
    value = Drawer(seed).value(value_class(kind))
    content = tree_of(value, history=["lrfit one", "lrfit two"])
    again = value_from_tree(read_in_this_process(content), name="file")
    assert_same(value, again)
    assert again.history == ("lrfit one", "lrfit two")
    told = plain_value(kind.fields(value))
    assert told == plain_value(kind.fields(again))
    json.dumps(told, allow_nan=False)
    assert kind.tables(again, verbose=True)


def read_in_this_process(content: Group) -> Group:
    """The tree after a journey through bytes: they are our own, so that no child is needed."""
    frames, limits = io.BytesIO(), ReadLimits()

    def send(kind: bytes, payload: bytes | memoryview) -> None:
        frames.write(HEADER.pack(kind, len(payload)) + bytes(payload))

    transfer(io.BytesIO(to_bytes(content)), limits, send)
    frames.seek(0)
    return assemble(frames, where="f.h5", limits=limits)
