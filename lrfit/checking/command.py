"""`lrfit check`: is a system sound, what would a fit need, what can no network reach."""

from __future__ import annotations

from lrfit.checking.view import fields, tables
from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import (
    ReportFlags,
    SeedOption,
    SystemArgument,
    SystemFlags,
)
from lrfit.cli.output import summarize, warn
from lrfit.fitting.flags_command import NetworkFlags, SearchFlags
from lrfit.fitting.shared_command import fit_options

EXAMPLES = """
lrfit check van_der_pol
lrfit check fitzhugh_nagumo --no-bias --json
"""


@command(app, examples=EXAMPLES)
def check(
    system: SystemArgument,
    network: NetworkFlags,
    search: SearchFlags,
    overrides: SystemFlags,
    report: ReportFlags,
    seed: SeedOption = None,
) -> int:
    """Validate a system; say what a fit costs and cannot reach.

    Without bias a network's field has the symmetry of its neurons. The error floor is a lower
    bound on the relative error of every such network, by quadrature over the domain or proved
    from the expressions; it is 0 where nothing is known to be unreachable. Where it is not, the
    errors of quick fits show what a bias, a constant input or another center would change.
    """
    from lrfit.checking.check import check as check_system

    subject, parameters = overrides.subject(system)
    found = check_system(subject, overrides=parameters, **fit_options(network, search, seed))
    warn(found.notes, report)
    summarize("check", fields(found), tables(found, verbose=report.verbose), report)
    return 0
