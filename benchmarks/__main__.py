"""`python -m benchmarks`: measure parts, then write tables, figures and the page of benchmarks.

Without names, every part. `--quick` takes small settings and writes to a temporary folder unless
`--folder` says where, so that committed figures are full ones; `--report` only makes the tables.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PARTS = (
    "size_at_equal_error",
    "selection_speed",
    "refinement_speed",
    "learning_tasks",
    "learning",
    "published",
    "robustness",
    "start_up",
    "simulation_speed",
    "expression_speed",
    "certify_speed",
    "frontier",
    "judge",
    "atlas",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    parser.add_argument("--folder", type=Path)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=JSON", help="a setting of the one part"
    )
    parser.add_argument(
        "--extend", action="store_true", help="size_at_equal_error: keep systems measured before"
    )
    options = parser.parse_args()
    if options.extend and options.parts != ["size_at_equal_error"]:
        parser.error("--extend belongs to size_at_equal_error")
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.set and len(options.parts) != 1:
        parser.error("--set belongs to one part; name it")
    pairs = (item.partition("=") for item in options.set)
    changes = {name: _value(text) for name, _, text in pairs}
    for name in THREADS:  # before numpy is imported: one BLAS thread for everybody
        os.environ.setdefault(name, "1")
    from benchmarks import record, report, runner  # noqa: PLC0415 - they import numpy

    folder = options.folder
    if folder is None and options.quick and not options.report:
        folder = Path(tempfile.mkdtemp(prefix="benchmarks-"))
    folder = folder or record.RESULTS
    for part in () if options.report else options.parts or PARTS:
        runner.run(part, quick=options.quick, folder=folder, changes=changes, extend=options.extend)
    text = report.write(folder, page=folder == record.RESULTS)
    print(text)
    print(f"written to {folder}", file=sys.stderr)
    return 0


def _value(text: str) -> object:
    """A setting from JSON; lists become tuples, what is no JSON is text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
