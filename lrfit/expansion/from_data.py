"""The smallest mixture whose networks of n neurons follow a target, and a network drawn from it.

    error²(n) = [ ⟨w |F - g|²⟩ + ⟨w Σ_r Var F_r⟩ ] / ⟨w |g|²⟩          F its mean field, Var F ~ 1/n

Without the second term the best mixture has one population of tiny slopes and weights that no
number of neurons averages out (docs/theory, eq. 55). Place in the flow: a system and options
become a mixture, its errors, and a network that `expand` measures.
"""

from __future__ import annotations

import time

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress
from lrfit.expansion.gaussian_populations import Parameters, Populations
from lrfit.expansion.mixture_search import FoundPopulations, MixtureSearch
from lrfit.expansion.neurons import POINTS, Parent
from lrfit.expansion.options import ExpandOptions
from lrfit.expansion.projection import TargetRows
from lrfit.expansion.sampled import drawn_parent
from lrfit.expansion.samples import TRAINING, VALIDATION, FocusedSamples
from lrfit.fields.sample_set import SampleSet
from lrfit.fitting.expansion_report import FittedMixture
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.networks.mixtures.as_text import mixture_text
from lrfit.networks.mixtures.loadings import Layout
from lrfit.networks.mixtures.mean_field import MeanField
from lrfit.networks.mixtures.mixture import Mixture
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.options.declare import replaced
from lrfit.systems.system import System

TRAINED = 1024
"""Training points: features of Gaussian populations are smoother than neurons."""
SIZES = (1, 2, 3, 4, 6, 8, 12)
"""Populations that are tried where as few as suffice are looked for."""
_STREAM = 96


def fitted_parent(
    system: System, options: FitOptions, chosen: ExpandOptions, tell: Progress
) -> Parent:
    """A network drawn from the mixture that is fitted to a system.

    Raises
    ------
    UsageError
        More populations than neurons, inputs that are gated or copied, or discrete time.
    """
    began = time.monotonic()
    setting = _setting(system, options)
    samples = FocusedSamples(setting, chosen.focus)
    validation = samples.draw(POINTS, VALIDATION)
    search = _search(setting, samples.draw(TRAINED, TRAINING), chosen)
    found: list[FittedMixture] = []
    sizes = _sizes(setting, chosen)
    for size in sizes:
        mixture = mixture_of(search.found(size), setting)
        found.append(measured(mixture, validation, chosen.neurons))
        tell("populations", len(found), len(sizes), size, found[-1].error)
        if chosen.tol is not None and found[-1].error <= chosen.tol:
            break
    best = min(found, key=lambda each: each.error)
    return drawn_parent(best.mixture, samples, chosen, began=began, fitted=best)


def _setting(system: System, options: FitOptions) -> FitProblem:
    setting = prepare(system, replaced(FitOptions, options, {"criterion": "overall"}))
    if setting.embedding is not None:
        raise UsageError("mixtures are fitted for filtered and direct inputs; give --drive one")
    if setting.system.dt is not None:
        raise UsageError("a mixture has a mean field in continuous time; this target is a map")
    return setting


def _sizes(setting: FitProblem, chosen: ExpandOptions) -> tuple[int, ...]:
    if chosen.tol is not None:
        return tuple(size for size in SIZES if size <= chosen.neurons)
    seen = setting.system.domain.dimension + len(setting.seen)
    size = chosen.populations or min(2 * seen, chosen.neurons)
    if size > chosen.neurons:
        raise UsageError(
            f"{size} populations of {chosen.neurons} neurons; give at most as many populations as "
            "there are neurons"
        )
    return (size,)


def _center(setting: FitProblem) -> Array:
    """The centre c (D,) in box coordinates: where it is fixed, or the middle of the box."""
    low, high = setting.bounds.center
    return np.where(low == high, low, 0.0)


