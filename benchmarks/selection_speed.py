"""Joint OLS against scikit-learn's orthogonal matching pursuit, on the same matrix.

    python -m benchmarks.selection_speed [--json] [--threads 1] [--order C|F] [--large]

P x K activities of random tanh neurons in float64, columns of length one (scikit-learn assumes
it), and 100 neurons for 2 outputs (van der Pol) and for 8 (with Lorenz and Roessler). Times are
medians over alternating pairs, which share whatever else the machine is doing; the ratio is the
median of the pairs' ratios, by wall clock and by CPU time. Printed beside them: the plain
algorithm (one pass over the matrix per neuron) and whether the selection is exactly its own;
residuals relative to the target; passes; how long it takes to read the matrix once, which bounds
any pass; and the memory by which a fresh process grows, matrix included, in units of the matrix.

--large: 1e6 samples x 2,000 candidates generated in blocks, 20 neurons, in a process by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from lrfit.arrays import Array
from lrfit.neurons.basis import Neurons, draw_neurons
from lrfit.regression.features import BlockFeatures
from lrfit.regression.greedy import GreedyPath, orthogonal_least_squares


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. Seconds are medians; ratios are medians over pairs."""

    outputs: int
    lrfit_seconds: float
    sklearn_seconds: float
    times_faster: float
    times_faster_cpu: float
    plain_seconds: float
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


def plain(Phi: Array, Y: Array, count: int) -> list[int]:
    """Joint OLS with a pass per neuron, norms downdated, Gram-Schmidt twice."""
    taken: list[int] = []
    norms, residual = np.einsum("pk,pk->k", Phi, Phi), Y.copy()
    B, Q = residual.T @ Phi, np.empty((count, len(Phi)))
    for k in range(count):
        score = np.einsum("dk,dk->k", B, B) / norms
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


def timed(task: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds, CPU seconds (all threads), result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = task()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def compare(Phi: Array, Y: Array, count: int, pairs: int) -> Row:
    """Alternate the two on the same matrix."""
    from sklearn.linear_model import orthogonal_mp  # noqa: PLC0415 - slow to import

    times = []
    for _ in range(pairs):
        mine = timed(lambda: orthogonal_least_squares(Phi, Y, count))
        theirs = timed(lambda: orthogonal_mp(Phi, Y, n_nonzero_coefs=count))
        times.append((mine[0], theirs[0], theirs[0] / mine[0], theirs[1] / mine[1]))
    path: GreedyPath = mine[2]
    coefficients = theirs[2].reshape(Phi.shape[1], -1)
    plain_seconds, _, support = timed(lambda: plain(Phi, Y, count))
    medians = np.median(times, axis=0)
    whole = np.linalg.norm(Y)
    return Row(
        outputs=Y.shape[1],
        lrfit_seconds=medians[0],
        sklearn_seconds=medians[1],
        times_faster=medians[2],
        times_faster_cpu=medians[3],
        plain_seconds=plain_seconds,
        same_selection_as_plain=path.support.tolist() == support,
        passes=path.passes,
        lrfit_residual=float(np.linalg.norm(path.residual[-1]) / whole),
        sklearn_residual=float(np.linalg.norm(Y - Phi @ coefficients) / whole),
        sklearn_neurons=int(np.sum(np.any(coefficients != 0.0, axis=1))),
    )


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


def growth(args: argparse.Namespace) -> dict[str, float]:
    """In a process by itself: growth from before the matrix to the end of a selection."""
    neurons, zeta = candidates(args.candidates, args.samples)
    Y = velocities(zeta, args.outputs[-1])
    before = peak_bytes()
    Phi = activities(neurons, zeta, args.order)
    orthogonal_least_squares(Phi, Y, args.neurons)
    grown = peak_bytes() - before
    return {"matrix_bytes": Phi.nbytes, "growth_bytes": grown, "matrices": grown / Phi.nbytes}


def large(args: argparse.Namespace) -> dict[str, float]:
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


def in_own_process(part: str, args: argparse.Namespace) -> dict[str, float]:
    """Run this module again for one part, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.selection_speed", "--part", part]
    command += ["--samples", str(args.samples), "--candidates", str(args.candidates)]
    command += ["--neurons", str(args.neurons), "--order", args.order]
    command += ["--threads", str(args.threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    blas = [f"{item['internal_api']} {item['version']}" for item in threadpool_info()]
    return {
        "numpy": np.__version__,
        "blas": sorted(set(blas)),
        "threads": max((item["num_threads"] for item in threadpool_info()), default=1),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
    }


def everything(args: argparse.Namespace) -> dict[str, Any]:
    report: dict[str, Any] = {"machine": machine()}
    if args.large:
        return report | {"large": in_own_process("large", args)}
    report |= {"memory": in_own_process("memory", args)}
    neurons, zeta = candidates(args.candidates, args.samples)
    Phi = activities(neurons, zeta, args.order)
    report |= {"samples": args.samples, "candidates": args.candidates, "neurons": args.neurons}
    report |= {"order": args.order, "pairs": args.pairs, "reading": reading(Phi)}
    rows = [compare(Phi, velocities(zeta, D), args.neurons, args.pairs) for D in args.outputs]
    return report | {"rows": [asdict(row) for row in rows]}


def as_text(report: dict[str, Any]) -> str:
    lines = [" ".join(f"{name} {value}" for name, value in report["machine"].items())]
    for part in ("reading", "memory", "large"):
        figures = report.get(part, {})
        lines += [part + ": " + ", ".join(f"{k} {v:.4g}" for k, v in figures.items())] * bool(
            figures
        )
    for row in report.get("rows", []):
        lines += [", ".join(f"{k} {v:.4g}" for k, v in row.items())]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--order", choices=["C", "F"], default="C")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--candidates", type=int, default=5_000)
    parser.add_argument("--neurons", type=int, default=100)
    parser.add_argument("--outputs", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--part", choices=["memory", "large"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    with threadpool_limits(args.threads):
        if args.part:
            print(json.dumps({"memory": growth, "large": large}[args.part](args)))
            return
        report = everything(args)
    print(json.dumps(report, indent=2) if args.json else as_text(report))


if __name__ == "__main__":
    main()
