"""Is the verdict that lrfit puts on a network true?

Networks for all sample systems and 40 systems of the atlas, within `tolerances` and for `seeds`,
are found by `lrfit.minimize(..., effort="quick")` and kept in the folder `cache`; what lies there
already is used as it is. Of each, lrfit's own verdict stands beside that of `benchmarks.judge`.
Printed: how often lrfit says yes where the judge finds a difference (false yes) and no where it
finds none (false no), what was not judged, and every disagreement with the reasons of both.

    python -m benchmarks judge --set cache='"networks"' --set tolerances='[0.03]' --set make=false
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lrfit
from benchmarks.atlas.entries import entries, text
from benchmarks.judge.network import Network
from benchmarks.judge.target import Target
from benchmarks.judge.verdict import DIFFERS, SAME, UNCLEAR, TargetFacts, judge
from lrfit.fitting.result import Fit
from lrfit.records.store import load_network
from lrfit.systems.library import sample_names

ATLAS = (
    "cusp",
    "pitchfork_subcritical",
    "hopf_subcritical",
    "snic_circle",
    "homoclinic_saddle_loop",
    "van_der_pol_mu5",
    "van_der_pol_lienard_mu20",
    "lienard_two_cycles",
    "duffing_two_wells",
    "pendulum_conservative",
    "duffing_hamiltonian",
    "rayleigh_oscillator",
    "morris_lecar_snic",
    "morris_lecar_hopf",
    "izhikevich_inap_ik_bistable",
    "terman_wang",
    "wilson_cowan_bistable",
    "beer_ctrnn_2",
    "lotka_volterra",
    "rosenzweig_macarthur",
    "brusselator",
    "selkov",
    "lengyel_epstein",
    "cstr_thermal",
    "may_bazykin",
    "toggle_switch",
    "tyson_cell_cycle",
    "adaptive_rate_up_down",
    "binocular_rivalry",
    "hindmarsh_rose",
    "rossler",
    "sprott_b",
    "thomas_cyclic",
    "rucklidge",
    "chua_cubic",
    "repressilator_3",
    "may_leonard",
    "winner_take_all_3",
    "theta_neuron_plane",
    "interval_timing_ghost",
)
YES, NO, NOT_JUDGED = "yes", "no", "not judged"
_CACHE = Path(tempfile.gettempdir()) / "lrfit-benchmark-networks"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`systems`: names, empty for all sample systems and `ATLAS`.

    `cache`: folder of the networks. `make`: whether missing networks are made. `max_neurons`: of
    those. `again`: ask lrfit anew instead of reading the verdict in the file. `analyze`: seeds of
    which the networks of sample systems are analyzed with the full budget too.
    """

    systems: tuple[str, ...] = ()
    tolerances: tuple[float, ...] = (0.1, 0.03, 0.01)
    seeds: tuple[int, ...] = (0, 1, 2)
    cache: str = str(_CACHE)
    make: bool = True
    max_neurons: int = 60
    again: bool = False
    analyze: tuple[int, ...] = ()


QUICK = Settings(systems=("pitchfork_bistable", "van_der_pol"), tolerances=(0.1,), seeds=(0,))


def lrfit_says(record: Fit, *, again: bool = False) -> tuple[str, str]:
    """Verdict of lrfit on a network, "yes", "no" or "not judged", and its text.

    The one in the file; with `again`, or where the file has none, that of lrfit's quick look now.
    """
    said = record.faithful
    if again or not said:
        from lrfit.dynamics.faithful import quick_look  # noqa: PLC0415 - needed only here, slow

        try:
            said = quick_look(record.system, record.network).verdict
        except lrfit.LrfitError as error:
            return NOT_JUDGED, str(error)
    return _word(said), said


def _word(said: str) -> str:
    """The first word of a verdict; "not judged" starts with "no" too."""
    return next((one for one in (YES, NOT_JUDGED, NO) if said.startswith(one)), NOT_JUDGED)


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    folder = Path(settings.cache)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for name in settings.systems or (*sample_names(), *ATLAS):
        facts: TargetFacts | None = None
        for path in _networks(name, folder, settings):
            facts = facts or TargetFacts(target=Target.of(Network.read(path).text))
            rows.append(_row(path, facts, again=settings.again))
            if name in sample_names() and path.stem.endswith(
                tuple(f".{k}" for k in settings.analyze)
            ):
                rows[-1]["analyze"] = _analyzed(path)
            shown = {key: rows[-1][key] for key in ("network", "lrfit", "judge")}
            print(shown, file=sys.stderr, flush=True)
            save(rows)
    return rows


