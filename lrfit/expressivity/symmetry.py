"""What a network without bias cannot reach: a lower bound on its relative error.

Place in the flow: a target field, before any fit, against the symmetry of the neurons.

Neurons see the state and some inputs w through phi(M (z - c) + B w). Without bias, with
q = (z - c, w), the field of the network is f = F(q) + E d, where d are the inputs that drive it
directly (free columns C u; docs/theory, eqs. 3 and 6) and F inherits the symmetry of phi about
q = 0:

    phi odd (tanh, erf, sin)         F is odd
    phi - phi(0) odd (sigmoid)       F is odd plus a constant
    phi even + linear (softplus)     the odd part of F is linear
    relu                             the same, and F(s q) = s F(q) for s > 0

The reflection turns q alone. Inputs that only drive directly are not seen by any neuron: under
q -> -q their part E d stays as it is, whereas a field that is odd jointly in state and input
would turn it; the even part of the target at fixed d must then be E d with one constant matrix
E, and the part of the box that is shared with its mirror image keeps the whole range of d. For an
input that is both seen and direct, E_w w is odd in q and belongs to F.

With p' the mirror image of p, |g - f|²(p) + |g - f|²(p') = 2 |even part|² + 2 |odd part|² of
g - f: what F cannot supply of one of them is missed on the part I of the box B whose mirror image
lies in the box too (for relu: on every line through q = 0, all over the box). Hence, over the
uniform measure of the box,

    error² >= ∫_I |unreachable|² / ∫_B |g|²       (and so for every variable by itself).

Both integrals are by scrambled Sobol points; the best constants, linear parts and multiples are
those of the points used (`unreachable`), which can only lower the bound. Where the expressions
prove by parity that nothing, or everything, of a variable is missed (`parity_proof`), that is
taken instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError
from lrfit.core.shapes import Axes
from lrfit.fields.field import Domain, VectorField
from lrfit.networks.nonlinearity import nonlinearity

if TYPE_CHECKING:
    from lrfit.expressivity.unreachable import Mirror

SCRAMBLINGS = 8
"""Independent randomizations of the points; their scatter is the quadrature error."""
ROUNDING = 1e-9
"""A floor below this is rounding of the field's values, not a symmetry."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorFloor:
    """A lower bound on the relative field error of every network of one kind.

    Attributes
    ----------
    overall : by the overall criterion; 0 where nothing is known to be unreachable.
    by_variable : (D,) each relative to that variable's own rms speed.
    uncertainty : standard error of `overall` from the quadrature.
    proved : variables whose floor is exact, proved from the expressions: 0, or 1 (all is missed).
    reason : one line: why it is so.
    """

    overall: float
    by_variable: Annotated[Array, Axes("variable")]
    uncertainty: float
    reason: str
    proved: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, by_variable=(-1,))

    def by_criterion(self, criterion: str) -> float:
        """Bound on `error` under a criterion (the worst point is no better than the mean)."""
        return float(np.max(self.by_variable)) if criterion == "per-variable" else self.overall


def error_floor(
    target: VectorField,
    *,
    phi: str,
    bias: bool,
    center: Array,
    generator: np.random.Generator,
    seen: Sequence[int] | None = None,
) -> ErrorFloor:
    """Bound the error of all networks of one kind from below.

    Parameters
    ----------
    target : VectorField
        Field on its box; evaluated only inside it.
    phi, bias : the nonlinearity by name, and whether neurons may have a bias.
    center : (D,) c of a network without bias, the user's units (0 unless given).
    generator : of the quadrature points.
    seen : indices of the inputs that enter the neurons, by default all. The others drive the
        network directly, and the field must be affine in them with constant coefficients.

    Returns
    -------
    ErrorFloor
        Zero with bias, and (but for relu) where the box and its mirror image do not overlap.
    """
    domain, kind = target.domain, nonlinearity(phi)
    if bias:
        reason = "neurons with a bias, or a constant input, can approximate any continuous field"
        return no_floor(domain, reason)
    from lrfit.expressivity.parity_proof import proved_floors  # noqa: PLC0415 - when used

    mirror = mirror_of(domain, center, seen)
    if mirror.share == 0.0 and not kind.homogeneous:
        return no_floor(domain, "the box and its mirror image about (c, u = 0) do not overlap")
    runs = [_one_quadrature(target, mirror, phi, s) for s in generator.spawn(SCRAMBLINGS)]
    proofs = proved_floors(target, phi, mirror)
    reason = _REASONS["homogeneous" if kind.homogeneous else kind.parity]
    if not np.all(mirror.turned):
        reason += " (inputs that drive it directly are left as they are)"
    return _summarize(domain, runs, proofs, reason)


