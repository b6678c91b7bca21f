"""A Python function as a target: for users of the library whose field is no formula.

Place in the flow: a callable with a domain becomes a System. Without a Jacobian it is taken by
central differences, with steps of 1e-5 half-widths: relative error near 1e-10 for smooth fields.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.fields.names import title_problem, why_no_identifier
from lrfit.systems.signals.input_signal import Signal, input_signal
from lrfit.systems.system import Simulation, Source, System

Velocity = Callable[[Array, Array], ArrayLike]
Jacobian = Callable[[Array, Array], tuple[ArrayLike, ArrayLike]]

STEP = 1e-5


@dataclass(frozen=True, kw_only=True, eq=False)
class CallableField:
    """Velocity and Jacobian from Python functions, their shapes checked at every call."""

    domain: Domain
    function: Velocity
    derivative: Jacobian | None = None

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at z (P, D) and u (P, U); raises UsageError for any other shape."""
        return _shaped(self.function(z, u), (len(z), self.domain.dimension), "velocity")

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives by state (P, D, D) and by input (P, D, U)."""
        D, U = self.domain.dimension, self.domain.input_count
        if self.derivative is None:
            return self._differences(z, u)
        by_state, by_input = self.derivative(z, u)
        return (
            _shaped(by_state, (len(z), D, D), "Jacobian by state"),
            _shaped(by_input, (len(z), D, U), "Jacobian by input"),
        )

    def _differences(self, z: Array, u: Array) -> tuple[Array, Array]:
        domain = self.domain
        by_state = [
            (self.velocity(z + step, u) - self.velocity(z - step, u)) / (2.0 * step.sum())
            for step in np.diag(STEP * domain.half_width)
        ]
        by_input = [
            (self.velocity(z, u + step) - self.velocity(z, u - step)) / (2.0 * step.sum())
            for step in np.diag(STEP * domain.input_half_width)
        ]
        none = np.empty((len(z), domain.dimension, 0))
        return np.stack(by_state, axis=-1), np.stack(by_input, axis=-1) if by_input else none


def _shaped(values: ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise UsageError(f"the {what} has shape {array.shape}; the function must return {shape}")
    return array


def system_from_callable(
    velocity: Velocity,
    *,
    domain: Mapping[str, tuple[float, float]],
    inputs: Mapping[str, tuple[float, float]] | None = None,
    jacobian: Jacobian | None = None,
    name: str = "callable",
    initial: Mapping[str, float] | None = None,
    duration: float | None = None,
    signal: Signal | ArrayLike | None = None,
    reference: str = "",
    time_unit: str = "",
) -> System:
    """Make a System of a Python function.

    Parameters
    ----------
    velocity : callable
        z (P, D), u (P, U) -> dz/dt (P, D), in the order of `domain` and `inputs`. Nothing may
        depend on which points are asked for together.
    domain, inputs : mapping of name to (lowest, highest)
        The box of states, and the ranges of the inputs.
    jacobian : callable, optional
        z, u -> derivatives by state (P, D, D) and by input (P, D, U).
    initial : mapping, optional
        Initial state of simulations; the middle of the box where it says nothing.
    signal : callable or (U,), optional
        u(t) of simulations, t (T,) -> u (T, U), or constants; by default the inputs rest.

    Raises
    ------
    UsageError
        Names that are no identifiers, a start of unknown variables, or a function that does not
        return the right shape.
    InputError
        A range is empty.
    """
    box = _domain(domain, inputs or {})
    if problem := title_problem(name):
        raise UsageError(problem)
    if unknown := [key for key in initial or {} if key not in box.variables]:
        raise UsageError(f"initial gives {unknown[0]!r}, which is no variable of the domain")
    start = dict(zip(box.variables, box.middle.tolist(), strict=True)) | dict(initial or {})
    system = System(
        name=name,
        domain=box,
        field=CallableField(domain=box, function=velocity, derivative=jacobian),
        source=_source(velocity),
        simulation=Simulation(
            initial=np.array(list(start.values())),
            signal=input_signal(box, signal),
            duration=duration,
        ),
        reference=reference,
        time_unit=time_unit,
    )
    _try_out(system)
    return system


def _domain(
    domain: Mapping[str, tuple[float, float]], inputs: Mapping[str, tuple[float, float]]
) -> Domain:
    if not domain:
        raise UsageError("the domain is empty; give a range for every variable")
    names = [*domain, *inputs]
    for name in names:
        problem = why_no_identifier(name)
        if problem or names.count(name) > 1:
            raise UsageError(problem or f"{name!r} is a variable and an input; rename one")
    return Domain(
        variables=tuple(domain),
        lower=np.array([low for low, _ in domain.values()]),
        upper=np.array([high for _, high in domain.values()]),
        inputs=tuple(inputs),
        input_lower=np.array([low for low, _ in inputs.values()]),
        input_upper=np.array([high for _, high in inputs.values()]),
    )


def _try_out(system: System) -> None:
    """Two points: a function that handles one only, or loses an axis, is found out here."""
    domain = system.domain
    z = domain.state_from_box(np.array([[-0.5], [0.5]]) * np.ones(domain.dimension))
    u = domain.input_from_box(np.array([[-0.5], [0.5]]) * np.ones(domain.input_count))
    with np.errstate(all="ignore"):
        system.velocity(z, u)
        system.jacobian(z, u)


def _source(function: Velocity) -> Source:
    module = getattr(function, "__module__", None) or "<unknown>"
    label = f"{module}.{getattr(function, '__qualname__', type(function).__qualname__)}"
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):  # built in, or typed at a prompt
        text = ""
    digest = hashlib.sha256((text or label).encode()).hexdigest()
    return Source(label=label, kind="callable", text=text, sha256=digest)
