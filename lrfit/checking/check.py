"""check(): is a system sound, what would a fit cost, and what can no network of the kind reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrfit.expressivity.symmetry import ErrorFloor
from lrfit.fields.knowledge import symmetry_of
from lrfit.fields.parity import FieldParity
from lrfit.fields.point_groups import equivariance_error
from lrfit.fitting.cost import estimate_memory
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolution import at_rest
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.setting import prepare
from lrfit.io.text import brief, counted
from lrfit.systems.given import Ranges, Target, as_system
from lrfit.systems.system import System

if TYPE_CHECKING:
    from lrfit.checking.cures import Cure


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """What is known of a system before any fit.

    Attributes
    ----------
    system, options : what was checked, for which kind of network.
    parity : of the field about (z, u) = 0.
    floor : relative error that no network of the chosen kind can go below.
    cures : what would lift the floor, empty where it is 0.
    affine_inputs : names of inputs that can drive a network directly.
    memory_bytes : of a fit.
    symmetry : group under which the field says that it is equivariant, "" where it says none.
    equivariance_error : how far it is from that, relative to its rms; None without a symmetry.
    notes : one line each for what the user should know of the system, its samples and errors.
    """

    system: System
    options: FitOptions
    parity: FieldParity
    floor: ErrorFloor
    cures: tuple[Cure, ...]
    affine_inputs: tuple[str, ...]
    memory_bytes: int
    symmetry: str = ""
    equivariance_error: float | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line."""
        floor = f"error floor {self.floor.overall:.3g}"
        return brief(self, self.system.name, floor, counted(len(self.notes), "note"))


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
        The system, or a Python function velocity(z (P, D), u (P, U)) -> (P, D) with the ranges
        of its variables and inputs; numbers for parameters of its file.
    **options
        Fields of `FitOptions`, by default as the system's file says.

    Returns
    -------
    Check
        Parity, error floor and cures, inputs that can act directly, and memory in bytes.

    Raises
    ------
    InputError
        The system cannot be read, or its field is not finite somewhere.
    UsageError
        Options that do not fit the system.

    Notes
    -----
    The floor is that of docs/theory, eqs. 19 and 20: what the symmetry of neurons without bias
    leaves out of reach.

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.check("pitchfork_bistable", bias=False)
    >>> found.parity.whole.kind, found.parity.whole.proved, found.floor.overall
    ('odd', True, 0.0)
    >>> found.affine_inputs
    ('u',)
    """
    system = as_system(target, domain=domain, inputs=inputs, overrides=overrides)
    chosen = resolve_options(system, options)
    setting = prepare(system, chosen)
    fitted = system if setting.embedding else setting.system
    return Check(
        system=system,
        options=chosen,
        parity=fitted.parity,
        floor=setting.floor,
        cures=_cures(system, chosen) if setting.floor.overall else (),
        affine_inputs=fitted.affine_inputs,
        memory_bytes=estimate_memory(system, chosen),
        **_symmetry(system),
        notes=(
            *system.notes,
            *setting.samples.notes,
            *at_rest(setting.system, setting.samples.test, chosen.criterion),
        ),
    )


def _symmetry(system: System) -> dict[str, Any]:
    """Fields of a `Check` that say whether the field has the symmetry that it states."""
    if (symmetry := symmetry_of(system.field)) is None:
        return {}
    error = equivariance_error(system.field, symmetry, system.domain)
    return {"symmetry": symmetry.name, "equivariance_error": error}


def _cures(system: System, options: FitOptions) -> tuple[Cure, ...]:
    from lrfit.checking.cures import cures  # noqa: PLC0415 - loads all that fits

    return cures(system, options)
