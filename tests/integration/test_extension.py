"""A package of a user extends lrfit from outside: no file of lrfit is touched.

The package that this test writes adds a nonlinearity, a source of systems, a format of export, and
a capability with a result, a kind of file, a view and a command, all of which are used from the
command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
from lrfit.core.plugins import Plugin
from lrfit.records.kinds import FileKind

PLUGIN = Plugin(
    nonlinearities={"softsign": "lrfit_example.neurons:SOFTSIGN"},
    sources={".rates": "lrfit_example.source:read"},
    exporters={"rows": "lrfit_example.rows:ROWS"},
    kinds={"example-gain": "lrfit_example.plugin:GAIN"},
    commands=("lrfit_example.command",),
)
GAIN = FileKind(
    encoding="example-gain",
    name="a gain",
    value="lrfit_example.gain.Gain",
    view="lrfit_example.view",
)
"""
NEURONS = """
import numpy as np

from lrfit.networks.nonlinearity import Nonlinearity


def softsign(x, /, out=None):
    return np.divide(x, 1.0 + np.abs(x), out=out)


SOFTSIGN = Nonlinearity(
    name="softsign", phi=softsign, slope=lambda x, _: 1.0 / (1.0 + np.abs(x)) ** 2, parity="odd"
)
"""
SOURCE = '''
from lrfit.systems.build import from_expressions


def read(path):
    """One line: rate, lowest, highest."""
    rate, low, high = path.read_text().split()
    domain = {"x": (float(low), float(high))}
    return from_expressions({"x": f"-{rate}*x"}, domain=domain, name="decay")
'''
ROWS = """
import numpy as np

from lrfit.exchange import Exporter


def write(network):
    return "\\n".join(" ".join(f"{v!r}" for v in row) for row in network.J.tolist()).encode()


ROWS = Exporter(name="rows", ending=".txt", about="J as text", write=write)
"""
GAIN = '''
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.provenance import Result
from lrfit.core.shapes import Axes


@dataclass(frozen=True, kw_only=True, eq=False)
class Gain(Result):
    """The largest singular value of J, and all of them."""

    network: str
    value: float
    singular_values: Annotated[Array, Axes("mode")]


def gain(network, name):
    values = np.linalg.svd(network.M @ network.N.T, compute_uv=False)
    return Gain(network=name, value=float(values[0]), singular_values=values)
'''
VIEW = """
from lrfit.cli.console import Table


def tables(gain, *, verbose):
    return [Table(title="gain", rows=[("gain", f"{gain.value:.3g}")])]
"""
COMMAND = '''
from lrfit.cli.app import app
from lrfit.cli.declare import command
from lrfit.cli.flags import NetworkArgument, RecordFlags, ReportFlags
from lrfit.cli.output import deliver, open_record, summarize

EXAMPLES = """
lrfit gain decay.network.h5
lrfit gain decay.network.h5 -o gain.h5
"""


@command(app, examples=EXAMPLES)
def gain(network: NetworkArgument, output: RecordFlags, report: ReportFlags) -> int:
    """Measure the gain of a network."""
    from lrfit.records.told import told_fields
    from lrfit.records.store import load_network
    from lrfit_example.gain import gain as measure
    from lrfit_example.view import tables

    fit = load_network(network)
    outlet = open_record(output, system=fit.stored.name, kind="gain")
    found = measure(fit.network, network)
    deliver(outlet, found, history=fit.history)
    summarize("gain", told_fields(found), tables(found, verbose=False), report, outlet=outlet)
    return 0
'''
MODULES = {
    "__init__": "",
    "plugin": PLUGIN,
    "neurons": NEURONS,
    "source": SOURCE,
    "rows": ROWS,
    "gain": GAIN,
    "view": VIEW,
    "command": COMMAND,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed package, as pip leaves it: modules and entry points."""
    folder = tmp_path_factory.mktemp("extension")
    package, info = folder / "lrfit_example", folder / "lrfit_example-1.0.dist-info"
    package.mkdir()
    info.mkdir()
    for name, text in MODULES.items():
        (package / f"{name}.py").write_text(text)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lrfit-example\nVersion: 1.0\n")
    entries = "[lrfit.plugins]\nexample = lrfit_example.plugin:PLUGIN\n"
    (info / "entry_points.txt").write_text(entries)
    (folder / "decay.rates").write_text("2.5 -1 1\n")
    return folder


def lrfit(place: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), root])}
    done = subprocess.run(
        [sys.executable, "-m", "lrfit", *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def test_source_nonlinearity_kind_view_and_command_of_a_plugin_work_together(place: Path) -> None:
    fit = ("fit", "decay.rates", "--neurons", "3", "--method", "lstsq", "-o", "decay.network.h5")
    found = lrfit(place, *fit, "--nonlinearity", "softsign", "--json", "--force")
    assert json.loads(found.stdout)["nonlinearity"] == "softsign"

    gain = json.loads(lrfit(place, "gain", "decay.network.h5", "-o", "gain.h5", "--json").stdout)
    assert gain["value"] > 0.0
    shown = json.loads(lrfit(place, "show", "gain.h5", "--json").stdout)
    assert (shown["kind"], shown["value"]) == ("gain", gain["value"])
    assert "lrfit gain decay.network.h5" in lrfit(place, "show", "gain.h5").stdout

    lrfit(place, "export", "decay.network.h5", "--to", "rows", "-o", "J.txt")
    rows = [[float(v) for v in line.split()] for line in (place / "J.txt").read_text().split("\n")]
    largest = max(abs(row[i]) for row in rows for i in range(len(row)))
    assert (len(rows), len(rows[0])) == (3, 3)
    assert 0.0 < largest <= gain["value"]

    refused = lrfit(place, "certify", "decay.network.h5", code=3)
    assert "bounds of the nonlinearity softsign" in refused.stderr


def test_a_search_hands_the_nonlinearity_of_a_plugin_to_its_workers(place: Path) -> None:
    code = (
        "import lrfit; fit = lrfit.minimize('decay.rates', tol=0.1, effort='quick', "
        "nonlinearity='softsign'); print(fit.network.nonlinearity.name, fit.met); "
        "import pickle; print(pickle.loads(pickle.dumps(fit.network.nonlinearity)).name)"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(place), root])},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout.split() == ["softsign", "True", "softsign"], done.stderr


def test_help_lists_the_command_of_a_plugin(place: Path) -> None:
    assert "Measure the gain of a network" in lrfit(place, "--help").stdout
    assert "lrfit gain decay.network.h5" in lrfit(place, "gain", "--help").stdout


def test_what_nobody_adds_is_refused_by_name(place: Path) -> None:
    wrong = lrfit(place, "fit", "decay.rates", "--nonlinearity", "cubic", code=2)
    assert "softsign" in wrong.stderr
    lrfit(place, "no-such-command", code=2)


@pytest.mark.parametrize(
    ("text", "said"), [("raise ValueError('broken')", "broken"), ("PLUGIN = 1", "no lrfit Plugin")]
)
def test_a_plugin_that_cannot_be_loaded_is_named_and_harms_nothing_else(
    place: Path, tmp_path: Path, text: str, said: str
) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[lrfit.plugins]\nbroken = broken_plugin:PLUGIN\n")
    (tmp_path / "broken_plugin.py").write_text(text)
    refused = lrfit(tmp_path, "no-such-command", code=2)
    assert "'broken'" in refused.stderr
    assert said in refused.stderr
    lrfit(tmp_path, "systems", "--json")
