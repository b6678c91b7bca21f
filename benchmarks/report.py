"""Tables, figure and the README's block, out of JSON alone: nothing is measured here."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from benchmarks.record import read_all
from benchmarks.runner import module_of

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = (
    "<!-- benchmarks: made by python -m benchmarks --report -->",
    "<!-- end of benchmarks -->",
)
TITLES = {
    "size_at_equal_error": "Neurons for an error of {tolerances}",
    "frontier": "Refined networks against the best sizes known",
    "selection_speed": "Selecting {neurons} of {candidates} neurons on {samples} samples",
    "learning_tasks": (
        "Learning a task, as neurons: mean squared error on fresh trials (CPU seconds)"
    ),
    "published": "Published numbers: van der Pol, Beiran et al. 2021, figure 7",
    "start_up": "Whole processes",
    "simulation_speed": "Simulation",
    "expression_speed": "Fields from expressions, and by hand in NumPy",
}
BRIEF = ("frontier",)
"""Parts of which the README has a line, and `table.md` the table."""
STOPPED = "**Stopped before its end: what is missing was not measured.** "
COLOURS = {
    "refine": "#0b6e4f",
    "ols": "#3a9bd9",
    "omp": "#7a5195",
    "random": "#9a9a9a",
    "sklearn": "#ef8354",
    "pysindy": "#c9a227",
    "nengo": "#b3001b",
}


def title(report: dict[str, Any]) -> str:
    part, settings = report["part"], dict(report["settings"])
    if "tolerances" in settings:
        settings["tolerances"] = " / ".join(f"{float(tol):g}" for tol in settings["tolerances"])
    return TITLES.get(part, part.replace("_", " ").capitalize()).format(**settings)


def section(report: dict[str, Any], *, brief: bool = False) -> str:
    """One part: its title, its table (or a line for it), and where it comes from."""
    machine = report["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in report["versions"].items() if v != "-")
    partial = "" if report["complete"] else STOPPED
    note = (
        f"{partial}`python -m benchmarks {report['part']}`, {report['date']}; "
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']:g}; "
        f"{versions}; settings in `benchmarks/results/{report['part']}.json`."
    )
    module = module_of(report["part"])
    shown = module.brief(report["figures"]) if brief else module.table(report["figures"])
    return f"**{title(report)}**\n\n{shown}\n\n{note}"


def readme_block(reports: dict[str, dict[str, Any]]) -> str:
    """What stands in the README between its two marks."""
    shown = [section(reports[part], brief=part in BRIEF) for part in TITLES if part in reports]
    picture = "![Neurons for 1 % error](benchmarks/results/sizes.svg)"
    return "\n\n".join(
        [BEGIN, *([picture] if "size_at_equal_error" in reports else []), *shown, END]
    )


def updated(readme: str, block: str) -> str:
    """The README with its block replaced."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda _: block, readme)


def sizes_svg(report: dict[str, Any]) -> str:
    """Neurons for the middle tolerance, on a logarithmic axis, as text: the same for equal JSON."""
    module = module_of("size_at_equal_error")
    rows, tolerances = report["figures"], report["settings"]["tolerances"]
    k = min(1, len(tolerances) - 1)
    left, top, width, step = 210, 86, 560, 22
    height = top + step * len(rows) + 45

    def at(size: float) -> float:
        return left + width * _log10(size) / 3.0

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{left + width + 30}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="18" font-size="14">Neurons for an error of '
        f"{float(tolerances[k]):g} (logarithmic; fewer is better)</text>",
    ]
    for i, method in enumerate(module.METHODS):
        x, y = left + 190 * (i % 3), 36 + 16 * (i // 3)
        parts.append(f'<circle cx="{x}" cy="{y - 4}" r="5" fill="{COLOURS[method]}"/>')
        parts.append(f'<text x="{x + 10}" y="{y}">{module.HEADS[method]}</text>')
    for size in (1, 10, 100, 1000):
        x = at(size)
        parts.append(f'<path d="M{x:.1f} {top - 8}V{height - 35}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{size}</text>')
    for i, row in enumerate(rows):
        y = top + step * i + 8
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{row["system"]}</text>')
        for method in reversed(module.METHODS):
            size = row["sizes"][method][k]
            if size is not None:
                parts.append(
                    f'<circle cx="{at(size):.1f}" cy="{y}" r="5" fill="{COLOURS[method]}" '
                    'fill-opacity="0.85"/>'
                )
    return "\n".join([*parts, "</svg>", ""])


def _log10(value: float) -> float:
    return math.log10(max(value, 1.0))


def write(folder: Path, *, readme: bool) -> str:
    """Write table.md and sizes.svg, and with `readme` its block; return the tables."""
    reports = read_all(folder)
    text = "\n\n".join(section(report) for report in reports.values()) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(text, encoding="utf-8")
    if "size_at_equal_error" in reports:
        figure = sizes_svg(reports["size_at_equal_error"])
        (folder / "sizes.svg").write_text(figure, encoding="utf-8")
    if readme:
        old = README.read_text(encoding="utf-8")
        README.write_text(updated(old, readme_block(reports)), encoding="utf-8")
    return text
