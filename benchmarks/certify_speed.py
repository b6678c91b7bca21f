"""What a certificate costs, and what it finds beyond the samples.

    python -m benchmarks.certify_speed [--gap 0.01] [--tol 0.01] [--axes 3] [--json] [NAME ...]

For every sample system with at most so many axes (D + U): the network that `minimize` finds
quickly for the tolerance, then its certificate. Printed: size; the largest error at the points
of its report; the certified bound, and how far at most it lies above the truth; boxes examined;
and seconds of CPU (user), sampling included. Systems that are refused say why.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, dataclass

from threadpoolctl import threadpool_limits

import lrfit
from lrfit.targets.library import sample_names


@dataclass(frozen=True, kw_only=True)
class Row:
    """One system; `reason` says why it was refused, or what stopped the proof."""

    system: str
    axes: int
    neurons: int
    sampled: float
    lower: float | None = None
    upper: float | None = None
    gap: float | None = None
    boxes: int | None = None
    seconds: float | None = None
    reason: str = ""


def measure(name: str, *, tol: float, gap: float) -> Row:
    found = lrfit.minimize(name, tol=tol, effort="quick")
    domain = found.system.domain
    known = {
        "system": name,
        "axes": domain.dimension + domain.input_count,
        "neurons": found.network.neurons,
        "sampled": found.report.max_error,
    }
    start = os.times().user
    try:
        proof = lrfit.certify(found, gap=gap)
    except lrfit.LrfitError as error:
        return Row(**known, reason=str(error), seconds=os.times().user - start)
    return Row(
        **known,
        lower=proof.lower,
        upper=proof.upper,
        gap=proof.gap,
        boxes=proof.boxes,
        seconds=os.times().user - start,
        reason=proof.reason,
    )


def show(row: Row) -> None:
    head = f"{row.system:26s} {row.axes:4d} {row.neurons:7d} {row.sampled:8.4f}"
    if row.upper is None:
        print(f"{head} {'refused':>8s} {'':21s} {row.seconds:7.2f}")
        print(f"    {row.reason}")
    else:
        print(f"{head} {row.upper:8.4f} {100 * row.gap:9.2f} % {row.boxes:9d} {row.seconds:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--tol", type=float, default=0.01)
    parser.add_argument("--axes", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    if not options.json:
        print(
            f"{'system':26s} {'axes':>4s} {'neurons':>7s} {'sampled':>8s} {'bound':>8s} "
            f"{'above truth':>11s} {'boxes':>9s} {'CPU s':>7s}"
        )
    with threadpool_limits(1):
        for name in options.names or sample_names():
            domain = lrfit.load_system(name).domain
            if not options.names and domain.dimension + domain.input_count > options.axes:
                continue
            rows.append(measure(name, tol=options.tol, gap=options.gap))
            if not options.json:
                show(rows[-1])
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
