"""The target of a fit inside its network file: the YAML text, or the samples themselves.

    text                 the YAML text, or a Python function's source (for reading only)
    samples/...          the layout of a sampled grid or of scattered samples
    overrides            parameters that were set beside the file
    simulation/...       defaults of a simulation, where no texts of signals belong to them, so that
                         networks are simulated without the target

A sha256 says whether two fits had the same target.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lrfit.core.errors import InputError, LrfitError
from lrfit.fields.field import Domain
from lrfit.fields.names import title_problem
from lrfit.io.text import brief, shown
from lrfit.io.tree import Dataset, Group
from lrfit.records.provenance import encoded, require_kind, typed
from lrfit.records.simulation_group import simulation_from_group, simulation_group
from lrfit.systems.system import Defaults, Simulation, System

KIND = "lrfit-system"
NOT_HELD = ("callable", "trained")
"""Kinds of targets that a file names but does not hold: a Python function, a trained network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredSystem:
    """A target as a file holds it; `load` builds the System again.

    given : the System itself, where the fit was computed here. overrides : parameters that were
    set beside the text. resolved : all parameters; None in files of version 0.1.0.
    """

    given: System | None = None
    name: str
    source_kind: str
    sha256: str
    time_unit: str
    where: str
    text: str = ""
    overrides: Mapping[str, float] = field(default_factory=dict)
    resolved: Mapping[str, float] | None = None
    samples: Group | None = None
    simulation: Group | None = None

    def __repr__(self) -> str:
        """One line."""
        return brief(self, self.name, f"given by {self.source_kind}")

    @property
    def parameters(self) -> Mapping[str, float]:
        """All parameters as they were used; those that were set, where no more is known."""
        if self.resolved is None:
            return self.load().parameters if self.is_known else self.overrides
        return self.resolved

    def load(self) -> System:
        """Build the system.

        Raises
        ------
        InputError
            It was a Python function, or what the file holds is not a system.
        """
        if self.given is not None:
            return self.given
        if self.source_kind == "trained":
            raise InputError(
                f"the target is the trained network or activity called {self.name}, not a field "
                "over a box; `lrfit show` tells how the two compare",
                where=self._place,
            )
        if self.source_kind == "callable":
            raise InputError(
                "the target was a Python function, which a file cannot hold; fit it in Python "
                "and use the result there",
                where=self._place,
            )
        try:
            return self._built
        except InputError as error:
            said = error.message if error.where == self._place else str(error)
            raise self._broken(said, error.line) from error
        except LrfitError as error:
            raise self._broken(str(error)) from error

    @property
    def _place(self) -> str:
        """What messages call the target's source."""
        return f"{self.where} (its /system)"

    def _broken(self, why: str, line: int | None = None) -> InputError:
        return InputError(f"the target cannot be rebuilt: {why}", where=self._place, line=line)

    def defaults(self, domain: Domain) -> Defaults | None:
        """What the target says about simulations; it is built only where the file does not say it.

        domain : of the network, as the user sees it. None where nothing is known of the target.
        """
        if self.given is None and self.simulation is not None:
            simulation = simulation_from_group(self.simulation, domain)
            return StoredDefaults(stored=self, simulation=simulation)
        return self.load() if self.is_known else None

    @cached_property
    def _built(self) -> System:
        return self._with_defaults(self._target())

    @property
    def is_known(self) -> bool:
        """Whether it can be built: a file does not hold a Python function."""
        return self.given is not None or self.source_kind not in NOT_HELD

    def _target(self) -> System:
        if self.samples is not None:
            from lrfit.systems.sampled_file import system_from_tree  # noqa: PLC0415 - when used

            return system_from_tree(self.samples, name=self.name)
        from lrfit.systems.open import Beside, system_from_text  # noqa: PLC0415 - when used

        beside = Beside(overrides=dict(self.overrides))
        return system_from_text(self.text, where=self._place, beside=beside)

    def _with_defaults(self, system: System) -> System:
        if self.simulation is None:
            return system
        simulation = simulation_from_group(self.simulation, system.domain)
        return dataclasses.replace(system, simulation=simulation)


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredDefaults:
    """Defaults of simulations that a file holds. stored : their system."""

    stored: StoredSystem
    simulation: Simulation

    @property
    def parameters(self) -> Mapping[str, float]:
        """Those of the system, which is built for them; none of a Python function."""
        return self.stored.load().parameters if self.stored.is_known else {}


