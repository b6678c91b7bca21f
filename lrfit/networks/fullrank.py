"""A rate network with any connectivity, dense or sparse: one immutable value.

    current form    tau dx/dt = -x + J phi(x) + W u + b,      z = O phi(x) + o   or   z = O x + o
    rate form       tau dr/dt = -r + phi(J r + W u + b),      z = O r + o

Place in the flow: trained networks, networks with a random bulk and sparse networks are of this
kind. They have no latent state: they are simulated neuron by neuron, from currents x. With `dt`
they are x <- x + (dt/tau) (-x + J phi(x) + W u + b), which is how such networks are trained
(Schuessler et al. 2020, eq. 1; Valente et al. 2022, eq. 1). Networks of the rate form, such as
torch.nn.RNN, keep it: in the current form they would need the input u + tau du/dt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array, frozen
from lrfit.core.errors import InputError, UsageError
from lrfit.core.provenance import Result
from lrfit.core.shapes import AsNode, Axes, Named
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted
from lrfit.io.tree import Dataset, Group
from lrfit.networks.checks import first_bad, labels, require_finite, require_shape, require_step
from lrfit.networks.connectivity import (
    Connectivity,
    connectivity_from_node,
    connectivity_node,
    frozen_connectivity,
    scaled_connectivity,
)
from lrfit.networks.groups import (
    Kind,
    NeuronGroup,
    group_neurons,
    group_rates,
    group_slopes,
    kinds_from_node,
    kinds_node,
)
from lrfit.networks.rate_network import rate_velocity
from lrfit.networks.statistics import ConnectivityStatistics, full_rank_statistics

if TYPE_CHECKING:
    from lrfit.networks.lowrank import LowRankNetwork


def _nothing() -> Array:
    return np.empty((0, 0))


def _times_node(tau: float | Array) -> Dataset:
    return Dataset(data=np.asarray(tau, dtype=np.float64))


def _times_from_node(node: Dataset | Group) -> float | Array:
    if isinstance(node, Group):
        raise node.error("is a group; needed are time constants")
    times = node.numbers()
    return times if times.ndim else float(times)


@dataclass(frozen=True, kw_only=True, eq=False)
class FullRankNetwork(Result):
    """A rate network with any connectivity: tau dx/dt = -x + J phi(x) + W u + b.

    A `RateNetwork`. Arrays are copied and cannot be written to. n is the number of neurons, U of
    inputs, K of outputs.

    Parameters
    ----------
    J : (n, n)
        Connectivity; row i receives. A scipy.sparse matrix of any format is kept sparse (CSR).
    tau : float or (n,)
        Time constant of all neurons, or of each.
    nonlinearity : str or Nonlinearity, or a sequence of n of them
        phi of all neurons, or of each.
    input_weights : (n, U)
        W; none by default.
    bias : (n,)
        b; zeros by default.
    output_weights : (K, n)
        O; none by default.
    output_offset : (K,)
        o; zeros by default.
    reads : {"rates", "currents"}
        What the outputs are read from: phi(x), or x.
    dt : float
        Step of Euler's method that the network was made for; by default continuous time.
    form : {"current", "rate"}
        What the states are: currents x, or rates r with tau dr/dt = -r + phi(J r + W u + b).
    initial : (n, n)
        Connectivity before training, where the network was trained and that is known.
    inputs, outputs : tuple of str
        Names; by default u0, u1, ... and z0, z1, ...

    Raises
    ------
    InputError
        Shapes that do not fit together, a number that is not finite, a tau or dt that is no time.
    UsageError
        An unknown nonlinearity.

    Examples
    --------
    Two neurons that excite each other, read by their difference:

    >>> import lrfit
    >>> network = lrfit.FullRankNetwork(
    ...     J=[[0.0, -2.0], [-2.0, 0.0]],
    ...     tau=0.1,
    ...     nonlinearity=["tanh", "sigmoid"],
    ...     input_weights=[[1.0], [0.0]],
    ...     output_weights=[[1.0, -1.0]],
    ...     inputs=("push",),
    ...     outputs=("choice",),
    ... )
    >>> run = lrfit.simulate(network, duration=1.0, signal=[0.5], points=11)
    >>> run.z.shape, run.domain.variables
    ((1, 11, 1), ('choice',))
    """

    STATED: ClassVar = ("statistics",)

    J: Annotated[Connectivity, AsNode(connectivity_node, connectivity_from_node)]
    tau: Annotated[float | Array, AsNode(_times_node, _times_from_node)]
    nonlinearity: Annotated[Kind | Sequence[Kind], AsNode(kinds_node, kinds_from_node)]
    input_weights: Annotated[Array, Axes("neuron", "input")] = field(default_factory=_nothing)
    bias: Annotated[Array, Axes("neuron")] = field(default_factory=_nothing)
    output_weights: Annotated[Array, Axes("output", "neuron")] = field(default_factory=_nothing)
    output_offset: Annotated[Array, Axes("output")] = field(default_factory=_nothing)
    reads: Literal["rates", "currents"] = "rates"
    dt: float | None = None
    form: Literal["current", "rate"] = "current"
    # Named apart in files: a trained network holds this one's fields beside its own `initial`.
    initial: Annotated[
        Connectivity | None,
        AsNode(connectivity_node, connectivity_from_node),
        Named("initial_J"),
    ] = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One line."""
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return brief(
            self,
            counted(self.neurons, "neuron"),
            inputs and f"inputs {inputs}",
            outputs and f"outputs {outputs}",
        )

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what does not fit together, naming it."""
        J = frozen_connectivity(self.J)
        n = J.shape[0]
        object.__setattr__(self, "J", J)
        U = self._freeze("input_weights", n, None).shape[1]
        K = len(self._freeze("output_weights", None, n))
        self._freeze("bias", n)
        self._freeze("output_offset", K)
        object.__setattr__(self, "tau", _time_constants(self.tau, n))
        object.__setattr__(self, "inputs", labels("inputs", self.inputs, "u", U))
        object.__setattr__(self, "outputs", labels("outputs", self.outputs, "z", K))
        if both := sorted({*self.inputs} & {*self.outputs}):
            raise InputError(f"{both[0]!r} names an input and an output; give each its own name")
        if isinstance(self.nonlinearity, list):
            object.__setattr__(self, "nonlinearity", tuple(self.nonlinearity))
        _ = self.groups  # refuses unknown nonlinearities
        if self.reads not in ("rates", "currents"):
            raise InputError(f"reads is {self.reads!r}; give rates or currents")
        if self.form not in ("current", "rate"):
            raise InputError(f"form is {self.form!r}; give current or rate")
        if self.form == "rate" and self.reads == "currents":
            raise InputError("a network in the rate form has no currents to read; read rates")
        self._freeze_initial(n)
        require_step(self.dt, float(np.min(self.tau)))

    def _freeze_initial(self, n: int) -> None:
        if self.initial is not None:
            initial = frozen_connectivity(self.initial, "initial")
            if initial.shape != (n, n):
                raise InputError(f"initial has shape {initial.shape}; needed is {(n, n)}")
            object.__setattr__(self, "initial", initial)

    def _freeze(self, name: str, *axes: int | None) -> Array:
        """Replace a field by a read-only array with these axes, None for any length.

        What is empty was left out and becomes zeros.
        """
        try:
            given = np.asarray(getattr(self, name), dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"{name} must be numbers, in rows of the same length") from None
        if not given.size:
            given = np.zeros([length or 0 for length in axes])
        own = given.shape if given.ndim == len(axes) else (1,) * len(axes)
        needed = (length if free is None else free for free, length in zip(axes, own, strict=True))
        require_shape(name, given, tuple(needed))
        require_finite(name, given)
        object.__setattr__(self, name, frozen(given))
        return given

    @classmethod
    def from_low_rank(cls, network: LowRankNetwork) -> FullRankNetwork:
        """The same network with J = M Nᵀ formed; its trajectories are the same.

        The outputs are the D state variables, read from the currents, where they can be: M and B
        together have full column rank, and the network has no output of its own. Otherwise it
        has no outputs.

        Parameters
        ----------
        network : LowRankNetwork

        Returns
        -------
        FullRankNetwork
        """
        weights, offset = _state_reading(network)
        return cls(
            J=network.J,
            tau=network.tau,
            nonlinearity=network.nonlinearity,
            input_weights=network.full_input_weights,
            bias=network.bias,
            output_weights=weights,
            output_offset=offset,
            reads="currents",
            dt=network.dt,
            inputs=network.domain.inputs,
            outputs=network.domain.variables if len(weights) else (),
        )

    @cached_property
    def statistics(self) -> ConnectivityStatistics:
        """Means and covariances of its weights, its spectrum, and the histogram of J."""
        return full_rank_statistics(self)

    @property
    def neurons(self) -> int:
        """The number of neurons."""
        return len(self.bias)

    @property
    def full_input_weights(self) -> Array:
        """What multiplies u: the input weights W (n, U)."""
        return self.input_weights

    @cached_property
    def groups(self) -> tuple[NeuronGroup, ...]:
        """The neurons grouped by nonlinearity."""
        return group_neurons(self.nonlinearity, self.neurons)

    @cached_property
    def state_domain(self) -> Domain:
        """Names of outputs and inputs, with nominal ranges.

        An output ranges over what rates (or currents) between -1 and 1 make of it, an input over
        [-1, 1]. The ranges are scales; nothing is bounded by them.
        """
        reach = np.sum(np.abs(self.output_weights), axis=1)
        reach[reach == 0.0] = 1.0
        ones = np.ones(len(self.inputs))
        return Domain(
            variables=self.outputs,
            lower=self.output_offset - reach,
            upper=self.output_offset + reach,
            inputs=self.inputs,
            input_lower=-ones,
            input_upper=ones,
        )

    def rates(self, x: Array) -> Array:
        """Rates phi(x) (P, n) at currents x (P, n); in the rate form the states x themselves."""
        return x if self.form == "rate" else group_rates(self.groups, x)

    def respond(self, currents: Array) -> Array:
        """What phi makes of currents (P, n), whatever the form."""
        return group_rates(self.groups, currents)

    def recurrent(self, rates: Array) -> Array:
        """Recurrent currents J r (P, n) of rates r (P, n)."""
        # J stands at the left so that a sparse J multiplies columns; with the trials' memory in
        # Fortran order, as Euler's steps have it, rates.T is contiguous and nothing is copied.
        return np.asarray((self.J @ rates.T).T)

    def full_velocity(self, x: Array, u: Array) -> Array:
        """dx/dt (P, n) at states x (P, n) and inputs u (P, U)."""
        if self.form == "current":
            return rate_velocity(self, x, u)
        return np.asarray((self.respond(self._received(x, u)) - x) / self.tau)

    def _received(self, rates: Array, u: Array) -> Array:
        """Currents J r + W u + b (P, n)."""
        return np.asarray(self.recurrent(rates) + u @ self.input_weights.T + self.bias)

    def full_jacobian(self, x: Array, u: Array) -> Connectivity:
        """Derivative of dx/dt by x, (n, n), at one state x (n,), u (U,); CSR where J is sparse."""
        if self.form == "current":
            return scaled_connectivity(self.J, group_slopes(self.groups, x), self.tau)
        slopes = group_slopes(self.groups, self._received(x[None], u[None])[0])
        return scaled_connectivity(self.J, slopes, self.tau, receiving=True)

    def lift(self, z: Array, v: Array) -> NoReturn:
        """Refuse: there is no latent state.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(
            "a full-rank network has no latent state to start from; give initial currents "
            "(rates, in the rate form): currents=..., a number for every neuron"
        )

    def readout(self, x: Array, v: Array) -> Array:
        """Outputs (P, K) at states x (P, n); they do not depend on the filtered inputs v."""
        seen = self.rates(x) if self.reads == "rates" else x
        return np.asarray(seen @ self.output_weights.T + self.output_offset)


