"""minimize(): the smallest network within a tolerance, by refinement or by greedy selection.

Place in the flow: what the command `lrfit minimize` and Python users call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lrfit.core.deadline import SEARCH_SHARE, Deadline
from lrfit.core.errors import NumericalError, UsageError
from lrfit.core.executor import Executor, require_workers
from lrfit.core.progress import Progress, silent
from lrfit.fitting.assemble import Candidate, Findings, assemble
from lrfit.fitting.explore import explore
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.faithful import FaithfulSearch
from lrfit.fitting.goal import WithinTolerance
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.options import AimOptions, FitOptions, Method, require_refinement
from lrfit.fitting.policy import SearchPolicy, search_policy
from lrfit.fitting.resolve import require_helpers, resolve
from lrfit.fitting.result import Fit, SizePath
from lrfit.fitting.select import smallest_selection
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.io.text import counted
from lrfit.regression.refine import Status
from lrfit.systems.given import Ranges, Target


def minimize(
    target: Target,
    *,
    tol: float,
    method: Method = "refine",
    options: FitOptions | None = None,
    progress: Progress | None = None,
    keep_best: bool = False,
    frontier: bool = False,
    faithful: bool = False,
    workers: int | Executor | None = None,
    on_found: Callable[[Fit], None] | None = None,
    policy: SearchPolicy | None = None,
    domain: Ranges | None = None,
    inputs: Ranges | None = None,
    overrides: Mapping[str, float] | None = None,
    **given: Any,
) -> Fit:
    """Find the smallest network whose error is within `tol`.

    Parameters
    ----------
    target : System, path, name of a sample system, or Python function
        What the network is to do.
    tol : float
        Largest error allowed, by the criterion of the options, including the noise price.
    method : {"refine", "ols", "omp"}
        Refinement of the neurons themselves, or greedy selection among random ones.
    options : FitOptions
        All options at once; by default those of the system's file.
    progress : callable
        progress(stage, done, total, neurons, error), called now and then.
    keep_best : bool
        An interrupt returns the best network so far (`interrupted` is then true).
    frontier : bool
        Keep the best network of every size too, in `Fit.frontier` (method refine only).
    faithful : bool
        The closed-loop dynamics must be judged to be the target's too (method refine only).
    workers : int or Executor
        Processes to use, by default one per core and at most twelve; or an executor. The result
        does not depend on it.
    on_found : callable
        Called with the fit as soon as the search is done, before the quick look at its dynamics.
    policy : SearchPolicy
        Numbers of the search; by default those of the options' effort level.
    domain, inputs : mapping of name to (lowest, highest)
        Of a Python function.
    overrides : mapping of parameter to number
        Set beside the system's file.
    **given
        Single fields of `FitOptions`, in place of those of `options` or of the system's file.

    Returns
    -------
    Fit
        `met` says whether the test error is within `tol` (and, if asked for, the dynamics are
        faithful); if not, the network is the best found.

    Raises
    ------
    UsageError
        tol is not a positive finite number, or the method or an option is unknown.
    InputError, NumericalError
        The system cannot be read; the field is not finite, or zero; no network gave a finite
        error.

    References
    ----------
    Golub and Pereyra 1973: neurons refined with their readout solved for. docs/theory, eqs. 11
    to 18.

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.minimize("pitchfork_bistable", tol=0.1, effort="quick")
    >>> found.network.neurons, found.met
    (1, True)
    """
    AimOptions(tol=tol, method=method, keep_best=keep_best, faithful=faithful, frontier=frontier)
    require_helpers(progress=progress, on_found=on_found, policy=policy)
    require_workers(workers)
    began = time.monotonic()
    system, options = resolve(
        target, options, given, domain=domain, inputs=inputs, overrides=overrides
    )
    policy = policy or search_policy(options.effort)
    deadline = Deadline.after(options.time_limit)
    require_refinement(options, method)
    setting = prepare(system, options)
    _check(setting, method, {"--frontier": frontier, "--faithful": faithful})
    if method in ("ols", "omp"):
        ranked, paths = smallest_selection(setting, tol, method, progress or silent, policy)
        found = [(c, Findings(began=began, paths=paths)) for c in ranked]
        return with_quick_look(
            _first_met(setting, found, tol), deadline=deadline, on_found=on_found
        )

    def search(setting: FitProblem, until: Deadline) -> tuple[Explorer, bool]:
        plain = setting.emphasis is None
        another = Explorer(
            setting,
            goal=WithinTolerance(tol, every_size=frontier and plain),
            policy=policy,
            report=progress,
            deadline=until,
            may_be_empty=not plain,
        )
        return another, explore(another, keep_best=keep_best, workers=workers)

    def finish(explorer: Explorer, candidate: Candidate) -> Fit:
        findings = _findings(explorer, candidate, began, interrupted=False)
        return assemble(explorer.setting, candidate, findings, tol=tol)

    share = policy.faithful.share if faithful else SEARCH_SHARE
    explorer, interrupted = search(setting, deadline.part(share))
    chosen = _choose(explorer, tol, began, interrupted)
    if frontier:
        chosen = replace(chosen, frontier=_frontier(explorer, tol, began))
    if not faithful or interrupted:
        return with_quick_look(chosen, deadline=deadline, on_found=on_found, required=faithful)
    further = FaithfulSearch(
        plain=explorer,
        tol=tol,
        search=search,
        finish=finish,
        deadline=deadline,
        keep_best=keep_best,
    )
    return replace(further.run(chosen), frontier=chosen.frontier)


def _check(setting: FitProblem, method: str, asked: Mapping[str, bool]) -> None:
    """Refuse what cannot be had together."""
    most, least = setting.options.max_neurons, setting.minimum
    if most < least:
        raise UsageError(
            f"max neurons is {most}, but {counted(least, 'variable')} cannot be carried by "
            "fewer than "
            f"{counted(least, 'neuron')}; raise --max-neurons"
        )
    for name, wanted in asked.items():
        if wanted and method != "refine":
            raise UsageError(f"{name} needs the method refine, not {method}")
    if asked["--faithful"] and setting.embedding is not None:
        raise UsageError("--faithful is for filtered and direct inputs; leave out gated and copied")


def _choose(explorer: Explorer, tol: float, began: float, interrupted: bool) -> Fit:
    """The smallest confirmed network, or else the one with the least error."""
    confirmed = explorer.confirmed
    met = [confirmed[size] for size in sorted(confirmed) if explorer.is_met(size)]
    best = sorted(confirmed.values(), key=lambda c: (not c.sound, c.error))
    ranked = [(c, _findings(explorer, c, began, interrupted)) for c in met or best[:1]]
    return _first_met(explorer.setting, ranked, tol)


def _frontier(explorer: Explorer, tol: float, began: float) -> tuple[Fit, ...]:
    """The best network of every size, with its report and the evidence for its size."""
    return tuple(
        assemble(
            explorer.setting,
            candidate,
            replace(_findings(explorer, candidate, began, interrupted=False), paths=()),
            tol=tol,
        )
        for _, candidate in sorted(explorer.confirmed.items())
    )


def _first_met(setting: FitProblem, ranked: list[tuple[Candidate, Findings]], tol: float) -> Fit:
    """The first network that the test set confirms; else the first.

    All of them passed on the validation set (or none did). Should the test set say otherwise
    the next larger one is taken: that can only make the answer more cautious.
    """
    fits = (assemble(setting, candidate, findings, tol=tol) for candidate, findings in ranked)
    first = next(fits, None)
    if first is None:
        raise NumericalError(
            "no random neuron lowers the error of this field; check the domain and --scale"
        )
    return first if first.met else next((fit for fit in fits if fit.met), first)


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
            **{f"refined_{status.name.lower()}": log.refined[status] for status in Status},
        },
        interrupted=interrupted,
    )


def _path(explorer: Explorer) -> SizePath:
    """The best network of every size: its search error and its validation error."""
    sizes = sorted(explorer.confirmed)
    values = [np.sqrt(explorer.population.value(size)) for size in sizes]
    errors = [explorer.confirmed[size].error for size in sizes]
    return SizePath(
        method="refine",
        neurons=np.array(sizes, dtype=float),
        training=np.array(values),
        validation=np.array(errors),
    )
