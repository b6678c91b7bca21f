"""subspaces(): the recurrent and the input-driven subspace of a network's activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lrfit.core.threads import BlasThreads
from lrfit.geometry.result import Subspaces
from lrfit.geometry.shares import bases_of, paths, share_within, shifts, singular_values
from lrfit.geometry.sources import parts_of
from lrfit.learning.result import TrainedNetwork
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.options.kinds import Whole
from lrfit.records.subject import HasNetwork
from lrfit.simulation.trajectory import Trajectory


def subspaces(
    activity: HasNetwork
    | LowRankNetwork
    | FullRankNetwork
    | TrainedNetwork
    | Trajectory
    | str
    | Path,
    *,
    inputs: Sequence[Mapping[str, float]] = (),
    tau: float | None = None,
    dt: float | None = None,
    seed: int = 0,
) -> Subspaces:
    """Find the recurrent and the input-driven subspace of activity, and what tonic inputs move.

    Parameters
    ----------
    activity : Fit, LowRankNetwork, FullRankNetwork, TrainedNetwork, Trajectory or path
        A network is run at tonic inputs, a trained one in trials of its task; a trajectory must
        hold currents (`store_rates=True`). A path may also be that of recorded activity, as
        `reduce` takes it, with `tau` and `dt`.
    inputs : sequence of mappings of input to value
        Tonic inputs, those not named at 0; by default each input alone at the end of its range.
        No input is always looked at.
    tau, dt : float
        Time constant and step of recorded activity.
    seed : int
        Of the starts.

    Returns
    -------
    Subspaces
        Shares of the variance of the currents x, principal angles in degrees, shifts in the units
        of the currents.

    Raises
    ------
    UsageError
        Nothing with currents, or inputs that it does not have.
    InputError
        The file cannot be read.

    Notes
    -----
    x - b = M (z - c) + B v: recurrence moves x in the span of M, inputs in that of B (Beiran et
    al. 2021; Dubreuil et al. 2022, methods). The input-driven subspace is what of the span of B is
    perpendicular to M. Of networks without a latent state the recurrent subspace is that of the
    principal components of x - B v that hold 99 % of its variance.

    Examples
    --------
    >>> import lrfit
    >>> drive = {"I": "filtered"}
    >>> fit = lrfit.fit("fitzhugh_nagumo", neurons=20, method="ols", candidates=200, drive=drive)
    >>> found = lrfit.subspaces(fit)
    >>> found.recurrent_rank, round(found.recurrent_share + found.input_share, 9)
    (2, 1.0)
    """
    Whole().check("seed", seed)
    with BlasThreads().one():
        parts = parts_of(activity, inputs=inputs, tau=tau, dt=dt, seed=seed)
        bases = bases_of(parts)
        flat = parts.x.reshape(-1, parts.x.shape[2])
        centered = flat - flat.mean(axis=0)
        values, rank = singular_values(centered)
        shift, measured = shifts(parts, bases)
        return Subspaces(
            system=parts.system,
            neurons=flat.shape[1],
            told=parts.told,
            inputs=parts.inputs,
            recurrent_rank=bases.recurrent.shape[1],
            input_rank=bases.driven.shape[1],
            variance=float(np.mean(np.sum(centered**2, axis=1))),
            rank=rank,
            recurrent_share=share_within(centered, bases.recurrent),
            input_share=share_within(centered, bases.driven),
            singular_values=values,
            angle=bases.angles,
            level=parts.level,
            shift=shift,
            measured_shift=measured,
            path=paths(parts, bases),
            path_level=parts.run_level,
            notes=parts.notes,
            seed=seed,
        )
