"""Networks from and for other programs.

exporter         the formats of export, each declared once; packages of users add their own
arrays           a network as named arrays, for npz, mat and safetensors
model            a network as the numbers of a script, with a run to compare with
script           what all scripts share; numpy_script, torch_script, nengo_script, brian2_script
export           export() for users; command for the command line
import_network   import_network() for users; import_command for the command line
import_options   the conventions that a user states; import_keywords for type checkers
roles            which array of a file is which weight
turned           arrays as weights, turned so that rows receive
own_arrays       networks from the arrays of lrfit's own exports
conventions      whether a network reproduces activity, and under which conventions it would
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.exchange.exporter import EXPORTERS, Exporter, exporter

__getattr__, __dir__ = lazy_names(
    __name__, {"lrfit.exchange.exporter": ("EXPORTERS", "Exporter", "exporter")}
)

__all__ = ["EXPORTERS", "Exporter", "exporter"]
