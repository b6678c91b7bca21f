"""The network: one immutable value, its equation, and its two equivalent forms.

    tau dx/dt = -x + J phi(x) + (B + M C) u + b,        J = M Nᵀ
    tau dz/dt = -(z - c) + Nᵀ phi(M (z - c) + B v + b) + C u
    tau dv/dt = -v + u,                                  x = M (z - c) + B v + b

Theory: latent form of a low-rank network with its input filtered by the membrane
(Beiran et al. 2021, eq. 6; Dubreuil et al. 2022, eq. 13), plus an input C u through span(M),
which acts at once. Everything here is in the user's units.

Where the latent state is shifted (`systems.transforms.shifted`) these equations are those of y, and
the state z is read by an `Output`; elsewhere z = y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import InputError, NumericalError
from lrfit.fields.field import Domain
from lrfit.fields.steady import StateFunction
from lrfit.io.text import brief, counted
from lrfit.networks.checks import require_step
from lrfit.networks.connectivity import scaled_connectivity
from lrfit.networks.nonlinearity import Nonlinearity
from lrfit.networks.output import Output
from lrfit.networks.rate_network import rate_velocity
from lrfit.networks.statistics import ConnectivityStatistics, low_rank_statistics

IN_CONTINUOUS_TIME = (
    "tau dx/dt = -x + J phi(x) + (B + M C) u + b,  J = M N^T;  "
    "z = c + pinv(M) (x - B v - b),  tau dv/dt = -v + u"
)
IN_DISCRETE_TIME = (
    "x <- x + (dt/tau) (-x + J phi(x) + (B + M C) u + b),  J = M N^T;  "
    "z = c + pinv(M) (x - B v - b),  v <- v + (dt/tau) (-v + u)"
)


_NEWTON = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class LowRankNetwork:
    """A low-rank recurrent network in the user's units; a `RateNetwork` and a `VectorField`.

    D is the number of latent variables, U of inputs. Arrays are copied and read-only.

    Parameters
    ----------
    M, N : (neurons, D)
        Connectivity vectors: J = M Nᵀ.
    bias : (neurons,)
        Constant currents b.
    center : (D,)
        Where the readout puts the origin, c.
    input_weights : (neurons, U)
        B, of the input as the membranes low-pass it.
    direct_input : (D, U)
        C, of the input through span(M), which acts at once.
    tau : float
        Time constant, in the system's unit of time.
    nonlinearity : Nonlinearity
        phi of every neuron.
    domain : Domain
        The box it was fitted on, with the names of variables and inputs.
    dt : float
        The Euler step it was fitted for; by default continuous time.
    population : (neurons,) whole numbers
        Which population each neuron belongs to, where it was expanded from populations.
    output : Output
        How the state is read where the latent state is shifted (the domain is then that of the
        latent state).

    Raises
    ------
    InputError
        Shapes that do not fit together, a weight that is not finite, a tau or dt that is no time.

    Examples
    --------
    One neuron with two stable states, tau dz/dt = -z + 1.5 tanh(2 z):

    >>> import numpy as np
    >>> import lrfit
    >>> from lrfit.networks.nonlinearity import nonlinearity
    >>> network = lrfit.LowRankNetwork(
    ...     M=[[2.0]],
    ...     N=[[1.5]],
    ...     bias=[0.0],
    ...     center=[0.0],
    ...     input_weights=np.empty((1, 0)),
    ...     direct_input=np.empty((1, 0)),
    ...     tau=0.1,
    ...     nonlinearity=nonlinearity("tanh"),
    ...     domain=lrfit.Domain(variables=("z",), lower=[-2.0], upper=[2.0]),
    ... )
    >>> network.J.tolist()
    [[3.0]]
    >>> run = lrfit.simulate(network, duration=2.0, initial=[[0.1], [-0.1]], points=2)
    >>> run.z[:, -1, 0].round(3).tolist()
    [1.492, -1.492]
    """

    M: Array
    N: Array
    bias: Array
    center: Array
    input_weights: Array
    direct_input: Array
    tau: float
    nonlinearity: Nonlinearity
    domain: Domain
    dt: float | None = None
    output: Output | None = None
    population: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        """One line."""
        names, inputs = ", ".join(self.domain.variables), ", ".join(self.domain.inputs)
        return brief(
            self,
            f"{counted(self.neurons, 'neuron')} ({self.nonlinearity.name})",
            f"rank {self.M.shape[1]}",
            f"variables {names}",
            inputs and f"inputs {inputs}",
            f"tau {self.tau:.4g}",
        )

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse shapes that do not fit together and a tau that is no time."""
        count, (D, U) = np.size(self.bias), (self.domain.dimension, self.domain.input_count)
        shapes = {
            "M": (count, D),
            "N": (count, D),
            "bias": (count,),
            "center": (D,),
            "input_weights": (count, U),
            "direct_input": (D, U),
        }
        for name, shape in shapes.items():
            given = np.shape(getattr(self, name))
            if given != shape and 0 not in shape:  # a transposed matrix would be reshaped silently
                raise InputError(f"{name} has shape {given}; needed is {shape}")
        freeze_fields(self, **shapes)
        if not (np.isfinite(self.tau) and self.tau > 0):
            raise InputError(f"tau is {self.tau:g}; give a positive number")
        require_step(self.dt, self.tau)
        if not all(np.all(np.isfinite(getattr(self, name))) for name in shapes):
            raise InputError("a weight of the network is not finite; give finite numbers")
        self._freeze_labels(count)
        if self.output is not None and (
            self.output.state.shape[1] != D or self.output.rates.shape[1] != count
        ):
            raise InputError("the output is of another network: its weights do not fit")

    def _freeze_labels(self, count: int) -> None:
        if self.population is None:
            return
        labels = np.array(self.population, dtype=np.int64)
        if labels.shape != (count,) or np.any(labels < 0):
            raise InputError(f"population has shape {labels.shape}; needed is one label >= 0 each")
        labels.setflags(write=False)
        object.__setattr__(self, "population", labels)

    @cached_property
    def statistics(self) -> ConnectivityStatistics:
        """Means and covariances of its loadings, overlaps, eigenvalues, and the histogram of J."""
        return low_rank_statistics(self)

    @property
    def neurons(self) -> int:
        """The number of neurons: the rows of M."""
        return len(self.bias)

    @property
    def equation(self) -> str:
        """What the network obeys, as text."""
        return IN_CONTINUOUS_TIME if self.dt is None else IN_DISCRETE_TIME

    @property
    def state_domain(self) -> Domain:
        """The box and the names of what is read: those of the latent state without an output."""
        return self.domain if self.output is None else self.output.domain

    @property
    def J(self) -> Array:
        """Connectivity M Nᵀ, (neurons, neurons), computed on demand."""
        return self.M @ self.N.T

    @property
    def full_input_weights(self) -> Array:
        """What multiplies u in the full equation: B + M C, (neurons, U)."""
        return self.input_weights + self.M @ self.direct_input

    @cached_property
    def decoder(self) -> Array:
        """pinv(M), (D, neurons): reads the latent state from the currents.

        Raises
        ------
        NumericalError
            M has not full column rank: some directions of the state reach no neuron.
        """
        h = self.domain.half_width  # in box units, so that rank does not depend on units
        rank = int(np.linalg.matrix_rank(self.M * h)) if self.neurons else 0
        if rank < len(h):
            raise NumericalError(
                f"the state cannot be read from the neurons: M has rank {rank} for {len(h)} "
                "variables; use more neurons, or the latent form"
            )
        return np.asarray(h[:, None] * np.linalg.pinv(self.M * h))

    @cached_property
    def reading(self) -> tuple[Array, Array]:
        """Offset (D,) and weights W (D, neurons + U) such that z = offset + W [x, v]."""
        by_input = self.decoder @ self.input_weights
        return self.center - self.decoder @ self.bias, np.hstack([self.decoder, -by_input])

    @cached_property
    def _driven_directly(self) -> bool:
        return bool(np.any(self.direct_input))

    def current(self, z: Array, v: Array) -> Array:
        """Lift latent state to neurons: x = M (z - c) + B v + b, (P, neurons)."""
        x: Array = (z - self.center).dot(self.M.T)
        x += self.bias
        if self.input_weights.shape[1]:
            x += v.dot(self.input_weights.T)
        return x

    def state(self, y: Array, v: Array) -> Array:
        """The state z (P, D) at latent states y (P, D): y itself, or what the output reads."""
        if self.output is None:
            return y
        return self.output.read(y, v, self.nonlinearity.phi(self.current(y, v)))

    def latent(self, z: Array, v: Array) -> Array:
        """The latent state y that is read as z (P, D), by Newton's method; copies start at v.

        Raises
        ------
        NumericalError
            No latent state near z is read as z.
        """
        y, found = self.find_latent(z, v)
        if not np.all(found):
            raise NumericalError(
                "no latent state is read as the initial state; start nearer to the middle of the "
                "domain"
            )
        return y

    def find_latent(self, z: Array, v: Array) -> tuple[Array, NDArray[np.bool_]]:
        """The same, and which rows (P,) have one."""
        if self.output is None:
            return z, np.ones(len(z), dtype=bool)
        D, h = z.shape[1], self.state_domain.half_width
        y = np.hstack([z, v[:, list(self.output.copied)]])
        with np.errstate(all="ignore"):
            for _ in range(_NEWTON):
                off = z - self.state(y, v)
                if np.all(np.abs(off) <= 1e-12 * h):
                    break
                square = self.reading_slope(y, v)[:, :, :D]
                try:
                    y[:, :D] += np.linalg.solve(square, off[..., None])[..., 0]
                except np.linalg.LinAlgError:
                    break
            off = z - self.state(y, v)
        return y, np.all(np.abs(off) <= 1e-6 * h, axis=1)

    def reading_slope(self, y: Array, v: Array) -> Array:
        """Derivatives (P, D, L) of the state that is read by the latent state y (P, L)."""
        if self.output is None:
            return np.broadcast_to(np.eye(y.shape[1]), (len(y), y.shape[1], y.shape[1]))
        current = self.current(y, v)
        slope = self.nonlinearity.slope(current, self.nonlinearity.phi(current))
        by_rates = np.einsum("dn,pn,nl->pdl", self.output.rates, slope, self.M)
        return np.asarray(self.output.state + by_rates)

    def read(self, x: Array, v: Array) -> Array:
        """Read the latent state y = c + pinv(M)(x - B v - b), (P, D), by least squares."""
        offset, weights = self.reading
        z: Array = x @ weights[:, : self.neurons].T
        z += offset
        z += v @ weights[:, self.neurons :].T
        return z

    def latent_velocity(self, z: Array, v: Array, u: Array) -> Array:
        """dz/dt (P, D) with the filtered input v and the input u itself, both (P, U)."""
        # Solvers call this with P = 1, where `@` takes half as long again as `dot`.
        pull: Array = self.nonlinearity.phi(self.current(z, v)).dot(self.N)
        pull += self.center
        pull -= z
        if self._driven_directly:
            pull += u.dot(self.direct_input.T)
        pull /= self.tau
        return pull

    def velocity(self, z: Array, u: Array) -> Array:
        """dz/dt (P, D) for a tonic input, v = u (P, U): the field that was fitted."""
        return self.latent_velocity(z, u, u)

    def steady(self, u: Array, middle: Array, scale: Array) -> StateFunction:
        """Velocity in units of scale (D,) about middle (D,) at a constant input u (U,).

        Units, leak and input become part of weights and currents: two matrix products are left.
        """
        lift = np.ascontiguousarray((self.M * scale).T)
        current = self.current(middle[None], u[None])[0]
        pull = self.N / (self.tau * scale)
        drive = (self.center - middle + self.direct_input.dot(u)) / (self.tau * scale)
        rate, phi = 1.0 / self.tau, self.nonlinearity.phi

        def velocity(zeta: Array) -> Array:
            x: Array = zeta.dot(lift)
            x += current
            found: Array = phi(x, out=x).dot(pull)
            found += drive
            found -= rate * zeta
            return found

        return velocity

    def rates(self, x: Array) -> Array:
        """Rates phi(x) (P, neurons) at currents x (P, neurons)."""
        return self.nonlinearity.phi(x)

    def recurrent(self, rates: Array) -> Array:
        """Recurrent currents J r (P, neurons), through M and N without forming J."""
        return np.asarray((rates @ self.N) @ self.M.T)

    def full_velocity(self, x: Array, u: Array) -> Array:
        """dx/dt (P, neurons) of the full network at currents x and inputs u (P, U)."""
        return rate_velocity(self, x, u)

    def full_jacobian(self, x: Array, u: Array) -> Array:
        """Derivative of dx/dt by x, (neurons, neurons), at one state x (neurons,), u (U,)."""
        slopes = self.nonlinearity.slope(x, self.nonlinearity.phi(x))
        return np.asarray(scaled_connectivity(self.J, slopes, self.tau))

    def lift(self, z: Array, v: Array) -> Array:
        """Currents x (P, neurons) at which the state is read as z (P, D), inputs filtered to v."""
        return self.current(self.latent(z, v), v)

    def readout(self, x: Array, v: Array) -> Array:
        """The state z (P, D) at currents x (P, neurons) and filtered inputs v (P, U)."""
        return self.state(self.read(x, v), v)

    def jacobian(self, z: Array, u: Array) -> tuple[Array, Array]:
        """Exact derivatives of `velocity`: by state (P, D, D) and by tonic input (P, D, U)."""
        current = self.current(z, u)
        gain = self.nonlinearity.slope(current, self.nonlinearity.phi(current))
        D, U = self.direct_input.shape
        # One matrix product over neurons: row i holds every N_id M_ie and N_id B_iu.
        loadings = np.hstack([self.M, self.input_weights])
        products = (self.N[:, :, None] * loadings[:, None, :]).reshape(-1, D * (D + U))
        both = (gain @ products).reshape(-1, D, D + U)
        by_state = both[:, :, :D] - np.eye(D)
        return by_state / self.tau, (both[:, :, D:] + self.direct_input) / self.tau
