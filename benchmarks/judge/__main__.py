"""`python -m benchmarks.judge FILE ...`: verdicts on network files, one JSON line each."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.judge.network import Network
from benchmarks.judge.target import Target
from benchmarks.judge.verdict import TargetFacts, judge


def main() -> None:
    known: dict[str, TargetFacts] = {}
    for name in sys.argv[1:]:
        text = Network.read(Path(name)).text
        facts = known.setdefault(text, TargetFacts(target=Target.of(text)))
        print(json.dumps(judge(Path(name), facts).as_json()), flush=True)


if __name__ == "__main__":
    main()
