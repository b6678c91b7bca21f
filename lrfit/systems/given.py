"""From what a user gives as a target to a System: a path, a name, a Python function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lrfit.core.errors import UsageError
from lrfit.fields.callable_field import Velocity
from lrfit.options.python_values import told
from lrfit.systems.build import from_callable
from lrfit.systems.open import load_system
from lrfit.systems.system import StandsForSystem, System

Target = System | StandsForSystem | str | Path | bytes | Velocity
Ranges = Mapping[str, tuple[float, float]]


def as_system(
    target: Target,
    *,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
) -> System:
    """Return the System that the user means.

    Parameters
    ----------
    target : System, Mixture, path, name of a sample system, "-", bytes, or callable
        A callable is velocity(z (P, D), u (P, U)) -> (P, D), and needs `domain`.
    domain, inputs : mapping of name to (lowest, highest)
        Of a callable.
    overrides : mapping of parameter to number
        Set beside the file.

    Returns
    -------
    System
        The target, in the units that its file or its function has.

    Raises
    ------
    InputError
        As `load_system`.
    UsageError
        As `load_system` and `from_callable`; a callable without `domain`, or a domain, inputs or
        overrides for what has its own.

    Examples
    --------
    >>> from lrfit.systems.given import as_system
    >>> as_system("van_der_pol").domain.variables
    ('x', 'y')
    >>> as_system(lambda z, u: -z, domain={"x": (-1, 1)}).source.kind
    'callable'
    """
    if isinstance(target, StandsForSystem):
        target = target.as_system()
    if callable(target) and not isinstance(target, System):
        if domain is None:
            raise UsageError(
                "a Python function needs its domain; give "
                "lrfit.from_callable(function, domain={'x': (-1, 1), ...}) in its place"
            )
        return from_callable(target, domain=domain, inputs=inputs)
    if domain is not None or inputs is not None:
        raise UsageError("domain and inputs belong to a Python function; a system has its own")
    if isinstance(target, System):
        if overrides:
            raise UsageError("a System has its parameters already; load it with the overrides")
        return target
    if not isinstance(target, str | Path | bytes):
        raise UsageError(
            f"{told(target)} is no system; give a System, a path, the name of a sample system, or "
            "a Python function with its domain"
        )
    return load_system(target, overrides=overrides)
