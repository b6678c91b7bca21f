"""`lrfit plot`: the right figure of any lrfit file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from lrfit.cli.app import app
from lrfit.cli.console import Table
from lrfit.cli.declare import command
from lrfit.cli.flags import OUTPUT, FileArgument, ForceOption, ReportFlags, flag
from lrfit.cli.output import summarize
from lrfit.options import text_values as values
from lrfit.options.text_values import choice, file_stem

EXAMPLES = """
lrfit plot van_der_pol.network.h5 -o portrait.svg
lrfit plot sizes.h5 -o sizes.pdf
lrfit plot pitchfork_bistable --input u=0 --input u=0.5 -o two_inputs.png
lrfit plot van_der_pol.network.h5 --kind animation -o running.gif
lrfit plot van_der_pol.network.h5 --kind task -o trials.svg
lrfit plot flip_flop.trained.h5 --kind change -o change.svg
"""
FIGURE = "Figure"
KINDS = (
    *("portrait", "error", "path", "connectivity", "tuning", "task", "trajectory", "animation"),
    *("learning", "change", "singular-values", "loss-by-rank", "eigenvalues", "fixed-points"),
    *("subspaces", "overlaps"),
)


@dataclass(frozen=True, kw_only=True)
class FigureFlags:
    """What the figure shows, and where it goes."""

    kind: Annotated[
        str | None,
        flag(
            FIGURE,
            "--kind",
            metavar="KIND",
            parse=choice(*KINDS),
            help="What to draw, as above [portrait; of a file with a frontier path; of a "
            "trajectory that; of a trained network learning]. Other files have one figure each.",
        ),
    ] = None
    input_: Annotated[
        list[str] | None,
        flag(
            FIGURE,
            "--input",
            metavar="NAME=VALUE",
            help="A tonic input to draw the portrait at; repeated: a row or panel each "
            "[as the system's own simulation starts].",
        ),
    ] = None
    output: Annotated[
        str | None,
        flag(
            OUTPUT,
            *("--output", "-o"),
            metavar="FILE",
            help="A name that ends in .png, .svg or .pdf, of an animation also .gif or .apng "
            "[<file>.<kind>.png, .gif, in the working directory].",
        ),
    ] = None
    force: ForceOption = False


@command(app, examples=EXAMPLES)
def plot(file: FileArgument, figure: FigureFlags, report: ReportFlags) -> int:
    """Draw a figure of any lrfit file.

    portrait: target beside network (stream lines, nullclines, fixed points, cycles) and their
    difference. error: where the network is wrong, and how often. path: size against error.
    connectivity: J, singular values, loadings. tuning: what each neuron responds to. task: test
    trials of the system's task, or trajectories from all over its box, and their error over time,
    with wrong weights too. trajectory: the system's own simulation, target dashed, rates of the
    neurons. animation: the same, moving. Of a trained network learning: loss and change by epoch;
    change: what learning changed, and its parts singular-values, loss-by-rank, eigenvalues,
    fixed-points, subspaces, overlaps. Analyses, certificates, stress tests, degenerate networks,
    pushes and the learning of linear networks have a figure each. Needs matplotlib.
    """
    from lrfit.io.atomic import check_writable, write_atomic
    from lrfit.plotting.plot import plot as draw
    from lrfit.plotting.plot import require_matplotlib

    require_matplotlib()
    from lrfit.plotting.picture import format_of

    if figure.output is not None:
        format_of(figure.output, moves=figure.kind == "animation")
        check_writable(figure.output, overwrite=figure.force)
    inputs = [values.assignments([text]) for text in figure.input_ or []]
    picture = draw(file, kind=figure.kind, inputs=inputs)
    moves = picture.kind == "animation"
    output = figure.output or f"{file_stem(file)}.{picture.kind}.{'gif' if moves else 'png'}"
    data = picture.to_bytes(format_of(output, moves=moves))
    write_atomic(output, data, overwrite=figure.force)
    fields: dict[str, Any] = {
        "file": file,
        "kind": picture.kind,
        "title": picture.title,
        "output": output,
        "bytes": len(data),
    }
    if not report.quiet or report.json:
        rows = [("figure", output), ("shows", picture.title)]
        summarize("plot", fields, [Table(rows=rows, title="")], report)
    return 0
