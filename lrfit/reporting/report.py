"""report() for users: one HTML page about a network or another result, that one can send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lrfit.core.errors import LrfitError, UsageError
from lrfit.core.provenance import Result
from lrfit.dynamics import Analysis, Anatomy
from lrfit.dynamics.analyze import analyze
from lrfit.fitting.result import Fit
from lrfit.io.atomic import write_atomic
from lrfit.io.text import shown
from lrfit.plotting.plot import drawn_simulation, require_matplotlib
from lrfit.records.kinds import FileKind, kind_of_value
from lrfit.records.store import load

if TYPE_CHECKING:
    from lrfit.plotting.subject import FigureSubject
    from lrfit.reporting.page import Part

_CAPTIONS = {
    "portrait": "Target beside network. Filled points are stable, open ones unstable, half filled "
    "ones saddles.",
    "trajectory": "The simulation that the system's file declares: network and, dashed, target; "
    "rates of the neurons, sorted by phase.",
    "error": "Where the network's field differs from the target's, relative to the target's rms "
    "speed, and how often by how much over the whole box.",
    "path": "Size against error of the networks that the search met, on its validation set.",
    "connectivity": "J with neurons sorted by their loadings, its singular values (box units), and "
    "the loadings of the neurons against each other.",
    "tuning": "The rate of every neuron over the latent box.",
}
_TASK = {
    "task": "Test trials of the network beside the target, and root mean square errors over time, "
    "of the network as it is and of networks with wrong weights.",
}
"""Drawn first of a network that was tuned in closed loop."""


def report(
    network: Result | str | Path,
    *,
    output: str | Path | None = None,
    force: bool = False,
) -> str:
    """Write a self-contained page: what was asked, what was found, figures, how to use it.

    Parameters
    ----------
    network : Fit, another result that has a figure, or path
        What it is about.
    output : path, optional
        Where to write it; the text is returned in any case.
    force : bool
        Replace a file that exists.

    Returns
    -------
    str
        The page as HTML, with its figures inside; quantities in the user's units.

    Raises
    ------
    UsageError
        matplotlib is not installed, or nothing can be reported of the file.
    InputError
        The file cannot be read.
    OutputError
        The output exists or cannot be written.

    Notes
    -----
    Errors are those of docs/theory, eqs. 11 and 13; what trajectories do is as `analyze` finds it.

    Examples
    --------
    >>> import lrfit
    >>> system = lrfit.from_expressions({"x": "-x"}, domain={"x": (-1, 1)}, duration=2.0)
    >>> page = lrfit.report(lrfit.fit(system, neurons=4), output="decay.html")
    >>> page.startswith("<!DOCTYPE html>"), "What was found" in page
    (True, True)
    """
    require_matplotlib()
    value, kind, name = _opened(network)
    html = _page(value, name) if isinstance(value, Fit) else _of_result(value, kind, name)
    if output is not None:
        write_atomic(output, html.encode("utf-8"), overwrite=force)
    return html


def _opened(network: Result | str | Path) -> tuple[Result, FileKind, str]:
    """What a page is about, its kind, and the name of its file."""
    named = isinstance(network, str | Path)
    value = load(network) if isinstance(network, str | Path) else network
    kind = kind_of_value(value)
    if kind is None or not kind.has_figure:
        what = shown(network, 200) if named else f"a {type(value).__name__}"
        raise UsageError(f"{what} is no network and has no figure; report one of those")
    name = Path(str(network)).name if named and str(network) != "-" else f"{kind.word}.h5"
    return value, kind, name


def _of_result(value: Result, kind: FileKind, name: str) -> str:
    from lrfit.reporting.of_result import result_page  # noqa: PLC0415 - needs matplotlib

    return result_page(value, kind, name)


def _page(record: Fit, name: str) -> str:
    from lrfit.plotting.subject import subject_of  # noqa: PLC0415
    from lrfit.reporting.closed_loop import closed_loop  # noqa: PLC0415
    from lrfit.reporting.dynamics import dynamics  # noqa: PLC0415 - needs matplotlib
    from lrfit.reporting.page import Section, page  # noqa: PLC0415 - needs matplotlib
    from lrfit.reporting.populations import populations  # noqa: PLC0415 - needs matplotlib
    from lrfit.reporting.text import (  # noqa: PLC0415
        again,
        asked,
        by_variable,
        connectivity,
        footer,
        found,
        numbers,
        use,
        verdict,
    )

    subject = subject_of(record)
    analysis, failures = _analysis(record)
    known = replace(subject, anatomies=_known(analysis))
    tuned, missing = _figures(record, known, {} if record.tuning is None else _TASK)
    figures, more = _figures(record, known, _CAPTIONS)
    sections = [
        Section(title="How right it is in closed loop", parts=[*closed_loop(record), *tuned]),
        Section(title="What was found", parts=[found(record), by_variable(record)]),
        Section(title="Its populations", parts=populations(record)),
        Section(title="What its trajectories do", parts=dynamics(analysis)),
        Section(title="Figures", parts=figures),
        Section(title="What was asked", parts=asked(record)),
        Section(title="The network in numbers", parts=numbers(record)),
        Section(title="Its connectivity in numbers", parts=connectivity(record)),
        Section(title="How to make it again", parts=again(record)),
        Section(title="How to use it", parts=use(name)),
    ]
    return page(
        subject.name,
        f"{subject.size}, error {record.report.error:.3g}{verdict(record)}",
        [section for section in sections if section.parts],
        warnings=[
            *_missed(record),
            *record.warnings,
            *(() if record.target is None else record.target.notes),
            *_differences(analysis, record),
            *failures,
            *missing,
            *more,
        ],
        footer=footer(record),
    )


def _known(analysis: Analysis | None) -> tuple[Anatomy, ...]:
    """What the figures need not find again."""
    if analysis is None or analysis.faithfulness is None:
        return ()
    pairs = analysis.faithfulness.comparisons
    return tuple(each for pair in pairs for each in (pair.target, pair.network))


def _missed(record: Fit) -> list[str]:
    found = []
    if record.tol is not None and not record.met:
        found.append(
            f"the tolerance {record.tol:g} is not met: the error is {record.report.error:.3g}"
        )
    if record.tuning is not None and record.tuning.met is False:
        found.append(
            f"the mean square {record.tuning.goal:g} in closed loop was not reached: it is "
            f"{record.tuning.mse:.3g}"
        )
    if record.interrupted:
        found.append("the search was interrupted; this is the best network it had by then")
    return found


def _analysis(record: Fit) -> tuple[Analysis | None, list[str]]:
    """The closed-loop comparison, or why there is none."""
    try:
        return analyze(record), []
    except LrfitError as error:
        return None, [f"its trajectories were not compared with the target's: {error}"]


def _differences(analysis: Analysis | None, record: Fit) -> list[str]:
    """What differs from the target, unless the fit's own warnings say so."""
    said = " ".join(record.warnings)
    found = () if analysis is None else analysis.differences
    return [f"other than the target: {each}" for each in found if each not in said]


def _figures(
    record: Fit, subject: FigureSubject, captions: Mapping[str, str]
) -> tuple[list[Part], list[str]]:
    """Every figure that there can be; what cannot be drawn is said."""
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib
    from lrfit.reporting.page import Figure  # noqa: PLC0415

    found: list[Part] = []
    problems = []
    for kind, caption in captions.items():
        try:
            if kind == "trajectory":
                picture = drawn_simulation(record, subject.name)
            else:
                picture = kinds.draw(subject, kind)
        except LrfitError as error:
            if kind != "path":  # a network of a given size has none, and nobody misses it
                problems.append(f"no figure of the {kind}: {error}")
            continue
        found.append(Figure(picture=picture, caption=caption))
    return found, problems
