"""The compiled kernel: the same numbers as NumPy, and NumPy wherever it cannot be used."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import UsageError
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression import kernel, kernel_library
from lrfit.regression.kernel_build import checksums, compile_kernel, compiler, record_of
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import REFINE, Polished, refine
from lrfit.regression.variable_projection import Evaluation, evaluate

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C compiler")


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kernel compiled from the source as it is, whatever is installed."""
    path = tmp_path_factory.mktemp("kernel") / "kernel.so"
    assert compile_kernel(kernel_library.SOURCE, path) == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(kernel_library.SETTING, raising=False)
        patch.setattr(kernel_library, "library_path", lambda: path)
        yield path


def make_problem(
    seed: int = 0,
    *,
    outputs: int = 2,
    inputs: int = 0,
    free: int = 1,
    points: int = 203,
    **changes: object,
) -> RefinementProblem:
    """Weighted samples of a smooth field; the constant is the last free column."""
    generator = np.random.default_rng(seed)
    zeta = generator.uniform(-1, 1, (outputs + inputs, points))
    mix = generator.normal(0, 1.5, (outputs, outputs + inputs))
    root = np.sqrt(generator.uniform(0.5, 1.5, points) / points)
    columns = [*generator.uniform(-1, 1, (max(free - 1, 0), points)), np.ones(points)]
    problem = RefinementProblem(
        design=np.vstack([zeta, np.ones(points)]),
        free=np.array(columns)[:free].reshape(free, points) * root,
        leak=zeta[:outputs] * root,
        target=(np.sin(mix @ zeta) - zeta[:outputs] ** 2) * root,
        root=root,
        price=1e-4,
        weight_price=0.0,
        kappa=(0.01, 1e3),
        reach=np.full(outputs, np.inf),
        power=8.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=outputs + inputs,
        states=outputs,
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def starts(problem: RefinementProblem, seed: int, count: int, neurons: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1.2, (count, neurons, problem.parameters))


def by_numpy(problem: RefinementProblem, theta: np.ndarray) -> Evaluation:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kernel_library.SETTING, "numpy")
        return evaluate(problem, theta)


def refined_by_numpy(problem: RefinementProblem, theta: np.ndarray, steps: int) -> Polished:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kernel_library.SETTING, "numpy")
        return refine(problem, theta, steps)


def assert_agree(one: Evaluation, other: Evaluation) -> None:
    """To 1e-7 of the largest number of a start: both round as the square of a condition."""
    np.testing.assert_array_equal(one.settled, other.settled)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-7)
    np.testing.assert_allclose(one.kappa, other.kappa, rtol=1e-6)
    for name in ("by_output", "gradient", "hessian", "A", "inverse"):
        mine, wanted = getattr(one, name), getattr(other, name)
        for left, right in zip(mine, wanted, strict=True):
            np.testing.assert_allclose(left, right, atol=2e-6 * np.abs(right).max(), rtol=0)


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 10**6),
    neurons=st.integers(1, 9),
    outputs=st.integers(1, 4),
    inputs=st.integers(0, 2),
    free=st.integers(0, 3),
    power=st.sampled_from([1.0, 8.0]),
    weight_price=st.sampled_from([0.0, 1e-3]),
    price=st.sampled_from([1e-2, 1e-6]),
    kappa=st.sampled_from([(0.01, 1e3), (0.7, 0.7), (5.0, 9.0)]),
    reach=st.sampled_from([np.inf, 0.3, 0.02]),
    copied=st.booleans(),
)
def test_kernel_and_numpy_evaluate_to_the_same_numbers(
    seed: int,
    neurons: int,
    outputs: int,
    inputs: int,
    free: int,
    reach: float,
    copied: bool,
    **changes: object,
) -> None:
    problem = make_problem(
        seed, outputs=outputs, inputs=inputs, free=free, reach=np.full(outputs, reach), **changes
    )
    # With fewer neurons than states M has lost rank, and its smallest direction is arbitrary.
    problem = replace(problem, states=outputs if neurons >= outputs else 1)
    if copied:
        problem = replace(problem, copies=np.arange(1.0, neurons + 1.0))
    assert kernel.covers(problem)
    theta = starts(problem, seed, 3, neurons)
    assert_agree(evaluate(problem, theta), by_numpy(problem, theta))


