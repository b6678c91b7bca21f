import numpy as np
import pytest

from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES


def random_domain(rng, D, U):
    """A box away from the origin, with ranges of very different widths."""
    middle, half = rng.normal(0, 3, D + U), np.exp(rng.uniform(-2, 2, D + U))
    low, high = middle - half, middle + half
    return Domain(
        variables=tuple(f"x{i}" for i in range(D)),
        lower=low[:D],
        upper=high[:D],
        inputs=tuple(f"u{i}" for i in range(U)),
        input_lower=low[D:],
        input_upper=high[D:],
    )


@pytest.fixture(scope="session")
def random_network():
    def build(seed, *, phi="tanh", neurons=20, D=2, U=1, tau=0.7, gain=1.0):
        rng = np.random.default_rng(seed)
        domain = random_domain(rng, D, U)
        h, h_u = domain.half_width, domain.input_half_width
        M = rng.standard_normal((neurons, D)) / h
        B = rng.standard_normal((neurons, U)) / h_u
        center = domain.middle + 0.3 * h * rng.standard_normal(D)
        shift = M @ (center - domain.middle) - B @ domain.input_middle
        return LowRankNetwork(
            M=M,
            N=gain * h * rng.standard_normal((neurons, D)) / max(neurons, 1),
            bias=rng.standard_normal(neurons) + shift,
            center=center,
            input_weights=B,
            direct_input=0.3 * h[:, None] * rng.standard_normal((D, U)) / h_u,
            tau=tau,
            nonlinearity=NONLINEARITIES[phi],
            domain=domain,
        )

    return build


@pytest.fixture(scope="session")
def draw_domain():
    return random_domain
