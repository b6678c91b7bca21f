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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrfit.analysis.certify import Certificate
    from lrfit.analysis.score import Score
    from lrfit.analysis.stress import Stress
    from lrfit.api.analysis import Analysis, analyze
    from lrfit.api.certification import certify
    from lrfit.api.checking import Check, check
    from lrfit.api.degeneracy import degenerate
    from lrfit.api.fitting import fit, minimize
    from lrfit.api.perturbing import perturb
    from lrfit.api.plotting import plot
    from lrfit.api.reporting import report
    from lrfit.api.scoring import score
    from lrfit.api.simulation import sample, simulate
    from lrfit.api.stressing import stress
    from lrfit.errors import InputError, LrfitError, NumericalError, OutputError, UsageError
    from lrfit.network.lowrank import LowRankNetwork
    from lrfit.records.network_file import NetworkRecord
    from lrfit.records.store import load, save
    from lrfit.records.trajectory_file import TrajectoryRecord
    from lrfit.search.options import FitOptions
    from lrfit.search.result import Fit
    from lrfit.targets.field import Domain
    from lrfit.targets.system import System, load_system
    from lrfit.targets.trajectory import Trajectory

__version__ = "0.1.0"

_HOMES = {
    "lrfit.analysis.certify": ("Certificate",),
    "lrfit.api.analysis": ("Analysis", "analyze"),
    "lrfit.analysis.stress": ("Stress",),
    "lrfit.analysis.score": ("Score",),
    "lrfit.api.certification": ("certify",),
    "lrfit.api.checking": ("Check", "check"),
    "lrfit.api.degeneracy": ("degenerate",),
    "lrfit.api.fitting": ("fit", "minimize"),
    "lrfit.api.perturbing": ("perturb",),
    "lrfit.api.plotting": ("plot",),
    "lrfit.api.reporting": ("report",),
    "lrfit.api.scoring": ("score",),
    "lrfit.api.simulation": ("sample", "simulate"),
    "lrfit.api.stressing": ("stress",),
    "lrfit.errors": ("InputError", "LrfitError", "NumericalError", "OutputError", "UsageError"),
    "lrfit.network.lowrank": ("LowRankNetwork",),
    "lrfit.records.network_file": ("NetworkRecord",),
    "lrfit.records.store": ("load", "save"),
    "lrfit.records.trajectory_file": ("TrajectoryRecord",),
    "lrfit.search.options": ("FitOptions",),
    "lrfit.search.result": ("Fit",),
    "lrfit.targets.field": ("Domain",),
    "lrfit.targets.system": ("System", "load_system"),
    "lrfit.targets.trajectory": ("Trajectory",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    """Import a public name from its home (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'lrfit' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name."""
    return sorted({*globals(), *__all__})
