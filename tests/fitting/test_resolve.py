"""What a user means becomes a System and resolved options, or one usage error."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fitting.resolve import resolve_options
from lrfit.systems.given import as_system
from lrfit.systems.open import load_system

TEXT = """
name: s
parameters: {k: 1.0}
dynamics: {x: -k*x + u}
domain: {x: [-1, 1]}
inputs: {u: {range: [-1, 1], drive: direct}, w: [-1, 1]}
network: {noise: 0.01, center: {x: 0.5}}
"""


def test_a_name_a_text_and_a_system_are_targets() -> None:
    assert as_system("van_der_pol").name == "van_der_pol"
    system = as_system(TEXT, overrides={"k": 3.0})
    assert system.parameters == {"k": 3.0}
    assert as_system(system) is system


def test_a_function_needs_a_domain_and_nothing_else_may_have_one() -> None:
    system = as_system(lambda z, u: -z, domain={"x": (-1, 1)})
    assert np.array_equal(system.velocity(np.ones((2, 1)), np.empty((2, 0))), -np.ones((2, 1)))
    with pytest.raises(UsageError, match="domain"):
        as_system(lambda z, u: -z)
    with pytest.raises(UsageError, match="domain"):
        as_system("van_der_pol", domain={"x": (-1, 1)})
    with pytest.raises(UsageError, match="overrides"):
        as_system(load_system("van_der_pol"), overrides={"mu": 2.0})


def test_options_come_from_the_user_then_the_file_then_the_program() -> None:
    system = load_system(TEXT)
    options = resolve_options(system, {"noise": 0.5, "bias": None, "drive": {"w": "filtered"}})
    assert options.noise == 0.5
    assert options.center == {"x": 0.5}
    assert options.bias is True
    assert options.drive == {"u": "direct", "w": "filtered"}
    assert resolve_options(system, {}).noise == 0.01


def test_an_option_nobody_knows_is_refused_with_those_known() -> None:
    with pytest.raises(UsageError, match=r"'nois'.*noise"):
        resolve_options(load_system(TEXT), {"nois": 1.0})
