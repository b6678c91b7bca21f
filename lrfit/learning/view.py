"""What is said about a trained network, to a person and to a program; the same for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrfit.cli.console import Table
from lrfit.cli.text import number
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.learning.result import TrainedNetwork

ROWS = 8
"""Checkpoints that a longer table shows, at most."""


def fields(trained: TrainedNetwork) -> dict[str, Any]:
    """Fields of the JSON object."""
    network, options, training = trained.network, trained.options, trained.training
    report = trained.report
    return {
        "task": trained.task,
        "neurons": network.neurons,
        "input_names": list(network.inputs),
        "output_names": list(network.outputs),
        "g": options.g,
        "rank": options.rank,
        "learned": list(options.learn),
        "epochs": trained.epochs,
        "rate": options.rate,
        "batch": options.batch,
        "precision": options.precision,
        "seed": options.seed,
        "tau": network.tau,
        "dt": network.dt,
        "first_loss": float(training.loss[0]),
        "last_loss": float(training.loss[-1]),
        "epochs_to_10_percent": training.epochs_to_tenth,
        "test_trials": report.test_trials,
        "test_loss": report.test_loss,
        "untrained_loss": report.untrained_loss,
        "right": report.right,
        "change_norm": trained.change_norm,
        "checkpoints": training.checkpoint,
        "change_norm_at_checkpoints": training.change_norm,
        "clip": options.clip,
        "clipped": training.clipped,
        "best_epoch": training.best_epoch if options.keep_best else None,
        "interrupted": trained.interrupted,
    }


def tables(trained: TrainedNetwork, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    network, options, training = trained.network, trained.options, trained.training
    report = trained.report
    rank = "" if options.rank is None else f", change of rank {options.rank}"
    rows = [
        ("neurons", f"{network.neurons} (tanh), g {options.g:g}{rank}, seed {options.seed}"),
        ("learned", f"{', '.join(options.learn)}: {_epochs(trained)}"),
        ("loss", _loss(trained)),
        (
            "test trials",
            f"loss {number(report.test_loss)} (untrained {number(report.untrained_loss)}), "
            f"{100 * report.right:.4g} % of {report.test_trials} right",
        ),
        ("change of W", _change(trained)),
        ("clipped", _clipped(trained)),
    ]
    if options.keep_best:
        rows.append(("kept", f"the network of epoch {training.best_epoch}, of the smallest loss"))
    found = [Table(title=f"{trained.task}, trained", rows=rows)]
    return [*found, _checkpoints(trained)] if verbose and len(training.checkpoint) else found


def _epochs(trained: TrainedNetwork) -> str:
    options = trained.options
    falls = f", falling over the last {100 * options.fall:g} %" if options.fall else ""
    early = ", interrupted" if trained.interrupted else ""
    epochs = counted(trained.epochs, "epoch")
    return (
        f"{epochs}{early} of Adam, rate {options.rate:g}/{options.neurons}{falls}, "
        f"{counted(options.batch, 'trial')} each"
    )


def _loss(trained: TrainedNetwork) -> str:
    training = trained.training
    tenth = training.epochs_to_tenth
    when = "a tenth not reached" if tenth is None else f"a tenth after {counted(tenth, 'epoch')}"
    return f"{number(float(training.loss[0]))} to {number(float(training.loss[-1]))}; {when}"


def _change(trained: TrainedNetwork) -> str:
    values = trained.training.singular_values
    if not len(values):
        return "-"
    leading = ", ".join(f"{value:.2g}" for value in values[-1][:6])
    return f"norm {number(trained.change_norm)}, singular values {leading}, ..."


def _clipped(trained: TrainedNetwork) -> str:
    count, clip = trained.training.clipped, trained.options.clip
    return f"{counted(count, 'gradient')} of more than {clip:g} times the running median"


def _checkpoints(trained: TrainedNetwork) -> Table:
    training = trained.training
    rows = [
        (str(epoch), number(float(norm)), ", ".join(f"{value:.2g}" for value in values[:6]))
        for epoch, norm, values in list(
            zip(
                training.checkpoint,
                training.change_norm,
                training.singular_values,
                strict=True,
            )
        )[-ROWS:]
    ]
    return Table(header=("epoch", "norm of the change", "singular values"), rows=rows)
