"""fit(): a network of a given size, from random, selected or refined neurons.

Place in the flow: what the command `lrfit fit` and Python users call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lrfit.core.deadline import SEARCH_SHARE, Deadline
from lrfit.core.errors import NumericalError, UsageError
from lrfit.core.progress import Progress, silent
from lrfit.core.threads import BlasThreads
from lrfit.fitting.assemble import Candidate, Findings, assemble, settle
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.options import FitOptions, Method, SizeOptions, require_refinement
from lrfit.fitting.policy import SearchPolicy
from lrfit.fitting.resolve import require_helpers, resolve
from lrfit.fitting.result import Fit, SizePath
from lrfit.fitting.select import CandidatePool, path_of
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.io.text import counted
from lrfit.options.kinds import Switch
from lrfit.regression.selection import Rule
from lrfit.systems.given import Ranges, Target


def fit(
    target: Target,
    *,
    neurons: int = 64,
    method: Method = "lstsq",
    options: FitOptions | None = None,
    progress: Progress | None = None,
    on_found: Callable[[Fit], None] | None = None,
    policy: SearchPolicy | None = None,
    look: bool = True,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
    **given: Any,
) -> Fit:
    """Fit a network of a given size.

    Parameters
    ----------
    target : System, path, name of a sample system, or Python function
        What the network is to do.
    neurons : int
        Size of the network, at least D.
    method : {"lstsq", "ols", "omp", "refine"}
        Random neurons as drawn; as many selected from random candidates; or refined ones.
    options : FitOptions
        All options at once; by default those of the system's file.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    on_found : callable
        Called with the fit as soon as it is done, before its dynamics are looked at.
    policy : SearchPolicy
        Numbers of the search (method refine); by default those of the options' effort level.
    look : bool
        Take a quick look at the network's dynamics, beside those of the target.
    domain, inputs : mapping of name to (lowest, highest)
        Of a Python function.
    overrides : mapping of parameter to number
        Set beside the system's file.
    **given
        Single fields of `FitOptions`, in place of those of `options` or of the system's file.

    Returns
    -------
    Fit
        The network with its report. Errors are relative, in box units (docs/theory, eq. 8).

    Raises
    ------
    UsageError
        Fewer neurons than variables, more than candidates, an unknown method or option.
    InputError, NumericalError
        The system cannot be read; the field is not finite, or zero; the selection ended early.

    References
    ----------
    Arora and Pillow 2024: neurons as a basis of the field. docs/theory, eqs. 12, 16 and 17.

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.fit("pitchfork_bistable", neurons=8, method="ols")
    >>> found.network.neurons, found.report.error < 0.05
    (8, True)
    """
    SizeOptions(neurons=neurons, method=method)
    Switch().check("look", look)
    require_helpers(progress=progress, on_found=on_found, policy=policy)
    system, options = resolve(
        target, options, given, domain=domain, inputs=inputs, overrides=overrides
    )
    began, tell = time.monotonic(), progress or silent
    deadline = Deadline.after(options.time_limit)
    if neurons < system.domain.dimension:
        raise UsageError(
            f"{counted(neurons, 'neuron')} cannot carry "
            f"{counted(system.domain.dimension, 'variable')} (M would lose "
            f"rank); give at least {system.domain.dimension}"
        )
    if method in ("ols", "omp") and neurons > options.candidates:
        raise UsageError(
            f"{counted(neurons, 'neuron')} cannot be selected from "
            f"{counted(options.candidates, 'candidate')}; raise "
            "--candidates"
        )
    require_refinement(options, method)
    setting = prepare(system, options)
    paths: tuple[SizePath, ...] = ()
    if method == "lstsq":
        chosen = _random(setting, neurons)
    elif method in ("ols", "omp"):
        chosen, paths = _selected(setting, neurons, method, tell)
    else:
        chosen = _refined(setting, neurons, tell, deadline.part(SEARCH_SHARE), policy)
    with BlasThreads().one():  # errors are narrow products, for which threads would only wait
        found = assemble(setting, chosen, Findings(began=began, paths=paths))
    return with_quick_look(found, deadline=deadline, on_found=on_found) if look else found


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
            f"selection ended at {counted(len(prefixes), 'neuron')}: no other candidate "
            "lowers the error; "
            "ask for fewer neurons or give more --candidates"
        )
    return pool.settle(prefixes[-1].support, rule), (path_of(rule, prefixes),)


def _refined(
    setting: FitProblem,
    neurons: int,
    progress: Progress,
    deadline: Deadline,
    policy: SearchPolicy | None,
) -> Candidate:
    from lrfit.fitting.explore import explore  # noqa: PLC0415 - when used
    from lrfit.fitting.explorer import Explorer  # noqa: PLC0415 - when used
    from lrfit.fitting.goal import OfSize  # noqa: PLC0415 - when used

    explorer = Explorer(
        setting, goal=OfSize(neurons), policy=policy, report=progress, deadline=deadline
    )
    explore(explorer)
    return explorer.confirmed[neurons]
