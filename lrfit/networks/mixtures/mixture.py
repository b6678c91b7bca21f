"""A mixture: populations of neurons with Gaussian loadings; networks of any size come from it.

    loading (m, nu, B, b) of a neuron of population p ~ N(mean_p, covariance_p),  share alpha_p

Place in the flow: a mixture is read from a file or found in a network; networks are drawn from it,
and its mean field (`mean_field`) is what such networks do when they are large
(Beiran et al. 2021, eq. 7; Dubreuil et al. 2022, eq. 5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.core.provenance import Result
from lrfit.core.shapes import AsNode, AtRoot, Axes, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.fields.names import title_problem
from lrfit.fields.point_groups import point_group
from lrfit.io.text import brief, counted
from lrfit.io.tree import Dataset, Group
from lrfit.networks.checks import require_finite
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.covariances import covariance_problem
from lrfit.networks.mixtures.loadings import Layout
from lrfit.networks.mixtures.symmetry import images, seed_count, whole_orbits
from lrfit.networks.nonlinearity import Nonlinearity, nonlinearity

if TYPE_CHECKING:
    from lrfit.systems.system import System

SUMS_TO_ONE = 1e-9
"""How far from 1 the shares may sum."""


def _nothing() -> Array:
    return np.empty(0)


def _name_node(given: Nonlinearity) -> Dataset:
    return Dataset(data=np.array(given.name))


def _named(node: Dataset | Group) -> Nonlinearity:
    if isinstance(node, Group):
        raise node.error("is a group; needed is the name of a nonlinearity")
    return nonlinearity(node.text())


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture(Result):
    """Populations of neurons, each with a Gaussian distribution of its loadings.

    D is the number of latent variables, U of inputs, P of populations. A loading is the point
    (m, nu, B, b) of L = 2 D + U + 1 numbers (`features` names them), nu = neurons * n.

    Parameters
    ----------
    domain : Domain
        The box, with the names of latent variables and inputs.
    share : (P,)
        Shares of the neurons, which sum to 1.
    mean : (P, L)
        Means of the loadings.
    covariance : (P, L, L)
        Covariances of the loadings, positive semidefinite.
    nonlinearity : Nonlinearity
        phi of every neuron.
    tau : float
        Time constant, in the system's unit of time.
    center : (D,)
        Where the readout puts the origin, c; 0 by default.
    direct_input : (D, U)
        C, of the input that acts at once; 0 by default.
    name, reference, time_unit : str
        As those of a `System`.
    symmetry : str
        Name of a group (`lrfit.fields.point_groups`) under which the distribution is invariant,
        which is checked; "" where none is stated.

    Raises
    ------
    InputError
        Shares that do not sum to 1, a covariance that is none, numbers that are not finite, a
        symmetry that the populations do not have.

    Examples
    --------
    One population whose m and nu are correlated has two stable states:

    >>> import numpy as np
    >>> import lrfit
    >>> from lrfit.networks.nonlinearity import nonlinearity
    >>> mixture = lrfit.Mixture(
    ...     domain=lrfit.Domain(variables=("k",), lower=[-3], upper=[3]),
    ...     share=[1.0],
    ...     mean=[[0.0, 0.0, 0.0]],
    ...     covariance=[[[1.0, 1.2, 0.0], [1.2, 2.25, 0.0], [0.0, 0.0, 0.0]]],
    ...     nonlinearity=nonlinearity("tanh"),
    ... )
    >>> mixture.features
    ('m.k', 'nu.k', 'b')
    >>> network = mixture.sampled(1000, np.random.default_rng(0))
    >>> network
    <LowRankNetwork: 1000 neurons (tanh), rank 1, variables k, tau 1>
    """

    ENCODING: ClassVar = "lrfit-mixture-data"
    STATED: ClassVar = ("features",)

    domain: Annotated[Domain, AtRoot()]
    share: Annotated[Array, Axes("population", about="share of the neurons")]
    mean: Annotated[Array, Axes("population", "loading", about="means of the loadings")]
    covariance: Annotated[
        Array, Axes("population", "loading", "_loading", about="covariances of the loadings")
    ]
    nonlinearity: Annotated[Nonlinearity, AsNode(_name_node, _named)]
    tau: float = 1.0
    center: Annotated[Array, Axes("variable")] = field(default_factory=_nothing)
    direct_input: Annotated[Array, Axes("variable", "input")] = field(default_factory=_nothing)
    name: str = "mixture"
    reference: str = ""
    time_unit: str = ""
    symmetry: str = ""

    def __repr__(self) -> str:
        """One line."""
        names, inputs = ", ".join(self.domain.variables), ", ".join(self.domain.inputs)
        return brief(
            self,
            f"{counted(self.populations, 'population')} ({self.nonlinearity.name})",
            f"variables {names}",
            inputs and f"inputs {inputs}",
            f"tau {self.tau:.4g}",
        )

    def __post_init__(self) -> None:
        """Freeze the arrays; check shares, covariances and shapes."""
        D, U = self.domain.dimension, self.domain.input_count
        for name, zeros in {"center": np.zeros(D), "direct_input": np.zeros((D, U))}.items():
            if not np.size(getattr(self, name)):
                object.__setattr__(self, name, zeros)
        try:
            freeze_shaped(self)
        except ValueError as error:
            raise InputError(str(error)) from None
        if self.mean.shape[1] != self.layout.length or self.covariance.shape[2] != len(
            self.features
        ):
            raise InputError(
                f"loadings have {self.layout.length} entries here: {', '.join(self.features)}"
            )
        for name in ("share", "mean", "covariance", "center", "direct_input"):
            require_finite(name, getattr(self, name))
        if why := title_problem(self.name):
            raise InputError(f"name: {why}")
        if not (np.isfinite(self.tau) and self.tau > 0):
            raise InputError(f"tau is {self.tau:g}; give a positive number")
        self._check_shares()
        self._check_covariances()
        if self.symmetry:
            try:
                self._images(self.symmetry)
            except UsageError as error:
                raise InputError(str(error)) from None

    def _check_shares(self) -> None:
        if not len(self.share) or np.any(self.share <= 0.0):
            raise InputError("the shares of populations must be positive")
        if abs(np.sum(self.share) - 1.0) > SUMS_TO_ONE:
            raise InputError(f"the shares sum to {np.sum(self.share):.10g}; make it 1")

    def _check_covariances(self) -> None:
        for p, covariance in enumerate(self.covariance):
            if why := covariance_problem(covariance):
                raise InputError(f"the covariance of population {p} {why}")

    @property
    def layout(self) -> Layout:
        """Where the parts of a loading are."""
        return Layout(variables=self.domain.variables, inputs=self.domain.inputs)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the L entries of a loading: m.x, nu.x, B.u, b."""
        return self.layout.features

    @property
    def populations(self) -> int:
        """P, the number of populations."""
        return len(self.share)

    @cached_property
    def roots(self) -> Array:
        """R (P, L, L) with covariance = R Rᵀ, also where that is singular."""
        values, vectors = np.linalg.eigh(self.covariance)
        # The root of a rounding error of 1e-16 would be 1e-8.
        least = 1e-14 * values[:, -1:]
        return np.asarray(vectors * np.sqrt(np.where(values > least, values, 0.0))[:, None, :])

    def as_system(self) -> System:
        """The system whose field is the mean field: what large networks of this mixture do."""
        # By name: the system's field is that of a mixture, and so its module imports this one.
        system: System = import_module("lrfit.networks.mixtures.as_text").system_of(self)
        return system

    def quotas(self, neurons: int) -> NDArray[np.intp]:
        """Neurons of each population (P,), which sum to `neurons`: the largest remainders."""
        exact = self.share * neurons
        counts = np.floor(exact + SUMS_TO_ONE).astype(np.intp)
        order = np.argsort(-(exact - counts), kind="stable")
        counts[order[: neurons - int(np.sum(counts))]] += 1
        return counts

    def labels(self, neurons: int, *, orbits: str = "") -> NDArray[np.intp]:
        """Population (neurons,) of each neuron of a network that `sampled` draws."""
        if not orbits:
            return np.repeat(np.arange(self.populations), self.quotas(neurons))
        images = self._images(orbits)
        return np.asarray(images[:, self.labels(seed_count(neurons, orbits, len(images)))].ravel())

    def drawn(self, neurons: int, generator: np.random.Generator, *, orbits: str = "") -> Array:
        """Loadings (neurons, L) of neurons drawn from the populations, as `sampled` says."""
        if orbits:
            order = len(self._images(orbits))
            drawn = self.drawn(seed_count(neurons, orbits, order), generator)
            group = point_group(orbits, self.domain.dimension)
            return whole_orbits(drawn, group, self.layout)
        if neurons < 1:
            raise UsageError(f"neurons is {neurons}; give a positive number")
        labels = self.labels(neurons)
        normal = generator.standard_normal((neurons, self.layout.length))
        return np.asarray(self.mean[labels] + np.einsum("nij,nj->ni", self.roots[labels], normal))

    def _images(self, symmetry: str) -> NDArray[np.intp]:
        """Which population is the image of which, (order, P); UsageError where one has none."""
        group = point_group(symmetry, self.domain.dimension)
        found = images(self.share, self.mean, self.covariance, group, self.layout)
        if np.any(found < 0):
            raise UsageError(
                f"the mixture is not symmetric under {symmetry}: population "
                f"{np.flatnonzero(np.any(found < 0, axis=0))[0]} has an image that is none of "
                "the populations with an equal share; leave the symmetry out, or give every image"
            )
        return found

    def network(self, loadings: Array) -> LowRankNetwork:
        """The network whose neurons have given loadings (neurons, L): n = nu / neurons."""
        parts = {part: loadings[:, where] for part, where in self.layout.slices.items()}
        return LowRankNetwork(
            M=parts["m"],
            N=parts["nu"] / len(loadings),
            bias=parts["b"][:, 0],
            center=self.center,
            input_weights=parts["B"],
            direct_input=self.direct_input,
            tau=self.tau,
            nonlinearity=self.nonlinearity,
            domain=self.domain,
        )

    def sampled(
        self, neurons: int, generator: np.random.Generator, *, orbits: str = ""
    ) -> LowRankNetwork:
        """A network of `neurons` drawn from the populations, whose numbers are `quotas`.

        orbits : name of a finite group of which the network has whole orbits: with every neuron
            all its images. It is then exactly equivariant, whatever its size. Without reflections
            (C6 and not D6) it may also turn, which no distribution does that has these.

        Raises
        ------
        UsageError
            `orbits` under which the mixture is not symmetric, or whose order does not divide
            `neurons`.
        """
        return self.network(self.drawn(neurons, generator, orbits=orbits))
