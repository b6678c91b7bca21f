"""A target system: its field over a box, and everything a user said about it.

    dz/dt = g(z, u)

Place in the flow: `open.load_system` turns what the user names (a YAML file, a sampled grid, the
name of a sample system, text) into a `System`, the one value that all the rest works on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.fields.data import SampledData
from lrfit.fields.field import Domain, Velocities
from lrfit.fields.knowledge import (
    Enclosures,
    affine_inputs_of,
    data_of,
    enclosures_of,
    parity_of,
    term_kinds_of,
)
from lrfit.fields.parity import FieldParity
from lrfit.fields.steady import StateFunction, steady
from lrfit.io.text import brief
from lrfit.systems.choices import Drive
from lrfit.systems.signals.input_signal import InputSignal

if TYPE_CHECKING:  # loaded with a file that has a task
    from lrfit.systems.task import Task

TOO_FAST = 1e150
"""Half-widths per unit of time: beyond this, squares overflow."""
TOO_SLOW = 1.0 / TOO_FAST
"""A field that is nowhere faster counts as zero: its squares vanish."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a system came from, so that a fit can be repeated.

    label : file name, "<stdin>" or a function's name, for messages.
    kind : "expressions", "samples" or "callable".
    text : the YAML text or the function's source; empty for samples.
    sha256 : of the text, or of the samples in canonical order.
    overrides : parameters that were set beside the file.
    lines : 1-based line of every key of the text, by path.
    """

    label: str
    kind: Literal["expressions", "samples", "callable"]
    sha256: str
    text: str = ""
    overrides: Mapping[str, float] = dataclasses.field(default_factory=dict)
    lines: Mapping[tuple[str | int, ...], int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation:
    """Defaults of a simulation.

    initial : (D,), the user's units; the middle of the box where the file gives none.
    duration : time, None where the file gives none. signal : u(t) for all inputs, with its jumps.
    texts : the signals as written, of those inputs that have one.
    own : True when these defaults were set beside the source, so that a file must carry them.
    """

    initial: Array
    signal: InputSignal
    duration: float | None = None
    texts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    own: bool = False

    def __post_init__(self) -> None:
        """Freeze the initial state."""
        freeze_fields(self, initial=(-1,))


class Defaults(Protocol):
    """What simulations take that are not told otherwise: a `System`, or what a file says of one."""

    @property
    def simulation(self) -> Simulation:
        """Start, input and duration."""
        ...

    @property
    def parameters(self) -> Mapping[str, float]:
        """Numbers by name, which texts of signals may use."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """A target of D variables and U inputs: a velocity field over a box, with its description.

    Implements `VectorField`. Values only: `systems.build` makes one of each source, and what a
    field knows of itself (`fields.knowledge`) is asked of the field, whatever its class. States,
    inputs and times are in the user's units.

    Attributes
    ----------
    name : of the system, and so of files made for it.
    domain : the box the network must be right on: bounds (D,) of states and (U,) of inputs.
    field : what computes velocity (P, D) and Jacobian (P, D, D), (P, D, U).
    source : where it came from, so that a fit can be repeated.
    simulation : defaults of a simulation: start (D,), duration (time), signal u(t) (U,).
    reference, kind, time_unit : texts as given; empty where not.
    expected : what a right network must reproduce: facts by name (text, numbers, nested tuples).
    task : trials with an outcome to judge, None where there are none.
    parameters : numbers by name, with overrides put in.
    drive : by input, how it reaches the network.
    network : defaults of a fit (names as in `FitOptions`), only those that are given.
    notes : one line each for what the user should know, such as a start outside the box.
    dt : step (time) of a target in discrete time, whose field is that of its flow map; else None.
    """

    name: str
    domain: Domain
    field: Velocities
    source: Source
    simulation: Simulation
    reference: str = ""
    kind: str = ""
    time_unit: str = ""
    expected: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    task: Task | None = None
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)
    drive: Mapping[str, Drive] = dataclasses.field(default_factory=dict)
    network: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dt: float | None = None

    def __repr__(self) -> str:
        """One line."""
        values = ", ".join(f"{name} = {value:g}" for name, value in self.parameters.items())
        inputs = ", ".join(self.domain.inputs)
        return brief(
            self,
            self.name,
            f"variables {', '.join(self.domain.variables)}",
            inputs and f"inputs {inputs}",
            values and f"parameters {values}",
        )

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt, (P, D), at states z (P, D) and inputs u (P, U), the user's units."""
        return self.field.velocity(z, u)

    def steady(self, u: Array, middle: Array, scale: Array) -> StateFunction:
        """Velocity in units of scale (D,) about middle (D,) at a constant input u (U,)."""
        return steady(self.field, u, middle, scale)

    def checked_velocity(self, z: Array, u: Array) -> Array:
        """As `velocity`; raises InputError with variable and place if any value is unusable."""
        with np.errstate(all="ignore"):
            velocity = self.velocity(z, u)
            bad = ~(np.abs(velocity / self.domain.half_width) <= TOO_FAST)
        if np.any(bad):
            raise self._unusable(z, u, velocity, bad)
        return velocity

    def _unusable(self, z: Array, u: Array, velocity: Array, bad: NDArray[np.bool_]) -> InputError:
        row, column = np.argwhere(bad)[0]
        names = self.domain.variables + self.domain.inputs
        values = zip(names, [*z[row], *u[row]], strict=True)
        place = ", ".join(f"{name} = {value:.6g}" for name, value in list(values)[:12])
        variable, share = self.domain.variables[column], f"{np.sum(bad.any(axis=1))} of {len(z)}"
        if self.dt is not None:
            return self.error(
                f"the target's way from {place} cannot be followed for dt = {self.dt:g} (nor from "
                f"{share} points): it blows up, leaves where the field is finite, or takes "
                "too many steps; give a smaller --dt, or shrink the domain"
            )
        return self.error(
            f"d{variable}/dt is {velocity[row, column]:.3g} at {place} (and so at {share} points); "
            "look for a logarithm or root of a negative number, a pole or an overflow, or shrink "
            "the domain",
            ("dynamics", variable),
        )

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Derivatives of the velocity: by state (P, D, D) and by input (P, D, U)."""
        return self.field.jacobian(z, u)

    @cached_property
    def affine_inputs(self) -> tuple[str, ...]:
        """Inputs in which the field is affine with constant coefficients, so that they can drive
        a network directly, as far as the field knows.
        """
        return affine_inputs_of(self.field, self.domain)

    @cached_property
    def parity(self) -> FieldParity:
        """Parity of the field about (z, u) = 0: proved where the field knows it, else measured."""
        return parity_of(self.field, self.domain)

    def term_kinds(self, direct: frozenset[str]) -> tuple[frozenset[str], ...] | None:
        """Kinds of the terms of every right-hand side, where the field knows them."""
        return term_kinds_of(self.field, direct)

    @property
    def enclosures(self) -> Enclosures | None:
        """Bounds of the field over boxes, where it has any."""
        return enclosures_of(self.field)

    @property
    def data(self) -> SampledData | None:
        """Measured points of a grid or scattered samples, else None."""
        return data_of(self.field)

    @property
    def interpolation(self) -> str | None:
        """What lies between measured points: "cubic", "quadratic" or "linear"; None if exact."""
        return getattr(self.field, "interpolation", None)

    @cached_property
    def continuous(self) -> System:
        """The target in continuous time that this one was made from, or is."""
        field: Velocities | None = getattr(self.field, "continuous", None)
        return self if field is None else dataclasses.replace(self, field=field, dt=None)

    def error(self, message: str, path: tuple[str | int, ...] = ()) -> InputError:
        """Return the InputError that names this system's file, and the line of `path` if known."""
        return InputError(message, where=self.source.label, line=self.source.lines.get(path))


@runtime_checkable
class StandsForSystem(Protocol):
    """A value that is a system among other things, such as a mixture."""

    def as_system(self) -> System:
        """The system."""
        ...
