"""`lrfit fit`: a network of a given size."""

from __future__ import annotations

from lrfit.cli import signals
from lrfit.cli.app import app
from lrfit.cli.console import progress_display, wants_color
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    LimitFlags,
    OutputFlags,
    ReportFlags,
    SeedOption,
    StoreFlags,
    SystemArgument,
    SystemFlags,
    given,
)
from lrfit.cli.output import open_outlet
from lrfit.fitting.flags_command import NetworkFlags, SearchFlags, SizeFlags
from lrfit.fitting.options import SizeOptions
from lrfit.fitting.shared_command import Keeper, announce, finish, fit_options, read_target

EXAMPLES = """
lrfit fit van_der_pol --neurons 64 -o random64.h5
lrfit fit lorenz --neurons 40 --method ols --criterion overall -o lorenz.h5
lrfit fit van_der_pol --neurons 32 --set mu=2 --no-bias -o odd.h5 --dry-run
"""


@command(app, examples=EXAMPLES)
def fit(
    system: SystemArgument,
    network: NetworkFlags,
    search: SearchFlags,
    overrides: SystemFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    limit: LimitFlags,
    size: SizeFlags,
    seed: SeedOption = None,
) -> int:
    """Fit a network of a given size.

    The readout weights, tau and the center are the solution of one regression, in which the
    noise of every rate is priced. Writes a network file and reports its errors on points that
    the fit has not seen.
    """
    asked = vars(SizeOptions(**given(size)))
    target, options = read_target(system, overrides, fit_options(network, search, seed))
    outlet = open_outlet(output, system=target.name, kind="network")
    if output.dry_run:
        return announce("fit", target, options, outlet, report, **asked)
    from lrfit.fitting.cost import estimate_memory, require_memory
    from lrfit.fitting.fit import fit as fit_system

    needed = estimate_memory(target, options, **asked)
    require_memory(needed, limit.memory_limit)
    keeper = Keeper(outlet=outlet, store=store)
    with signals.patience(False):
        with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
            found = fit_system(
                target, options=options, progress=tell, on_found=keeper.on_found, **asked
            )
        return finish("fit", found, keeper, report)