def mirror_of(domain: Domain, center: Array, seen: Sequence[int] | None = None) -> Mirror:
    """What the symmetry of a bias-free network turns, and about which point."""
    from lrfit.expressivity.unreachable import Mirror  # noqa: PLC0415 - when used

    turned = np.ones(domain.dimension + domain.input_count, dtype=bool)
    if seen is not None:
        turned[domain.dimension :] = [j in set(seen) for j in range(domain.input_count)]
    rest = np.where(turned[domain.dimension :], 0.0, domain.input_middle)
    return Mirror(
        origin=np.concatenate([center, rest]),
        lower=np.concatenate([domain.lower, domain.input_lower]),
        upper=np.concatenate([domain.upper, domain.input_upper]),
        turned=turned,
    )


def no_floor(domain: Domain, reason: str) -> ErrorFloor:
    """Nothing is known to be unreachable, and why."""
    nothing = np.zeros(domain.dimension)
    return ErrorFloor(overall=0.0, by_variable=nothing, uncertainty=0.0, reason=reason)


def _summarize(
    domain: Domain,
    runs: list[tuple[Array, Array]],
    proofs: Sequence[float | None],
    reason: str,
) -> ErrorFloor:
    """Pool the scramblings; each is (missed energy (D,), energy (D,)), means over the box."""
    from lrfit.regression.noise_price import mean_squares  # noqa: PLC0415 - when used

    missed, energy = (np.array(part) for part in zip(*runs, strict=True))
    for d, proof in enumerate(proofs):
        if proof is not None:
            missed[:, d] = proof * energy[:, d]
    each, total = mean_squares(np.sqrt(energy), np.ones(len(energy)))
    singles = np.sqrt(missed.sum(axis=1) / energy.sum(axis=1))
    overall = float(np.sqrt(missed.mean(axis=0).sum() / total))
    by_variable = np.sqrt(missed.mean(axis=0) / each)
    if np.max(by_variable) < ROUNDING:
        overall, by_variable = 0.0, np.zeros_like(by_variable)
    pairs = zip(domain.variables, proofs, strict=True)
    return ErrorFloor(
        overall=overall,
        by_variable=by_variable,
        uncertainty=float(np.std(singles, ddof=1) / np.sqrt(len(runs))) if overall else 0.0,
        reason=reason,
        proved=tuple(name for name, proof in pairs if proof is not None),
    )


def _one_quadrature(
    target: VectorField, mirror: Mirror, phi: str, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Missed energy and energy of the target, (D,) each, as means over the box, box units."""
    from lrfit.expressivity.unreachable import POINTS, missed_energy  # noqa: PLC0415 - when used
    from lrfit.systems.places import sobol_points  # noqa: PLC0415 - when used

    def velocity(points: Array) -> Array:
        return box_velocity_inside(target, points)

    missed = missed_energy(velocity, mirror, nonlinearity(phi), generator)
    cube = 0.5 + 0.5 * sobol_points(len(mirror.lower), POINTS, generator)
    box = mirror.lower + (mirror.upper - mirror.lower) * cube
    return missed, np.mean(velocity(box) ** 2, axis=0)


def box_velocity_inside(target: VectorField, points: Array) -> Array:
    """Velocity (P, D) in box units at points (P, D+U) of the user's units, all in the box."""
    domain, D = target.domain, target.domain.dimension
    inside = np.clip(
        points,
        np.concatenate([domain.lower, domain.input_lower]),
        np.concatenate([domain.upper, domain.input_upper]),
    )
    with np.errstate(all="ignore"):
        velocity = target.velocity(inside[:, :D], inside[:, D:]) / domain.half_width
    if not np.all(np.isfinite(velocity)):
        raise NumericalError(
            "the field is not finite everywhere in the box; shrink the domain or mend the equations"
        )
    return np.asarray(velocity)


_REASONS = {
    "odd": "without bias the network's field is odd about (c, u = 0)",
    "odd plus constant": "without bias the network's field is odd plus a constant about (c, u = 0)",
    "even plus linear": "without bias the odd part of the network's field about (c, u = 0) "
    "is linear",
    "homogeneous": "without bias the network's field grows in proportion along every ray from "
    "(c, u = 0), and its odd part is linear",
}
