"""The smallest latent space in which a trained network still does its task.

Ranks are tried from the number of outputs up: the network's state is its outputs, with further
latent variables behind them. At each rank the projection costs one run through the trials; where it
goes wrong, a low-rank network is trained on the rates. Where that leaves some trials wrong, small
networks are tuned in closed loop all the same; the next rank is tried if these do not do the task.

Place in the flow: `reduce` turns the model found here into the field of a small network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lrfit.core.progress import Progress
from lrfit.fitting.reduction_report import Peer
from lrfit.learning.gradient import Weights
from lrfit.reduction.figures import Figures, Trials
from lrfit.reduction.latent import Components, LatentModel, components_of, galerkin
from lrfit.reduction.lint import lint
from lrfit.reduction.original import Original

EPOCHS, ROUNDS = 500, 5
"""Epochs of LINT between two looks at the trials, and how often at most."""
PROMISING = 0.75
"""Share of the trained network's right trials from which on a latent model is tuned in closed loop
(measured: from 0.81 to all of them, for a comparison of rank 4)."""
HOPELESS = 0.5
"""Share of right trials below which LINT is given up after its second round."""
LARGEST = 25


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A latent model with its figures on the trials, and what was learned on the way."""

    model: LatentModel
    figures: Figures
    rates: float
    components: float
    peers: tuple[Peer, ...]


class RankSearch:
    """The search for the rank.

    training : trials for components and LINT. judged : others, that decide.
    """

    def __init__(
        self, original: Original, training: Trials, judged: Trials, seed: int, progress: Progress
    ) -> None:
        self.original, self.training, self.judged = original, training, judged
        self.seed, self.progress = seed, progress
        self.components: Components = components_of(original, training.drawn)

    def candidates(self, rank: int | None, by: str) -> Iterator[Found]:
        """Models of a rank, or of increasing ranks, that tuning in closed loop may make right.

        The first is the one of the smallest rank at which enough trials are right, and all after it
        follow; where no rank gets there, the only one is the best of all.
        """
        least = max(len(self.original.task.outputs), 1)
        first = least if rank is None else max(rank, least)
        last = min(LARGEST, self.original.neurons) if rank is None else first
        best: Found | None = None
        promising = False
        for each in range(first, last + 1):
            here = max(self._at(each, by), key=lambda found: found.figures.right)
            if best is None or here.figures.right > best.figures.right:
                best = here
            promising = promising or here.figures.right >= PROMISING * self.judged.trained.right
            if promising:
                yield here
        if not promising and best is not None:
            yield best

    def _at(self, rank: int, by: str) -> list[Found]:
        """Models of a rank, the projection first; LINT only where that is not enough."""
        start = galerkin(self.original, self.components, rank)
        projected = self._looked_at(start)
        self.progress("projection", rank, LARGEST, rank, projected.figures.relative_loss)
        if by == "projection" or (by == "auto" and self.judged.nearly(projected.figures)):
            return [projected]
        trained = self._trained(start)
        return [trained] if by == "lint" else [projected, trained]

    def _trained(self, start: LatentModel) -> Found:
        model, best = start, None
        for k in range(ROUNDS):
            model = lint(
                self.original,
                model,
                self.training.drawn,
                epochs=EPOCHS,
                generator=np.random.default_rng([self.seed, 50, start.rank, k]),
                tell=lambda epoch, loss: self.progress("lint", epoch, EPOCHS, start.rank, loss),
            )
            found = self._looked_at(model)
            if best is None or found.figures.right >= best.figures.right:
                best = found
            if self.judged.nearly(found.figures) or (k and found.figures.right < HOPELESS):
                break
        assert best is not None
        return best

    def _looked_at(self, model: LatentModel) -> Found:
        weights = model.weights(self.original.weights.outputs)
        figures, rates = self.judged.of_weights(weights)
        peer = Peer(
            method=model.by,
            rank=model.rank,
            relative_loss=figures.relative_loss,
            right=figures.right,
            rates=rates,
            enough=self.judged.nearly(figures),
        )
        return Found(
            model=model,
            figures=figures,
            rates=rates,
            components=float(self.components.share[model.rank - 1]),
            peers=(peer,),
        )


def peers_of(search: RankSearch, found: Found, trials: Trials, tol: float) -> tuple[Peer, ...]:
    """What other methods need: projection, truncation of the change of W, LINT at its rank."""
    others = [_projection(search, trials, tol)]
    if search.original.change is not None:
        others.append(_truncation(search.original, trials, tol))
    return (*others, *(found.peers if found.model.by == "lint" else ()))


def _projection(search: RankSearch, trials: Trials, tol: float) -> Peer:
    original = search.original

    def at(rank: int) -> Peer:
        model = galerkin(original, search.components, rank)
        return _peer("projection", rank, trials, model.weights(original.weights.outputs), tol)

    return _first_enough(at, original.neurons)


def _truncation(original: Original, trials: Trials, tol: float) -> Peer:
    """The network with the leading singular vectors of the change alone, beside W0."""
    left, values, right = np.linalg.svd(np.asarray(original.change))
    untrained = original.untrained
    assert untrained is not None

    def at(rank: int) -> Peer:
        change = (left[:, :rank] * values[:rank]) @ right[:rank]
        weights = Weights(
            J=untrained.J + change,
            inputs=untrained.inputs,
            bias=untrained.bias,
            outputs=untrained.outputs,
        )
        return _peer("truncation", rank, trials, weights, tol)

    return _first_enough(at, original.neurons)


def _peer(method: str, rank: int, trials: Trials, weights: Weights, tol: float) -> Peer:
    figures, rates = trials.of_weights(weights)
    return Peer(
        method=method,
        rank=rank,
        relative_loss=figures.relative_loss,
        right=figures.right,
        rates=rates,
        enough=trials.nearly(figures) and figures.relative_loss <= tol,
    )


def _first_enough(at: Callable[[int], Peer], neurons: int) -> Peer:
    """At the first rank that is enough, or the largest that is tried."""
    last = min(LARGEST, neurons)
    for rank in range(1, last):
        found = at(rank)
        if found.enough:
            return found
    return at(last)
