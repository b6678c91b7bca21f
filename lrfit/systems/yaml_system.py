"""system.yaml -> System: its values are checked, its expressions compiled, its defaults settled.

Place in the flow: a YAML document with line numbers becomes a target. Every error names the
file, the line and the key.
"""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrfit.core.errors import UsageError
from lrfit.fields.expressions.errors import ExpressionError
from lrfit.fields.expressions.field import CompiledField, check_names
from lrfit.fields.expressions.operations import JUMPING
from lrfit.fields.expressions.tree import order
from lrfit.fields.field import WIDEST
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.io.yaml_reader import Document, YamlPath
from lrfit.systems.build import from_expressions
from lrfit.systems.parts import ranged, start_of, text_digest
from lrfit.systems.schema import MixtureFile, SystemFile, parse_system_file
from lrfit.systems.signals.signal_texts import signal_from_texts
from lrfit.systems.system import Simulation, Source, System

if TYPE_CHECKING:
    from lrfit.systems.task import Task
    from lrfit.systems.task_schema import TaskKeys

MEAN_FIELD = ("lrfit.networks.mixtures.from_file", "mean_field_of_file")
"""What makes the field of `populations:`. It is above this layer, and so named, not imported."""


def system_from_document(document: Document, text: str, overrides: dict[str, float]) -> System:
    """Build a system from a YAML document and the text it was read from.

    Raises
    ------
    InputError
        With file, line and key.
    UsageError
        An override names no parameter, or is not finite.
    """
    file = parse_system_file(document)
    parameters = _overridden(file, overrides)
    _check_widths(file, document)
    source = _source(document, text, overrides)
    try:
        if isinstance(file, SystemFile):
            system = _of_equations(file, parameters, source)
        else:
            system = _of_mixture(file, parameters, source, document)
        task = None if file.task is None else _task(file.task, system)
    except ExpressionError as error:
        raise _located(error, document) from None
    changed = {n: value for n, value in file.parameters.items() if parameters[n] != value}
    return replace(
        system,
        expected={} if changed else file.expected,
        task=task,
        notes=(*_notes(system), *_left_out(file, changed)),
    )


def _of_equations(file: SystemFile, parameters: dict[str, float], source: Source) -> System:
    simulate = file.simulate
    return from_expressions(
        file.dynamics,
        domain={name: file.domain[name] for name in file.dynamics},
        inputs={name: keys.interval for name, keys in file.inputs.items()},
        define=file.define,
        parameters=parameters,
        name=file.name,
        initial=simulate.initial,
        duration=simulate.duration,
        signals=simulate.signals,
        reference=file.reference,
        time_unit=file.time_unit,
        kind=file.kind,
        drive={name: keys.drive for name, keys in file.inputs.items()},
        network=_network(file),
        source=source,
    )


def _of_mixture(
    file: MixtureFile, parameters: dict[str, float], source: Source, document: Document
) -> System:
    """The system of populations of neurons: its field is their mean field."""
    module, name = MEAN_FIELD
    check_names(parameters=parameters, inputs=file.inputs, latent=file.variables)
    box = ranged(
        {name: file.domain[name] for name in file.variables},
        {name: keys.interval for name, keys in file.inputs.items()},
    )
    simulate = file.simulate
    return System(
        name=file.name,
        domain=box,
        field=getattr(import_module(module), name)(file, box, parameters, document),
        source=source,
        simulation=Simulation(
            initial=start_of(box, simulate.initial),
            signal=signal_from_texts(box, simulate.signals, parameters),
            duration=simulate.duration,
            texts=simulate.signals,
        ),
        reference=file.reference,
        kind=file.kind or "mixture",
        time_unit=file.time_unit,
        parameters=parameters,
        drive={name: keys.drive for name, keys in file.inputs.items()},
        network=_network(file),
    )


def _network(file: SystemFile | MixtureFile) -> dict[str, Any]:
    """The options of `network:` that the file gives."""
    return {name: getattr(file.network, name) for name in file.network.model_fields_set}


def _task(keys: TaskKeys, system: System) -> Task:
    from lrfit.systems.task import task_of  # noqa: PLC0415 - few systems have a task

    return task_of(keys, system.domain, system.parameters, system.simulation.initial)


def _source(document: Document, text: str, overrides: dict[str, float]) -> Source:
    return Source(
        label=document.where,
        kind="expressions",
        sha256=text_digest(text),
        text=text,
        overrides=overrides,
        lines=document.lines,
    )


def _overridden(file: SystemFile | MixtureFile, overrides: dict[str, float]) -> dict[str, float]:
    for name, value in overrides.items():
        if name not in file.parameters:
            known = did_you_mean(name, file.parameters)
            raise UsageError(f"{file.name} has no parameter {shown(name, 60)!r}; {known}")
        if not math.isfinite(value):
            raise UsageError(f"the parameter {name} is set to {value}; give a finite number")
    return file.parameters | {name: float(value) for name, value in overrides.items()}


def _check_widths(file: SystemFile | MixtureFile, document: Document) -> None:
    ranges = {name: keys.interval for name, keys in file.inputs.items()}
    for section, intervals in {"domain": file.domain, "inputs": ranges}.items():
        for name, (low, high) in intervals.items():
            if not 1.0 / WIDEST <= high - low <= WIDEST:
                raise document.error(
                    f"{section}.{name}: the width of [{low:g}, {high:g}] cannot be computed with; "
                    "choose another unit",
                    (section, name),
                )


def _located(error: ExpressionError, document: Document) -> Exception:
    """The error with the line of its key; names of variables and the like may hold anything."""
    key: YamlPath = tuple(error.key.split(".", -1 if error.key.startswith("task.") else 1))
    if key[0] == "signals":
        key = ("simulate", *key)
    return document.error(f"{'.'.join(map(str, key))}: {error.message}", key)


def _left_out(file: SystemFile | MixtureFile, changed: dict[str, float]) -> list[str]:
    """That the facts of a file are about other parameters than those that are set."""
    if not changed or not file.expected:
        return []
    own = ", ".join(f"{name} = {value:g}" for name, value in changed.items())
    return [f"the facts under `expected:` hold for {own} and are left out here"]


def _notes(system: System) -> list[str]:
    """What is allowed, but perhaps not meant."""
    notes, domain = [], system.domain
    for name, low, high, start in zip(
        domain.variables, domain.lower, domain.upper, system.simulation.initial, strict=True
    ):
        if not low <= start <= high:
            notes.append(
                f"the initial state {name} = {start:g} is outside of the domain "
                f"[{low:g}, {high:g}], where nothing is fitted"
            )
    return [*notes, *_jumps(system)]


def _jumps(system: System) -> list[str]:
    """Which right-hand sides jump: there no network is near, however many neurons it has."""
    field = system.field
    if not isinstance(field, CompiledField):
        return []
    notes = []
    for name, expression in zip(field.variables, field.expressions, strict=True):
        if jumping := sorted({node.op for node in order((expression,))} & JUMPING):
            notes.append(
                f"d{name}/dt jumps ({', '.join(jumping)}): no network follows a jump, and its "
                "error stays largest there; a steep tanh or sigmoid in its place can be followed"
            )
    return notes