def _time_constants(given: float | ArrayLike, n: int) -> float | Array:
    tau = np.asarray(given, dtype=np.float64)
    if tau.shape not in {(), (n,)}:
        raise InputError(f"tau has shape {tau.shape}; give one number, or {n}: one per neuron")
    if bad := first_bad("tau", tau, np.isfinite(tau) & (tau > 0)):
        raise InputError(f"{bad}; give positive numbers")
    return frozen(tau) if tau.ndim else float(tau)


def _state_reading(network: LowRankNetwork) -> tuple[Array, Array]:
    """Weights O (D, n) and offset (D,) with z = O x + o wherever x = M (z - c) + B v + b."""
    domain, none = network.domain, (np.empty((0, network.neurons)), np.empty(0))
    # In box units, so that rank does not depend on units. The rows of the pseudoinverse that
    # belong to M do not see B v, so that v need not be known.
    scale = np.concatenate([domain.half_width, domain.input_half_width])
    loadings = np.hstack([network.M, network.input_weights]) * scale
    used = np.any(loadings != 0.0, axis=0)
    used[: domain.dimension] = True
    if network.output is not None or np.linalg.matrix_rank(loadings[:, used]) < np.sum(used):
        return none
    reading = np.linalg.pinv(loadings[:, used])[: domain.dimension]
    weights = domain.half_width[:, None] * reading
    return weights, np.asarray(network.center - weights @ network.bias)
