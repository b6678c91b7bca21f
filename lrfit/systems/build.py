"""Systems made of what a program holds; those of measured points are made by `points`.

    from_expressions     right-hand sides as texts            (also those of a YAML file)
    from_callable        a Python function
    from_field           an object with velocity and Jacobian, which may offer more

Place in the flow: after a source was read and checked, before everything that works on systems.
All quantities are in the user's units.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.errors import UsageError
from lrfit.fields.callable_field import CallableField, Jacobian, Velocity, shaped
from lrfit.fields.field import Domain, Velocities
from lrfit.systems.choices import Drive
from lrfit.systems.parts import Ranges, Start, box_of, ranged, start_of, text_digest, titled
from lrfit.systems.signals.input_signal import Signal, input_signal
from lrfit.systems.system import Simulation, Source, System

__all__ = [
    "from_callable",
    "from_expressions",
    "from_field",
]


def from_expressions(
    dynamics: Mapping[str, str],
    *,
    domain: Ranges,
    inputs: Ranges | None = None,
    define: Mapping[str, str] | None = None,
    parameters: Mapping[str, float] | None = None,
    name: str = "expressions",
    initial: Mapping[str, float] | None = None,
    duration: float | None = None,
    signals: Mapping[str, str] | None = None,
    reference: str = "",
    time_unit: str = "",
    kind: str = "",
    drive: Mapping[str, Drive] | None = None,
    network: Mapping[str, Any] | None = None,
    source: Source | None = None,
) -> System:
    """Make a system of right-hand sides.

    Parameters
    ----------
    dynamics : mapping of str to str
        Variable -> its time derivative, in the language of system files.
    domain, inputs : mapping of name to (lowest, highest)
        The box of states, for every variable; the ranges of the inputs.
    define, parameters : mapping, optional
        Intermediate quantities, each of which may use those before it; numbers by name.
    name : str
        Of the system.
    initial, duration, signals : optional
        Of simulations: start, the middle of the box where it says nothing; time; a text of t for
        every input that does not rest.
    reference, time_unit, kind, drive, network : optional
        As in `System`.
    source : Source, optional
        The file that this was read from; without it a text is written that says the same.

    Returns
    -------
    System
        With a field that knows its Jacobian, bounds and symmetry, in the units of the texts.

    Raises
    ------
    ExpressionError
        A text cannot be used; `key` says which: "dynamics.x", "define.r", "signals.u".
    UsageError
        Names that make no sense together.
    InputError
        A range is empty.

    Examples
    --------
    >>> from lrfit.systems.build import from_expressions
    >>> system = from_expressions(
    ...     {"x": "-k*x + u"}, domain={"x": (-1, 1)}, inputs={"u": (0, 1)}, parameters={"k": 2}
    ... )
    >>> system.affine_inputs
    ('u',)
    """
    from lrfit.fields.expressions.field import compile_field  # noqa: PLC0415 - when used
    from lrfit.systems.signals.signal_texts import signal_from_texts  # noqa: PLC0415 - when used

    inputs, parameters, signals = dict(inputs or {}), dict(parameters or {}), dict(signals or {})
    _require_same(dynamics, domain)
    # Names are checked with the formulas, which knows the key of each.
    box = ranged({variable: domain[variable] for variable in dynamics}, inputs)
    if unknown := {*signals} - {*inputs}:
        raise UsageError(f"signals gives {min(unknown)!r}, which is no input")
    simulation = Simulation(
        initial=start_of(box, initial),
        signal=signal_from_texts(box, signals, parameters),
        duration=duration,
        texts=signals,
    )
    field = compile_field(
        equations=dynamics, inputs=tuple(inputs), definitions=define, parameters=parameters
    )
    drives: dict[str, Drive] = {u: (drive or {}).get(u, "auto") for u in inputs}
    if source is None:
        simulate = {"initial": dict(initial or {}), "duration": duration, "signals": signals}
        source = _written(
            name=name,
            reference=reference,
            time_unit=time_unit,
            kind=kind,
            parameters=parameters,
            define=dict(define or {}),
            dynamics=dict(dynamics),
            domain={variable: list(domain[variable]) for variable in dynamics},
            inputs={u: {"range": list(inputs[u]), "drive": drives[u]} for u in inputs},
            network=dict(network or {}),
            simulate={key: value for key, value in simulate.items() if value},
        )
    return System(
        name=titled(name),
        domain=box,
        field=field,
        source=source,
        simulation=simulation,
        reference=reference,
        kind=kind,
        time_unit=time_unit,
        parameters=parameters,
        drive=drives,
        network=dict(network or {}),
    )


def _require_same(dynamics: Mapping[str, str], domain: Ranges) -> None:
    if odd := {*dynamics} ^ {*domain}:
        raise UsageError(f"{min(odd)!r} needs a right-hand side and a range; give both")


def _written(**document: Any) -> Source:
    """The system as the text of a file, so that a network file can hold it."""
    lines = []
    for key, value in document.items():
        if isinstance(value, dict) and value:
            lines += [f"{key}:", *(f"  {name}: {json.dumps(each)}" for name, each in value.items())]
        elif value:
            lines.append(f"{key}: {json.dumps(value)}")
    text = "\n".join(lines) + "\n"
    return Source(label=document["name"], kind="expressions", text=text, sha256=text_digest(text))


def from_callable(
    velocity: Velocity,
    *,
    domain: Ranges,
    inputs: Ranges | None = None,
    jacobian: Jacobian | None = None,
    name: str = "callable",
    **said: Any,
) -> System:
    """Make a system of a Python function.

    Parameters
    ----------
    velocity : callable
        z (P, D), u (P, U) -> dz/dt (P, D), in the order of `domain` and `inputs`. Nothing may
        depend on which points are asked for together.
    domain, inputs : mapping of name to (lowest, highest)
        The box of states, and the ranges of the inputs.
    jacobian : callable, optional
        z, u -> derivatives by state (P, D, D) and by input (P, D, U).
    name : str
        Of the system.
    **said
        initial, duration, signal, reference, time_unit: as in `from_field`.

    Returns
    -------
    System
        In the units of the function; nothing is known of it between points.

    Raises
    ------
    UsageError
        Names that are no identifiers, a start of unknown variables, or a function that does not
        return the right shape.
    InputError
        A range is empty.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> system = lrfit.from_callable(
    ...     lambda z, u: -z + u, domain={"x": (-1, 1)}, inputs={"u": (0, 1)}
    ... )
    >>> system.velocity(np.array([[0.5]]), np.array([[1.0]])).tolist()
    [[0.5]]
    """
    box = box_of(domain, inputs or {})
    field = CallableField(domain=box, function=velocity, derivative=jacobian)
    return from_field(field, domain=box, name=name, source=_function_source(velocity), **said)


def from_field(
    field: Velocities,
    *,
    domain: Domain,
    name: str,
    initial: Start = None,
    duration: float | None = None,
    signal: Signal | ArrayLike | None = None,
    reference: str = "",
    time_unit: str = "",
    source: Source | None = None,
) -> System:
    """Make a system of an object with velocity and Jacobian over a box.

    Parameters
    ----------
    field : object
        With `velocity` and `jacobian` as in `VectorField`. What it offers beyond these (see
        `lrfit.fields.knowledge`) is used like that of lrfit's own fields.
    initial : (D,) or mapping, optional
        Initial state of simulations; the middle of the box where it says nothing.
    signal : callable or (U,), optional
        u(t) of simulations, t (T,) -> u (T, U), or constants; by default the inputs rest.
    name, duration, reference, time_unit, source : optional
        As in `System` and `Simulation`.

    Raises
    ------
    UsageError
        A start of unknown variables, or a field that does not return the right shapes.
    """
    system = System(
        name=titled(name),
        domain=domain,
        field=field,
        source=source or _function_source(field.velocity),
        simulation=Simulation(
            initial=start_of(domain, initial),
            signal=input_signal(domain, signal),
            duration=duration,
        ),
        reference=reference,
        time_unit=time_unit,
    )
    _try_out(system)
    return system


def _try_out(system: System) -> None:
    """Two points: a function that handles one only, or loses an axis, is found out here."""
    domain, D, U = system.domain, system.domain.dimension, system.domain.input_count
    z, u = domain.from_box(np.array([[-0.5], [0.5]]) * np.ones(D + U))
    with np.errstate(all="ignore"):
        shaped(system.velocity(z, u), (2, D), "velocity")
        by_state, by_input = system.jacobian(z, u)
    shaped(by_state, (2, D, D), "Jacobian by state")
    shaped(by_input, (2, D, U), "Jacobian by input")


def _function_source(function: Velocity) -> Source:
    module = getattr(function, "__module__", None) or "<unknown>"
    label = f"{module}.{getattr(function, '__qualname__', type(function).__qualname__)}"
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):  # built in, or typed at a prompt
        text = ""
    return Source(label=label, kind="callable", text=text, sha256=text_digest(text or label))
