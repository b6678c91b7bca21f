"""What `populations` returns, and what its file holds: a mixture, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from lrfit.clustering.gains import Gains
from lrfit.clustering.resampling import Resampling
from lrfit.clustering.stability import Stability
from lrfit.core.arrays import Array
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.fields.field import Domain
from lrfit.io.text import brief, counted
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.systems.system import System

ChosenBy = Literal["stability", "given", "known"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Populations(Result):
    """Populations of a network's neurons; a system, whose field is that of their mixture.

    Attributes
    ----------
    system : the name of what the network stands for.
    neurons : how many it has.
    told : where its loadings come from.
    chosen_by : "stability", "given" by the user, or "known" where a mixture was given.
    zero_mean : whether all means are 0.
    mixture : Mixture
        Shares, means and covariances, in the user's latent variables; the largest population first.
    loadings : (n, F)
        Of the neurons. features : names of the F entries: m.x, nu.x, B.u, b, and w.z of output
        weights, where a network is not read by its latent state.
    labels : (n,)
        The population of each neuron.
    stability : of each number of populations; None where a mixture was given.
    resampling : networks drawn from mixtures; None where none were.
    gains : of the populations in each context; None without inputs.
    notes : one line each, for the user.
    seed : of all random numbers.
    """

    system: str
    neurons: int
    told: str
    chosen_by: ChosenBy
    zero_mean: bool
    mixture: Mixture
    loadings: Annotated[Array, Axes("neuron", "feature")]
    features: tuple[str, ...]
    labels: Annotated[NDArray[np.int64], Axes("neuron")]
    stability: Stability | None = None
    resampling: Resampling | None = None
    gains: Gains | None = None
    notes: tuple[str, ...] = ()
    seed: int = 0

    def __repr__(self) -> str:
        """One line."""
        return brief(
            self,
            self.system,
            f"{counted(self.count, 'population')} of {counted(self.neurons, 'neuron')}",
            f"chosen by {self.chosen_by}" if self.chosen_by == "stability" else self.chosen_by,
        )

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def count(self) -> int:
        """How many populations there are."""
        return self.mixture.populations

    @property
    def domain(self) -> Domain:
        """Box and names of the latent variables and inputs."""
        return self.mixture.domain

    def as_system(self) -> System:
        """The system whose field is the mean field of the mixture."""
        return self.mixture.as_system()
