"""How inputs reach the network: at once, through the neurons, or both; the split is reported.

    g(z, u) = f(z) + E u + rest(z, u)
        E u      free or fixed columns of the regression: C u, tau E = C, no lag and no neuron
        rest     through the neurons, which see v, the input low-passed by their membranes

Place in the flow: options and system become indices and a matrix, which `setting` puts into the
regression.

An input in which the field is affine with constant coefficients is served by E alone, fitted. Of
any other one (unless it is to be `filtered`) the part that is affine in it goes the same way, with

    E_j = < dg/du_j >     over the states of the box and the values of u_j, other inputs at rest.

Of all constants the mean leaves the smallest rest dg/du - E in the mean square, and so the smallest
error g(z, u) - g(z, v) to first order in u - v. The other inputs rest because a gate that is closed
most of the time must not let its signal through: averaged over open and closed gates, half of the
signal would act at once always, and neurons would have to take it back late. With `auto` E is
fixed, not fitted: for a tonic input E u and linear neurons are the same, and a regression trades
one for the other, at the price of the lag. With `direct`, where the user asks for it, E is fitted
with the weights: up to one neuron fewer for the same error at tonic inputs.

`copied` inputs drive fast copies of themselves at once, which neurons see as further latent
variables (`systems.transforms.copied`). `gated` inputs pass through the neurons alone; what the
lag does to the state is undone in the reading (`systems.transforms.shifted`). Where one input is
gated, those that would act at once are so too: in the shifted state their effect is no longer
constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import UsageError
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.systems.choices import Drive
from lrfit.systems.sampling import SampleSet
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

_NEGLIGIBLE = 1e-3
"""A mean slope that is a smaller share of the mean square is the scatter of the samples."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DrivePlan:
    """What every input does; all by index.

    free : inputs whose column of E is fitted. seen : inputs that enter the neurons (both, where
    a field is to be driven directly by an input in which it is not affine).
    gated : those of them that the reading corrects. E : (D, U) box units per u / h_u, the fixed
    part. copied : those that neurons see as fast copies. shares : (U,) mean square of E's column
    over that of dg/du (1: affine).
    """

    free: tuple[int, ...]
    seen: tuple[int, ...]
    gated: tuple[int, ...]
    E: Array
    shares: Array
    copied: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, E=np.shape(self.E), shares=(np.shape(self.E)[1],))

    @property
    def late(self) -> tuple[int, ...]:
        """Inputs of which something arrives low-passed."""
        return tuple(j for j in self.seen if j not in self.gated)

    def describe(self, names: tuple[str, ...]) -> str:
        """The split for a person, "" without inputs."""
        return "; ".join(f"{name} {self._how(j)}" for j, name in enumerate(names))

    def _how(self, j: int) -> str:
        if j in self.copied:
            return "copied (the neurons see a fast copy)"
        if j in self.free:
            rest = ", the rest through neurons" if j in self.seen else ""
            return f"at once (C u{', fitted' if rest else ''}){rest}"
        if j in self.gated:
            return "gated (read without lag)"
        if np.any(self.E[:, j]):
            alone = f"{self.shares[j]:.0%} of its effect while others rest"
            return f"affine part at once (C u: {alone}), the rest through neurons"
        return "through neurons"


def plan_drive(
    system: System,
    chosen: Mapping[str, str],
    training: SampleSet,
    *,
    affine: tuple[str, ...],
) -> DrivePlan:
    """Settle the drive of every input: the option, else the system's file, else auto.

    `affine` names the inputs in which the field is affine with constant coefficients.

    Raises
    ------
    UsageError
        An option names an input that the system does not have.
    """
    inputs, wanted = system.domain.inputs, _wanted(system, chosen)
    U, D = len(inputs), system.domain.dimension
    if gated := gated_inputs(system, chosen):
        nothing = np.zeros((D, U))
        return DrivePlan(free=(), seen=tuple(range(U)), gated=gated, E=nothing, shares=np.zeros(U))
    open_ = {j for j, how in enumerate(wanted) if how != "filtered"}
    copied = tuple(j for j, how in enumerate(wanted) if how == "copied")
    constant = {inputs.index(name) for name in affine} | {*copied}
    alone = open_ & constant
    fitted = {j for j, how in enumerate(wanted) if how == "direct"}
    free = tuple(sorted(alone | fitted))
    E, shares = _mean_slopes(system, training, open_ - constant - fitted)
    return DrivePlan(
        free=free,
        seen=tuple(j for j in range(U) if j not in alone),
        gated=(),
        copied=copied,
        E=E,
        shares=np.where([j in free for j in range(U)], 1.0, shares),
    )


def gated_inputs(system: System, chosen: Mapping[str, str]) -> tuple[int, ...]:
    """Inputs that the reading corrects: where one is gated, all that are not `filtered`."""
    wanted = _wanted(system, chosen)
    if "gated" not in wanted:
        return ()
    if "copied" in wanted:
        raise UsageError("--drive: inputs cannot be gated and copied in one network; choose one")
    return tuple(j for j, how in enumerate(wanted) if how != "filtered")


def copied_inputs(system: System, chosen: Mapping[str, str]) -> tuple[int, ...]:
    """Inputs of which the network makes itself a fast copy."""
    return tuple(j for j, how in enumerate(_wanted(system, chosen)) if how == "copied")


def _wanted(system: System, chosen: Mapping[str, str]) -> list[str]:
    inputs = system.domain.inputs
    for name in chosen:
        if name not in inputs:
            known = ", ".join(inputs) or "none"
            raise UsageError(f"--drive names {name!r}; the inputs of {system.name} are: {known}")
        if chosen[name] not in get_args(Drive):
            hint = did_you_mean(chosen[name], get_args(Drive))
            raise UsageError(f"--drive {name}={shown(chosen[name], 60)} is unknown; {hint}")
    return [chosen.get(name, system.drive.get(name, "auto")) for name in inputs]


def _mean_slopes(system: System, training: SampleSet, columns: set[int]) -> tuple[Array, Array]:
    """<dg/du> (D, U) in the columns named, box units, and its share of the mean square (U,)."""
    domain = system.domain
    E, shares = np.zeros((domain.dimension, domain.input_count)), np.zeros(domain.input_count)
    z, u = domain.state_from_box(training.state), domain.input_from_box(training.input)
    for j in columns:
        alone = np.tile(resting_input(domain), (len(u), 1))
        alone[:, j] = u[:, j]
        with np.errstate(all="ignore"):
            slopes = system.jacobian(z, alone)[1][:, :, j]
        slopes = slopes * domain.input_half_width[j] / domain.half_width
        known = np.isfinite(slopes).all(axis=1)
        if not known.any():
            continue
        weight = training.weight[known] / np.sum(training.weight[known])
        mean, square = weight @ slopes[known], weight @ np.sum(slopes[known] ** 2, axis=1)
        shares[j] = np.sum(mean**2) / square if square > 0 else 0.0
        if shares[j] > _NEGLIGIBLE:
            E[:, j] = mean
    return E, shares
