"""Planted networks: is a network of k neurons found again with at most k?

    python -m benchmarks.planted [--dimensions 1,2,3] [--sizes 2,4,6,8] [--plants 10] [--json FILE]

A plant is a random network in the box [-1, 1]^D: slopes of its neurons uniform in direction and
log-uniform in length on 0.5 to 3, hyperplanes through random points of the box, normal readout
weights scaled so that the neurons drive as strongly as the leak (1, in the middle) holds. Its
field goes, as a Python function, into `lrfit.minimize(tol=1e-6, noise=1e-7)`; it counts as
recovered when at most k neurons reach an error below 1e-6, the price of noise included. Drawn
again, because no search could find them: plants whose own price of noise is above half of that,
and plants whose leak is below the default bound (0.3 of the natural one). k below D has no
readable state.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import lrfit

TOL, NOISE = 1e-6, 1e-7


@dataclass(frozen=True, kw_only=True)
class Run:
    """One plant and what was found."""

    dimension: int
    planted: int
    plant: int
    neurons: int
    error: float
    recovered: bool
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Plant:
    """A network as a target: dz/dt = tanh(z M' + b) A - z."""

    M: np.ndarray
    b: np.ndarray
    A: np.ndarray

    def velocity(self, z: np.ndarray, u: np.ndarray) -> np.ndarray:
        """dz/dt (P, D)."""
        return np.asarray(np.tanh(z @ self.M.T + self.b) @ self.A - z)

    @property
    def fair(self) -> bool:
        """Whether the plant itself passes: noise, leak, and a state that can be read."""
        z = uniform(len(self.A.T))
        speed = np.sqrt(np.mean(self.velocity(z, z) ** 2, axis=0))
        price = np.max(NOISE * np.linalg.norm(self.A, axis=0) / speed)
        natural = np.linalg.norm(speed) / np.sqrt(np.mean(np.sum(z**2, axis=1)))
        return bool(price < TOL / 2 and 0.33 * natural < 1.0 and np.linalg.cond(self.M) < 50)


def uniform(dimension: int) -> np.ndarray:
    """Points (4096, dimension) of the box."""
    return np.random.default_rng(0).uniform(-1, 1, (4096, dimension))


def plant(dimension: int, neurons: int, seed: int) -> Plant:
    """A random network that is itself within all bounds of the search."""
    generator = np.random.default_rng([dimension, neurons, seed])
    while True:
        direction = generator.standard_normal((neurons, dimension))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        M = direction * np.exp(generator.uniform(np.log(0.5), np.log(3.0), (neurons, 1)))
        b = -np.sum(M * generator.uniform(-1, 1, M.shape), axis=1)
        A, z = generator.standard_normal((neurons, dimension)), uniform(dimension)
        drive = np.tanh(z @ M.T + b) @ A
        drawn = Plant(M=M, b=b, A=A * np.linalg.norm(z) / np.linalg.norm(drive))
        if drawn.fair:
            return drawn


def recover(dimension: int, neurons: int, seed: int, effort: str) -> Run:
    """Minimize one plant."""
    target = plant(dimension, neurons, seed)
    domain = {f"z{d}": (-1.0, 1.0) for d in range(dimension)}
    began, processor = time.perf_counter(), time.process_time()
    found = lrfit.minimize(
        target.velocity, domain=domain, tol=TOL, noise=NOISE, effort=effort, seed=seed
    )
    return Run(
        dimension=dimension,
        planted=neurons,
        plant=seed,
        neurons=found.network.neurons,
        error=found.report.error,
        recovered=found.network.neurons <= neurons and found.report.error < TOL,
        seconds=time.perf_counter() - began,
        processor_seconds=time.process_time() - processor,
    )


def numbers(text: str) -> list[int]:
    """Whole numbers, separated by commas."""
    return [int(word) for word in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dimensions", type=numbers, default=[1, 2, 3])
    parser.add_argument("--sizes", type=numbers, default=[2, 4, 6, 8])
    parser.add_argument("--plants", type=int, default=10)
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    runs: list[Run] = []
    for dimension in arguments.dimensions:
        for size in arguments.sizes:
            if size < dimension:
                continue
            these = [recover(dimension, size, s, arguments.effort) for s in range(arguments.plants)]
            runs += these
            sizes = " ".join(f"{run.neurons}{'' if run.recovered else '!'}" for run in these)
            share = sum(run.recovered for run in these)
            print(
                f"D {dimension}, {size} planted: {share} of {len(these)} recovered "
                f"(found {sizes}; {np.median([run.seconds for run in these]):.1f} s)",
                flush=True,
            )
    print(f"{sum(run.recovered for run in runs)} of {len(runs)} plants recovered")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(run) for run in runs], indent=1))


if __name__ == "__main__":
    main()
