"""What `fit` and `minimize` share: reading the target, telling what would be done, saving."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lrfit.cli import signals
from lrfit.cli.console import Table
from lrfit.cli.failures import say
from lrfit.cli.flags import ReportFlags, StoreFlags, SystemFlags, given
from lrfit.cli.history import command_line
from lrfit.cli.output import Outlet, deliver, summarize, warn
from lrfit.fitting.flags_command import NetworkFlags, SearchFlags
from lrfit.fitting.view import fields, tables
from lrfit.io.text import counted

if TYPE_CHECKING:
    from lrfit.fitting.options import FitOptions
    from lrfit.fitting.result import Fit
    from lrfit.systems.system import System


def read_target(
    system: str, overrides: SystemFlags, options: dict[str, Any]
) -> tuple[System, FitOptions]:
    """The system, and the options of a fit, resolved: given, else its file's, else lrfit's."""
    from lrfit.fitting.resolve import resolve_options
    from lrfit.systems.given import as_system

    subject, parameters = overrides.subject(system)
    target = as_system(subject, overrides=parameters)
    return target, resolve_options(target, options)


def fit_options(network: NetworkFlags, search: SearchFlags, seed: int | None) -> dict[str, Any]:
    """Options of a fit that the user gave."""
    options = given(network, search)
    return options if seed is None else {**options, "seed": seed}


def announce(
    name: str,
    system: System,
    options: FitOptions,
    outlet: Outlet,
    report: ReportFlags,
    *,
    method: str,
    neurons: int | None = None,
    **more: Any,
) -> int:
    """Say what would be done (--dry-run)."""
    from lrfit.fitting.cost import estimate_memory, training_points
    from lrfit.io.text import byte_size

    memory = estimate_memory(system, options, method=method, neurons=neurons)
    points = training_points(system, options)
    fields = {
        "system": system.name,
        "dry_run": True,
        "dimension": system.domain.dimension,
        "input_names": list(system.domain.inputs),
        "neurons": neurons,
        "method": method,
        **more,
        "options": vars(options),
        "training_points": points,
        "memory_bytes": memory,
        "output": outlet.name,
    }
    rows = [
        ("system", f"{system.name}: {', '.join(system.domain.variables + system.domain.inputs)}"),
        ("method", f"{method}, {options.nonlinearity}, seed {options.seed}"),
        ("training", f"{counted(points, 'point')} ({options.sampling})"),
        ("memory", f"about {byte_size(memory)}"),
        ("would write", outlet.name),
    ]
    summarize(name, fields, [Table(rows=rows)], report, outlet=outlet)
    return 0


@dataclass(kw_only=True)
class Keeper:
    """Writes the network file: first when the search is done, then with the verdict.

    Whatever happens while the dynamics are looked at, the network is in its file. Standard output
    cannot be written twice and gets the bytes at the end.
    """

    outlet: Outlet
    store: StoreFlags
    _written: bool = False

    def on_found(self, found: Fit) -> None:
        """Write a network whose dynamics were not looked at yet."""
        if not self.outlet.is_stdout:
            self.write(found)
        signals.be_patient()

    def write(self, found: Fit) -> None:
        """Write the network, over the file that an earlier call wrote."""
        from lrfit.fitting.file import network_tree

        store_J = self.store.store_connectivity
        tree = network_tree(found, history=[command_line()], store_J=store_J)
        deliver(replace(self.outlet, force=self.outlet.force or self._written), tree)
        self._written = True


def finish(name: str, found: Fit, keeper: Keeper, report: ReportFlags) -> int:
    """Write the network file, then say what was found.

    Returns 4 if the tolerance was not reached, and the code of the signal that ended the search
    or the look at the dynamics, if there was one.
    """
    from lrfit.fitting.result import INTERRUPTED

    outlet = keeper.outlet
    keeper.write(found)
    warn(found.warnings, report)
    told = {**fields(found), "output": outlet.name}
    shown = tables(found, verbose=report.verbose, output=outlet.name)
    summarize(name, told, shown, report, outlet=outlet)
    code = _told(found, outlet)
    if found.interrupted or found.faithful == INTERRUPTED or signals.received():
        return signals.exit_code(signals.received() or signal.SIGINT)
    return code


def _told(found: Fit, outlet: Outlet) -> int:
    """Say what was asked for and not reached; 4 if there is anything, else 0."""
    missed = _missed(found)
    if missed:
        say(f"{found.stored.name}: {missed}; the network is in {outlet.told}")
        return 4
    if found.met is not False:
        return 0
    if found.report.error <= (found.tol or 0.0):
        say(
            f"{found.system.name}: the tolerance {found.tol:g} was reached, but not by a network "
            f"that is known to be faithful; the smallest one found is in {outlet.told}; allow more "
            "--effort or give a smaller --tol"
        )
        return 4
    say(
        f"{found.system.name}: the tolerance {found.tol:g} was not reached; the best network has "
        f"{counted(found.network.neurons, 'neuron')} and error {found.report.error:.3g}, and is in "
        f"{outlet.told}; allow more --max-neurons, --candidates or a larger --tol"
    )
    return 4


def _missed(found: Fit) -> str:
    """What was asked for beside the error of the field, and not reached; "" if there is nothing."""
    if found.reduction is not None and not found.reduction.met:
        from lrfit.fitting import reduction_view

        return reduction_view.not_reached(found.reduction)
    if found.tuning is not None and found.tuning.met is False:
        from lrfit.fitting import tuning_view

        return tuning_view.missed(found.tuning)
    if found.expansion is not None and found.expansion.met is False:
        from lrfit.fitting import expansion_view

        return expansion_view.not_reached(found.expansion)
    return ""
