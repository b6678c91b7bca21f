"""Inputs in which a field of expressions is affine: proved from the trees, else measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrfit.fields.affine import AffineInputs, constant_slopes
from lrfit.fields.expressions.tree import order
from lrfit.fields.field import Domain

if TYPE_CHECKING:
    from lrfit.fields.expressions.field import CompiledField


def affine_inputs(
    field: CompiledField, domain: Domain, *, generator: np.random.Generator, points: int = 512
) -> AffineInputs:
    """Find the inputs in which a field is affine."""
    D, U = len(field.variables), len(field.inputs)
    by_input = [row[D:] for row in field.derivatives]
    proved = [all(row[j].is_constant for row in by_input) for j in range(U)]
    matrix = np.full((D, U), np.nan)
    for j in range(U):
        if proved[j]:
            matrix[:, j] = [row[j].value for row in by_input]
    if not all(proved):
        measured = constant_slopes(field, domain, generator, points)
        matrix[:, ~np.array(proved)] = measured[:, ~np.array(proved)]
    for j in range(U):  # a jump has slope zero at every point that is drawn
        if any(node.op in ("flat", "cut") for node in order([row[j] for row in by_input])):
            matrix[:, j] = np.nan
    affine = ~np.isnan(matrix).any(axis=0)
    return AffineInputs(affine=tuple(affine.tolist()), proved=tuple(proved), matrix=matrix)
