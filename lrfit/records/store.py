"""Saving and loading any lrfit file, told apart by what its root says it is."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from lrfit.certification.file import KIND as CERTIFICATE
from lrfit.certification.file import CertificateRecord, certificate_from_tree
from lrfit.core.errors import InputError, UsageError
from lrfit.degeneracy import Degeneracy
from lrfit.degeneracy.file import KIND as DEGENERACY
from lrfit.degeneracy.file import (
    DegeneracyRecord,
    degeneracy_from_tree,
    degeneracy_table,
    degeneracy_tree,
)
from lrfit.dynamics.file import KIND as ANALYSIS
from lrfit.dynamics.file import AnalysisRecord, analysis_from_tree
from lrfit.fitting.file import KIND as NETWORK
from lrfit.fitting.file import NetworkRecord, network_from_tree, network_tree
from lrfit.fitting.result import Fit
from lrfit.io.atomic import write_atomic
from lrfit.io.hdf5_reader import read_hdf5
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.limits import Limits
from lrfit.io.regular import open_regular
from lrfit.io.text import byte_size, shown
from lrfit.io.tree import Group
from lrfit.perturbation import Perturbation
from lrfit.perturbation.file import KIND as PERTURBATION
from lrfit.perturbation.file import (
    PerturbationRecord,
    perturbation_from_tree,
    perturbation_tree,
)
from lrfit.records.provenance import kind_of
from lrfit.running.file import KIND as TRAJECTORY
from lrfit.running.file import TrajectoryRecord, trajectory_from_tree, trajectory_tree
from lrfit.scoring.file import KIND as SCORE
from lrfit.scoring.file import ScoreRecord, score_from_tree, score_tree
from lrfit.scoring.study import Score
from lrfit.simulation.trajectory import Trajectory
from lrfit.stressing.file import KIND as STRESS
from lrfit.stressing.file import StressRecord, stress_from_tree
from lrfit.systems.sampled_file import system_from_tree
from lrfit.systems.system import System, load_system

SIGNATURE = b"\x89HDF\r\n\x1a\n"
Record = (
    NetworkRecord
    | TrajectoryRecord
    | CertificateRecord
    | AnalysisRecord
    | StressRecord
    | DegeneracyRecord
    | PerturbationRecord
    | ScoreRecord
    | System
)


def save(
    value: Fit | Trajectory | Degeneracy | Perturbation | Score | Group,
    path: Path | str,
    *,
    force: bool = False,
    history: Sequence[str] = (),
) -> None:
    """Write a fit, a trajectory, a score or a sampled field as HDF5: the whole file or none.

    Of a degeneracy it is the table; its networks are the fits of its solutions.

    Parameters
    ----------
    force : bool
        Replace a file that exists.
    history : sequence of str
        Command lines that led here.

    Raises
    ------
    OutputError
        The file exists (without `force`) or cannot be written.
    """
    if isinstance(value, Fit):
        tree = network_tree(value, history=history)
    elif isinstance(value, Trajectory):
        tree = trajectory_tree(value, history=history)
    elif isinstance(value, Degeneracy):
        tree = degeneracy_tree(degeneracy_table(value), history=history)
    elif isinstance(value, Perturbation):
        tree = perturbation_tree(value, history=history)
    elif isinstance(value, Score):
        tree = score_tree(value, history=history)
    elif isinstance(value, Group):
        tree = value
    else:
        raise UsageError(f"cannot save a {type(value).__name__}; give a Fit or a Trajectory")
    write_atomic(path, to_bytes(tree), overwrite=force)


def load(path: Path | str, *, overrides: Mapping[str, float] | None = None) -> Record:
    """Read any lrfit file; "-" is standard input. `overrides` are parameters of a system.

    Returns
    -------
    NetworkRecord, TrajectoryRecord, CertificateRecord, AnalysisRecord, StressRecord,
    DegeneracyRecord, PerturbationRecord, ScoreRecord, System
        A network, a trajectory, a certificate, an analysis, what errors in weights did, a table
        of solutions, a study of pushes, a score, or a target: a sampled field, or a system in
        YAML.

    Raises
    ------
    InputError
        Not readable, damaged, of an unknown kind or a newer version.
    """
    return load_with_tree(path, overrides=overrides)[0]


def load_with_tree(
    path: Path | str, *, overrides: Mapping[str, float] | None = None
) -> tuple[Record, Group | None]:
    """As `load`, with the whole tree of an HDF5 file beside it; None for YAML."""
    if str(path) == "-":
        if _next_byte() != SIGNATURE[:1]:  # no text starts with this byte
            return load_system("-", overrides=overrides), None
        tree, name = read_tree("-"), "samples"
    elif _head(path) != SIGNATURE:
        return load_system(path, overrides=overrides), None
    else:
        tree, name = read_tree(path), Path(path).stem
    return record_from_tree(tree, name=name), tree


def load_network(path: Path | str) -> NetworkRecord:
    """Read a network file, from standard input for "-".

    Raises
    ------
    InputError
        As `load`; for anything but a network it says what it is.
    """
    return network_from_tree(read_tree(path))


def read_tree(path: Path | str) -> Group:
    """Read an HDF5 file as it is, from standard input for "-"."""
    if str(path) == "-":
        return read_hdf5(_standard_input(), where="<stdin>")
    return read_hdf5(path)


def _next_byte() -> bytes:
    """The next byte of standard input, which stays there to be read."""
    return cast(io.BufferedReader, sys.stdin.buffer).peek(1)[:1]


def _standard_input() -> bytes:
    data = sys.stdin.buffer.read(Limits().file_bytes + 1)
    if not data:
        raise InputError("standard input is empty; pipe an lrfit file into it", where="<stdin>")
    if len(data) > Limits().file_bytes:
        limit = byte_size(Limits().file_bytes)
        raise InputError(f"more than the {limit} that are read", where="<stdin>")
    return data


def _head(path: Path | str) -> bytes:
    """The first bytes of a file; nothing of what is no file (`load_system` says why)."""
    try:
        descriptor = open_regular(path, limit=Limits().file_bytes)
    except InputError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(len(SIGNATURE))


_READERS: Mapping[str, Callable[[Group], Record]] = {
    NETWORK: network_from_tree,
    TRAJECTORY: trajectory_from_tree,
    CERTIFICATE: certificate_from_tree,
    ANALYSIS: analysis_from_tree,
    STRESS: stress_from_tree,
    DEGENERACY: degeneracy_from_tree,
    PERTURBATION: perturbation_from_tree,
    SCORE: score_from_tree,
}


def record_from_tree(tree: Group, *, name: str) -> Record:
    """Make the value that a tree holds; `name` is that of a grid that has none."""
    kind = kind_of(tree)
    if kind in _READERS:
        return _READERS[kind](tree)
    if kind in ("lrfit-grid", "") and ("velocity" in tree or "samples" in tree):
        return system_from_tree(tree, name=name)
    raise tree.error(
        f"is of the unknown encoding-type {shown(kind, 60)!r}; needed is a network, a trajectory, "
        "a certificate, a stress test or a sampled field"
        if kind
        else "has no encoding-type; needed is a file written by lrfit, or a sampled field"
    )
