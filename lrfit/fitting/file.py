"""Network files: a network with everything one needs to trust it, and to make it again.

    /network   M, N, bias, center, input_weights, direct_input, in the user's units; its domain;
               population, of expanded networks
    /system    the target as it was given, and the resolved options
    /report    errors on the test set, and size against error of every method tried
    /frontier  optional: <neurons>/network and report, the best network of every size

Place in the flow: a `Fit` becomes a tree to write, and comes back from one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrfit.core.errors import InputError, UsageError
from lrfit.core.shapes import domain_lengths
from lrfit.fitting.options_group import options_from_group, options_group
from lrfit.fitting.result import Fit
from lrfit.io.text import shown
from lrfit.io.tree import Dataset, Group, Value
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output
from lrfit.networks.statistics import ConnectivityStatistics
from lrfit.records.box import domain_from_group, domain_group
from lrfit.records.codec import decode, encode
from lrfit.records.provenance import (
    encoded,
    read_provenance,
    require_kind,
    root_attributes,
)
from lrfit.records.system_group import named_group, read_system, system_group

KIND = "lrfit-network"
FRONTIER = "lrfit-frontier"
_REPORT_KIND = "lrfit-report"
_NETWORK_KIND = "lrfit-low-rank-network"
_DIMENSIONS = {
    "M": ("neuron", "variable"),
    "N": ("neuron", "variable"),
    "bias": ("neuron",),
    "center": ("variable",),
    "input_weights": ("neuron", "input"),
    "direct_input": ("variable", "input"),
}

_OUTPUT = {
    "offset": ("variable",),
    "state": ("variable", "latent"),
    "input": ("variable", "input"),
    "rates": ("variable", "neuron"),
}
OUTPUT_EQUATION = (
    "z = offset + state y + input v + rates phi(x),  y = center + pinv(M) (x - B v - bias)"
)


def network_tree(fit: Fit, *, history: Sequence[str] = (), store_J: bool = False) -> Group:
    """Return the content of the network file of a fit; `history` are command lines."""
    attributes = root_attributes(KIND, history=history, seed=fit.options.seed)
    children = {
        **_network_and_report(fit, store_J=store_J),
        "system": _target_group(fit),
    }
    if fit.frontier:
        children["frontier"] = Group(
            attributes=encoded(FRONTIER),
            children={
                str(each.network.neurons): Group(
                    attributes=encoded("lrfit-frontier-network"),
                    children=_network_and_report(each, store_J=store_J),
                )
                for each in fit.frontier
            },
        )
    return Group(attributes={**attributes, "interrupted": int(fit.interrupted)}, children=children)


def _target_group(fit: Fit) -> Group:
    options = options_group(fit.options)
    if fit.target is None:
        return named_group(fit.stored, options)
    return system_group(fit.target, options)


def _network_and_report(fit: Fit, *, store_J: bool) -> dict[str, Group]:
    report = encode(fit, _REPORT_KIND, root={})
    met = fit.met is not False  # without a tolerance nothing was missed
    report = replace(report, attributes={**report.attributes, "met": met})
    return {"network": network_group(fit.network, store_J=store_J), "report": report}


def tree_of(fit: Fit, *, history: Sequence[str] = ()) -> Group:
    """Return the content of the file of a fit."""
    return network_tree(fit, history=history)


def network_group(network: LowRankNetwork, *, store_J: bool = False) -> Group:
    """Return /network; its arrays have named dimensions."""
    domain = network.domain
    children: dict[str, Group | Dataset] = {
        name: Dataset(data=getattr(network, name)) for name in _DIMENSIONS
    }
    if network.population is not None:
        children["population"] = Dataset(data=network.population)
    if store_J:
        children["J"] = Dataset(data=network.J)
    children["domain"] = domain_group(domain)
    children["statistics"] = encode(
        network.statistics, ConnectivityStatistics.ENCODING, root=children
    )
    if network.output is not None:
        children["output"] = _output_group(network.output)
    return Group(
        attributes={
            **encoded(_NETWORK_KIND),
            "tau": float(network.tau),
            "nonlinearity": network.nonlinearity.name,
            "variables": list(domain.variables),
            "inputs": list(domain.inputs),
            "equation": network.equation,
            **_update(network.dt),
        },
        children=children,
    )


def _update(dt: float | None) -> dict[str, Value]:
    return {"update": "continuous"} if dt is None else {"update": "euler", "dt": float(dt)}


def _read_step(group: Group, tau: float) -> float | None:
    """Euler's dt; None of a network in continuous time, as all are that do not say."""
    update = group.attribute("update", str, "continuous")
    if update == "continuous":
        return None
    if update != "euler":
        raise group.error(f"has the unknown update {shown(update, 60)!r}; update lrfit")
    dt = group.attribute("dt", float)
    if not 0 < dt < 2 * tau:
        raise group.error(f"has the dt {dt:g}; needed is a positive number below twice its tau")
    return dt


