"""fit() and minimize() for users: any target, options by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrfit.core.progress import Progress
from lrfit.fitting.fit import fit as fit_system
from lrfit.fitting.minimize import minimize as minimize_system
from lrfit.fitting.options import Method
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.result import Fit
from lrfit.systems.given import Ranges, Target, as_system


def fit(
    target: Target,
    *,
    neurons: int = 64,
    method: Method = "lstsq",
    progress: Progress | None = None,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
    **options: Any,
) -> Fit:
    """Fit a network of a given size.

    Parameters
    ----------
    target, domain, inputs, overrides
        The system, as in `as_system`.
    neurons : int
        Size of the network.
    method : {"lstsq", "ols", "omp"}
        That many random neurons, or as many selected from `candidates` random ones.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    **options
        Fields of `FitOptions`.

    Returns
    -------
    Fit
        The network with its report.
    """
    system = as_system(target, domain=domain, inputs=inputs, overrides=overrides)
    return fit_system(
        system,
        neurons=neurons,
        method=method,
        options=resolve_options(system, options),
        progress=progress,
    )


def minimize(
    target: Target,
    *,
    tol: float,
    method: Method = "refine",
    progress: Progress | None = None,
    keep_best: bool = False,
    frontier: bool = False,
    faithful: bool = False,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
    **options: Any,
) -> Fit:
    """Find the smallest network whose error is within `tol`.

    Parameters
    ----------
    target, domain, inputs, overrides
        The system, as in `as_system`.
    tol : float
        Largest error by the criterion of the options, the price of noise included.
    method : {"refine", "ols", "omp"}
        Refinement of the neurons themselves, or greedy selection among random ones.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    keep_best : bool
        An interrupt returns the best network so far.
    frontier : bool
        Keep the best network of every size too, in `Fit.frontier`.
    faithful : bool
        Long runs must end where the target's do as well.
    **options
        Fields of `FitOptions`.

    Returns
    -------
    Fit
        `met` says whether the test error is within `tol`; if not, the network is the best found.
    """
    system = as_system(target, domain=domain, inputs=inputs, overrides=overrides)
    return minimize_system(
        system,
        tol=tol,
        method=method,
        options=resolve_options(system, options),
        progress=progress,
        keep_best=keep_best,
        frontier=frontier,
        faithful=faithful,
    )
