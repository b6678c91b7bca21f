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
    from lrfit.certification import Certificate
    from lrfit.certification.certify import certify
    from lrfit.checking.check import Check, check
    from lrfit.core.errors import InputError, LrfitError, NumericalError, OutputError, UsageError
    from lrfit.degeneracy.degenerate import degenerate
    from lrfit.dynamics.analyze import Analysis, analyze
    from lrfit.fields.field import Domain
    from lrfit.fitting.file import NetworkRecord
    from lrfit.fitting.fitting import fit, minimize
    from lrfit.fitting.options import FitOptions
    from lrfit.fitting.result import Fit
    from lrfit.networks.lowrank import LowRankNetwork
    from lrfit.perturbation.perturb import perturb
    from lrfit.plotting.plot import plot
    from lrfit.records.store import load, save
    from lrfit.reporting.report import report
    from lrfit.running.file import TrajectoryRecord
    from lrfit.running.simulate import sample, simulate
    from lrfit.scoring.score import score
    from lrfit.scoring.study import Score
    from lrfit.simulation.trajectory import Trajectory
    from lrfit.stressing.stress import stress
    from lrfit.stressing.study import Stress
    from lrfit.systems.open import load_system
    from lrfit.systems.system import System

__version__ = "0.1.0"

_HOMES: dict[str, tuple[str, ...]] = {
    "lrfit.certification": ("Certificate",),
    "lrfit.dynamics.analyze": ("Analysis", "analyze"),
    "lrfit.stressing.study": ("Stress",),
    "lrfit.scoring.study": ("Score",),
    "lrfit.certification.certify": ("certify",),
    "lrfit.checking.check": ("Check", "check"),
    "lrfit.degeneracy.degenerate": ("degenerate",),
    "lrfit.fitting.fitting": ("fit", "minimize"),
    "lrfit.perturbation.perturb": ("perturb",),
    "lrfit.plotting.plot": ("plot",),
    "lrfit.reporting.report": ("report",),
    "lrfit.scoring.score": ("score",),
    "lrfit.running.simulate": ("sample", "simulate"),
    "lrfit.stressing.stress": ("stress",),
    "lrfit.core.errors": (
        "InputError",
        "LrfitError",
        "NumericalError",
        "OutputError",
        "UsageError",
    ),
    "lrfit.networks.lowrank": ("LowRankNetwork",),
    "lrfit.fitting.file": ("NetworkRecord",),
    "lrfit.records.store": ("load", "save"),
    "lrfit.running.file": ("TrajectoryRecord",),
    "lrfit.fitting.options": ("FitOptions",),
    "lrfit.fitting.result": ("Fit",),
    "lrfit.fields.field": ("Domain",),
    "lrfit.systems.open": ("load_system",),
    "lrfit.systems.system": ("System",),
    "lrfit.simulation.trajectory": ("Trajectory",),
}
__all__ = [
    "Analysis",
    "Certificate",
    "Check",
    "Domain",
    "Fit",
    "FitOptions",
    "InputError",
    "LowRankNetwork",
    "LrfitError",
    "NetworkRecord",
    "NumericalError",
    "OutputError",
    "Score",
    "Stress",
    "System",
    "Trajectory",
    "TrajectoryRecord",
    "UsageError",
    "__version__",
    "analyze",
    "certify",
    "check",
    "degenerate",
    "fit",
    "load",
    "load_system",
    "minimize",
    "perturb",
    "plot",
    "report",
    "sample",
    "save",
    "score",
    "simulate",
    "stress",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