def test_copies_of_neurons_are_as_many_equal_neurons_of_which_each_has_its_own_price() -> None:
    problem = make_problem(weight_price=1e-2, price=1e-3)
    theta, copies = starts(problem, 1, 1, 4), np.array([3, 1, 2, 5])
    shared = evaluate(replace(problem, copies=copies.astype(float)), theta)
    cloned = evaluate(problem, np.repeat(theta, copies, axis=1))
    np.testing.assert_allclose(shared.value, cloned.value, rtol=1e-9)
    each = np.repeat(shared.A / copies[:, None], copies, axis=1)
    np.testing.assert_allclose(cloned.A, each, rtol=1e-6, atol=1e-9)
    # The gradient by a neuron's parameters is the sum of those by its copies'.
    parts = cloned.gradient.reshape(-1, problem.parameters)
    sums = np.add.reduceat(parts, np.r_[0, np.cumsum(copies)[:-1]])
    np.testing.assert_allclose(shared.gradient.reshape(sums.shape), sums, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("outputs", [2, 3, 5])
@pytest.mark.parametrize("thin", [1e-5, 1e-3, 4e-3])
def test_they_agree_where_m_is_nearly_rank_deficient(outputs: int, thin: float) -> None:
    problem = make_problem(outputs=outputs)
    theta = starts(problem, 3, 4, 6)
    theta[:, :, 1] = theta[:, :, 0] * 0.5 + thin * theta[:, :, 1]
    there = evaluate(problem, theta)
    assert_agree(there, by_numpy(problem, theta))
    raised = there.value > evaluate(replace(problem, states=1), theta).value
    assert np.any(raised) if thin > 1e-3 else np.all(raised)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), neurons=st.integers(2, 5), reach=st.sampled_from([np.inf, 0.1]))
def test_kernel_and_numpy_take_the_same_steps(seed: int, neurons: int, reach: float) -> None:
    """A few steps: later ones differ as rounding grows from step to step."""
    problem = make_problem(seed, reach=np.full(2, reach), slope_cap=2.0)
    theta = starts(problem, seed, 4, neurons)
    one, other = refine(problem, theta, 4), refined_by_numpy(problem, theta, 4)
    np.testing.assert_allclose(one.at.value, other.at.value, rtol=1e-5)
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-3)
    np.testing.assert_array_equal(one.steps, other.steps)
    np.testing.assert_array_equal(one.status, other.status)
    assert one.work == other.work
    slopes = np.linalg.norm(one.theta[:, :, : problem.slopes], axis=2)
    assert slopes.max() <= 2.0 * (1 + 1e-12)


def test_refined_starts_are_evaluated_as_they_are_and_no_worse_than_before() -> None:
    problem = make_problem(5)
    theta = starts(problem, 6, 5, 4)
    polished = refine(problem, theta, 200)
    assert_agree(polished.at, by_numpy(problem, polished.theta))
    assert np.all(polished.at.value < np.sort(evaluate(problem, theta).value))
    assert np.all(np.diff(polished.at.value) >= 0)
    # Patience ends starts before their steps are used up.
    assert np.any(polished.steps < 200)


def test_steps_in_parts_are_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem(7)
    theta = starts(problem, 8, 4, 3)
    whole = refine(problem, theta, 40)
    monkeypatch.setattr(kernel, "_WORK_OF_ONE_CALL", 1.0)  # one step of every start at a time
    parts = refine(problem, theta, 40)
    for name in ("theta", "steps", "status"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    for each in fields(Evaluation):
        np.testing.assert_array_equal(getattr(parts.at, each.name), getattr(whole.at, each.name))


def test_a_start_has_the_same_value_alone_and_in_a_batch_with_lost_ones() -> None:
    problem = make_problem(9)
    theta = starts(problem, 10, 4, 3)
    alone = [evaluate(problem, one[None]).value[0] for one in theta]
    theta[1, 0, 0], theta[3] = np.nan, np.inf
    value = evaluate(problem, theta).value
    np.testing.assert_array_equal(value, [alone[0], np.inf, alone[2], np.inf])


def test_its_tanh_is_within_two_and_a_half_units_in_the_last_place() -> None:
    generator = np.random.default_rng(0)
    x = np.concatenate([10.0 ** generator.uniform(-300, 2, 50_001), generator.normal(0, 3, 50_000)])
    x[:3] = 0.0, 1e300, np.inf
    for sign in (1.0, -1.0):
        rate, slope = kernel.tanh(sign * x)
        exact = np.tanh(sign * x.astype(np.longdouble))
        units = np.abs(rate - exact) / np.spacing(np.abs(exact.astype(float)))
        assert units.max() < 2.5
        np.testing.assert_allclose(slope, (1 - exact**2).astype(float), atol=1e-15, rtol=0)
        assert np.all(np.signbit(rate) == np.signbit(sign * x))
    assert np.isnan(kernel.tanh(np.array([np.nan]))[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"nonlinearity": nonlinearity("erf")},
        {"price": 1e-13},
        {"shared_bias": True},
        {"orthogonal": True},
    ],
)
def test_what_it_does_not_cover_is_left_to_numpy(changes: dict[str, object]) -> None:
    problem = make_problem(**changes)  # type: ignore[arg-type]
    assert not kernel.covers(problem)
    theta = starts(problem, 1, 2, 3)
    np.testing.assert_array_equal(
        refine(problem, theta, 3).theta, refined_by_numpy(problem, theta, 3).theta
    )


