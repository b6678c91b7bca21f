"""What `analyze` returns of a trained network, and of any other of full rank.

/trained-analysis              task, neurons, g, seed
/trained-analysis/eigenvalues  of the connectivity
/trained-analysis/at<i>        fixed points at a constant input
/trained-analysis/change       of the connectivity    (these two only where the task and the
/trained-analysis/activity     variances, components   network before learning are known)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lrfit.core.errors import InputError
from lrfit.core.provenance import Result
from lrfit.core.shapes import Numbered
from lrfit.io.text import brief, counted
from lrfit.learning.activity import Activity
from lrfit.learning.change import ConnectivityChange
from lrfit.learning.fixed_points import FixedPoints
from lrfit.learning.spectrum import ConnectivityEigenvalues


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedAnalysis(Result):
    """What a network of full rank does, and what learning changed in it where that is known.

    Attributes
    ----------
    task, g, epochs : of the trained network, and how long it learned; None of other networks.
    neurons : how many.
    epochs_to_tenth : until the loss was a tenth of the first one; None if it never was.
    right : share of the test trials that are right; None without a task.
    change : of the connectivity. activity : its recurrent and input-driven parts in test trials.
        None of networks that `learn` did not train.
    eigenvalues : of the connectivity.
    at : fixed points at each constant input. inputs, outputs : names.
    seed : of the trials, the shuffled connectivities and the starts.

    Examples
    --------
    Two neurons that do not see each other, x = 2 tanh(x): nine fixed points.

    >>> import lrfit
    >>> network = lrfit.FullRankNetwork(J=[[2.0, 0.0], [0.0, 2.0]], tau=1.0, nonlinearity="tanh")
    >>> found = lrfit.analyze(network)
    >>> found.at[0].stable, found.at[0].kinds[-1], found.task
    (4, '2 unstable directions', None)
    """

    task: str | None = None
    neurons: int
    g: float | None = None
    epochs: int | None = None
    epochs_to_tenth: int | None = None
    right: float | None = None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    change: ConnectivityChange | None = None
    activity: Activity | None = None
    eigenvalues: ConnectivityEigenvalues
    at: Annotated[tuple[FixedPoints, ...], Numbered("at")] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse points of another network.

        Raises
        ------
        InputError
            They have other numbers of inputs or outputs than there are names.
        """
        for at in self.at:
            if (len(at.input), at.outputs.shape[1]) != (len(self.inputs), len(self.outputs)):
                raise InputError("the fixed points have other inputs or outputs than the names say")

    def __repr__(self) -> str:
        """One line."""
        points = counted(sum(len(each.states) for each in self.at), "fixed point")
        return brief(self, self.task or "", counted(self.neurons, "neuron"), self._rank, points)

    @property
    def heading(self) -> str:
        """Which network it is: "flip_flop, 64 neurons, g 0.9"."""
        strength = [] if self.g is None else [f"g {self.g:g}"]
        name = self.task or "full-rank network"
        return ", ".join([name, counted(self.neurons, "neuron"), *strength])

    @property
    def _rank(self) -> str:
        """The functional rank in words; "" where no change is known."""
        if self.change is None:
            return ""
        rank = self.change.functional_rank
        return "no functional rank" if rank is None else f"functional rank {rank}"
