"""expand(): a network of any number of neurons, through populations.

Place in the flow: what the command `lrfit expand` and Python users call. Neurons of a network, or
populations refined for a system, become as many equal neurons as their quotas say; these may be
made different. What comes out is measured as every network is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lrfit.core.deadline import Deadline
from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress, silent
from lrfit.core.provenance import Result
from lrfit.core.threads import BlasThreads
from lrfit.expansion.clones import clones_parent
from lrfit.expansion.from_data import fitted_parent
from lrfit.expansion.neurons import Expanding, Parent
from lrfit.expansion.options import ExpandOptions, Method
from lrfit.expansion.robust import robust_options, robust_parent
from lrfit.expansion.sampled import sampled_parent
from lrfit.fitting.judge import with_quick_look
from lrfit.fitting.options import FitOptions
from lrfit.fitting.resolve import require_helpers, resolve_options
from lrfit.fitting.result import Fit
from lrfit.networks.clones import merged
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.mixtures.mean_field import mean_field_of
from lrfit.options.declare import replaced
from lrfit.options.kinds import Switch
from lrfit.options.python_values import told
from lrfit.records.store import load
from lrfit.systems.given import Target, as_system
from lrfit.systems.system import StandsForSystem, System


def expand(
    source: Fit | Target,
    options: ExpandOptions | None = None,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    on_found: Callable[[Fit], None] | None = None,
    look: bool = True,
    overrides: Mapping[str, float] | None = None,
    **given: Any,
) -> Fit:
    """Expand a network, or the populations of a system, to any number of neurons.

    Parameters
    ----------
    source : Fit, System, Mixture, path, name of a sample system, or Python function
        A network, whose neurons are cloned; a system, for which populations are refined that bear
        wrong weights; or a mixture, from which neurons are drawn. With `from_="data"` a mixture is
        fitted to the target first.
    options : ExpandOptions, optional
        All options at once.
    seed : int, optional
        Of samples, starts and differences; by default 0, or that of the network.
    progress : callable, optional
        progress(stage, done, total, neurons, error), now and then.
    on_found : callable, optional
        Called with the fit before its dynamics are looked at.
    look : bool
        Take a quick look at the dynamics of the network, beside those of its target.
    overrides : mapping of parameter to number, optional
        Of a system.
    **given
        Single fields of `ExpandOptions`, and of `FitOptions` for robust populations.

    Returns
    -------
    Fit
        With `expansion`: populations, quotas, and the error expected with wrong weights. Its
        `network.population` says to which population each neuron belongs, `expansion.mixture`
        has the mixture that was fitted.

    Raises
    ------
    UsageError
        Fewer neurons than the network has, or options that do not apply.
    InputError, NumericalError
        The source cannot be read, or its field is not finite.

    Notes
    -----
    Clones have the latent field of the network to rounding; robust populations minimize the error
    that is expected with wrong weights (docs/theory, section Expansion).

    Examples
    --------
    >>> import lrfit
    >>> few = lrfit.fit("pitchfork_bistable", neurons=4, method="ols", look=False)
    >>> many = lrfit.expand(few, neurons=100)
    >>> many.network.neurons, many.expansion.populations
    (100, 4)
    >>> abs(many.report.field_error - few.report.field_error) < 1e-9
    True
    >>> many.report.sensitivity < few.report.sensitivity / 5
    True
    """
    began = time.monotonic()
    require_helpers(progress=progress, on_found=on_found, policy=None)
    Switch().check("look", look)
    chosen, network = _split(options, given)
    if seed is not None:
        network = {**network, "seed": seed}
    subject = _subject(source, overrides)
    chosen = chosen.settled(_method(subject, chosen))
    with BlasThreads().one():
        parent = _parent(subject, chosen, network, progress or silent)
        found = Expanding(parent, chosen).fit()
    found = replace(found, seconds=time.monotonic() - began)
    if not look or found.target is None:
        return found
    return with_quick_look(
        found,
        deadline=Deadline.after(found.options.time_limit),
        on_found=on_found,
        stand_in=merged(found.network),
    )


def _split(
    options: ExpandOptions | None, given: Mapping[str, Any]
) -> tuple[ExpandOptions, dict[str, Any]]:
    """Options of the expansion, and those of a fit."""
    own = {field.name for field in fields(ExpandOptions)}
    others = {field.name for field in fields(FitOptions)} - own
    network = {name: value for name, value in given.items() if name in others}
    rest = {name: value for name, value in given.items() if name not in others}
    return replaced(ExpandOptions, options, rest, name="options"), network


def _subject(source: Any, overrides: Mapping[str, float] | None) -> Fit | System:
    """The network or the system that the user means."""
    record = load(source, overrides=overrides) if isinstance(source, str | Path) else source
    if isinstance(record, Fit):
        if overrides:
            raise UsageError("a network stands for its own system, whose parameters are settled")
        return record
    if isinstance(record, Result | LowRankNetwork) and not isinstance(record, StandsForSystem):
        raise UsageError(
            f"{told(record)} is neither a network with its target nor a system; give a network "
            "file of `lrfit fit` or `lrfit minimize`, or a system"
        )
    return as_system(record, overrides=None if isinstance(record, System) else overrides)


def _method(subject: Fit | System, chosen: ExpandOptions) -> Method:
    """The method asked for, where it can be had, or what fits the source."""
    if chosen.from_ == "data":
        fits: tuple[Method, ...] = ("sampled",)
    elif isinstance(subject, Fit):
        fits = ("clones", "robust")
    elif mean_field_of(subject.field) is not None:
        fits = ("sampled", "robust")
    else:
        fits = ("robust",)
    if chosen.method == "auto":
        return fits[0]
    if chosen.method not in fits:
        raise UsageError(f"the method {chosen.method} is not for this; choose {' or '.join(fits)}")
    return chosen.method


def _parent(
    subject: Fit | System, chosen: ExpandOptions, network: dict[str, Any], tell: Progress
) -> Parent:
    """What is expanded, by the method that is settled."""
    if chosen.from_ == "data":
        return _fitted(subject, chosen, network, tell)
    if chosen.method != "robust":
        _require_unused(chosen, network)
    if isinstance(subject, Fit):
        if chosen.method == "clones":
            return clones_parent(subject, chosen, network.get("seed", subject.options.seed))
        options = robust_options(subject.options, chosen, network)
        return robust_parent(subject.system, options, chosen, tell)
    if chosen.method == "sampled":
        return sampled_parent(subject, chosen, network.get("seed", 0))
    options = robust_options(resolve_options(subject, network), chosen, network)
    return robust_parent(subject, options, chosen, tell)


def _fitted(
    subject: Fit | System, chosen: ExpandOptions, network: dict[str, Any], tell: Progress
) -> Parent:
    """Neurons drawn from a mixture that is fitted to a system, or to that of a network."""
    if isinstance(subject, Fit):
        options = replaced(FitOptions, subject.options, network, name="options")
        return fitted_parent(subject.system, options, chosen, tell)
    return fitted_parent(subject, resolve_options(subject, network), chosen, tell)


def _require_unused(chosen: ExpandOptions, network: dict[str, Any]) -> None:
    """Refuse what is for robust populations alone."""
    asked = {"populations": chosen.populations, "tol": chosen.tol}
    unused = [name for name, value in {**network, **asked}.items() if value is not None]
    unused = [name for name in unused if name != "seed"]
    if unused:
        raise UsageError(
            f"the method {chosen.method} takes neurons as they are; leave out {', '.join(unused)}, "
            "or choose the method robust"
        )