def test_the_environment_can_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_library.description() == "compiled kernel"
    monkeypatch.setenv(kernel_library.SETTING, "numpy")
    assert not kernel.covers(make_problem())
    assert kernel_library.description() == "NumPy (LRFIT_KERNEL is numpy)"
    monkeypatch.setenv(kernel_library.SETTING, "fast")
    with pytest.raises(UsageError, match="LRFIT_KERNEL is 'fast'; set it to auto or numpy"):
        kernel.covers(make_problem())


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 2), (2, 0, 3), (3, 3)])
def test_starts_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="theta has shape"):
        kernel.evaluate(make_problem(), np.zeros(shape))


@pytest.mark.parametrize("name", ["root", "leak", "target", "free", "reach"])
def test_a_problem_whose_sizes_contradict_each_other_is_refused(name: str) -> None:
    problem = make_problem()
    cut = replace(problem, **{name: getattr(problem, name)[..., :-1]})
    with pytest.raises(ValueError, match=f"{name} has shape"):
        kernel.evaluate(cut, starts(problem, 0, 1, 2))
    with pytest.raises(ValueError, match="4 slopes"):
        kernel.evaluate(replace(problem, slopes=4), starts(problem, 0, 1, 2))


def unaligned(shape: tuple[int, ...]) -> np.ndarray:
    """Zeros at an address that is no multiple of 8."""
    return np.zeros(8 * math.prod(shape) + 1, dtype=np.uint8)[1:].view(np.float64).reshape(shape)


@pytest.mark.parametrize(
    "theta",
    [
        np.zeros((3, 2, 2)).T,
        np.zeros((2, 2, 3), dtype=np.float32),
        np.broadcast_to(0.0, (2, 2, 3)),
        unaligned((2, 2, 3)),
    ],
)
def test_refinement_in_place_needs_an_array_of_its_own_layout(theta: np.ndarray) -> None:
    with pytest.raises(ValueError, match="C-ordered float64"):
        kernel.refine(make_problem(), theta, 1, REFINE, 1.0)


@pytest.fixture
def other(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library with its checksums, in place of it; each at a path of its own."""
    path = tmp_path / "other.so"
    path.write_bytes(library.read_bytes())
    record_of(path).write_bytes(record_of(library).read_bytes())
    monkeypatch.setattr(kernel_library, "library_path", lambda: path)
    return path


def assert_numpy_is_used(why: str) -> None:
    assert why in kernel_library.description()
    problem = make_problem()
    theta = starts(problem, 0, 1, 2)
    np.testing.assert_array_equal(evaluate(problem, theta).value, by_numpy(problem, theta).value)
    assert not refine(problem, theta, 1).compiled.any()


def test_a_library_of_another_source_is_not_used(other: Path) -> None:
    source = other.with_name("kernel.c")
    source.write_bytes(kernel_library.SOURCE.read_bytes() + b"\n")
    record_of(other).write_text(checksums(source, other), encoding="ascii")
    assert_numpy_is_used("of another version")


@pytest.mark.parametrize("kept", [0, 100, 5000, 40_000])
def test_a_library_that_was_cut_off_is_not_loaded(other: Path, kept: int) -> None:
    """The loader would not raise: it ends the process where the rest of the file should be."""
    other.write_bytes(other.read_bytes()[:kept])
    assert_numpy_is_used("is damaged")


def test_a_library_without_its_checksums_is_not_loaded(other: Path) -> None:
    record_of(other).unlink()
    assert_numpy_is_used("cannot be loaded")


FUNCTIONS = "evaluate refine tanh sizes"


@pytest.mark.parametrize("missing", ["", *FUNCTIONS.split()])
def test_a_library_with_other_functions_or_structures_is_not_used(
    other: Path, missing: str
) -> None:
    """One function is missing, or the structures of a library with all of them are empty."""
    names = [name for name in FUNCTIONS.split() if name != missing]
    source = other.with_name("kernel.c")
    source.write_text("".join(f"long lrfit_{name}(void) {{ return 0; }}\n" for name in names))
    assert compile_kernel(source, other) == ""
    record_of(other).write_text(checksums(kernel_library.SOURCE, other), encoding="ascii")
    assert_numpy_is_used("other sizes" if not missing else f"lrfit_{missing}")


def test_a_file_that_is_no_library_is_not_used(other: Path) -> None:
    other.write_bytes(b"text")
    record_of(other).write_text(checksums(kernel_library.SOURCE, other), encoding="ascii")
    assert_numpy_is_used("cannot be loaded")


def test_without_a_library_numpy_is_used(other: Path) -> None:
    other.unlink()
    assert_numpy_is_used("no compiled kernel is installed")


def test_a_build_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, path = tmp_path / "kernel.c", tmp_path / "kernel.so"
    source.write_text("int broken(", encoding="utf-8")
    assert "error" in compile_kernel(source, path)
    monkeypatch.setenv("CC", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compile_kernel(kernel_library.SOURCE, path) == "there is no C compiler"
    assert [item.name for item in tmp_path.iterdir()] == ["kernel.c"]
