"""All commands, one module each: importing this package registers them, in the order of help."""

from lrfit.cli.commands import systems  # noqa: I001 - the order of a day's work
from lrfit.cli.commands import check
from lrfit.cli.commands import minimize
from lrfit.cli.commands import pick
from lrfit.cli.commands import fit
from lrfit.cli.commands import analyze
from lrfit.cli.commands import certify
from lrfit.cli.commands import stress
from lrfit.cli.commands import simulate
from lrfit.cli.commands import degenerate
from lrfit.cli.commands import perturb
from lrfit.cli.commands import score
from lrfit.cli.commands import sample
from lrfit.cli.commands import show
from lrfit.cli.commands import plot
from lrfit.cli.commands import report

__all__ = [
    "analyze",
    "certify",
    "check",
    "degenerate",
    "fit",
    "minimize",
    "perturb",
    "pick",
    "plot",
    "report",
    "sample",
    "score",
    "show",
    "simulate",
    "stress",
    "systems",
]
