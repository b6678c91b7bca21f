"""Flows with known anatomy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrfit.dynamics import Flow
from lrfit.systems.open import load_system

MakeFlow = Callable[..., Flow]


@pytest.fixture
def flow_of() -> MakeFlow:
    """A flow from formulas and a domain, or from a sample system by name."""

    def make(
        dynamics: str | dict[str, str], box: float = 1.0, inputs: tuple[float, ...] = ()
    ) -> Flow:
        if isinstance(dynamics, str):
            return Flow(field=load_system(dynamics), input=np.array(inputs))
        lines = ["name: made", "dynamics:", *(f"  {k}: {v}" for k, v in dynamics.items())]
        lines += ["domain:", *(f"  {k}: [{-box}, {box}]" for k in dynamics)]
        return Flow(field=load_system("\n".join(lines).encode()), input=np.array(inputs))

    return make
