"""The kinds of lrfit files, each declared once.

Place in the flow: what the root of a file says it is (`encoding-type`) leads to the class of its
results, and the class of a result to its kind. `load`, `save` and `show` go through this list,
and so do the messages that name the kinds. Rooms are imported when a file of
theirs is met, so that nothing heavy is loaded before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.core.plugins import load_object, plugin_kinds
from lrfit.io.tree import Group
from lrfit.records.result_file import result_from_tree, result_tree
from lrfit.records.told import told_fields


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """One kind of file, and where its room defines what belongs to it, by name.

    Attributes
    ----------
    encoding : the `encoding-type` of its root, "lrfit-NAME".
    name : with its article, as messages call it.
    value : full name of the class of its results, whose annotations say what the file holds.
    file : module with `tree_of(value, history=)` and `value_of(tree)`, "" where the codec's
        layout is that of the kind.
    view : module with `tables(value, verbose=)`, and `fields(value)` for JSON, where that is not
        what the annotations say.
    has_figure : whether `plot` draws it.
    analysis : full name of the function (value, *, inputs, seed) that `analyze` calls with a result
        of this kind, "" where there is none.
    is_system : whether its results are systems, which `as_system` makes.
    """

    encoding: str
    name: str
    value: str
    file: str = ""
    view: str
    has_figure: bool = False
    analysis: str = ""
    is_system: bool = False

    @property
    def word(self) -> str:
        """The word for it in names of files and in JSON: "network" of "lrfit-network"."""
        return self.encoding.partition("-")[2]

    def draws(self, figure: str | None) -> bool:
        """Whether a figure is that of the file, and not one of the system that it stands for."""
        return self.has_figure and figure in (None, self.word)

    def read(self, tree: Group) -> Any:
        """The result that a tree of this kind holds."""
        if self.file:
            return import_module(self.file).value_of(tree)
        return result_from_tree(tree, self._class(), self.encoding)

    def write(self, value: Any, history: Sequence[str] = ()) -> Group:
        """The tree of a result of this kind; `history` are command lines."""
        if self.file:
            tree: Group = import_module(self.file).tree_of(value, history=history)
            return tree
        return result_tree(value, self.encoding, history=history)

    def fields(self, value: Any) -> dict[str, Any]:
        """What is said about a result to a program."""
        own = getattr(import_module(self.view), "fields", None)
        told: dict[str, Any] = told_fields(value) if own is None else own(value)
        return told

    def tables(self, value: Any, *, verbose: bool) -> list[Any]:
        """What is said about a result to a person."""
        tables: list[Any] = import_module(self.view).tables(value, verbose=verbose)
        return tables

    def analyze(self, value: Any, *, inputs: Sequence[Mapping[str, float]], seed: int) -> Any:
        """What `analyze` says of a result of this kind, itself a result."""
        return _named(self.analysis)(value, inputs=inputs, seed=seed)

    def _class(self) -> type[Any]:
        found: type[Any] = _named(self.value)
        return found


def _named(place: str) -> Any:
    """What a full name stands for."""
    module, _, name = place.rpartition(".")
    return getattr(import_module(module), name)


NETWORK = FileKind(
    encoding="lrfit-network",
    name="a network",
    value="lrfit.fitting.result.Fit",
    file="lrfit.fitting.file",
    view="lrfit.fitting.view",
    has_figure=True,
)
KINDS = (
    NETWORK,
    FileKind(
        encoding="lrfit-rate-network",
        name="a full-rank network",
        value="lrfit.networks.fullrank.FullRankNetwork",
        view="lrfit.running.network_view",
        has_figure=True,
        analysis="lrfit.learning.analyze_network.analyze_network",
    ),
    FileKind(
        encoding="lrfit-trained",
        name="a trained network",
        value="lrfit.learning.result.TrainedNetwork",
        view="lrfit.learning.view",
        has_figure=True,
        analysis="lrfit.learning.analyze.analyze_trained",
    ),
    FileKind(
        encoding="lrfit-trained-analysis",
        name="an analysis of a full-rank network",
        value="lrfit.learning.analysis.TrainedAnalysis",
        view="lrfit.learning.analysis_view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-learning-study",
        name="a table of learning",
        value="lrfit.learning.study.LearningStudy",
        view="lrfit.learning.study_view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-mixture",
        name="a mixture",
        value="lrfit.networks.mixtures.mixture.Mixture",
        view="lrfit.browsing.mixture_view",
        is_system=True,
    ),
    FileKind(
        encoding="lrfit-populations",
        name="populations of a network",
        value="lrfit.clustering.result.Populations",
        view="lrfit.clustering.view",
        has_figure=True,
        is_system=True,
    ),
    FileKind(
        encoding="lrfit-subspaces",
        name="subspaces of activity",
        value="lrfit.geometry.result.Subspaces",
        view="lrfit.geometry.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-trajectory",
        name="a trajectory",
        value="lrfit.simulation.trajectory.Trajectory",
        view="lrfit.running.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-certificate",
        name="a certificate",
        value="lrfit.certification.certificate.Certificate",
        view="lrfit.certification.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-analysis",
        name="an analysis",
        value="lrfit.dynamics.analysis.Analysis",
        view="lrfit.dynamics.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-stress",
        name="a stress test",
        value="lrfit.stressing.result.Stress",
        view="lrfit.stressing.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-degeneracy",
        name="a table of solutions",
        value="lrfit.degeneracy.table.DegeneracyTable",
        view="lrfit.degeneracy.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-perturbation",
        name="a study of pushes",
        value="lrfit.perturbation.result.Perturbation",
        view="lrfit.perturbation.view",
        has_figure=True,
    ),
    FileKind(
        encoding="lrfit-score",
        name="a score",
        value="lrfit.scoring.result.Score",
        view="lrfit.scoring.view",
    ),
    FileKind(
        encoding="lrfit-linear-learning",
        name="learning of linear networks",
        value="lrfit.learning.linear_result.LinearLearning",
        view="lrfit.learning.linear_view",
        has_figure=True,
    ),
)
"""In the order in which messages list them."""
FULL_RANK = ("lrfit-rate-network", "lrfit-trained")
"""Of files with a network of any connectivity."""


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
