"""populations(): the mixture that a network's neurons were drawn from, and whether it says all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lrfit.clustering.clustering import Clustering, cluster
from lrfit.clustering.gains import Gains, mixture_gains, network_gains, usual_contexts
from lrfit.clustering.options import PopulationOptions
from lrfit.clustering.resampling import FEW, Resampling, draw, outcomes, places_of, refitted
from lrfit.clustering.result import ChosenBy, Populations
from lrfit.clustering.stability import Stability, agreement
from lrfit.clustering.subject import Subject, as_populated
from lrfit.core.arrays import Array
from lrfit.core.threads import BlasThreads
from lrfit.learning.fixed_points import levels_of
from lrfit.learning.opening import Task as LearnedTask
from lrfit.learning.result import TrainedNetwork
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.options.declare import replaced
from lrfit.records.subject import HasNetwork
from lrfit.systems.system import StandsForSystem, System

Populated = (
    HasNetwork
    | LowRankNetwork
    | FullRankNetwork
    | TrainedNetwork
    | System
    | StandsForSystem
    | str
    | Path
)


def populations(
    network: Populated,
    *,
    contexts: Sequence[Mapping[str, float]] = (),
    task: LearnedTask | None = None,
    **options: Any,
) -> Populations:
    """Find the populations of a network's neurons, and draw new networks from them.

    Parameters
    ----------
    network : Fit, LowRankNetwork, TrainedNetwork, FullRankNetwork, Mixture, System or path
        Whose populations are looked for. A full-rank network has the loadings of the low-rank part
        of its connectivity. Of a mixture, or a system of populations, they are known, and only
        resampling and gains are told.
    contexts : sequence of mappings of input to value
        Constant inputs at which gains are told, inputs not named at 0; by default no input, and
        each input alone at the end of its range.
    task : System, path, name of a sample system, or "flip_flop", "context", "comparison"
        Whose trials judge networks that are drawn; by default that of the network.
    **options
        Fields of `PopulationOptions`: populations, max_populations, zero_mean, subsamples, rank,
        resample, draws, trials, seed.

    Returns
    -------
    Populations
        With the mixture in the user's latent variables, which is a system too.

    Raises
    ------
    UsageError
        Fewer than 50 neurons, no low-rank loadings, or options that make no sense.
    InputError
        The file cannot be read.

    Notes
    -----
    Loadings are (m, nu, B, b) with nu = neurons * n, each divided by its standard deviation. A
    mixture with means at 0 is fitted by expectation and maximisation, with free means by
    scikit-learn. The number of populations is that on which mixtures of subsamples agree most, by
    the median adjusted Rand index (Hubert and Arabie 1985); networks are drawn from mixtures as by
    Dubreuil et al. 2022.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> mixture = lrfit.load_system("context_two_populations").field.mixture
    >>> network = mixture.sampled(400, np.random.default_rng(0))
    >>> found = lrfit.populations(network, max_populations=3, subsamples=6, draws=0)
    >>> found.count, found.zero_mean
    (2, True)
    """
    chosen = replaced(PopulationOptions, None, options)
    with BlasThreads().one():
        subject = as_populated(
            network, task=task, rank=chosen.rank, trials=chosen.trials, seed=chosen.seed
        )
        return _Study(subject, chosen).result(contexts)


class _Study:
    """The steps of a study of one subject."""

    def __init__(self, subject: Subject, options: PopulationOptions) -> None:
        self.subject, self.options = subject, options
        self.loadings = subject.loadings
        bias = self.loadings[:, _bias_of(subject)]
        self.zero_mean = not np.any(bias) if options.zero_mean is None else options.zero_mean
        self.generator = np.random.default_rng([options.seed, 80])
        self.fits: dict[int, Clustering] = {}

    def result(self, contexts: Sequence[Mapping[str, float]]) -> Populations:
        """All of it."""
        subject, options = self.subject, self.options
        stability, chosen_by = self.stability()
        if subject.mixture is None:
            count = options.populations or (stability.chosen if stability else 1)
            found = self.fit(count)
            mixture = self.mixture(found)
        else:
            mixture = subject.mixture
            found = _known(mixture, self.loadings)
            self.fits = {mixture.populations: found}
        gains = self.gains(mixture, found, contexts)
        resampling = self.resampling(found.count) if options.draws else None
        return Populations(
            system=subject.name,
            neurons=subject.network.neurons,
            told=subject.told,
            chosen_by=chosen_by,
            zero_mean=self.zero_mean if subject.mixture is None else not np.any(mixture.mean),
            mixture=mixture,
            loadings=self.loadings,
            features=(*mixture.features, *(f"w.z{k}" for k in range(len(subject.readout)))),
            labels=found.labels,
            stability=stability,
            resampling=resampling,
            gains=gains,
            notes=(*subject.notes, *_few(resampling)),
            seed=options.seed,
        )

    def stability(self) -> tuple[Stability | None, ChosenBy]:
        """Of every number of populations, or of the one that is given; None of a mixture."""
        options = self.options
        if self.subject.mixture is not None:
            return None, "known"
        options.require_enough(len(self.loadings))
        given = options.populations
        counts = range(1, options.max_populations + 1) if given is None else [given]
        rows = [self._agreement(P) for P in counts]
        median, lowest, highest = np.array(rows).T
        return Stability(
            count=np.array(counts),
            median=median,
            lowest=lowest,
            highest=highest,
            bic=np.array([self.fit(P).bic for P in counts]),
            subsamples=options.subsamples,
        ), "stability" if given is None else "given"

    def _agreement(self, count: int) -> tuple[float, float, float]:
        if count == 1:
            return 1.0, 1.0, 1.0
        found = agreement(
            self.loadings,
            count,
            self.generator,
            zero_mean=self.zero_mean,
            subsamples=self.options.subsamples,
        )
        return float(np.median(found)), float(found.min()), float(found.max())

    def fit(self, count: int) -> Clustering:
        """The mixture of all neurons with so many populations, fitted once."""
        if count not in self.fits:
            generator = np.random.default_rng([self.options.seed, 83, count])
            self.fits[count] = cluster(self.loadings, count, generator, zero_mean=self.zero_mean)
        return self.fits[count]

    def mixture(self, found: Clustering) -> Mixture:
        """The mixture of loadings, without output weights."""
        network = self.subject.network
        L = 2 * network.domain.dimension + network.domain.input_count + 1
        return Mixture(
            domain=network.domain,
            share=found.share,
            mean=found.mean[:, :L],
            covariance=found.covariance[:, :L, :L],
            nonlinearity=network.nonlinearity,
            tau=network.tau,
            center=network.center,
            direct_input=network.direct_input,
            name=f"{self.subject.name}_populations",
        )

    def resampling(self, chosen: int) -> Resampling:
        """Networks of one population, of the chosen number, and of one more."""
        subject, options = self.subject, self.options
        places = places_of(subject.field, subject.network, subject.readout, options.seed)
        neurons = options.resample or subject.network.neurons
        counts = [chosen]
        if subject.mixture is None:
            counts = sorted({1, chosen, min(chosen + 1, options.max_populations)})
        rows, errors, told = [], [], []
        for P in counts:
            found = self.fit(P)
            mixture = subject.mixture or self.mixture(found)
            generator = np.random.default_rng([options.seed, 84, P])
            drawn = [draw(mixture, found, neurons, generator) for _ in range(options.draws)]
            for refit in (0, 1):
                if refit:
                    drawn = [refitted(*each, places) for each in drawn]
                error, outcome = outcomes(drawn, subject.judge, places)
                rows.append((P, refit))
                errors.append(error)
                told.append(outcome)
        judge = subject.judge
        return Resampling(
            neurons=neurons,
            measure="" if judge is None else judge.measure,
            own=subject.own,
            count=np.array([P for P, _ in rows]),
            refitted=np.array([refit for _, refit in rows]),
            field_error=np.array(errors),
            outcome=np.array(told),
        )

    def gains(
        self, mixture: Mixture, found: Clustering, contexts: Sequence[Mapping[str, float]]
    ) -> Gains | None:
        """Gains of the neurons by their labels; of a mixture those of theory."""
        subject, domain = self.subject, mixture.domain
        if not domain.input_count:
            levels_of(domain.inputs, contexts)  # refuses inputs that there are not
            return None
        levels = list(levels_of(domain.inputs, contexts))
        if not contexts:
            levels = usual_contexts(*subject.input_range)
        if subject.mixture is not None:
            return mixture_gains(mixture, levels)
        return network_gains(subject.network, found.labels, levels)


def _bias_of(subject: Subject) -> int:
    """Where the bias is among the entries of a loading."""
    domain = subject.network.domain
    return 2 * domain.dimension + domain.input_count


def _known(mixture: Mixture, loadings: Array) -> Clustering:
    """The populations of a mixture, and of the neurons that were drawn from it."""
    return Clustering(
        share=mixture.share,
        mean=mixture.mean,
        covariance=mixture.covariance,
        labels=mixture.labels(len(loadings)).astype(np.int64),
        bic=float("nan"),
    )


def _few(resampling: Resampling | None) -> tuple[str, ...]:
    if resampling is None or resampling.neurons >= FEW:
        return ()
    return (
        f"networks of {resampling.neurons} neurons differ much from draw to draw; look at the "
        "spread, or resample at 1,000",
    )
