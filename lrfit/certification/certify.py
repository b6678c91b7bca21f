"""certify() for users: any network, with the target it was fitted to or another description."""

from __future__ import annotations

from lrfit.certification import MOST_BOXES, Certificate, prove_bound
from lrfit.core.errors import UsageError
from lrfit.records.subject import Network, as_subject
from lrfit.systems.given import Target, as_system


def certify(
    network: Network,
    *,
    target: Target | None = None,
    gap: float = 0.01,
    tol: float | None = None,
    max_boxes: int = MOST_BOXES,
    time_limit: float | None = None,
) -> Certificate:
    """Prove a bound on the largest field error over the whole box, not only at samples.

    Parameters
    ----------
    network : Fit, NetworkRecord, LowRankNetwork or path
        What to certify.
    target : System, path or name of a sample system, optional
        By default the one that the network was fitted to; a bare LowRankNetwork has none.
    gap, tol, max_boxes, time_limit
        As in `lrfit.certification.prove_bound`.

    Raises
    ------
    UsageError
        No target, or numbers that are not positive.
    InputError
        The target is not given by expressions, they have no bounds somewhere, or the network
        belongs to another domain.
    """
    subject = as_subject(network)
    system = subject.system if target is None else as_system(target)
    if system is None:
        raise UsageError("this network does not say what it stands for; give its target")
    return prove_bound(
        subject.network,
        system,
        gap=gap,
        tol=tol,
        max_boxes=max_boxes,
        time_limit=time_limit,
    )
