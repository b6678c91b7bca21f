"""check(): is a system sound, what would a fit cost, and what can no network of the kind reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrfit.checking.cures import Cure, cures
from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fields.expressions import CompiledField, FieldParity, field_parity, sampled_parity
from lrfit.fitting.cost import estimate_memory
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.setting import prepare
from lrfit.systems.given import Ranges, Target, as_system
from lrfit.systems.system import System


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """What is known of a system before any fit.

    parity : of the field about (z, u) = 0. floor : what no network of the chosen kind can go
    below. cures : what would lift it, empty where it is 0. affine_inputs : inputs that can drive
    a network directly. memory_bytes : of a fit.
    """

    system: System
    options: FitOptions
    parity: FieldParity
    floor: ErrorFloor
    cures: tuple[Cure, ...]
    affine_inputs: tuple[str, ...]
    memory_bytes: int


def check(
    target: Target,
    *,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
    **options: Any,
) -> Check:
    """Validate a system and say what a fit with these options would need and can reach.

    Parameters
    ----------
    target, domain, inputs, overrides
        The system, as in `as_system`.
    **options
        Fields of `FitOptions`.

    Raises
    ------
    InputError
        The system cannot be read, or its field is not finite somewhere.
    UsageError
        Options that do not fit the system.
    """
    system = as_system(target, domain=domain, inputs=inputs, overrides=overrides)
    chosen = resolve_options(system, options)
    setting = prepare(system, chosen)
    fitted = system if setting.embedding else setting.system
    return Check(
        system=system,
        options=chosen,
        parity=parity_of(fitted),
        floor=setting.floor,
        cures=cures(system, chosen) if setting.floor.overall else (),
        affine_inputs=fitted.affine_inputs,
        memory_bytes=estimate_memory(system, chosen),
    )


def parity_of(system: System) -> FieldParity:
    """Parity of the field about (z, u) = 0: proved from the expressions, or else measured."""
    generator = np.random.default_rng(0)
    if isinstance(system.field, CompiledField):
        return field_parity(system.field, system.domain, generator=generator)
    return sampled_parity(system.velocity, system.domain, generator=generator)
