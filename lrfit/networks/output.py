"""Reading a state that is not the latent one: from currents, filtered inputs and rates.

    z = offset + S y + K v + O phi(x),     y = c + pinv(M) (x - B v - b)

Place in the flow: networks whose latent state y is shifted (`systems.transforms.shifted`) carry
one; for all others z is y. With copied inputs (`systems.transforms.copied`) y has further
variables, and S leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError
from lrfit.fields.field import Domain


@dataclass(frozen=True, kw_only=True, eq=False)
class Output:
    """The reading of D state variables from L latent ones.

    offset : (D,). state : S (D, L). input : K (D, U). rates : O (D, N). domain : the box and the
    names of the state. copied : inputs that the last latent variables copy, by index.
    """

    offset: Array
    state: Array
    input: Array
    rates: Array
    domain: Domain
    copied: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what is not finite."""
        D = self.domain.dimension
        latent = D + len(self.copied)
        shapes = {name: np.shape(getattr(self, name)) for name in ("input", "rates")}
        freeze_fields(self, offset=(D,), state=(D, latent), **shapes)
        if not all(np.all(np.isfinite(getattr(self, n))) for n in ("offset", "state", *shapes)):
            raise InputError("a weight of the output is not finite; give finite numbers")

    def read(self, y: Array, v: Array, rates: Array) -> Array:
        """Z (P, D) from latent states (P, L), filtered inputs (P, U) and rates (P, N)."""
        return np.asarray(self.offset + y @ self.state.T + v @ self.input.T + rates @ self.rates.T)


def hide_copies(domain: Domain, copied: tuple[int, ...], neurons: int) -> Output:
    """The reading of a network with copies: the state is the first D latent variables."""
    D, U = domain.dimension, domain.input_count
    return Output(
        offset=np.zeros(D),
        state=np.eye(D, D + len(copied)),
        input=np.zeros((D, U)),
        rates=np.zeros((D, neurons)),
        domain=domain,
        copied=copied,
    )