def target_rows(setting: FitProblem, points: SampleSet, weight_noise: float = 0.0) -> TargetRows:
    """What populations are fitted to at sample points."""
    state = points.state - _center(setting)
    return TargetRows(
        seen=np.hstack([state, points.drive[:, list(setting.seen)]]),
        leak=state,
        velocity=setting.remaining(points),
        free=points.drive[:, list(setting.bounds.direct)],
        weight=points.weight / points.count,
        kappa=setting.bounds.kappa,
        noise=setting.options.noise,
        weight_noise=weight_noise,
    )


def _search(setting: FitProblem, points: SampleSet, chosen: ExpandOptions) -> MixtureSearch:
    options, rows = setting.options, target_rows(setting, points, chosen.delta)
    parameters = Parameters(
        coordinates=rows.seen.shape[1],
        neurons=float(chosen.neurons),
        means=chosen.means,
        bias=options.bias,
    )
    return MixtureSearch(
        rows=rows,
        parameters=parameters,
        phi=nonlinearity(options.nonlinearity),
        scale=options.scale,
        seed=(options.seed, _STREAM),
    )


def mixture_of(found: FoundPopulations, setting: FitProblem) -> Mixture:
    """The mixture in the user's units; nu has the smallest variance that its slopes allow."""
    domain, solved, system = setting.system.domain, found.solved, setting.system
    populations, tau = found.populations, 1.0 / found.solved.kappa
    layout = Layout(variables=domain.variables, inputs=domain.inputs)
    h, h_u = domain.half_width, domain.input_half_width
    drive = setting.drive.E.copy()
    drive[:, list(setting.bounds.direct)] += solved.direct.T
    mean, roots = _loadings(populations, solved.A * tau * h, layout, setting.seen)
    scale = np.ones(layout.length)
    scale[layout.slices["m"]], scale[layout.slices["B"]] = 1.0 / h, 1.0 / h_u
    mean, roots = mean * scale, roots * scale[:, None]
    return Mixture(
        domain=domain,
        share=populations.share / np.sum(populations.share),
        mean=mean,
        covariance=roots @ np.swapaxes(roots, 1, 2),
        nonlinearity=nonlinearity(setting.options.nonlinearity),
        tau=tau,
        center=domain.state_from_box(_center(setting)),
        direct_input=tau * h[:, None] * drive / h_u,
        name=f"{system.name}_mixture",
        time_unit=system.time_unit,
    )


def _loadings(
    populations: Populations, A: Array, layout: Layout, seen: tuple[int, ...]
) -> tuple[Array, Array]:
    """Means (K, L) and roots (K, L, E + 1) of loadings in (xi, xi_b), slopes in box units."""
    K, E = populations.mean.shape
    where = layout.slices
    slopes = np.r_[where["m"], where["B"].start + np.array(seen, dtype=int)]
    nu = A / populations.share[:, None, None]
    mean, roots = np.zeros((K, layout.length)), np.zeros((K, layout.length, E + 1))
    mean[:, slopes], mean[:, -1] = populations.mean, populations.mean_bias
    mean[:, where["nu"]] = nu[:, 0]
    roots[:, slopes, :E], roots[:, -1, E] = populations.root, populations.sd_bias
    roots[:, where["nu"], :E] = np.swapaxes(nu[:, 1:], 1, 2)
    return mean, roots


def measured(mixture: Mixture, points: SampleSet, neurons: int) -> FittedMixture:
    """Errors of a mixture at sample points, by its mean field and the scatter about it."""
    domain, field = mixture.domain, MeanField(mixture=mixture)
    z, u = domain.state_from_box(points.state), domain.input_from_box(points.input)
    h, weight = domain.half_width, points.weight
    off = np.sum((field.velocity(z, u) / h - points.velocity) ** 2, axis=1)
    scatter = np.einsum("pii,i->p", field.scatter(z, u), 1.0 / h**2) / neurons
    total = np.mean(weight * np.sum(points.velocity**2, axis=1))
    return FittedMixture(
        text=mixture_text(mixture),
        field_error=float(np.sqrt(np.mean(weight * off) / total)),
        scatter=float(np.sqrt(np.mean(weight * scatter) / total)),
    )
