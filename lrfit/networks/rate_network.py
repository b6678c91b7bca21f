"""The equation that every rate network obeys, and what a network must offer to be simulated.

    tau dx/dt = -x + J phi(x) + W u + b          x (neurons,) currents, phi(x) rates

Place in the flow: `LowRankNetwork` (J = M Nᵀ, W = B + M C) and `FullRankNetwork` (any J) are rate
networks; simulation and analysis of neurons know only this interface. What needs a velocity field
of few variables asks for a `VectorField` instead, which a low-rank network is as well: hence the
names `full_velocity` and `full_jacobian` here, beside its `velocity` and `jacobian` of the latent
state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@runtime_checkable
class RateNetwork(Protocol):
    """A network of rate neurons: tau dx/dt = -x + J phi(x) + W u + b.

    Anything with these attributes can be simulated. P is a number of states, n of neurons, U of
    inputs, K of outputs; times are in one unit, that of tau.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> network = lrfit.FullRankNetwork(J=[[0.0, 2.0], [-2.0, 0.0]], tau=0.5, nonlinearity="tanh")
    >>> isinstance(network, lrfit.RateNetwork)
    True
    >>> network.full_velocity(np.array([[0.0, 1.0]]), np.empty((1, 0))).round(3)
    array([[ 3.046, -2.   ]])
    """

    @property
    def neurons(self) -> int:
        """The number n of neurons."""
        ...

    @property
    def tau(self) -> float | Array:
        """Time constant of all neurons, or (n,) of each."""
        ...

    @property
    def dt(self) -> float | None:
        """Step of Euler's method that the network was made for; None: continuous time."""
        ...

    @property
    def bias(self) -> Array:
        """Constant currents b (n,)."""
        ...

    @property
    def full_input_weights(self) -> Array:
        """What multiplies the input u: W (n, U)."""
        ...

    @property
    def state_domain(self) -> Domain:
        """Names and ranges of the K outputs (its variables) and of the U inputs."""
        ...

    def rates(self, x: Array) -> Array:
        """Rates phi(x) (P, n) at currents x (P, n)."""
        ...

    def recurrent(self, rates: Array) -> Array:
        """Recurrent currents J r (P, n) of rates r (P, n)."""
        ...

    def full_velocity(self, x: Array, u: Array) -> Array:
        """dx/dt (P, n) at currents x (P, n) and inputs u (P, U)."""
        ...

    def full_jacobian(self, x: Array, u: Array) -> Array | csr_array[Any]:
        """Derivative of dx/dt by x (n, n) at one state x (n,), u (U,); sparse where J is."""
        ...

    def lift(self, z: Array, v: Array) -> Array:
        """Currents x (P, n) that stand for latent states z (P, D) at filtered inputs v (P, U).

        Raises
        ------
        UsageError
            The network has no latent state.
        """
        ...

    def readout(self, x: Array, v: Array) -> Array:
        """Outputs (P, K) at currents x (P, n) and filtered inputs v (P, U).

        Simulation follows v for low-rank networks alone, and gives NaN to all others.
        """
        ...


def rate_velocity(network: RateNetwork, x: Array, u: Array) -> Array:
    """dx/dt (P, n) = (-x + J phi(x) + W u + b) / tau at currents x (P, n) and inputs u (P, U)."""
    change = network.recurrent(network.rates(x))
    change += network.bias
    change -= x
    if u.shape[1]:
        change += u @ network.full_input_weights.T
    change /= network.tau
    return change


def responder(network: RateNetwork) -> Callable[[Array], Array] | None:
    """Phi of currents (P, n) where the states are rates, tau dr/dt = -r + phi(J r + W u + b).

    None where they are currents, which is the form of every network that does not say otherwise.
    """
    if getattr(network, "form", "current") == "current":
        return None
    respond: Callable[[Array], Array] = network.respond  # type: ignore[attr-defined]  # see form
    return respond


def shortest_tau(network: RateNetwork) -> float:
    """The time constant of the fastest neurons, which bounds the steps of Euler's method."""
    return float(np.min(network.tau))
