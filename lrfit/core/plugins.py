"""What packages of users add to lrfit, found by their entry points.

A package names, in the group "lrfit.plugins" of its entry points, an object of type `Plugin`:

    [project.entry-points."lrfit.plugins"]
    mine = "my_package.plugin:PLUGIN"

A plugin gives the names of what it adds and where that is defined ("module:object"); modules are
imported when something of theirs is needed. Installed plugins are looked for only where a name is
met that lrfit does not have, and for the list of commands, so that others cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrfit.core.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "lrfit.plugins"


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """What a package adds, by name; every place is "module:object".

    Attributes
    ----------
    nonlinearities : name -> a `lrfit.networks.nonlinearity.Nonlinearity` of this name.
    sources : ending of a file, such as ".csv" -> a function of its path that returns a System.
    exporters : name of a format -> a `lrfit.exchange.Exporter` of this name.
    kinds : encoding-type -> a `lrfit.records.kinds.FileKind` with this encoding.
    commands : modules that register commands with `lrfit.cli.declare.command`.
    """

    nonlinearities: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    exporters: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()


@cache
def plugins() -> tuple[Plugin, ...]:
    """All installed plugins, in the order of their names.

    Raises
    ------
    UsageError
        One of them cannot be loaded, or is no `Plugin`.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415 - a slow import

    found = sorted(entry_points(group=GROUP), key=lambda each: each.name)
    return tuple(_loaded(each) for each in found)


def _loaded(entry: EntryPoint) -> Plugin:
    try:
        plugin = entry.load()
    except Exception as error:
        raise UsageError(
            f"the plugin {entry.name!r} cannot be loaded ({error}); mend or uninstall its package"
        ) from error
    if not isinstance(plugin, Plugin):
        raise UsageError(f"the plugin {entry.name!r} ({entry.value}) is no lrfit Plugin; mend it")
    return plugin


def plugin_nonlinearities() -> dict[str, str]:
    """Name -> place of every nonlinearity that plugins add."""
    return {name: place for each in plugins() for name, place in each.nonlinearities.items()}


def plugin_sources() -> dict[str, str]:
    """Ending -> place of every source of systems that plugins add."""
    return {ending: place for each in plugins() for ending, place in each.sources.items()}


def plugin_exporters() -> dict[str, str]:
    """Name -> place of every format of export that plugins add."""
    return {name: place for each in plugins() for name, place in each.exporters.items()}


def plugin_kinds() -> dict[str, str]:
    """Encoding-type -> place of every kind of file that plugins add."""
    return {encoding: place for each in plugins() for encoding, place in each.kinds.items()}


def plugin_commands() -> tuple[str, ...]:
    """Modules that register the commands of plugins."""
    return tuple(module for each in plugins() for module in each.commands)


def load_object(place: str) -> Any:
    """The object at "module:object".

    Raises
    ------
    UsageError
        There is no such module, or no such object in it.
    """
    module, _, name = place.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{place} of a plugin cannot be loaded ({error}); mend it") from error
