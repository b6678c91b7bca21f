"""Gains of populations, and the drive of inputs through them, in every context.

    gain_p = mean over p of phi'(x_i),    drive_p = gain_p * sum over p of n_i B_iᵀ     (D, U)
    of a mixture:  <phi'>_p,              alpha_p <phi'>_p (Sigma_nu,B + mu_nu mu_Bᵀ)

A contextual input that one population receives with a large variance takes its neurons to where
phi is flat: its gain falls, and with it the drive of all that passes through it (Dubreuil et al.
2022). Contexts are constant inputs, which have been on for a few tau. Gains also depend on the
latent state: they are told at the centre, z = c, and where the state settles.

Place in the flow: `populations` asks for them where there are inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.fields.field import VectorField
from lrfit.integrate import rk4_step
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.averages import gaussian_averages
from lrfit.networks.mixtures.mean_field import MeanField
from lrfit.networks.mixtures.mixture import Mixture

PLACES = ("centre", "settled")
"""Where gains are told: z = c, and where the state goes from beside it."""
DURATION, STEP, BESIDE = 40.0, 0.1, 0.05
"""Of the way there, in tau; where it starts, in half-widths from the centre."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gains:
    """Gains of P populations and drives of U inputs through them, in C contexts, at two places.

    context : (C, U) constant inputs. state : (C, 2, D), the centre and where the state settles.
    gain : (C, 2, P). between : (C, 2), the share of the variance of phi' over neurons that is
    between populations; NaN without any. drive : (C, 2, P, D, U) of tau dz/dt for one unit of each
    input.
    """

    ENCODING: ClassVar = "lrfit-populations-gains"

    context: Annotated[Array, Axes("level", "input_value")]
    state: Annotated[Array, Axes("level", "place", "latent")]
    gain: Annotated[Array, Axes("level", "place", "population")]
    between: Annotated[Array, Axes("level", "place")]
    drive: Annotated[Array, Axes("level", "place", "population", "latent", "input_value")]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def whole_drive(self) -> Array:
        """Drives (C, 2, D, U) through all populations together."""
        return np.asarray(self.drive.sum(axis=2))

    def main_population(self, u: int) -> int:
        """The population through which input u has its largest drive at the centre."""
        size = np.linalg.norm(self.drive[:, 0, :, :, u], axis=2)
        return int(np.argmax(size.max(axis=0)))


_Measured = tuple[Array, float, Array]
"""Gains (P,), share of their variance between populations, drives (P, D, U)."""


def network_gains(
    network: LowRankNetwork, labels: NDArray[np.int64], contexts: Sequence[Array]
) -> Gains:
    """Gains of the populations to which neurons belong by `labels` (n,)."""
    members = np.arange(labels.max() + 1)[:, None] == labels
    overlap = np.array([network.N[own].T @ network.input_weights[own] for own in members])

    def measured(z: Array, v: Array) -> _Measured:
        x = network.current(z[None], v[None])
        slope = network.nonlinearity.slope(x, network.nonlinearity.phi(x))[0]
        gain = np.array([slope[own].mean() if np.any(own) else 0.0 for own in members])
        return gain, _between(slope, gain[labels]), gain[:, None, None] * overlap

    return _gains(network, network.center, network.tau, contexts, measured)


def _between(slope: Array, of_population: Array) -> float:
    whole = float(np.var(slope))
    return float(np.var(of_population)) / whole if whole > 1e-20 else float("nan")


def mixture_gains(mixture: Mixture, contexts: Sequence[Array]) -> Gains:
    """Gains of the populations of infinitely many neurons; their variance is not told."""
    layout = mixture.layout
    theta, nu, B = layout.argument, layout.readout, layout.slices["B"]
    moment = mixture.covariance[:, nu, B] + mixture.mean[:, nu, None] * mixture.mean[:, None, B]
    overlap = mixture.share[:, None, None] * moment

    def measured(z: Array, v: Array) -> _Measured:
        X = np.concatenate([z - mixture.center, v, [1.0]])
        variance = np.einsum("k,pkl,l->p", X, mixture.covariance[:, theta[:, None], theta], X)
        mean, sd = mixture.mean[:, theta] @ X, np.sqrt(np.maximum(variance, 0.0))
        gain = gaussian_averages(mixture.nonlinearity, mean, sd)[1]
        return gain, float("nan"), gain[:, None, None] * overlap

    return _gains(MeanField(mixture=mixture), mixture.center, mixture.tau, contexts, measured)


def _gains(
    field: VectorField,
    center: Array,
    tau: float,
    contexts: Sequence[Array],
    measured: Callable[[Array, Array], _Measured],
) -> Gains:
    states = [np.array([center, settled(field, center, tau, v)]) for v in contexts]
    found = [[measured(z, v) for z in pair] for pair, v in zip(states, contexts, strict=True)]
    gain, between, drive = (
        np.array([[each[k] for each in pair] for pair in found]) for k in range(3)
    )
    return Gains(
        context=np.array(contexts), state=np.array(states), gain=gain, between=between, drive=drive
    )


def settled(field: VectorField, center: Array, tau: float, v: Array) -> Array:
    """Where the state (D,) is 40 tau after it was beside the centre, at a constant input."""
    z = (center + BESIDE * field.domain.half_width)[None]

    def velocity(_: float, y: Array) -> Array:
        return field.velocity(y, v[None])

    for _ in range(round(DURATION / STEP)):
        z = rk4_step(velocity, z, STEP * tau)
    return np.asarray(z[0])


def usual_contexts(lowest: Array, highest: Array) -> list[Array]:
    """No input, and each input alone at the end of its range (U,) that is farther from 0."""
    ends = np.where(np.abs(highest) >= np.abs(lowest), highest, lowest)
    return [np.zeros(len(ends)), *np.diag(ends)]