def stored(system: System) -> StoredSystem:
    """The target of a fit that is computed here."""
    source = system.source
    return StoredSystem(
        given=system,
        name=system.name,
        source_kind=source.kind,
        sha256=source.sha256,
        time_unit=system.time_unit,
        where="",
        text=source.text,
        overrides=source.overrides,
        resolved=system.parameters,
    )


def system_group(system: System, options: Group) -> Group:
    """Return /system; `options` are the resolved options of the fit."""
    source = system.source
    children: dict[str, Group | Dataset] = {
        "options": options,
        "overrides": Group(attributes={**encoded("lrfit-overrides"), **source.overrides}),
        "parameters": Group(attributes={**encoded("lrfit-parameters"), **system.parameters}),
    }
    if source.text:
        children["text"] = Dataset(data=np.array(source.text))
    simulation = system.simulation
    if simulation.own or (simulation.signal.constant and not simulation.texts):
        children["simulation"] = simulation_group(simulation, system.domain)
    if system.data is not None:
        from lrfit.systems.grid import data_tree  # noqa: PLC0415 - when used

        children["samples"] = typed(data_tree(system), "lrfit-grid")
    return Group(
        attributes={
            **encoded(KIND),
            "name": system.name,
            "kind": system.kind,
            "reference": system.reference,
            "time_unit": system.time_unit,
            "source_kind": source.kind,
            "source_label": shown(source.label, 300),
            "sha256": source.sha256,
        },
        children=children,
    )


def named_group(known: StoredSystem, options: Group) -> Group:
    """Return /system of a target that a file names but does not hold."""
    children: dict[str, Group | Dataset] = {
        "options": options,
        "overrides": Group(attributes={**encoded("lrfit-overrides"), **known.overrides}),
        "parameters": Group(attributes={**encoded("lrfit-parameters"), **(known.resolved or {})}),
    }
    if known.text:
        children["text"] = Dataset(data=np.array(known.text))
    if known.simulation is not None:
        children["simulation"] = known.simulation
    return Group(
        attributes={
            **encoded(KIND),
            "name": known.name,
            "kind": "",
            "reference": "",
            "time_unit": known.time_unit,
            "source_kind": known.source_kind,
            "source_label": shown(known.name, 300),
            "sha256": known.sha256,
        },
        children=children,
    )


def read_system(group: Group) -> StoredSystem:
    """Read what `system_group` wrote, without building the system.

    Raises
    ------
    InputError
        Anything missing or of the wrong type.
    """
    require_kind(group, KIND)
    name = group.attribute("name", str)
    if why := title_problem(name):
        raise group.error(f"has a bad name: {why}")
    return StoredSystem(
        name=name,
        source_kind=group.attribute("source_kind", str),
        sha256=group.attribute("sha256", str),
        time_unit=group.attribute("time_unit", str, ""),
        where=group.where,
        text=group.dataset("text").text() if "text" in group else "",
        overrides=_numbers(group, "overrides") or {},
        resolved=_numbers(group, "parameters"),
        samples=group.group("samples") if "samples" in group else None,
        simulation=group.group("simulation") if "simulation" in group else None,
    )


def _numbers(group: Group, name: str) -> dict[str, float] | None:
    """Numbers by name, of a group of attributes; None where there is no such group."""
    if name not in group:
        return None
    held = group.group(name)
    return {
        key: held.attribute(key, float)
        for key in held.attributes
        if not key.startswith("encoding-")
    }
