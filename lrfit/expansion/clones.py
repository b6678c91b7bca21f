"""A network whose own neurons become populations: the same latent field, to rounding.

Place in the flow: `expand` takes the quotas from here when a network is cloned.
"""

from __future__ import annotations

from dataclasses import replace

from lrfit.core.errors import UsageError
from lrfit.expansion.neurons import Parent, loads
from lrfit.expansion.options import ExpandOptions
from lrfit.expansion.samples import FocusedSamples, own_samples
from lrfit.fitting.result import Fit
from lrfit.fitting.setting import prepare
from lrfit.io.text import counted
from lrfit.networks.clones import equal_quotas, quotas

_POINTS = 4096
_STREAM = 4


def clones_parent(fit: Fit, chosen: ExpandOptions, seed: int) -> Parent:
    """A network as the parent of its clones; quotas by their loads over its box.

    Raises
    ------
    UsageError
        Fewer neurons than the network has.
    """
    network, total = fit.network, chosen.neurons
    if total < network.neurons:
        raise UsageError(
            f"{total} neurons are fewer than the {counted(network.neurons, 'neuron')} of the "
            "network; give more --neurons"
        )
    if chosen.quota == "equal":
        copies = equal_quotas(network.neurons, total)
    else:
        points = own_samples(network, _POINTS, (seed, _STREAM))
        copies = quotas(loads(network, points), total)
    fit = replace(fit, options=replace(fit.options, seed=seed))
    if fit.target is None:
        return Parent(fit=fit, copies=copies)
    samples = FocusedSamples(prepare(fit.system, fit.options), chosen.focus)
    return Parent(fit=fit, copies=copies, samples=samples)
