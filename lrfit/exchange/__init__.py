"""Networks for other programs: weights in formats that need no lrfit to be read.

exporter         the formats, each declared once; packages of users add their own
arrays           a network as named arrays, for npz and mat
export           export() for users; export_command for the command line
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.exchange.exporter import EXPORTERS, Exporter, exporter

__getattr__, __dir__ = lazy_names(
    __name__, {"lrfit.exchange.exporter": ("EXPORTERS", "Exporter", "exporter")}
)

__all__ = ["EXPORTERS", "Exporter", "exporter"]
