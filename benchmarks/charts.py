"""The figures of the report as SVG text, the same for equal JSON."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.parts import learning_tasks, size_at_equal_error

COLOURS = {
    "refine": "#0b6e4f",
    "ols": "#3a9bd9",
    "omp": "#7a5195",
    "random": "#9a9a9a",
    "lstsq": "#9a9a9a",
    "gated": "#7a5195",
    "copied": "#ef8354",
    "tuned": "#e754a6",
    "cloned": "#5b2a86",
    "sklearn": "#ef8354",
    "pysindy": "#c9a227",
    "bptt": "#c9a227",
    "nengo": "#b3001b",
    "force": "#b3001b",
}
LABELS = {method: f"lrfit {name}" for method, name in learning_tasks.COLUMNS.items()}
LABELS |= {"bptt": "BPTT", "force": "FORCE"}
PANEL, GAP, ACROSS = (210, 170), (60, 58), 3
SECONDS, ERRORS = (1e-2, 1e2), (1e-14, 1e2)
"""What the panels of tasks show; beyond is drawn on the edge."""


def page(width: int, height: int, parts: list[str]) -> str:
    """A whole figure."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def share(value: float, low: float, high: float) -> float:
    """Where a value lies between two on a logarithmic axis, 0 to 1."""
    return math.log(min(max(value, low), high) / low) / math.log(high / low)


def dot(x: float, y: float, method: str, radius: float = 5) -> str:
    """A mark in the colour of a method."""
    fill = f'fill="{COLOURS[method]}" fill-opacity="0.85"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {fill}/>'


