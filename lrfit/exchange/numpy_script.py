"""A network as a script that needs NumPy alone (and SciPy, where J is sparse)."""

from __future__ import annotations

from typing import Any

from lrfit.exchange.model import Model, model_of
from lrfit.exchange.script import (
    CHECK,
    NUMPY_PHI,
    assigned,
    head,
    inputs_and_run,
    phi,
    rates,
    reading,
    weights,
)
from lrfit.networks.rate_network import RateNetwork

_STEP = {
    "current": """
    drive = recurrent(phi(x)) + u @ W.T + b
    return x + (dt / TAU) * (drive - x)
""",
    "rate": """
    drive = recurrent(x) + u @ W.T + b
    return x + (dt / TAU) * (phi(drive) - x)
""",
}
_BODY = '''
def recurrent(r):
    """Recurrent currents (..., n) of rates r (..., n)."""
    return {recurrent}


def step(x, u, dt=DT):
    """The state (..., n) one step of Euler's method after x under the input u (..., U)."""{step}
'''
_RUN = '''

def simulate(inputs, x=FIRST, dt=DT):
    """States (T + 1, ..., n) and outputs (T + 1, ..., K) under inputs (T, ..., U).

    The filtered input, which the reading of low-rank networks needs, starts settled: v = u.
    """
    v = inputs[0]
    states, outputs = [x], [read(x, v)]
    for u in inputs:
        x, v = step(x, u, dt), v + (dt / {tau}) * (u - v)
        states.append(x)
        outputs.append(read(x, v))
    return np.array(states), np.array(outputs)

'''
_MAIN = """

if __name__ == "__main__":
    states, outputs = simulate(INPUTS)
    check(states[-1], outputs[-1])
"""


def to_numpy(network: RateNetwork) -> bytes:
    """The text of the script.

    Raises
    ------
    UsageError, NumericalError
        As `model_of`.
    """
    model = model_of(network)
    imports = "from scipy.sparse import csr_array\n" if model.is_sparse else ""
    text = head(model, "NumPy", imports)
    text += _sparse(model.J) + inputs_and_run(model) if model.is_sparse else weights(model)
    if model.is_sparse:
        text += assigned("TAU", model.tau) + assigned("DT", model.dt)
    text += phi(model, NUMPY_PHI)
    text += rates(model) + "\n"
    text += _BODY.format(recurrent=_recurrent(model), step=_STEP[model.form].rstrip())
    text += reading(model) + _RUN.format(tau=_filter_tau(model)) + CHECK + _MAIN
    return text.encode()


def _filter_tau(model: Model) -> str:
    """Only low-rank networks filter the input, and these have one time constant."""
    return "TAU" if model.J is None else "1.0"


def _recurrent(model: Model) -> str:
    if model.J is None:
        return "(r @ N) @ M.T"
    return "(J @ r.T).T" if model.is_sparse else "r @ J.T"


def _sparse(J: Any) -> str:
    """J in its three arrays."""
    parts = [assigned(f"J_{name.upper()}", getattr(J, name)) for name in ("data", "indices")]
    parts.append(assigned("J_INDPTR", J.indptr))
    return "".join(parts) + (
        f"J = csr_array((J_DATA, J_INDICES.astype(int), J_INDPTR.astype(int)), shape={J.shape})\n"
    )
