"""The mean field of a mixture: the latent dynamics of infinitely many neurons drawn from it.

    τ dz/dt = -(z - c) + Σ_p α_p [ μ_ν ⟨φ⟩_p + Σ_νθ X ⟨φ'⟩_p ] + C u,      X = (z - c, v, 1)

⟨·⟩_p is over N(h_p, Δ_p) with h_p = μ_θ·X and Δ_p = Xᵀ Σ_θθ X, and θ = (m, B, b) (docs/theory,
eqs. 42 to 44; Beiran et al. 2021, eq. 9; Dubreuil et al. 2022, eq. 19). Exact by Stein's lemma.

Place in the flow: a `VectorField` like any other, which a `System` of a mixture holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.fields.parity import FieldParity, Proof, sampled_parity
from lrfit.fields.point_groups import Symmetry, point_group
from lrfit.networks.mixtures.averages import (
    gaussian_averages,
    gaussian_derivatives,
    gaussian_squares,
    require_known,
)
from lrfit.networks.mixtures.mixture import Mixture


@dataclass(frozen=True, kw_only=True, eq=False)
class _Argument:
    """X (n, K), and of every population h and s (n, P), Σ_θθ X (n, P, K), Σ_νθ X (n, P, D)."""

    X: Array
    mean: Array
    sd: Array
    spread: Array
    pull: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanField:
    """The velocity of infinitely many neurons of a mixture, in the user's units.

    Raises
    ------
    UsageError
        The mean field of the mixture's nonlinearity is not known.
    """

    mixture: Mixture

    def __post_init__(self) -> None:
        """Refuse a nonlinearity without known averages."""
        require_known(self.mixture.nonlinearity)

    @property
    def domain(self) -> Domain:
        """The box of the mixture."""
        return self.mixture.domain

    @cached_property
    def _blocks(self) -> tuple[Array, Array, Array, Array]:
        """μ_θ (P, K), μ_ν (P, D), Σ_θθ (P, K, K), Σ_νθ (P, D, K)."""
        mixture, layout = self.mixture, self.mixture.layout
        theta, nu = layout.argument, layout.readout
        return (
            mixture.mean[:, theta],
            mixture.mean[:, nu],
            mixture.covariance[:, theta[:, None], theta],
            mixture.covariance[:, nu[:, None], theta],
        )

    def _argument(self, z: Array, v: Array) -> _Argument:
        mean, _, spread, pull = self._blocks
        X = np.hstack([z - self.mixture.center, v, np.ones((len(z), 1))])
        spread_X = np.einsum("pij,nj->npi", spread, X)
        variance = np.einsum("npi,ni->np", spread_X, X)
        return _Argument(
            X=X,
            mean=X @ mean.T,
            sd=np.sqrt(np.maximum(variance, 0.0)),
            spread=spread_X,
            pull=np.einsum("pij,nj->npi", pull, X),
        )

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) at states z (P, D) and tonic inputs u (P, U)."""
        mixture, (_, nu, _, _) = self.mixture, self._blocks
        at = self._argument(z, u)
        rate, slope = gaussian_averages(mixture.nonlinearity, at.mean, at.sd)
        recurrent = (mixture.share * rate) @ nu
        recurrent += np.einsum("p,np,npd->nd", mixture.share, slope, at.pull, optimize=True)
        total = recurrent - (z - mixture.center) + u @ mixture.direct_input.T
        return np.asarray(total / mixture.tau)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Exact derivatives of `velocity`: by state (P, D, D) and by tonic input (P, D, U)."""
        mixture, (mean, nu, _, pull) = self.mixture, self._blocks
        D, U = mixture.direct_input.shape
        at = self._argument(z, u)
        phi = mixture.nonlinearity
        slope, second, third = (
            mixture.share * each for each in gaussian_derivatives(phi, at.mean, at.sd)
        )
        # d⟨f⟩/dX = ⟨f'⟩ μ_θ + ⟨f''⟩ Σ_θθ X, for f = φ and f = φ'.
        by_rate = slope[..., None] * mean + second[..., None] * at.spread
        by_slope = second[..., None] * mean + third[..., None] * at.spread
        both = np.einsum("pd,npk->ndk", nu, by_rate)
        both += np.einsum("npd,npk->ndk", at.pull, by_slope)
        both += np.einsum("np,pdk->ndk", slope, pull)
        by_state = both[..., :D] - np.eye(D)
        by_input = both[..., D : D + U] + mixture.direct_input
        return by_state / mixture.tau, by_input / mixture.tau

    def scatter(self, z: Array, u: Array) -> Array:
        """Covariance (P, D, D) of the velocity of networks of n neurons drawn from it, times n.

        Σ_p α_p ( ⟨ν νᵀ φ²⟩_p - ⟨ν φ⟩_p ⟨ν φ⟩_pᵀ ) / τ² (docs/theory, eq. 45).
        """
        mixture, (_, nu, _, _) = self.mixture, self._blocks
        where = mixture.layout.readout
        own = mixture.covariance[:, where[:, None], where]
        at = self._argument(z, u)
        moments = gaussian_squares(mixture.nonlinearity, at.mean, at.sd)
        one, first, square, first_square, second_square = (each[..., None] for each in moments)
        # ν = μ_ν + k ξ + a part that is independent of ξ, with k = Σ_νθ X / s.
        k = np.divide(
            at.pull, at.sd[..., None], out=np.zeros_like(at.pull), where=at.sd[..., None] > 0
        )
        kk = np.einsum("npd,npe->npde", k, k)
        k_nu = np.einsum("npd,pe->npde", k, nu)
        fixed = own + np.einsum("pd,pe->pde", nu, nu)
        total = square[..., None] * (fixed - kk) + second_square[..., None] * kk
        total += first_square[..., None] * (k_nu + np.swapaxes(k_nu, 2, 3))
        drive = one * nu + first * k
        total -= np.einsum("npd,npe->npde", drive, drive)
        return np.asarray(np.einsum("p,npde->nde", mixture.share, total) / mixture.tau**2)

    @cached_property
    def symmetry(self) -> Symmetry | None:
        """The group under which the mixture says that it is invariant, about the center."""
        name = self.mixture.symmetry
        if not name:
            return None
        group = point_group(name, self.domain.dimension)
        return Symmetry(group=group, center=self.mixture.center)

    def affine_inputs(self, _: Domain) -> tuple[str, ...]:
        """Inputs that reach no neuron, so that they act through `direct_input` alone."""
        where = self.mixture.layout.slices["B"]
        touched = np.any(self.mixture.mean[:, where] != 0.0, axis=0)
        touched |= np.any(self.mixture.covariance[:, where] != 0.0, axis=(0, 2))
        names = zip(self.domain.inputs, touched, strict=True)
        return tuple(name for name, reaches in names if not reaches)

    def parity(self, domain: Domain) -> FieldParity:
        """Odd, proved, where φ is odd, no neuron has a bias and c = 0; else measured."""
        where = self.mixture.layout.slices["b"]
        biased = np.any(self.mixture.mean[:, where]) or np.any(self.mixture.covariance[:, where])
        odd = self.mixture.nonlinearity.parity == "odd" and not biased
        proved: Proof | None = "odd" if odd and not np.any(self.mixture.center) else None
        return sampled_parity(
            self.velocity,
            domain,
            generator=np.random.default_rng(0),
            proofs=(proved,) * domain.dimension,
        )


def mean_field_of(field: object) -> MeanField | None:
    """The field itself where it is the mean field of a mixture, else None."""
    return field if isinstance(field, MeanField) else None
