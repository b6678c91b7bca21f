"""minimize(): the smallest network within a tolerance, by refinement or by greedy selection.

Place in the flow: the composer that the command `lrfit minimize` and Python users call.
"""

from __future__ import annotations

import time

import numpy as np

from lrfit.errors import UsageError
from lrfit.search.assemble import Candidate, Findings, assemble
from lrfit.search.explore import Explorer, explore
from lrfit.search.options import FitOptions, Method
from lrfit.search.progress import Progress
from lrfit.search.result import Fit, Path
from lrfit.search.select import greedy_minimize
from lrfit.search.setting import prepare
from lrfit.targets.system import System


def minimize(
    system: System,
    *,
    tol: float,
    method: Method = "refine",
    options: FitOptions | None = None,
    progress: Progress | None = None,
    keep_best: bool = False,
    workers: int | None = None,
) -> Fit:
    """Find the smallest network whose error is within `tol`.

    Parameters
    ----------
    system : System
        The target.
    tol : float
        Largest error allowed, by the criterion of the options, including the noise price.
    method : {"refine", "ols", "omp"}
        Refinement of the neurons themselves (default), or greedy selection among random ones.
    options : FitOptions
        Everything else.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    keep_best : bool
        An interrupt returns the best network so far (`interrupted` is then true).
    workers : int
        Processes to use; by default one per core. The result does not depend on it.

    Returns
    -------
    Fit
        `met` says whether the test error is within `tol`; if not, the network is the best found.

    Raises
    ------
    UsageError
        tol is not a positive finite number, or the method is unknown.
    InputError, NumericalError
        The field is not finite, or zero; no network gave a finite error.
    """
    if not (np.isfinite(tol) and tol > 0):
        raise UsageError(f"tol is {tol:g}; give a positive number, such as 0.01")
    began = time.monotonic()
    setting = prepare(system, options or FitOptions())
    if method in ("ols", "omp"):
        return greedy_minimize(setting, tol, method, began=began, progress=progress)
    if method != "refine":
        raise UsageError(f"minimize does not know the method {method!r}; use refine, ols or omp")
    explorer = Explorer(setting, tol=tol, report=progress)
    interrupted = explore(explorer, keep_best=keep_best, workers=workers)
    return _choose(explorer, began, interrupted)


def _choose(explorer: Explorer, began: float, interrupted: bool) -> Fit:
    """The smallest network that the test set confirms; else the one with the least error.

    Every network here is inside the tolerance on the validation set. Should the test set say
    otherwise the next larger one is taken: that can only make the answer more cautious.
    """
    setting, tol = explorer.setting, explorer.tol
    met = [explorer.confirmed[size] for size in sorted(explorer.confirmed) if explorer.is_met(size)]
    fits = (assemble(setting, c, _findings(explorer, c, began, interrupted), tol=tol) for c in met)
    for fit in fits:
        if fit.met:
            return fit
    best = min(explorer.confirmed.values(), key=lambda c: (not c.sound, c.error))
    return assemble(setting, best, _findings(explorer, best, began, interrupted), tol=tol)


def _findings(explorer: Explorer, chosen: Candidate, began: float, interrupted: bool) -> Findings:
    log, size = explorer.log, chosen.size
    below = explorer.confirmed.get(size - 1)
    return Findings(
        began=began,
        paths=(_path(explorer),),
        evidence={
            "starts_at_size": log.tried.get(size, 0),
            "starts_within_tolerance": log.reached.get(size, 0),
            "error_one_below": below.error if below else float("nan"),
            "starts_one_below": log.tried.get(size - 1, 0),
            "seconds_one_below": log.seconds.get(size - 1, 0.0),
            "work_one_below": log.spent.get(size - 1, 0.0),
            "smallest_possible": explorer.setting.minimum,
            "effort": explorer.setting.options.effort,
            "work": log.work,
            "stopped": log.stopped,
        },
        interrupted=interrupted,
    )


def _path(explorer: Explorer) -> Path:
    """The best network of every size: its search error and its validation error."""
    sizes = sorted(explorer.confirmed)
    values = [np.sqrt(explorer.population.value(size)) for size in sizes]
    errors = [explorer.confirmed[size].error for size in sizes]
    return Path(
        method="refine",
        neurons=np.array(sizes, dtype=float),
        training=np.array(values),
        validation=np.array(errors),
    )
