"""The floor is true and sharp: refinement comes within 5 % of it and never below; cures work."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from lrfit.checking.cures import cures
from lrfit.fitting.fit import fit
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import prepare
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.system import System

FHN = b"""
name: fhn
dynamics: {v: v - v**3/3 - w + 0.5, w: 0.08*(v + 0.7 - 0.8*w)}
domain: {v: [-2.5, 2.5], w: [-1, 2]}
"""
MIXED = b"""
name: mixed
dynamics: {x: "x**2 - x**3 + 0.3*x + 0.2"}
domain: {x: [-1.2, 1.2]}
"""
GATED = b"""
name: gated
dynamics: {x: "x*w + w - x + 0.7*d + 0.2"}
domain: {x: [-1, 1]}
inputs: {w: {range: [-1, 1], drive: filtered}, d: [0, 1]}
"""
QUADRATURE = 2e-3
"""Relative scatter of the test set's own mean about that of the box."""


@pytest.mark.parametrize(
    ("text", "phi", "known"),
    [
        (FHN, "tanh", 0.334),
        (MIXED, "sigmoid", None),
        (MIXED, "softplus", None),
        (GATED, "erf", None),
    ],
)
def test_refinement_reaches_the_floor_and_never_passes_it(
    text: bytes, phi: str, known: float | None, quick: Callable[..., FitOptions]
) -> None:
    options = quick(bias=False, criterion="overall", nonlinearity=phi, noise=1e-6, samples=512)
    found = fit(load_system(text), neurons=8, method="refine", options=options)
    assert found.floor is not None
    floor = found.floor.overall
    assert floor > 0.02
    assert known is None or floor == pytest.approx(known, abs=5e-4)
    assert (1 - QUADRATURE) * floor <= found.report.error <= 1.05 * floor


def test_with_bias_the_report_says_that_nothing_is_unreachable(
    pushed_system: System, quick: Callable[..., FitOptions]
) -> None:
    found = fit(pushed_system, neurons=8, options=quick())
    assert found.floor is not None
    assert found.floor.overall == 0.0
    assert "bias" in found.floor.reason


def test_cures_are_measured_and_lift_the_floor(quick: Callable[..., FitOptions]) -> None:
    options = quick(bias=False, criterion="overall")
    none, bias, constant, center = cures(load_system(FHN), options)
    assert none.floor == pytest.approx(0.334, abs=5e-4)
    assert none.error >= (1 - QUADRATURE) * none.floor
    for cure in (bias, constant, center):
        assert cure.floor == 0.0
        assert cure.error < 0.2 * none.error
    assert "--center v=" in center.flags


def test_a_field_that_is_not_finite_everywhere_has_no_floor_and_stops_no_fit() -> None:
    system = load_system(b"name: s\ndynamics: {x: x**2 + x}\ndomain: {x: [-1, 1]}\n")
    setting = prepare(system, FitOptions(bias=False))
    broken = from_callable(lambda z, u: np.where(z > 0, z, np.nan), domain={"x": (-1, 1)})
    floor = dataclasses.replace(setting, system=broken).floor
    assert floor.overall == 0.0
    assert "not finite" in floor.reason


def test_the_report_says_where_the_floor_is_about_other_places_than_the_errors() -> None:
    system = load_system(b"name: s\ndynamics: {x: x**2 + x}\ndomain: {x: [-1, 1]}\n")
    setting = prepare(system, FitOptions(bias=False, sampling="trajectory"))
    assert "the samples lie elsewhere" in setting.floor.reason
