"""Joint OLS and OMP against scikit-learn's orthogonal matching pursuit, on the same matrix.

P x K activities of random tanh neurons in float64, columns of length one (scikit-learn assumes
it), and 100 neurons for 2 outputs (van der Pol) and for 8 (with Lorenz and Roessler). Times are
medians over rounds in which all three take turns; the ratio is the median of the rounds' ratios,
by wall clock and by CPU time. Printed beside them: the plain algorithm (one pass over the matrix
per neuron) and whether the selection is exactly its own; residuals relative to the target;
passes; what reading the matrix once per neuron takes at the measured bandwidth, the limit of the
plain algorithm; and the memory by which a fresh process grows, matrix included, in units of the
matrix. `scaling`: CPU seconds of lrfit's OLS and of scikit-learn's OMP along P, K, outputs and
neurons, the others held, and their log-log slopes.

`large`: 1e6 samples x 2,000 candidates generated in blocks, 20 neurons, in a process by itself.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import timed
from lrfit.core.arrays import Array
from lrfit.networks.basis import Neurons, draw_neurons
from lrfit.regression.features import BlockFeatures
from lrfit.regression.greedy import GreedyPath, orthogonal_least_squares
from lrfit.regression.selection import Rule


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Of the matrix, and how many alternating pairs."""

    samples: int = 10_000
    candidates: int = 5_000
    neurons: int = 100
    outputs: tuple[int, ...] = (2, 8)
    order: str = "C"
    pairs: int = 5
    halvings: int = 3
    large: bool = False


