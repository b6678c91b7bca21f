"""The parts: modules with NAME-free functions that the command line finds by their file's name.

Each has `Settings` (a frozen dataclass whose defaults are the full measurement), `QUICK` (settings
that take seconds), `measure(settings, save)`, which returns plain values for JSON and may call
`save` with what it has so far, and `table(figures)`, those values as Markdown.
"""
