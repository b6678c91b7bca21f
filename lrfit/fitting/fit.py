"""fit(): a network of a given size, from random, selected or refined neurons.

Place in the flow: the composer that the command `lrfit fit` and Python users call.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from lrfit.core.deadline import SEARCH_SHARE, Deadline
from lrfit.core.errors import NumericalError, UsageError
from lrfit.core.progress import Progress, silent
from lrfit.fitting.assemble import Candidate, Findings, assemble, settle
from lrfit.fitting.explore import Explorer, explore
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.options import FitOptions, Method, require_refinement
from lrfit.fitting.result import Fit, SizePath
from lrfit.fitting.select import CandidatePool, path_of
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.regression.selection import Rule
from lrfit.systems.system import System


def fit(
    system: System,
    *,
    neurons: int,
    method: Method = "lstsq",
    options: FitOptions | None = None,
    progress: Progress | None = None,
    on_found: Callable[[Fit], None] | None = None,
) -> Fit:
    """Fit a network with a given number of neurons.

    Parameters
    ----------
    system : System
        The target.
    neurons : int
        The size of the network, at least D.
    method : {"lstsq", "ols", "omp", "refine"}
        Random neurons as drawn; as many selected from random candidates; or refined ones.
    options : FitOptions
        Everything else.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    on_found : callable
        Called with the fit as soon as the search is done, before its dynamics are looked at.

    Raises
    ------
    UsageError
        Fewer neurons than variables, more than candidates, or an unknown method.
    InputError, NumericalError
        The field is not finite, or zero; the selection ended early.
    """
    began, tell = time.monotonic(), progress or silent
    options = options or FitOptions()
    deadline = Deadline.after(options.time_limit)
    if neurons < system.domain.dimension:
        raise UsageError(
            f"{neurons} neurons cannot carry {system.domain.dimension} variables (M would lose "
            f"rank); give at least {system.domain.dimension}"
        )
    if method in ("ols", "omp") and neurons > options.candidates:
        raise UsageError(
            f"{neurons} neurons cannot be selected from {options.candidates} candidates; raise "
            "--candidates"
        )
    require_refinement(options, method)
    setting = prepare(system, options)
    paths: tuple[SizePath, ...] = ()
    if method == "lstsq":
        chosen = _random(setting, neurons)
    elif method in ("ols", "omp"):
        chosen, paths = _selected(setting, neurons, method, tell)
    elif method == "refine":
        chosen = _refined(setting, neurons, tell, deadline.part(SEARCH_SHARE))
    else:
        raise UsageError(f"fit does not know the method {method!r}; use lstsq, ols, omp or refine")
    found = assemble(setting, chosen, Findings(began=began, paths=paths))
    return with_quick_look(found, deadline=deadline, on_found=on_found)


def _random(setting: FitProblem, neurons: int) -> Candidate:
    generator = np.random.default_rng([setting.options.seed, 10])
    return settle(setting, setting.draw(neurons, generator), "lstsq")


def _selected(
    setting: FitProblem, neurons: int, rule: Rule, progress: Progress
) -> tuple[Candidate, tuple[SizePath, ...]]:
    pool, prefixes = CandidatePool(setting), []
    for prefix in pool.greedy(rule, neurons):
        prefixes.append(prefix)
        progress(rule, prefix.neurons, neurons, prefix.neurons, prefix.validation)
    if not prefixes or prefixes[-1].neurons < neurons:
        raise NumericalError(
            f"selection ended at {len(prefixes)} neurons: no other candidate lowers the error; "
            "ask for fewer neurons or give more --candidates"
        )
    return pool.settle(prefixes[-1].support, rule), (path_of(rule, prefixes),)


def _refined(
    setting: FitProblem, neurons: int, progress: Progress, deadline: Deadline
) -> Candidate:
    explorer = Explorer(setting, tol=0.0, report=progress, deadline=deadline)
    explore(explorer, size=neurons)
    return explorer.confirmed[neurons]
