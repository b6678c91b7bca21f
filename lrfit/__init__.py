"""The smallest recurrent neural network that implements a dynamical system.

Symbols, the same in code, files and documents (rows are samples or neurons everywhere):

    z       (D,) state of the system, and latent state of the network
    u, v    (U,) input, and input as the neurons see it: low-passed by their membranes
    x       (neurons,) currents of the neurons; phi(x) their rates
    M, N    (neurons, D) connectivity vectors: J = M Nᵀ; M lifts z to x, N reads the rates
    B, C    (neurons, U) input weights; (D, U) input through span(M), which acts at once
    b, c    (neurons,) bias; (D,) center, where the readout puts the origin
    tau     membrane time constant, in the system's unit of time; kappa = 1/tau
    phi     nonlinearity of every neuron
    P, K    numbers of samples and of candidate neurons

    >>> import lrfit
    >>> fit = lrfit.minimize("van_der_pol", tol=1e-2)            # doctest: +SKIP
    >>> lrfit.save(fit, "van_der_pol.network.h5")                # doctest: +SKIP

Names are imported when they are first used, so that `import lrfit` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.browsing.connectivity import connectivity
    from lrfit.certification.certificate import Certificate
    from lrfit.certification.certify import certify
    from lrfit.checking.check import Check, check
    from lrfit.clustering.options import PopulationOptions
    from lrfit.clustering.populations import populations
    from lrfit.clustering.result import Populations
    from lrfit.core.errors import InputError, LrfitError, NumericalError, OutputError, UsageError
    from lrfit.degeneracy.degenerate import degenerate
    from lrfit.dynamics.analysis import Analysis
    from lrfit.dynamics.analyze import analyze
    from lrfit.exchange.export import export
    from lrfit.exchange.import_network import import_network
    from lrfit.expansion.expand import expand
    from lrfit.expansion.options import ExpandOptions
    from lrfit.fields.field import Domain
    from lrfit.fitting.fit import fit
    from lrfit.fitting.minimize import minimize
    from lrfit.fitting.options import FitOptions
    from lrfit.fitting.result import Fit
    from lrfit.geometry.result import Subspaces
    from lrfit.geometry.subspaces import subspaces
    from lrfit.learning.analysis import TrainedAnalysis
    from lrfit.learning.learn import learn
    from lrfit.learning.learn_linear import learn_linear
    from lrfit.learning.linear_result import LinearLearning
    from lrfit.learning.options import LearnOptions
    from lrfit.learning.result import TrainedNetwork
    from lrfit.learning.study import LearningStudy, study_learning
    from lrfit.networks.fullrank import FullRankNetwork
    from lrfit.networks.lowrank import LowRankNetwork
    from lrfit.networks.mixtures.mixture import Mixture
    from lrfit.networks.rate_network import RateNetwork
    from lrfit.networks.statistics import ConnectivityStatistics
    from lrfit.perturbation.perturb import perturb
    from lrfit.plotting.plot import plot
    from lrfit.records.store import load, save
    from lrfit.reduction.options import ReduceOptions
    from lrfit.reduction.reduce import reduce
    from lrfit.reporting.report import report
    from lrfit.running.simulate import sample, simulate
    from lrfit.scoring.result import Score
    from lrfit.scoring.score import score
    from lrfit.simulation.experiment import Experiment
    from lrfit.simulation.trajectory import Trajectory
    from lrfit.stressing.result import Stress
    from lrfit.stressing.stress import stress
    from lrfit.systems.build import from_callable, from_expressions
    from lrfit.systems.open import load_system
    from lrfit.systems.points import from_samples, from_trajectories
    from lrfit.systems.system import System
    from lrfit.tuning.options import TuneOptions
    from lrfit.tuning.smallest import minimize_for_task
    from lrfit.tuning.trials import TrialSet
    from lrfit.tuning.tune import tune

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "lrfit.browsing.connectivity": ("connectivity",),
    "lrfit.certification.certificate": ("Certificate",),
    "lrfit.dynamics.analysis": ("Analysis",),
    "lrfit.dynamics.analyze": ("analyze",),
    "lrfit.stressing.result": ("Stress",),
    "lrfit.scoring.result": ("Score",),
    "lrfit.certification.certify": ("certify",),
    "lrfit.checking.check": ("Check", "check"),
    "lrfit.exchange.export": ("export",),
    "lrfit.exchange.import_network": ("import_network",),
    "lrfit.degeneracy.degenerate": ("degenerate",),
    "lrfit.expansion.expand": ("expand",),
    "lrfit.expansion.options": ("ExpandOptions",),
    "lrfit.geometry.result": ("Subspaces",),
    "lrfit.geometry.subspaces": ("subspaces",),
    "lrfit.fitting.fit": ("fit",),
    "lrfit.fitting.minimize": ("minimize",),
    "lrfit.perturbation.perturb": ("perturb",),
    "lrfit.plotting.plot": ("plot",),
    "lrfit.clustering.options": ("PopulationOptions",),
    "lrfit.clustering.populations": ("populations",),
    "lrfit.clustering.result": ("Populations",),
    "lrfit.reduction.options": ("ReduceOptions",),
    "lrfit.reduction.reduce": ("reduce",),
    "lrfit.reporting.report": ("report",),
    "lrfit.scoring.score": ("score",),
    "lrfit.running.simulate": ("sample", "simulate"),
    "lrfit.stressing.stress": ("stress",),
    "lrfit.learning.analysis": ("TrainedAnalysis",),
    "lrfit.learning.learn": ("learn",),
    "lrfit.learning.options": ("LearnOptions",),
    "lrfit.learning.result": ("TrainedNetwork",),
    "lrfit.learning.study": ("LearningStudy", "study_learning"),
    "lrfit.tuning.options": ("TuneOptions",),
    "lrfit.tuning.smallest": ("minimize_for_task",),
    "lrfit.tuning.trials": ("TrialSet",),
    "lrfit.tuning.tune": ("tune",),
    "lrfit.core.errors": (
        "InputError",
        "LrfitError",
        "NumericalError",
        "OutputError",
        "UsageError",
    ),
    "lrfit.learning.learn_linear": ("learn_linear",),
    "lrfit.learning.linear_result": ("LinearLearning",),
    "lrfit.networks.fullrank": ("FullRankNetwork",),
    "lrfit.networks.lowrank": ("LowRankNetwork",),
    "lrfit.networks.mixtures.mixture": ("Mixture",),
    "lrfit.networks.rate_network": ("RateNetwork",),
    "lrfit.networks.statistics": ("ConnectivityStatistics",),
    "lrfit.records.store": ("load", "save"),
    "lrfit.fitting.options": ("FitOptions",),
    "lrfit.fitting.result": ("Fit",),
    "lrfit.fields.field": ("Domain",),
    "lrfit.systems.build": ("from_callable", "from_expressions"),
    "lrfit.systems.points": ("from_samples", "from_trajectories"),
    "lrfit.systems.open": ("load_system",),
    "lrfit.systems.system": ("System",),
    "lrfit.simulation.experiment": ("Experiment",),
    "lrfit.simulation.trajectory": ("Trajectory",),
}
__all__ = [
    "Analysis",
    "Certificate",
    "Check",
    "ConnectivityStatistics",
    "Domain",
    "ExpandOptions",
    "Experiment",
    "Fit",
    "FitOptions",
    "FullRankNetwork",
    "InputError",
    "LearnOptions",
    "LearningStudy",
    "LinearLearning",
    "LowRankNetwork",
    "LrfitError",
    "Mixture",
    "NumericalError",
    "OutputError",
    "PopulationOptions",
    "Populations",
    "RateNetwork",
    "ReduceOptions",
    "Score",
    "Stress",
    "Subspaces",
    "System",
    "TrainedAnalysis",
    "TrainedNetwork",
    "Trajectory",
    "TrialSet",
    "TuneOptions",
    "UsageError",
    "__version__",
    "analyze",
    "certify",
    "check",
    "connectivity",
    "degenerate",
    "expand",
    "export",
    "fit",
    "from_callable",
    "from_expressions",
    "from_samples",
    "from_trajectories",
    "import_network",
    "learn",
    "learn_linear",
    "load",
    "load_system",
    "minimize",
    "minimize_for_task",
    "perturb",
    "plot",
    "populations",
    "reduce",
    "report",
    "sample",
    "save",
    "score",
    "simulate",
    "stress",
    "study_learning",
    "subspaces",
    "tune",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
