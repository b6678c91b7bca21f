"""Tables, figures and the block of docs/benchmarks.md, from JSON alone; measures nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from benchmarks import charts
from benchmarks.record import read_all
from benchmarks.runner import module_of

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
BEGIN, END = (
    "<!-- benchmarks: made by python -m benchmarks --report -->",
    "<!-- end of benchmarks -->",
)
TITLES = {
    "size_at_equal_error": "Neurons for an error of {tolerances}",
    "frontier": "Refined networks against the best sizes known",
    "selection_speed": "Selecting {neurons} of {candidates} neurons on {samples} samples",
    "refinement_speed": "The smallest network, by the compiled kernel and by NumPy",
    "learning_tasks": (
        "Learning a task, as neurons: mean squared error on fresh trials (CPU seconds)"
    ),
    "learning": "An epoch of training a network, in NumPy and in PyTorch",
    "robustness": "Dynamics with wrong weights: draws in which they are kept (period error)",
    "published": "Published numbers: van der Pol, Beiran et al. 2021, figure 7",
    "start_up": "Whole processes",
    "simulation_speed": "Simulation",
    "certify_speed": "Certificates",
    "expression_speed": "Fields from expressions, and by hand in NumPy",
}
BRIEF = ("frontier", "certify_speed")
"""Parts of which the page has a line, and `table.md` the table."""
FIGURES = {
    "size_at_equal_error": ("benchmark_sizes.svg", "Neurons for 1 % error", charts.sizes),
    "robustness": (
        "expansion.svg",
        "Cycles of 6 and of 1,000 neurons with a tenth of the neurons deleted",
        charts.cycles,
    ),
    "learning_tasks": (
        "benchmark_tasks.svg",
        "Error against time of learning, by task",
        charts.tasks,
    ),
}
STOPPED = "**Stopped before its end: what is missing was not measured.** "


def title(report: dict[str, Any]) -> str:
    part, settings = report["part"], dict(report["settings"])
    if "tolerances" in settings:
        settings["tolerances"] = " / ".join(f"{float(tol):g}" for tol in settings["tolerances"])
    return TITLES.get(part, part.replace("_", " ").capitalize()).format(**settings)


def section(report: dict[str, Any], *, brief: bool = False, page: bool = False) -> str:
    """One part: its title, its table (or a line for it), where it comes from.

    page : with a heading and the figure, as the page of the documentation has it.
    """
    machine = report["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in report["versions"].items() if v != "-")
    partial = "" if report["complete"] else STOPPED
    note = (
        f"{partial}`python -m benchmarks {report['part']}`, {report['date']}; "
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']:g}; "
        f"{versions}; settings in `benchmarks/results/{report['part']}.json`."
    )
    name, what, _ = FIGURES.get(report["part"], ("", "", None))
    picture = f"![{what}](figures/{name})\n\n" if name and page else ""
    heading = f"## {title(report)}" if page else f"**{title(report)}**"
    module = module_of(report["part"])
    shown = module.brief(report["figures"]) if brief else module.table(report["figures"])
    return f"{heading}\n\n{picture}{shown}\n\n{note}"


def page_block(reports: dict[str, dict[str, Any]]) -> str:
    """What stands in the page between its two marks."""
    shown = [
        section(reports[part], brief=part in BRIEF, page=True) for part in TITLES if part in reports
    ]
    return "\n\n".join([BEGIN, *shown, END])


def updated(page: str, block: str) -> str:
    """The page with its block replaced."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda _: block, page)


def write(folder: Path, *, page: bool) -> str:
    """Write table.md and the figures, and with `page` the documentation; return the tables.

    The figures go to docs/figures with `page`, else to the folder.
    """
    reports = read_all(folder)
    text = "\n\n".join(section(report) for report in reports.values()) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(text, encoding="utf-8")
    figures = DOCS / "figures" if page else folder
    for part, (name, _, draw) in FIGURES.items():
        if part in reports:
            (figures / name).write_text(draw(reports[part]), encoding="utf-8")
    if page:
        old = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(updated(old, page_block(reports)), encoding="utf-8")
    return text
