"""The kinds of lrfit files, each declared once.

Place in the flow: what the root of a file says it is (`encoding-type`) leads to the room that
reads it, and the class of a value to the room that writes it. `load`, `save` and `show` go
through this list, and so do the messages that name the kinds. Rooms are imported when a file of
theirs is met, so that nothing heavy is loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.core.plugins import load_object, plugin_kinds
from lrfit.io.tree import Group


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """One kind of file, and the functions of its room, by name.

    Attributes
    ----------
    encoding : the `encoding-type` of its root.
    name : with its article, as messages call it.
    module : the room's module of files. record : the class in it of what is read. reader : tree ->
        record, in it. writer : (value, history=)
        -> tree, in it; "" where a value alone is not enough to write a file.
    value : full name of the class that is saved as this kind, "" where there is none.
    view : the room's module with `shown(record, file=, verbose=)` -> (fields, tables).
    has_figure : whether `plot` draws it.
    """

    encoding: str
    name: str
    module: str
    record: str
    reader: str
    writer: str = ""
    value: str = ""
    view: str
    has_figure: bool = False

    def read(self, tree: Group) -> Any:
        """The record that a tree of this kind holds."""
        return self._function(self.reader)(tree)

    def write(self, value: Any, history: Sequence[str]) -> Group:
        """The tree of a value of this kind."""
        tree: Group = self._function(self.writer)(value, history=history)
        return tree

    def shown(self, record: Any, *, file: str, verbose: bool) -> Any:
        """What is said about a record: fields for a program, tables for a person."""
        return import_module(self.view).shown(record, file=file, verbose=verbose)

    def _function(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(import_module(self.module), name)
        return function


NETWORK = FileKind(
    encoding="lrfit-network",
    name="a network",
    module="lrfit.fitting.file",
    record="NetworkRecord",
    reader="network_from_tree",
    writer="network_tree",
    value="lrfit.fitting.result.Fit",
    view="lrfit.fitting.view",
    has_figure=True,
)
KINDS = (
    NETWORK,
    FileKind(
        encoding="lrfit-trajectory",
        name="a trajectory",
        module="lrfit.running.file",
        record="TrajectoryRecord",
        reader="trajectory_from_tree",
        writer="trajectory_tree",
        value="lrfit.simulation.trajectory.Trajectory",
        view="lrfit.running.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-certificate",
        name="a certificate",
        module="lrfit.certification.file",
        record="CertificateRecord",
        reader="certificate_from_tree",
        view="lrfit.certification.view",
    ),
    FileKind(
        encoding="lrfit-analysis",
        name="an analysis",
        module="lrfit.dynamics.file",
        record="AnalysisRecord",
        reader="analysis_from_tree",
        view="lrfit.dynamics.view",
    ),
    FileKind(
        encoding="lrfit-stress",
        name="a stress test",
        module="lrfit.stressing.file",
        record="StressRecord",
        reader="stress_from_tree",
        view="lrfit.stressing.view",
    ),
    FileKind(
        encoding="lrfit-degeneracy",
        name="a table of solutions",
        module="lrfit.degeneracy.file",
        record="DegeneracyRecord",
        reader="degeneracy_from_tree",
        writer="degeneracy_file",
        value="lrfit.degeneracy.solve.Degeneracy",
        view="lrfit.degeneracy.view",
    ),
    FileKind(
        encoding="lrfit-perturbation",
        name="a study of pushes",
        module="lrfit.perturbation.file",
        record="PerturbationRecord",
        reader="perturbation_from_tree",
        writer="perturbation_tree",
        value="lrfit.perturbation.study.Perturbation",
        view="lrfit.perturbation.view",
    ),
    FileKind(
        encoding="lrfit-score",
        name="a score",
        module="lrfit.scoring.file",
        record="ScoreRecord",
        reader="score_from_tree",
        writer="score_tree",
        value="lrfit.scoring.study.Score",
        view="lrfit.scoring.view",
    ),
)
"""In the order in which messages list them."""


def kind_named(encoding: str) -> FileKind | None:
    """The kind with an `encoding-type`, None where there is none."""
    known = next((kind for kind in KINDS if kind.encoding == encoding), None)
    if known is not None or not encoding:
        return known
    place = plugin_kinds().get(encoding)
    return None if place is None else _of_plugin(place)


def kind_of_value(value: object) -> FileKind | None:
    """The kind as which a value is saved, None where it is saved as none."""
    names = _names(value)
    return next((kind for kind in _candidates(value) if kind.value in names), None)


def kind_of_record(record: object) -> FileKind | None:
    """The kind of file that a record was read from, None of what is no record."""
    names = _names(record)
    return next(
        (kind for kind in _candidates(record) if f"{kind.module}.{kind.record}" in names), None
    )


def _candidates(value: object) -> tuple[FileKind, ...]:
    """Kinds that may be of a value: plugins only define classes outside of this package."""
    if type(value).__module__.partition(".")[0] in {"lrfit", "builtins"}:
        return KINDS
    return (*KINDS, *(_of_plugin(place) for place in plugin_kinds().values()))


def _of_plugin(place: str) -> FileKind:
    kind = load_object(place)
    if not isinstance(kind, FileKind):
        raise UsageError(f"{place} is no FileKind; mend the plugin")
    return kind


def _names(value: object) -> set[str]:
    """Full names of a value's class and of those it is derived from."""
    return {f"{each.__module__}.{each.__qualname__}" for each in type(value).__mro__}


def listed(kinds: Sequence[FileKind] = KINDS) -> str:
    """The names of kinds in a sentence: "a network, a trajectory or a score"."""
    *most, last = [kind.name for kind in kinds]
    return f"{', '.join(most)} or {last}" if most else last
