"""A system of equations -> its velocity field, with the exact Jacobian from the same trees.

    dz_d/dt = g_d(z, u),   J_de = dg_d/dz_e (P, D, D),   dg_d/du_j (P, D, U)

Place in the flow: texts (from a system file) become a `CompiledField`, the computing part of
a target. Errors carry the key of the text at fault ("dynamics.x", "define.r2").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.affine import affine_inputs
from lrfit.fields.expressions.compiler import FEW_POINTS, Program
from lrfit.fields.expressions.derivative import derivatives
from lrfit.fields.expressions.enclosures import ExpressionEnclosures
from lrfit.fields.expressions.errors import ExpressionError
from lrfit.fields.expressions.fold import substitute
from lrfit.fields.expressions.identifiers import name_problem
from lrfit.fields.expressions.parity import parity_proofs, term_kinds
from lrfit.fields.expressions.parser import parse
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.expressions.tree import Expr, constant
from lrfit.fields.field import Domain
from lrfit.fields.parity import FieldParity, sampled_parity
from lrfit.fields.steady import StateFunction


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledField:
    """Velocity field of D equations in D variables and U inputs, in the user's units.

    `expressions` are the right-hand sides, simplified, with parameters and intermediate
    quantities put in; the other fields are what they were made from.
    """

    variables: tuple[str, ...]
    inputs: tuple[str, ...]
    equations: Mapping[str, str]
    definitions: Mapping[str, str]
    parameters: Mapping[str, float]
    expressions: tuple[Expr, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        # Generated functions cannot be pickled: the texts travel and are compiled again.
        remake = partial(
            compile_field,
            equations=dict(self.equations),
            inputs=self.inputs,
            definitions=dict(self.definitions),
            parameters=dict(self.parameters),
        )
        return remake, ()

    @cached_property
    def derivatives(self) -> tuple[tuple[Expr, ...], ...]:
        """Trees of dg_d / d(z, u)_k: D rows of D + U."""
        return derivatives(self.expressions, self.variables + self.inputs)

    @cached_property
    def _velocity(self) -> Program:
        return Program(roots=self.expressions, symbols=self.variables + self.inputs)

    @cached_property
    def _jacobian(self) -> Program:
        entries = tuple(entry for row in self.derivatives for entry in row)
        return Program(roots=entries, symbols=self.variables + self.inputs)

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at states z (P, D) and inputs u (P, U); not finite where undefined."""
        return _evaluate(self._velocity, z, u)

    def steady(self, u: Array, middle: Array, scale: Array) -> StateFunction:
        """Velocity in units of scale (D,) about middle (D,) at a constant input u (U,)."""
        evaluate = self._velocity.steady(u)

        def velocity(zeta: Array) -> Array:
            z = zeta * scale
            z += middle
            found = evaluate(z)
            found /= scale
            return found

        return velocity

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Exact derivatives of the velocity: by state (P, D, D) and by input (P, D, U)."""
        D, U = len(self.variables), len(self.inputs)
        both = _evaluate(self._jacobian, z, u).reshape(len(z), D, D + U)
        return np.ascontiguousarray(both[:, :, :D]), np.ascontiguousarray(both[:, :, D:])

    def affine_inputs(self, domain: Domain) -> tuple[str, ...]:
        """Inputs in which the field is affine: proved from the trees, or measured to 1e-9."""
        return affine_inputs(self, domain, generator=np.random.default_rng(0)).names(domain)

    def parity(
        self,
        domain: Domain,
        *,
        center: Array | None = None,
        generator: np.random.Generator | None = None,
    ) -> FieldParity:
        """Parity about `center` (D,) or the origin, about which proofs are tried."""
        about_zero = center is None or not np.any(center)
        return sampled_parity(
            self.velocity,
            domain,
            center=center,
            generator=generator or np.random.default_rng(0),
            proofs=parity_proofs(self.expressions) if about_zero else (),
        )

    def term_kinds(self, direct: frozenset[str]) -> tuple[frozenset[str], ...]:
        """For every variable the kinds of the terms of its right-hand side."""
        return tuple(term_kinds(expr, direct) for expr in self.expressions)

    @cached_property
    def enclosures(self) -> ExpressionEnclosures:
        """Bounds over boxes by interval arithmetic."""
        return ExpressionEnclosures(
            expressions=self.expressions,
            derivatives=self.derivatives,
            symbols=self.variables + self.inputs,
        )


def _evaluate(program: Program, z: Array, u: Array) -> Array:
    """Evaluate the roots of `program` as the columns of a (P, roots) array."""
    z, u = np.asarray(z, dtype=np.float64), np.asarray(u, dtype=np.float64)
    if 0 < len(z) <= FEW_POINTS:
        rows = [[*a, *b] for a, b in zip(z.tolist(), u.tolist(), strict=True)]
        values = program.points(rows)
        if values is not None:
            return np.array(values)
    out = np.empty((len(z), len(program.roots)))
    program.fill([*z.T, *u.T], list(out.T))
    return out


def compile_field(
    *,
    equations: Mapping[str, str],
    inputs: Sequence[str] = (),
    definitions: Mapping[str, str] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> CompiledField:
    """Compile a system: the time derivative of every variable, in the order of z.

    Parameters
    ----------
    equations : mapping of str to str
        Variable -> right-hand side; the keys are the state variables.
    inputs : sequence of str
        Names of the inputs, in the order of u.
    definitions : mapping of str to str, optional
        Intermediate quantities; each may use those before it.
    parameters : mapping of str to float, optional
        Finite numbers, put in as constants.

    Raises
    ------
    ExpressionError
        With `key` "dynamics.NAME", "define.NAME", "parameters.NAME" or "inputs.NAME".
    """
    definitions, parameters = dict(definitions or {}), dict(parameters or {})
    check_names(parameters=parameters, inputs=inputs, dynamics=equations, define=definitions)
    scope = _Scope(names=[*equations, *inputs, *parameters], known=_constants(parameters))
    for name, text in definitions.items():
        scope.define(name, text, definitions)
    roots = [scope.read(text, key=f"dynamics.{name}") for name, text in equations.items()]
    return CompiledField(
        variables=tuple(equations),
        inputs=tuple(inputs),
        equations=dict(equations),
        definitions=definitions,
        parameters=parameters,
        expressions=simplify(roots),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Scope:
    """The names that may be used so far, and what those stand for that are no variables."""

    names: list[str]
    known: dict[str, Expr]

    def read(self, text: str, *, key: str, hints: Mapping[str, str] | None = None) -> Expr:
        expr = parse(text, names=self.names, where=key, hints=hints)
        return substitute(expr, self.known, key=key)

    def define(self, name: str, text: str, all_definitions: Mapping[str, str]) -> None:
        hint = "intermediate quantities may only use those defined before them"
        hints = dict.fromkeys(all_definitions, hint)
        self.known[name] = self.read(text, key=f"define.{name}", hints=hints)
        self.names.append(name)


def check_names(**sections: Mapping[str, Any] | Sequence[str]) -> None:
    """Raise ExpressionError for a name that none can have, or that is there twice."""
    taken: dict[str, str] = {}
    for section, names in sections.items():
        for name in names:
            problem = name_problem(name)
            if name in taken:
                problem = f"{name!r} is declared in {taken[name]} already; choose another name"
            if problem:
                raise ExpressionError(problem, key=f"{section}.{name}")
            taken[name] = section


def _constants(parameters: Mapping[str, float]) -> dict[str, Expr]:
    return {name: constant(_finite(value, name)) for name, value in parameters.items()}


def _finite(value: float, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ExpressionError("this is not a finite number; give one", key=f"parameters.{name}")
    return number
