"""check(): parity, floor and cost of a system, whatever it is made of."""

from __future__ import annotations

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError

pytestmark = pytest.mark.usefixtures("no_look")
ODD = "name: odd\ndynamics: {x: y, y: -x**3}\ndomain: {x: [-1, 1], y: [-1, 1]}\n"


def test_an_odd_system_is_proved_odd_and_has_no_floor() -> None:
    found = lrfit.check(ODD, bias=False)
    assert (found.parity.whole.kind, found.parity.whole.proved) == ("odd", True)
    assert found.floor.overall == 0.0


def test_the_floor_is_about_the_center_that_the_network_would_have() -> None:
    """The odd field about another center is not odd any more."""
    assert (
        lrfit.check(ODD, bias=False, samples=256, center={"x": 0.3, "y": 0.0}).floor.overall > 0.01
    )
    assert lrfit.check(ODD, bias=False, samples=256, center="middle").floor.overall == 0.0


def test_parity_of_a_python_function_is_measured() -> None:
    found = lrfit.check(lambda z, u: z**2, domain={"x": (-1, 1)}, bias=False)
    assert (found.parity.whole.kind, found.floor.overall) == ("even", pytest.approx(1.0, rel=1e-3))


def test_memory_grows_with_samples_and_size() -> None:
    small = lrfit.check(ODD, samples=256, max_neurons=8).memory_bytes
    assert small < lrfit.check(ODD, samples=2**15, max_neurons=8).memory_bytes
    assert small < lrfit.check(ODD, samples=256, max_neurons=512).memory_bytes


def test_a_field_that_is_not_finite_and_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="dx/dt"):
        lrfit.check("name: a\ndynamics: {x: log(x)}\ndomain: {x: [-1, 1]}\n")
    with pytest.raises(UsageError, match="drive"):
        lrfit.check(ODD, drive={"u": "direct"})
    with pytest.raises(UsageError, match="center"):
        lrfit.check(ODD, bias=False, center={"x": 1.0})


def test_affine_inputs_are_named() -> None:
    text = "name: a\ndynamics: {x: -x + u + w**2}\ndomain: {x: [-1, 1]}\n"
    found = lrfit.check(text + "inputs: {u: [-1, 1], w: [-1, 1]}\n")
    assert found.affine_inputs == ("u",)
    assert np.all(found.floor.by_variable == 0)