def legend(names: dict[str, str], left: int, top: int, across: int, step: int) -> list[str]:
    """A mark and a name for every method."""
    parts = []
    for i, (method, name) in enumerate(names.items()):
        x, y = left + step * (i % across), top + 16 * (i // across)
        parts += [dot(x, y - 4, method), f'<text x="{x + 10}" y="{y}">{name}</text>']
    return parts


def sizes(report: dict[str, Any]) -> str:
    """Neurons for the middle tolerance, a row for every system."""
    rows, tolerances = report["figures"], report["settings"]["tolerances"]
    k = size_at_equal_error.middle(tolerances)
    left, top, width, step = 210, 86, 560, 22
    height = top + step * len(rows) + 45
    names = {method: size_at_equal_error.HEADS[method] for method in size_at_equal_error.METHODS}
    parts = [
        f'<text x="{left}" y="18" font-size="14">Neurons for an error of '
        f"{float(tolerances[k]):g} (logarithmic; fewer is better)</text>",
        *legend(names, left, 36, 3, 190),
    ]

    def at(size: float) -> float:
        return left + width * share(size, 1, 1000)

    for size in (1, 10, 100, 1000):
        x = at(size)
        parts.append(f'<path d="M{x:.1f} {top - 8}V{height - 35}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{size}</text>')
    for i, row in enumerate(rows):
        y = top + step * i + 8
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{row["system"]}</text>')
        for method in reversed(names):
            size = row["sizes"][method][k]
            if size is not None:
                parts.append(dot(at(size), y, method))
    return page(left + width + 30, height, parts)


def tasks(report: dict[str, Any]) -> str:
    """Error against CPU time, a panel for every task; numbers are neurons."""
    rows = report["figures"]
    (width, height), (right, below) = PANEL, GAP
    top = 92
    parts = [
        '<text x="50" y="20" font-size="14">Mean squared error on fresh trials against CPU seconds '
        "of learning (numbers: neurons)</text>",
        *legend(LABELS, 56, 40, 4, 190),
    ]
    for i, row in enumerate(rows):
        x = 50 + (width + right) * (i % ACROSS)
        parts += _panel(row, x, top + (height + below) * (i // ACROSS))
    lines = -(-len(rows) // ACROSS)
    return page(50 + (width + right) * ACROSS - 20, top + (height + below) * lines, parts)


def _panel(row: dict[str, Any], left: int, top: int) -> list[str]:
    width, height = PANEL

    def x_of(seconds: float) -> float:
        return left + width * share(seconds, *SECONDS)

    def y_of(error: float) -> float:
        return top + height * (1.0 - share(error, *ERRORS))

    parts = [
        f'<text x="{left}" y="{top - 6}">{row["task"]}</text>',
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#bbb"/>',
    ]
    for power in (-2, 0, 2):
        label = f'<text x="{x_of(10.0**power):.1f}" y="{top + height + 15}" text-anchor="middle">'
        parts.append(f"{label}{10.0**power:g}</text>")
    for power in (-12, -8, -4, 0):
        y = y_of(10.0**power)
        parts.append(f'<path d="M{left} {y:.1f}h{width}" stroke="#eee"/>')
        parts.append(
            f'<text x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{_power(power)}</text>'
        )
    for method, one in _runs(row):
        error = one["error"] if one["error"] is not None else math.inf
        x, y = x_of(one["cpu_seconds"]), y_of(error if math.isfinite(error) else math.inf)
        parts.append(dot(x, y, method, 4))
        parts.append(f'<text x="{x + 5:.1f}" y="{y - 3:.1f}" font-size="8">{one["neurons"]}</text>')
    return parts


def _power(power: int) -> str:
    return "1" if power == 0 else f"1e{power}"


def _runs(row: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every run that was measured, with the name of its colour."""
    runs = [(one["method"], one) for one in row["fitted"] if one["method"] in LABELS]
    runs += [("force", one) for one in row["force"]]
    return runs + [("bptt", one) for one in learning_tasks.budgets(row)]


CYCLES = {"target": "#bbbbbb", "deleted": "#d55e00", "none": "#0072b2"}
SIDE, MARGIN, TOP = 300, 30, 58


def cycles(report: dict[str, Any]) -> str:
    """The cycle of the smallest network and that of many neurons, with neurons deleted."""
    rows = [row for row in report["figures"] if row.get("orbits")][:2]
    parts: list[str] = []
    for column, row in enumerate(rows):
        left = MARGIN + column * (SIDE + MARGIN)
        parts += [f'<g transform="translate({left},{TOP})">', *cycle_panel(row), "</g>"]
    names = {"target": "target", "none": "network", "deleted": "with neurons deleted, in the end"}
    for k, (name, label) in enumerate(names.items()):
        x, y = MARGIN + 150 * k, TOP + SIDE + 22
        stroke = f'stroke="{CYCLES[name]}" stroke-width="{5 if name == "target" else 2}"'
        parts.append(f'<path d="M{x} {y} h22" {stroke}/>')
        parts.append(f'<text x="{x + 28}" y="{y + 4}">{label}</text>')
    return page(MARGIN + len(rows) * (SIDE + MARGIN), TOP + SIDE + 40, parts)


def cycle_panel(row: dict[str, Any]) -> list[str]:
    """One network: the target's cycle, its own, and those of draws with deleted neurons."""
    cycle = row["orbits"]["target"][0]
    low = [min(point[d] for point in cycle) for d in (0, 1)]
    high = [max(point[d] for point in cycle) for d in (0, 1)]

    def place(point: list[float]) -> str:
        shares = ((point[d] - low[d]) / (high[d] - low[d]) for d in (0, 1))
        x, y = (min(max(0.12 + 0.76 * share, 0.0), 1.0) for share in shares)
        return f"{SIDE * x:.1f} {SIDE * (1.0 - y):.1f}"

    deleted = row["cases"]["deleted"]
    many = f"{row['neurons']:,} neurons" + (
        f" in {row['populations']} populations" if row["populations"] else ""
    )
    gone = "a tenth" if row["neurons"] >= 10 else "one"
    kept = f"{gone} deleted: cycle kept in {deleted['kept']} of {deleted['draws']} draws"
    parts = [
        f'<text y="-26" font-size="15" font-weight="bold">{many}</text>',
        f'<text y="-8" fill="#444">{kept}</text>',
        f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#dddddd"/>',
    ]
    widths = {"target": 6.0, "deleted": 1.0, "none": 2.0}
    for name, width in widths.items():
        for orbit in row["orbits"][name]:
            path = "M" + " L".join(place(point) for point in orbit)
            style = f'stroke="{CYCLES[name]}" stroke-width="{width:g}"'
            parts.append(f'<path d="{path}" fill="none" {style} stroke-linejoin="round"/>')
            if name == "deleted" and len({place(point) for point in orbit}) == 1:  # came to rest
                x, y = place(orbit[-1]).split()
                parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{CYCLES[name]}"/>')
    return parts
