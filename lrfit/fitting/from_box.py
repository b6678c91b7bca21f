"""From neurons and readout in box units to the network in the user's units (docs/theory, eq. 10).

Place in the flow: what selection and refinement return becomes the value that is written.
"""

from __future__ import annotations

import numpy as np

from lrfit.fields.field import Domain
from lrfit.networks.basis import Neurons
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.regression.readout import Readout


def from_box(
    neurons: Neurons, readout: Readout, domain: Domain, *, dt: float | None = None
) -> LowRankNetwork:
    """Put neurons and readout from box units into the user's units (docs/theory, eq. 10).

    The current of every neuron is the same at every (z, v): M (z - c) + B v + b equals
    M_box zeta + B_box omega + b_box.
    """
    h, h_u = domain.half_width, domain.input_half_width
    tau = readout.tau
    center = domain.state_from_box(readout.center)
    M, B = neurons.M / h, neurons.B / h_u
    bias = neurons.b + neurons.M @ readout.center - B @ domain.input_middle
    # A bias-free network has b = 0 exactly; the two shifts above cancel only to rounding.
    scale = np.abs(neurons.b) + np.abs(neurons.M) @ np.abs(readout.center)
    bias[np.abs(bias) <= 1e-13 * (scale + np.abs(B @ domain.input_middle))] = 0.0
    return LowRankNetwork(
        M=M,
        N=tau * readout.A * h,
        bias=bias,
        center=center,
        input_weights=B,
        direct_input=tau * h[:, None] * readout.direct / h_u,
        tau=tau,
        nonlinearity=neurons.nonlinearity,
        domain=domain,
        dt=dt,
    )