def _output_group(output: Output) -> Group:
    """Return /network/output: how the state is read where the latent state is shifted."""
    return Group(
        attributes={**encoded("lrfit-output"), "equation": OUTPUT_EQUATION},
        children={
            **{name: Dataset(data=getattr(output, name)) for name in _OUTPUT},
            "copied": Dataset(data=np.array(output.copied, dtype=np.int64)),
            "domain": domain_group(output.domain),
        },
    )


def value_of(root: Group) -> Fit:
    """Read what `network_tree` wrote.

    Raises
    ------
    InputError
        Another kind of file, a newer version, or anything missing, of the wrong type or shape,
        or not finite where it must be.
    """
    require_kind(root, KIND)
    system = root.group("system")
    shared = {
        "stored": read_system(system),
        "options": options_from_group(system.group("options")),
        "provenance": read_provenance(root),
    }
    found = replace(
        _read_fit(root, shared),
        interrupted=bool(root.attribute("interrupted", int, 0)),
    )
    if "frontier" not in root:
        return found
    frontier = root.group("frontier")
    require_kind(frontier, FRONTIER)
    sizes = sorted(int(name) for name in frontier if name.isascii() and name.isdigit())
    each = tuple(_read_fit(frontier.group(str(size)), shared) for size in sizes)
    return replace(found, frontier=each)


def _read_fit(group: Group, shared: Mapping[str, Any]) -> Fit:
    """A network and its report, from the group that holds both."""
    network = read_network(group.group("network"))
    report = group.group("report")
    fit: Fit = decode(
        Fit,
        report,
        _REPORT_KIND,
        root=report,
        lengths=domain_lengths(network.domain),
        given={"network": network, **shared},
    )
    return fit if fit.tol is not None else replace(fit, met=None)


def read_network(group: Group) -> LowRankNetwork:
    """Read /network; everything must be finite, and tau positive."""
    require_kind(group, _NETWORK_KIND)
    domain = domain_from_group(group.group("domain"))
    neurons = group.numbers("bias", shape=(None,)).shape[0]
    lengths = {"neuron": neurons, "variable": domain.dimension, "input": domain.input_count}
    arrays = {
        name: group.numbers(name, shape=tuple(lengths[axis] for axis in axes))
        for name, axes in _DIMENSIONS.items()
    }
    tau = group.attribute("tau", float)
    for name, values in {**arrays, "tau": np.array(tau)}.items():
        if not np.all(np.isfinite(values)):
            raise group.error(f"holds values in {name} that are not finite; write the file again")
    if tau <= 0:
        raise group.error(f"has the tau {tau:g}; needed is a positive number")
    try:
        phi = nonlinearity(group.attribute("nonlinearity", str))
    except UsageError as error:
        raise group.error(f"has an {error}") from None
    dt = _read_step(group, tau)
    output = _read_output(group.group("output"), lengths) if "output" in group else None
    return LowRankNetwork(
        **arrays,
        tau=tau,
        nonlinearity=phi,
        domain=domain,
        dt=dt,
        output=output,
        population=_read_labels(group, neurons),
    )


def _read_labels(group: Group, neurons: int) -> NDArray[np.int64] | None:
    """Populations of the neurons, which only expanded networks have."""
    if "population" not in group:
        return None
    labels = group.numbers("population", shape=(neurons,))
    if np.any(labels < 0) or np.any(labels != np.floor(labels)):
        raise group.error("holds labels in population that are no whole numbers from 0 on")
    return labels.astype(np.int64)


def _read_output(group: Group, lengths: Mapping[str, int]) -> Output:
    domain = domain_from_group(group.group("domain"))
    sizes = {**lengths, "latent": lengths["variable"], "variable": domain.dimension}
    parts = {
        name: group.numbers(name, shape=tuple(sizes[axis] for axis in axes))
        for name, axes in _OUTPUT.items()
    }
    copied = tuple(int(j) for j in group.numbers("copied", shape=(None,)))
    if sizes["latent"] != domain.dimension + len(copied) or not (
        {*copied} <= {*range(lengths["input"])}
    ):
        raise group.error("does not fit its network: latent variables and copies disagree")
    try:
        return Output(
            offset=parts["offset"],
            state=parts["state"],
            input=parts["input"],
            rates=parts["rates"],
            domain=domain,
            copied=copied,
        )
    except InputError as error:
        raise group.error(f"is no output: {error}") from None
