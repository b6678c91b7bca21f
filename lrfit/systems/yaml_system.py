"""system.yaml -> System: its values are checked, its expressions compiled, its defaults settled.

Place in the flow: a YAML document with line numbers becomes a target. Every error names the
file, the line and the key.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
from pydantic import BaseModel

from lrfit.core.errors import UsageError
from lrfit.fields.expressions import (
    CompiledField,
    ExpressionError,
    compile_field,
)
from lrfit.fields.field import WIDEST, Domain
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.io.yaml_reader import Document, YamlPath
from lrfit.systems.schema import SystemFile, parse_system_file
from lrfit.systems.signals.input_signal import InputSignal
from lrfit.systems.signals.signal_texts import signal_from_texts
from lrfit.systems.system import Simulation, Source, System
from lrfit.systems.task import Task, task_of


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
    domain = _domain(file, document)
    simulation = _simulation(file, document, domain, parameters)
    return System(
        name=file.name,
        domain=domain,
        field=_compile(file, document, parameters),
        source=_source(document, text, overrides),
        simulation=simulation,
        reference=file.reference,
        kind=file.kind,
        time_unit=file.time_unit,
        expected=file.expected,
        task=_task(file, document, domain, parameters, simulation),
        parameters=parameters,
        drive={name: keys.drive for name, keys in file.inputs.items()},
        network=_given(file.network),
        notes=tuple(_notes(domain, simulation)),
    )


def _source(document: Document, text: str, overrides: dict[str, float]) -> Source:
    return Source(
        label=document.where,
        kind="expressions",
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        text=text,
        overrides=overrides,
        lines=document.lines,
    )


def _given(keys: BaseModel) -> dict[str, Any]:
    return {name: getattr(keys, name) for name in keys.model_fields_set}


def _overridden(file: SystemFile, overrides: dict[str, float]) -> dict[str, float]:
    for name, value in overrides.items():
        if name not in file.parameters:
            known = did_you_mean(name, file.parameters)
            raise UsageError(f"{file.name} has no parameter {shown(name, 60)!r}; {known}")
        if not math.isfinite(value):
            raise UsageError(f"the parameter {name} is set to {value}; give a finite number")
    return file.parameters | {name: float(value) for name, value in overrides.items()}


def _domain(file: SystemFile, document: Document) -> Domain:
    box = {name: file.domain[name] for name in file.dynamics}
    ranges = {name: keys.interval for name, keys in file.inputs.items()}
    for section, intervals in {"domain": box, "inputs": ranges}.items():
        for name, (low, high) in intervals.items():
            if not 1.0 / WIDEST <= high - low <= WIDEST:
                raise document.error(
                    f"{section}.{name}: the width of [{low:g}, {high:g}] cannot be computed with; "
                    "choose another unit",
                    (section, name),
                )
    return Domain(
        variables=tuple(box),
        lower=np.array([low for low, _ in box.values()]),
        upper=np.array([high for _, high in box.values()]),
        inputs=tuple(ranges),
        input_lower=np.array([low for low, _ in ranges.values()]),
        input_upper=np.array([high for _, high in ranges.values()]),
    )


def _compile(file: SystemFile, document: Document, parameters: dict[str, float]) -> CompiledField:
    try:
        return compile_field(
            equations=file.dynamics,
            inputs=tuple(file.inputs),
            definitions=file.define,
            parameters=parameters,
        )
    except ExpressionError as error:
        raise _located(error, document) from None


def _located(error: ExpressionError, document: Document, section: YamlPath = ()) -> Exception:
    key: YamlPath = (*section, *error.key.split(".", 1))
    return document.error(f"{'.'.join(map(str, key))}: {error.message}", key)


def _simulation(
    file: SystemFile, document: Document, domain: Domain, parameters: dict[str, float]
) -> Simulation:
    start = dict(zip(domain.variables, domain.middle, strict=True)) | file.simulate.initial
    return Simulation(
        initial=np.array(list(start.values())),
        signal=_signal(file, document, domain, parameters),
        duration=file.simulate.duration,
        texts=file.simulate.signals,
    )


def _task(
    file: SystemFile,
    document: Document,
    domain: Domain,
    parameters: dict[str, float],
    simulation: Simulation,
) -> Task | None:
    if file.task is None:
        return None
    try:
        return task_of(file.task, domain, parameters, simulation.initial)
    except ExpressionError as error:
        key: YamlPath = tuple(error.key.split("."))
        raise document.error(f"{error.key}: {error.message}", key) from None


def _signal(
    file: SystemFile, document: Document, domain: Domain, parameters: dict[str, float]
) -> InputSignal:
    """The inputs over time; those without a signal rest."""
    try:
        return signal_from_texts(domain, file.simulate.signals, parameters)
    except ExpressionError as error:
        raise _located(error, document, ("simulate",)) from None


def _notes(domain: Domain, simulation: Simulation) -> list[str]:
    """What is allowed, but perhaps not meant."""
    notes = []
    for name, low, high, start in zip(
        domain.variables, domain.lower, domain.upper, simulation.initial, strict=True
    ):
        if not low <= start <= high:
            notes.append(
                f"the initial state {name} = {start:g} is outside of the domain "
                f"[{low:g}, {high:g}], where nothing is fitted"
            )
    return notes
