"""Floors proved from expressions agree with quadrature, and are claimed only where true."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.expressivity.parity_proof import proved_floors
from lrfit.expressivity.symmetry import error_floor, mirror_of
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.system import System

KINDS = b"""
name: kinds
dynamics:
  a: a - a**3 + sin(b)
  b: 2*(a - b**3/7) + 0.5
  c: a**2 + abs(b) + 1
  d: 3*a - (b + c)/2
  e: a + b**2 + b**3
domain: {a: [-1, 1], b: [-1, 1], c: [-1, 1], d: [-1, 1], e: [-1, 1]}
"""
EXPECTED = {
    "tanh": (0.0, None, 1.0, 0.0, None),
    "erf": (0.0, None, 1.0, 0.0, None),
    "sin": (0.0, None, 1.0, 0.0, None),
    "sigmoid": (0.0, 0.0, None, 0.0, None),
    "softplus": (None, None, 0.0, 0.0, None),
    "relu": (None, None, None, 0.0, None),
}


@pytest.fixture(scope="module")
def kinds() -> System:
    return load_system(KINDS)


@pytest.mark.parametrize("phi", list(NONLINEARITIES))
def test_what_is_proved_is_what_the_quadrature_finds(kinds: System, phi: str) -> None:
    mirror = mirror_of(kinds.domain, np.zeros(5))
    proofs = proved_floors(kinds, phi, mirror)
    assert proofs == EXPECTED[phi]
    unproved = from_callable(
        kinds.velocity, domain=dict.fromkeys(kinds.domain.variables, (-1.0, 1.0))
    )
    measured = error_floor(
        unproved, phi=phi, bias=False, center=np.zeros(5), generator=np.random.default_rng(0)
    )
    assert measured.proved == ()
    for proof, value in zip(proofs, measured.by_variable, strict=True):
        if proof is not None:
            assert value == pytest.approx(proof, abs=1e-6)


def test_proofs_are_about_the_origin_and_a_symmetric_box(kinds: System) -> None:
    assert set(proved_floors(kinds, "tanh", mirror_of(kinds.domain, np.full(5, 0.1)))) == {None}
    wider = dataclasses.replace(kinds.domain, upper=np.full(5, 2.0))
    lopsided = mirror_of(wider, np.zeros(5))
    assert proved_floors(kinds, "tanh", lopsided) == (0.0, None, None, 0.0, None)


def test_a_direct_input_may_enter_linearly_only() -> None:
    system = load_system(
        b"name: s\ndynamics: {x: x + 2*u, y: x*u}\n"
        b"domain: {x: [-1, 1], y: [-1, 1]}\ninputs: {u: [0, 1]}\n"
    )
    direct = mirror_of(system.domain, np.zeros(2), seen=[])
    assert proved_floors(system, "tanh", direct) == (0.0, None)
    assert proved_floors(system, "relu", mirror_of(system.domain, np.zeros(2))) == (0.0, None)
