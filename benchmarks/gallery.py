"""The gallery: every sample system beside its smallest network.

    python -m benchmarks.gallery                  # all of them, some minutes
    python -m benchmarks.gallery van_der_pol      # these alone

For every system `lrfit minimize NAME --tol 1e-2` and its portrait in figures/NAME.svg, and a list
of all in figures/README.md. Networks that are in --networks already are taken from there. Equal
networks give equal bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import lrfit
from lrfit.fitting.result import Fit
from lrfit.systems.library import sample_names

FIGURES = Path(__file__).parents[1] / "figures"
TOL = 1e-2
LARGEST = 200_000
HEAD = """# Gallery

Every sample system beside the smallest network that lrfit finds for it within 1 % of every
variable's rms speed (`--tol 1e-2`, noise 1e-4 of every rate, tanh). Made by
`python -m benchmarks.gallery`.
"""


def network_of(name: str, folder: Path) -> Fit:
    """The network of a sample system, found now if it is not in the folder."""
    path = folder / f"{name}.network.h5"
    if not path.exists():
        lrfit.save(lrfit.minimize(name, tol=TOL), path)
    record = lrfit.load(path)
    assert isinstance(record, Fit)
    return record


def draw(name: str, record: Fit) -> None:
    """Write figures/NAME.svg."""
    data = lrfit.plot(record, kind="portrait").to_bytes("svg")
    if len(data) > LARGEST:
        print(f"{name}: {len(data)} bytes, more than {LARGEST}", file=sys.stderr)
    (FIGURES / f"{name}.svg").write_bytes(data)


def entry(name: str, record: Fit) -> str:
    """One part of the list."""
    count, error = record.network.neurons, record.report.error
    verdict = "" if record.met else "; the tolerance is not met"
    return (
        f"\n## {name}\n\n{record.system.kind}: **{count} neurons**, error {error:.2g}{verdict}\n\n"
        f"![{name}: target beside its network of {count} neurons]({name}.svg)\n"
    )


def main() -> int:
    """Make the figures that are asked for, and the list of all that exist."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(sample_names()))
    parser.add_argument("--networks", type=Path, default=Path("gallery_networks"))
    options = parser.parse_args()
    options.networks.mkdir(parents=True, exist_ok=True)
    FIGURES.mkdir(exist_ok=True)
    for name in options.names:
        record = network_of(name, options.networks)
        draw(name, record)
        print(f"{name}: {record.network.neurons} neurons, error {record.report.error:.3g}")
    there = [n for n in sample_names() if (options.networks / f"{n}.network.h5").exists()]
    parts = [entry(name, network_of(name, options.networks)) for name in there]
    (FIGURES / "README.md").write_text(HEAD + "".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
