"""A network whose neurons are drawn from the populations of a mixture.

Place in the flow: `expand` takes it as a parent whose neurons stay one each; its target is the mean
field of the mixture, or what the mixture was fitted to. The readout may be solved again for that.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.expansion.neurons import Parent
from lrfit.expansion.options import ExpandOptions
from lrfit.expansion.samples import FocusedSamples
from lrfit.fitting.expansion_report import FittedMixture
from lrfit.fitting.field_error import field_report
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.result import Fit
from lrfit.fitting.setting import prepare
from lrfit.networks.mixtures.mean_field import mean_field_of
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.records.system_group import stored
from lrfit.systems.system import System

_STREAM = 95


def sampled_parent(system: System, chosen: ExpandOptions, seed: int) -> Parent:
    """Neurons drawn from the mixture that a system is.

    Raises
    ------
    UsageError
        The system is no mixture.
    """
    began, field = time.monotonic(), mean_field_of(system.field)
    if field is None:
        raise UsageError(f"{system.name} is no mixture; choose the method robust")
    options = resolve_options(system, {"seed": seed, "criterion": "overall"})
    samples = FocusedSamples(prepare(system, options), chosen.focus)
    return drawn_parent(field.mixture, samples, chosen, began=began)


def drawn_parent(
    mixture: Mixture,
    samples: FocusedSamples,
    chosen: ExpandOptions,
    *,
    began: float,
    fitted: FittedMixture | None = None,
) -> Parent:
    """Neurons drawn from a mixture; the target is that of the samples.

    fitted : the mixture with its errors, where it was fitted to that target.
    """
    setting, count = samples.setting, chosen.neurons
    options = setting.options
    generator, orbits = np.random.default_rng([options.seed, _STREAM]), chosen.symmetry or ""
    network = mixture.sampled(count, generator, orbits=orbits)
    network = replace(network, population=mixture.labels(count, orbits=orbits))
    report = field_report(
        network, setting.samples.test, criterion=options.criterion, noise=options.noise
    )
    fit = Fit(
        network=network,
        report=report,
        stored=stored(setting.system),
        options=options,
        method="sampled",
        seconds=time.monotonic() - began,
    )
    return Parent(
        fit=fit,
        copies=np.ones(count, dtype=np.int64),
        samples=samples,
        method="sampled",
        error=float("nan") if fitted is None else fitted.error,
        mixture=fitted,
    )