QUICK = Settings(samples=1000, candidates=500, neurons=20, pairs=2, halvings=1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. Seconds are medians; ratios are medians over rounds."""

    method: str
    outputs: int
    lrfit_seconds: float
    sklearn_seconds: float
    times_faster: float
    times_faster_cpu: float
    plain_seconds: float
    limit_seconds: float
    same_selection_as_plain: bool
    passes: int
    lrfit_residual: float
    sklearn_residual: float
    sklearn_neurons: int


def candidates(count: int, samples: int, seed: int = 0) -> tuple[Neurons, Array]:
    """Random neurons, and points of the box [-1, 1]³."""
    generator = np.random.default_rng(seed)
    neurons = draw_neurons(count, 3, 0, phi="tanh", generator=generator)
    return neurons, generator.uniform(-1, 1, (samples, 3))


def activities(neurons: Neurons, zeta: Array, order: str) -> Array:
    """Fill the matrix block by block, so that making it takes no memory beside it."""
    Phi = np.empty((len(zeta), neurons.count), order="F" if order == "F" else "C")
    for at in range(0, len(zeta), 250):
        rows = zeta[at : at + 250]
        Phi[at : at + 250] = neurons.activity(rows, np.empty((len(rows), 0)))
    for at in range(0, neurons.count, 250):
        Phi[:, at : at + 250] /= np.linalg.norm(Phi[:, at : at + 250], axis=0)
    return Phi


def velocities(zeta: Array, outputs: int) -> Array:
    """Velocities of van der Pol, Lorenz and Roessler, every output of mean square one."""
    a, b, c = zeta.T
    x, y, z = 20 * a, 25 * b, 25 + 25 * c
    p, q, r = 12 * a, 12 * b, 12 + 12 * c
    fields = [
        (3 * b, (1 - 9 * a**2) * 3 * b - 3 * a),
        (10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z),
        (-q - r, p + 0.2 * q, 0.2 + r * (p - 5.7)),
    ]
    Y = np.stack([part for field in fields for part in field], axis=1)[:, :outputs]
    return np.asarray(Y / np.sqrt(np.mean(Y**2, axis=0)))


def plain(Phi: Array, Y: Array, count: int, rule: Rule) -> list[int]:
    """Joint OLS or OMP with a pass per neuron, norms downdated, Gram-Schmidt twice."""
    taken: list[int] = []
    norms, residual = np.einsum("pk,pk->k", Phi, Phi), Y.copy()
    lengths = norms.copy()
    B, Q = residual.T @ Phi, np.empty((count, len(Phi)))
    for k in range(count):
        score = np.einsum("dk,dk->k", B, B) / (norms if rule == "ols" else lengths)
        score[taken] = -1.0
        taken.append(int(np.argmax(score)))
        q = Phi[:, taken[-1]].copy()
        for _ in range(2):
            q -= (Q[:k] @ q) @ Q[:k]
        Q[k] = q / np.linalg.norm(q)
        along, part = Q[k] @ Phi, Q[k] @ residual
        residual -= np.outer(Q[k], part)
        B -= np.outer(part, along)
        norms -= along**2
        norms[taken] = 1.0
    return taken


def compare(Phi: Array, Y: Array, settings: Settings, limit: float) -> list[Row]:
    """Let all take turns on the same matrix; `limit`: seconds that reading it once takes."""
    from sklearn.linear_model import orthogonal_mp  # noqa: PLC0415 - slow to import

    count = settings.neurons
    rules: tuple[Rule, Rule] = ("ols", "omp")
    times = {rule: [] for rule in rules}
    for _ in range(settings.pairs):
        mine = {
            rule: timed(lambda r=rule: orthogonal_least_squares(Phi, Y, count, rule=r))
            for rule in rules
        }
        theirs = timed(lambda: orthogonal_mp(Phi, Y, n_nonzero_coefs=count))
        for rule, (wall, cpu, _) in mine.items():
            times[rule].append((wall, theirs[0], theirs[0] / wall, theirs[1] / cpu))
    coefficients = theirs[2].reshape(Phi.shape[1], -1)
    whole, rows = np.linalg.norm(Y), []
    for rule in rules:
        path: GreedyPath = mine[rule][2]
        plain_seconds, _, support = timed(lambda r=rule: plain(Phi, Y, count, r))
        medians = np.median(times[rule], axis=0)
        rows.append(
            Row(
                method=rule,
                outputs=Y.shape[1],
                lrfit_seconds=medians[0],
                sklearn_seconds=medians[1],
                times_faster=medians[2],
                times_faster_cpu=medians[3],
                plain_seconds=plain_seconds,
                limit_seconds=count * limit,
                same_selection_as_plain=path.support.tolist() == support,
                passes=path.passes,
                lrfit_residual=float(np.linalg.norm(path.residual[-1]) / whole),
                sklearn_residual=float(np.linalg.norm(Y - Phi @ coefficients) / whole),
                sklearn_neurons=int(np.sum(np.any(coefficients != 0.0, axis=1))),
            )
        )
    return rows


def reading(Phi: Array) -> dict[str, float]:
    """What a pass costs at least: reading the matrix once, for 1 and for 32 vectors."""
    vectors = np.random.default_rng(0).standard_normal((32, len(Phi)))
    one = float(np.median([timed(lambda: vectors[0] @ Phi)[0] for _ in range(5)]))
    many = float(np.median([timed(lambda: vectors @ Phi)[0] for _ in range(5)]))
    return {"seconds_1": one, "seconds_32": many, "gigabytes_per_second": Phi.nbytes / one / 1e9}


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def growth(settings: Settings) -> dict[str, float]:
    """In a process by itself: growth from before the matrix to the end of a selection."""
    return _grown(settings, lambda Phi, Y: orthogonal_least_squares(Phi, Y, settings.neurons))


def sklearn_growth(settings: Settings) -> dict[str, float]:
    """The same for scikit-learn, imported before."""
    from sklearn.linear_model import orthogonal_mp  # noqa: PLC0415 - slow to import

    return _grown(settings, lambda Phi, Y: orthogonal_mp(Phi, Y, n_nonzero_coefs=settings.neurons))


def _grown(settings: Settings, run: Callable[[Array, Array], Any]) -> dict[str, float]:
    neurons, zeta = candidates(settings.candidates, settings.samples)
    Y = velocities(zeta, settings.outputs[-1])
    before = peak_bytes()
    Phi = activities(neurons, zeta, settings.order)
    run(Phi, Y)
    grown = peak_bytes() - before
    return {"matrix_bytes": Phi.nbytes, "growth_bytes": grown, "matrices": grown / Phi.nbytes}


def large(settings: Settings) -> dict[str, float]:
    """In a process by itself: features in blocks, for a matrix that never exists."""
    neurons, zeta = candidates(2000, 1_000_000)
    features = BlockFeatures(neurons=neurons, state=zeta, input=np.empty((len(zeta), 0)))
    Y = velocities(zeta, 2)
    wall, cpu, path = timed(lambda: orthogonal_least_squares(features, Y, 20))
    return {
        "samples": len(zeta),
        "candidates": neurons.count,
        "neurons": len(path.support),
        "seconds": wall,
        "cpu_seconds": cpu,
        "passes": path.passes,
        "residual": float(np.linalg.norm(path.residual[-1]) / np.linalg.norm(Y)),
        "process_bytes": peak_bytes(),
    }


def in_own_process(part: str, settings: Settings) -> dict[str, float]:
    """Run this module again for one part, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.parts.selection_speed", part]
    done = subprocess.run(
        [*command, json.dumps(asdict(settings))], check=True, capture_output=True, text=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def measure(settings: Settings, save: Callable[[Any], None]) -> dict[str, Any]:
    report: dict[str, Any] = {
        "memory": in_own_process("memory", settings),
        "sklearn_memory": in_own_process("sklearn memory", settings),
    }
    neurons, zeta = candidates(settings.candidates, settings.samples)
    Phi = activities(neurons, zeta, settings.order)
    report["reading"] = reading(Phi)
    report["rows"] = []
    for D in settings.outputs:
        rows = compare(Phi, velocities(zeta, D), settings, report["reading"]["seconds_1"])
        report["rows"] += [asdict(row) for row in rows]
        save(report)
    report["scaling"] = scaling(Phi, zeta, settings)
    if settings.large:
        report["large"] = in_own_process("large", settings)
    return report


def scaling(Phi: Array, zeta: Array, settings: Settings) -> dict[str, Any]:
    """CPU seconds along each axis, the others held, medians of 3; and the log-log slopes."""
    from sklearn.linear_model import orthogonal_mp  # noqa: PLC0415 - slow to import

    whole = {
        "samples": settings.samples,
        "candidates": settings.candidates,
        "outputs": settings.outputs[0],
        "neurons": settings.neurons,
    }
    found: dict[str, Any] = {}
    for axis, most in whole.items():
        sizes = [most >> k for k in range(settings.halvings, -1, -1)]
        if axis == "outputs":
            sizes = [1, 2, 4, 8]
        seconds: dict[str, list[float]] = {"lrfit": [], "sklearn": []}
        for size in sizes:
            at = {**whole, axis: size}
            part = np.ascontiguousarray(Phi[: at["samples"], : at["candidates"]])
            part = part / np.linalg.norm(part, axis=0)
            Y, count = velocities(zeta[: at["samples"]], at["outputs"]), at["neurons"]

            def ours(X: Array = part, Y: Array = Y, count: int = count) -> object:
                return orthogonal_least_squares(X, Y, count)

            def theirs(X: Array = part, Y: Array = Y, count: int = count) -> object:
                return orthogonal_mp(X, Y, n_nonzero_coefs=count)

            for name, run in {"lrfit": ours, "sklearn": theirs}.items():
                seconds[name].append(float(np.median([timed(run)[1] for _ in range(3)])))
        slopes = {
            name: float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
            for name, values in seconds.items()
        }
        found[axis] = {"sizes": sizes, "cpu_seconds": seconds, "slope": slopes}
    return found


def table(figures: dict[str, Any]) -> str:
    lines = [
        "| outputs | lrfit | time | one pass per neuron: limit, plain code | passes | "
        "scikit-learn OMP | ratio (CPU) | residual | theirs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in figures["rows"]:
        lines.append(
            f"| {row['outputs']} | {row['method'].upper()} | {row['lrfit_seconds']:.2g} s | "
            f"{row['limit_seconds']:.2g} s, {row['plain_seconds']:.2g} s | {row['passes']} | "
            f"{row['sklearn_seconds']:.2g} s | {row['times_faster_cpu']:.2g} | "
            f"{row['lrfit_residual']:.1g} | "
            f"{row['sklearn_residual']:.1g} ({row['sklearn_neurons']} neurons) |"
        )
    read = figures["reading"]
    lines += [
        "",
        f"One pass over the matrix takes {1e3 * read['seconds_1']:.2g} ms at the measured "
        f"{read['gigabytes_per_second']:.2g} GB/s. Memory, matrix included: lrfit "
        f"{figures['memory']['matrices']:.3g} matrices, scikit-learn "
        f"{figures['sklearn_memory']['matrices']:.3g}.",
    ]
    slopes = figures.get("scaling", {})
    if slopes:
        shown = ", ".join(
            f"{axis} {one['slope']['lrfit']:.2f} ({one['slope']['sklearn']:.2f})"
            for axis, one in slopes.items()
        )
        lines[-1] += f" Log-log slopes of CPU time, OLS (scikit-learn): {shown}."
    return "\n".join(lines)


if __name__ == "__main__":
    with threadpool_limits(1):
        chosen = Settings(**json.loads(sys.argv[2]))
        parts = {"memory": growth, "sklearn memory": sklearn_growth, "large": large}
        print(json.dumps(parts[sys.argv[1]](chosen)))