def _networks(name: str, folder: Path, settings: Settings) -> Iterator[Path]:
    """The files of one system, made where they are missing and wanted."""
    for tol in settings.tolerances:
        for seed in settings.seeds:
            path = folder / f"{name}.{tol:g}.{seed}.h5"
            if not path.exists() and settings.make:
                _make(name, path, tol, seed, settings.max_neurons)
            if path.exists():
                yield path


def _make(name: str, path: Path, tol: float, seed: int, most: int) -> None:
    """Find a network and write it; a system that lrfit refuses is reported and left out."""
    try:
        if name in sample_names():
            target: Any = name
        else:
            target = path.with_name(f"{name}.yaml")
            target.write_text(text(entries()[name]), encoding="utf-8")
        found = lrfit.minimize(target, tol=tol, effort="quick", seed=seed, max_neurons=most)
        lrfit.save(found, path)
    except lrfit.LrfitError as error:
        print(f"{path.name}: {error}", file=sys.stderr, flush=True)


def _row(path: Path, facts: TargetFacts, *, again: bool) -> dict[str, Any]:
    began = time.process_time()
    word, said = lrfit_says(load_network(path), again=again)
    asked = time.process_time() - began
    judgement = judge(path, facts)
    return {
        "network": path.stem,
        "system": judgement.system,
        "lrfit": word,
        "lrfit_text": said,
        "lrfit_seconds": asked,
        "judge": judgement.verdict,
        "borderline": judgement.borderline,
        "reasons": judgement.reasons,
        "fragile": judgement.fragile,
        "unclear": judgement.unclear,
        "judge_seconds": judgement.seconds,
        "numbers": [
            {key: one[key] for key in ("aspect", "value", "limit", "fragile")}
            for one in (asdict(judgement)["findings"])
        ],
    }


def _analyzed(path: Path) -> str:
    """The verdict of `lrfit.analyze`, which has a larger budget than the quick look."""
    found = lrfit.analyze(path).faithfulness
    return _word(found.verdict) if found is not None else NOT_JUDGED


def kind_of(row: dict[str, Any]) -> str:
    """How the two verdicts stand to each other."""
    if row["judge"] == UNCLEAR:
        return "judge unclear"
    if row["lrfit"] == NOT_JUDGED:
        return "lrfit did not judge"
    if (row["lrfit"] == YES) == (row["judge"] == SAME):
        return "agree"
    known = "false yes" if row["judge"] == DIFFERS else "false no"
    return f"{known}, borderline" if row["borderline"] else known


def table(figures: list[dict[str, Any]]) -> str:
    kinds = (
        "agree",
        "false yes",
        "false no",
        "false yes, borderline",
        "false no, borderline",
        "judge unclear",
        "lrfit did not judge",
    )
    counts = Counter((row["lrfit"], kind_of(row)) for row in figures)
    lines = ["| networks | lrfit says yes | no | not judged |", "|---|---|---|---|"]
    for kind in kinds:
        cells = (str(counts[word, kind]) for word in (YES, NO, NOT_JUDGED))
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_budgets(figures), *_listing(figures)])


def brief(figures: list[dict[str, Any]]) -> str:
    """How often lrfit was wrong."""
    counts = Counter(kind_of(row) for row in figures)
    said = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    return f"{len(figures)} networks judged by simulation with other code: {said}."


def _budgets(figures: list[dict[str, Any]]) -> list[str]:
    """On how many networks the quick look and `lrfit analyze` say the same."""
    both = [row for row in figures if "analyze" in row]
    if not both:
        return []
    other = [
        f"{row['network']} ({row['analyze']})" for row in both if row["analyze"] != row["lrfit"]
    ]
    said = f", all but {', '.join(other)}" if other else ""
    return [
        f"Quick look and `lrfit analyze` say the same of {len(both) - len(other)} of {len(both)} "
        f"networks of sample systems{said}.",
        "",
    ]


def _listing(figures: list[dict[str, Any]]) -> list[str]:
    """Every disagreement, with the reasons of both."""
    lines = []
    for row in sorted(figures, key=kind_of):
        if kind_of(row).startswith("false"):
            reasons = "; ".join(row["reasons"]) or "no difference found"
            said = row["lrfit_text"]
            lines.append(f"- {kind_of(row)}: {row['network']}: lrfit: {said}. Judge: {reasons}")
    return lines
