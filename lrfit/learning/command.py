"""`lrfit learn`: train a network of rate neurons on a task."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lrfit.cli import signals
from lrfit.cli.app import app
from lrfit.cli.console import Table, progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import OutputFlags, ReportFlags, SeedOption, flag, flags_of, given
from lrfit.cli.output import Outlet, deliver, open_outlet, summarize
from lrfit.core.errors import UsageError
from lrfit.io.text import byte_size
from lrfit.learning.linear_command import TargetFlags, learn_linear_command
from lrfit.learning.options import LEARNING, NETWORK, LearnOptions, StudyOptions
from lrfit.options.text_values import file_stem

if TYPE_CHECKING:

    class LearnFlags:
        """The network and how it learns; None: the program's choice."""

    class StudyFlags:
        """Which networks learn."""

else:
    LearnFlags = flags_of("LearnFlags", LearnOptions, NETWORK, LEARNING)
    StudyFlags = flags_of("StudyFlags", StudyOptions, NETWORK, LEARNING)

EXAMPLES = """
lrfit learn flip_flop --neurons 64 --epochs 300 --rate 0.1
lrfit learn comparison --neurons 64 --rank 5 --epochs 100 -o short.h5
lrfit learn --resume short.h5 --epochs 150 -o longer.h5
lrfit learn flip_flop --neurons 32 --epochs 100 --g 0,1 -o table.h5
lrfit learn linear --g 0,0.3,0.6,0.8 --neurons 256 --target 0.5 --seeds 2
"""

TaskArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="flip_flop, context or comparison (Schuessler et al. 2020); a system with a task: "
        "block (system.yaml, name of a sample system); or linear: linear networks, beside the "
        "theory of their learning.",
        rich_help_panel="Arguments",
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class StartFlags:
    """What to go on with."""

    resume: Annotated[
        str | None,
        flag(
            LEARNING,
            "--resume",
            metavar="FILE",
            help="Go on with a trained network up to --epochs in all, bit for bit as if it had "
            "never stopped.",
        ),
    ] = None


@command(app, examples=EXAMPLES)
def learn(
    learning: LearnFlags,
    study: StudyFlags,
    start: StartFlags,
    linear: TargetFlags,
    output: OutputFlags,
    report: ReportFlags,
    task: TaskArgument = None,
    seed: SeedOption = None,
) -> int:
    """Train a network on a task by gradient descent.

    Exact backpropagation through time and Adam, on new trials in every epoch. The file holds the
    network before and after, the loss of every epoch, and the change of the connectivity, its norm
    and singular values, at checkpoints; `lrfit analyze` takes the change apart. A gradient much
    longer than the median of the last hundred is shortened (--clip), and the summary says how
    often. Several --g or --seeds make a table: epochs to a tenth of the first loss, norm and
    functional rank of the change, its loss beside a shuffled W0. Interrupted with --keep-best, it
    writes the best network so far and exits with 130.

    `lrfit learn linear` lets linear networks learn one number, by gradient descent on W alone, for
    several g beside the formulas of the theory.
    """
    if task == "linear":
        return learn_linear_command(
            {**given(learning), **given(study), **given(linear), **given(start)},
            output,
            report,
            seed,
        )
    if given(linear):
        raise UsageError("--target is what linear networks learn; leave it out, or learn linear")
    from lrfit.learning.learn import learn as train
    from lrfit.learning.view import fields, tables

    options = {**given(learning), **({} if seed is None else {"seed": seed})}
    asked = StudyOptions(**given(study))
    if start.resume is None:
        if len(asked.g) > 1 or asked.seeds > 1:
            return _study(task, asked, options, output, report)
        options["g"] = asked.g[0]
    elif given(study):
        raise UsageError("a resumed network has its g and its seed; leave --g and --seeds out")
    outlet = open_outlet(output, system=_name_of(task, start.resume), kind="trained")
    if output.dry_run:
        return _announce(task, start.resume, LearnOptions(**options), outlet, report)
    with signals.patience(bool(options.get("keep_best"))):
        with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
            found = train(task, resume=start.resume, progress=tell, **options)
        deliver(outlet, found)
        told = {**fields(found), "output": outlet.name}
        shown = tables(found, verbose=report.verbose)
        summarize("learn", told, shown, report, outlet=outlet)
    if found.interrupted:
        return signals.exit_code(signals.received() or signal.SIGINT)
    return 0


def _study(
    task: str | None,
    asked: StudyOptions,
    options: dict[str, Any],
    output: OutputFlags,
    report: ReportFlags,
) -> int:
    """Train several networks, and make the table."""
    from lrfit.learning.study import study_learning
    from lrfit.learning.study_view import fields, tables

    if task is None:
        raise UsageError("give a task to learn")
    outlet = open_outlet(output, system=file_stem(task), kind="learning")
    if output.dry_run:
        return _announce(task, None, LearnOptions(**options), outlet, report, asked=asked)
    with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
        found = study_learning(
            task,
            g=asked.g,
            seeds=asked.seeds,
            workers=asked.workers,
            progress=tell,
            **options,
        )
    deliver(outlet, found)
    told = {**fields(found), "output": outlet.name}
    summarize("learn", told, tables(found, verbose=report.verbose), report, outlet=outlet)
    return 0


def _announce(
    task: str | None,
    resume: str | None,
    options: LearnOptions,
    outlet: Outlet,
    report: ReportFlags,
    *,
    asked: StudyOptions | None = None,
) -> int:
    """Say what would be done (--dry-run)."""
    from lrfit.learning.learn import plan

    known, memory = plan(task, options, resume=resume)
    count = 1 if asked is None else len(asked.g) * asked.seeds
    told = {
        "task": known.name,
        "dry_run": True,
        "networks": count,
        "neurons": options.neurons,
        "epochs": options.epochs,
        "memory_bytes": memory,
        "output": outlet.name,
    }
    rows = [
        ("task", f"{known.name}: {', '.join(known.inputs)} -> {', '.join(known.outputs)}"),
        ("networks", f"{count} of {options.neurons} neurons, {options.epochs} epochs each"),
        ("memory", f"about {byte_size(memory)} each"),
        ("would write", outlet.name),
    ]
    summarize("learn", told, [Table(rows=rows)], report, outlet=outlet)
    return 0


def _name_of(task: str | None, resume: str | None) -> str:
    """What the file is called after: the task, or the file that is resumed."""
    if task is None:
        return file_stem(resume or "").removesuffix(".trained")
    return file_stem(task)
