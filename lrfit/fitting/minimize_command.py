"""`lrfit minimize`: the smallest network within a tolerance."""

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
from lrfit.fitting.flags_command import AimFlags, NetworkFlags, SearchFlags
from lrfit.fitting.options import AimOptions
from lrfit.fitting.shared_command import Keeper, announce, finish, fit_options, read_target

EXAMPLES = """
lrfit minimize van_der_pol --tol 1e-2
lrfit minimize van_der_pol --tol 0.1 --method ols --seed 3 -o vdp_ols.h5
lrfit minimize pitchfork_bistable --tol 0.1 -o - | lrfit simulate - --json
"""


@command(app, examples=EXAMPLES)
def minimize(
    system: SystemArgument,
    network: NetworkFlags,
    search: SearchFlags,
    overrides: SystemFlags,
    output: OutputFlags,
    store: StoreFlags,
    report: ReportFlags,
    limit: LimitFlags,
    aim: AimFlags,
    seed: SeedOption = None,
) -> int:
    """Find the smallest network whose error is within a tolerance.

    The error is relative, in box units, by the criterion chosen, and includes the price of noise
    on every rate. Exit code 4 says that the tolerance was not reached; the best network found is
    written all the same.
    """
    asked = AimOptions(**given(aim))
    target, options = read_target(system, overrides, fit_options(network, search, seed))
    outlet = open_outlet(output, system=target.name, kind="network")
    if output.dry_run:
        return announce(
            "minimize", target, options, outlet, report, method=asked.method, tol=asked.tol
        )
    from lrfit.fitting.cost import estimate_memory, require_memory
    from lrfit.fitting.minimize import minimize as minimize_system

    require_memory(estimate_memory(target, options, method=asked.method), limit.memory_limit)
    keeper = Keeper(outlet=outlet, store=store)
    with signals.patience(asked.keep_best):
        with progress_display(quiet=report.quiet, color=wants_color(report)) as tell:
            found = minimize_system(
                target, options=options, progress=tell, on_found=keeper.on_found, **vars(asked)
            )
        return finish("minimize", found, keeper, report)
