"""`lrfit certify`: a bound on the error over the whole box, which no point can exceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrfit.certification.options import PROOF, ProofOptions
from lrfit.certification.view import tables
from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.failures import say
from lrfit.cli.flags import NetworkArgument, RecordFlags, ReportFlags, flags_of, given
from lrfit.cli.output import deliver, open_record, summarize

EXAMPLES = """
lrfit certify van_der_pol.network.h5
lrfit certify van_der_pol.network.h5 --tol 0.2
lrfit certify van_der_pol.network.h5 --gap 0.001 -o certificate.h5
"""
if TYPE_CHECKING:

    class ProofFlags:
        """What is to be proved, and how much work it may take; None: the program's choice."""

else:
    ProofFlags = flags_of("ProofFlags", ProofOptions, PROOF)


@command(app, examples=EXAMPLES)
def certify(
    network: NetworkArgument, proof: ProofFlags, output: RecordFlags, report: ReportFlags
) -> int:
    """Prove a bound on the field error over the whole box.

    Reports are measured at sample points; between them an error could be larger. This is a
    bound that no point of the box exceeds, by interval arithmetic with outward rounding and
    branch and bound, and a point where the error is almost as large. Errors are as max_error in
    reports: box units, relative to the target's rms speed. The target must be given by
    expressions that have bounds everywhere (0/0 has none).
    """
    from lrfit.certification.certify import certify as prove
    from lrfit.records.store import load_network
    from lrfit.records.told import told_fields

    record = load_network(network)
    outlet = open_record(output, system=record.stored.name, kind="certificate")
    found = prove(record, **given(proof))
    deliver(outlet, found, history=record.history)
    fields = {"network": network, **told_fields(found), "output": output.output}
    summarize("certify", fields, tables(found, verbose=report.verbose), report, outlet=outlet)
    if found.success:
        return 0
    say(f"{found.system}: not {'certified' if found.tol is None else 'proved'}: {found.reason}")
    return 4
