"""A network of few neurons with the latent field of a trained one, and its outputs.

    tau dy/dt = -(y - c) + N^T phi(M (y - c) + B v + b),      z = offset + S y + K v + O phi(x)

tau is that of the trained network, and all inputs are filtered, as they are there. The neurons are
refined on the samples of the field; the outputs are those of the trained network, by ridge
regression on latent state, filtered inputs and rates.

Place in the flow: what closed-loop tuning starts from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.fields.sample_set import Samples
from lrfit.fitting.explore import explore
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.field_error import FieldReport, field_report
from lrfit.fitting.from_box import from_box
from lrfit.fitting.goal import OfSize
from lrfit.fitting.options import FitOptions
from lrfit.fitting.output_fit import fit_output
from lrfit.fitting.policy import SearchPolicy, search_policy
from lrfit.fitting.setting import prepare
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.build import from_field

NOISE = 1e-3
"""Of every rate, in the fit of the field and of the outputs: it keeps weights small."""
SHARE = 0.1
"""Of the work of a quick search, for every start."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallProblem:
    """What small networks of all sizes are fitted to.

    field : the latent field in whitened coordinates. samples : of it. y, v, z : (P, L), (P, U),
    (P, L) states, filtered inputs and what is to be read there: the outputs, then as many
    coordinates as are left. reading : names and box of z. dt : of Euler's steps, None in
    continuous time.
    """

    field: LowRankNetwork
    samples: Samples
    y: Array
    v: Array
    z: Array
    reading: Domain
    dt: float | None

    def options(self, seed: int) -> FitOptions:
        """Of the fit of the field."""
        inputs = self.field.domain.inputs
        return FitOptions(
            tau=self.field.tau,
            noise=NOISE,
            drive=dict.fromkeys(inputs, "filtered"),
            effort="quick",
            seed=seed,
        )

    def fitted(self, neurons: int, seed: int) -> LowRankNetwork:
        """A network of a size, from refined neurons."""
        domain = self.field.domain
        system = from_field(self.field, domain=domain, name="latent_field")
        setting = prepare(system, self.options(seed), self.samples)
        explorer = Explorer(setting, goal=OfSize(neurons), policy=_policy())
        explore(explorer, workers=1)
        chosen = explorer.confirmed[neurons]
        network = from_box(chosen.neurons, chosen.readout, domain)
        return replace(network, dt=self.dt)

    def with_output(self, network: LowRankNetwork) -> LowRankNetwork:
        """The network with a reading of the outputs."""
        rates = network.nonlinearity.phi(network.current(self.y, self.v))
        output = fit_output(
            self.y,
            self.v,
            rates,
            self.z,
            weight=np.ones(len(self.y)),
            noise=NOISE,
            domain=self.reading,
        )
        return replace(network, output=output)

    def report(self, network: LowRankNetwork) -> FieldReport:
        """How far its field is from the latent field, on samples that nothing has seen."""
        options = self.options(0)
        return field_report(
            replace(network, output=None),
            self.samples.test,
            criterion=options.criterion,
            noise=options.noise,
            weight_noise=options.weight_noise,
        )


def _policy() -> SearchPolicy:
    """Little work on each start: closed-loop tuning has the last word."""
    quick = search_policy("quick")
    return replace(quick, effort=quick.effort.scaled(SHARE))
