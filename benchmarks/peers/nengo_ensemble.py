"""Nengo's neurons and decoders in lrfit's notation, so that one error measures both.

An ensemble of tanh neurons represents (zeta, inputs of the neurons) in box units. Its evaluation
points are the training points (its default, a ball, is far worse on a box), its radius that of
the box's corners or 1, encoders and intercepts as it draws them. A recurrent connection with
synapse tau decodes tau g + zeta; inputs in which the field is affine come in by a transform.
With rates r = a tanh(current), a the largest rate, the network's A is a decoders / tau.
LstsqL2(reg) adds P (reg a)² to the Gram matrix: reg is lrfit's noise sigma, and reg = sigma the
regularisation that its documentation's advice, to match the noise on the rates, comes to.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fitting.setting import FitProblem
from lrfit.networks.basis import Neurons
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.readout import Readout

MAX_RATE = 400.0
"""Of `nengo.Tanh`: 1 / tau_ref with its default tau_ref = 0.0025 s."""
SOLVERS = ("LstsqL2", "LstsqL2 reg 0.1 (default)", "Lstsq", "LstsqNoise")


def solver_named(name: str, reg: float):
    import nengo  # noqa: PLC0415 - an optional peer

    makers = {
        "LstsqL2": lambda: nengo.solvers.LstsqL2(reg=reg),
        "LstsqL2 reg 0.1 (default)": nengo.solvers.LstsqL2,
        "Lstsq": lambda: nengo.solvers.Lstsq(rcond=reg),
        "LstsqNoise": lambda: nengo.solvers.LstsqNoise(noise=reg),
    }
    return makers[name]()


def direct_part(setting: FitProblem) -> Array:
    """E (D, U), box units: what the user of Nengo writes into an input connection's transform."""
    domain = setting.system.domain
    E = np.zeros((domain.dimension, domain.input_count))
    middle, u = domain.middle[None], domain.input_middle[None]
    by_input = setting.system.jacobian(middle, u)[1][0]
    for j in setting.bounds.direct:
        E[:, j] = by_input[:, j] * domain.input_half_width[j] / domain.half_width
    return E


def ensemble(
    setting: FitProblem, count: int, seed: int, *, radius: str, solver: str, reg: float
) -> tuple[Neurons, Readout]:
    """Neurons as Nengo builds them, and decoders as its solver finds them."""
    import nengo  # noqa: PLC0415
    from nengo.builder.ensemble import get_activities  # noqa: PLC0415

    points, seen = setting.samples.training, list(setting.seen)
    X = np.hstack([points.state, points.input[:, seen]])
    reach = np.sqrt(X.shape[1]) if radius == "corner" else 1.0
    with nengo.Network(seed=seed) as model:
        group = nengo.Ensemble(
            count, X.shape[1], neuron_type=nengo.Tanh(), radius=reach, eval_points=X, seed=seed
        )
    with nengo.Simulator(model, progress_bar=False) as simulator:
        built = simulator.data[group]
    rates = get_activities(built, group, X)
    E, kappa = direct_part(setting), setting.natural_leak
    wanted = (points.velocity - points.drive @ E.T) / kappa + points.state
    decoders, _ = solver_named(solver, reg)(rates, wanted, rng=np.random.RandomState(seed))
    D = setting.system.domain.dimension
    slopes = np.asarray(built.scaled_encoders)
    B = np.zeros((count, setting.system.domain.input_count))
    B[:, seen] = slopes[:, D:]
    neurons = Neurons(
        M=slopes[:, :D], B=B, b=np.asarray(built.bias), nonlinearity=nonlinearity("tanh")
    )
    readout = Readout(
        A=kappa * MAX_RATE * decoders,
        kappa=kappa,
        center=np.zeros(D),
        direct=E,
        rank=count,
        condition=np.nan,
    )
    return neurons, readout
