"""Every kind of figure is rendered, and shows what it says."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import lrfit
from lrfit.core.errors import InputError, OutputError, UsageError
from lrfit.dynamics import Flow
from lrfit.fitting.result import Fit
from lrfit.plotting import (
    connectivity,
    difference,
    error_map,
    kinds,
    landmarks,
    plane,
    size_path,
    space,
    time_course,
)
from lrfit.plotting.order import sorted_neurons
from lrfit.plotting.picture import Picture, format_of
from lrfit.plotting.style import BLUE, INK, PAPER, written
from lrfit.plotting.subject import FigureSubject, subject_of
from lrfit.plotting.tuning import shown_neurons

SYSTEMS = {
    "line": """\
name: line
time_unit: s
dynamics: {x: x - x**3 + u}
domain: {x: [-2, 2]}
inputs: {u: [-1, 1]}
simulate: {initial: {x: 0.2}, duration: 8, signals: {u: "pulse(t, 2, 3)"}}
""",
    "plane": """\
name: plane
time_unit: ms
dynamics: {x: y, y: (1 - x**2)*y - x}
domain: {x: [-3, 3], y: [-4, 4]}
simulate: {initial: {x: 2, y: 0}, duration: 10}
""",
    "space": """\
name: space
dynamics: {x: -x + y, y: -x - y, z: 1 - z}
domain: {x: [-1, 1], y: [-1, 1], z: [0, 2]}
simulate: {initial: {x: 1, y: 0, z: 0.5}, duration: 5}
""",
}


@cache
def fitted(name: str) -> Fit:
    """A network of random neurons, good enough to have the target's rest states."""
    method = "ols" if name == "plane" else "lstsq"
    neurons = {"line": 8, "plane": 40, "space": 30}[name]
    system = lrfit.load_system(SYSTEMS[name].encode())
    return lrfit.fit(system, neurons=neurons, method=method, candidates=400, samples=512)


def subject(name: str) -> FigureSubject:
    return subject_of(fitted(name))


@cache
def drawn(name: str, kind: str) -> Figure:
    """A figure with all its defaults."""
    return kinds.draw(subject(name), kind).figure


@pytest.fixture(params=list(SYSTEMS))
def any_subject(request: pytest.FixtureRequest) -> FigureSubject:
    return subject(request.param)


def labels(figure: Figure) -> set[str]:
    found = set()
    for axes in figure.findobj(Axes):
        found |= {axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")}
    return found


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for each in figure.legends for text in each.get_texts()]


def marks(axes: Axes, fill: str) -> np.ndarray:
    """Places of the large round markers of a filling."""
    lines = [line for line in axes.lines if line.get_marker() == "o" and line.get_markersize() > 4]
    chosen = [line for line in lines if line.get_markerfacecolor() == fill]
    return np.array([[line.get_xdata()[0], line.get_ydata()[0]] for line in chosen], dtype=float)


# ------------------------------------------------------------------------------ portraits


def test_the_plane_shows_target_network_and_difference_over_the_same_box() -> None:
    figure = drawn("plane", "portrait")
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == ["plane", "network, 40 neurons", "difference"]
    for axes in panels:
        assert axes.get_xlim() == (-3.0, 3.0)
        assert axes.get_ylim() == (-4.0, 4.0)
    assert {"x", "y", "speed / rms of the target", difference.LABEL} <= labels(figure)
    words = ["dx/dt = 0", "dy/dt = 0", "unstable point", "limit cycle", "trajectories"]
    assert legend(figure) == words
    for axes in panels[:2]:  # van der Pol's only rest state is the unstable origin
        assert np.allclose(marks(axes, PAPER), 0.0, atol=0.05)
        assert len(marks(axes, INK)) == 0


def test_a_stream_line_goes_along_the_field_and_its_arrow_too() -> None:
    from lrfit.plotting import streams

    it = subject("plane")
    flow = it.flows(it.usual_input)[0][1]
    segments, values = streams._traced(streams.plane(flow), flow.speed)
    h = flow.domain.half_width
    middles = segments.mean(axis=1) / h
    along, field = np.diff(segments, axis=1)[:, 0] / h, flow.velocity(middles)
    cosine = np.sum(along * field, axis=1)
    lengths = np.linalg.norm(along, axis=1) * np.linalg.norm(field, axis=1)
    cosine = cosine[lengths > 0] / lengths[lengths > 0]
    assert np.quantile(cosine, 0.05) > 0.99
    size = np.linalg.norm(field, axis=1) / flow.speed
    assert np.corrcoef(values, size)[0, 1] > 0.99
    heads, _ = streams._heads(segments, values, h)
    for head in heads[::7]:
        tip, left, right, _ = head / h
        way = tip - 0.5 * (left + right)
        there = flow.velocity((head[:3].mean(axis=0) / h)[None])[0]
        assert way @ there > 0.9 * np.linalg.norm(way) * np.linalg.norm(there)


def test_in_one_dimension_every_input_has_a_panel_with_its_rest_states() -> None:
    figure = drawn("line", "portrait")
    panels = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["u = -1", "u = 0", "u = 1"]
    assert panels[0].get_ylabel() == "dx/dt (1/s)"
    middle = marks(panels[1], INK)
    assert np.allclose(np.sort(middle[:, 0]), [-1.0, 1.0], atol=0.05)
    assert np.allclose(marks(panels[1], PAPER), 0.0, atol=0.05)
    assert len(marks(panels[0], INK)) == 1  # beyond the fold, one state is left
    arrows = [line for line in panels[1].lines if line.get_marker() in "<>"]
    ways = {round(float(a.get_xdata()[0]), 1): a.get_marker() for a in arrows}
    assert [ways[x] for x in sorted(ways)] == [">", "<", ">", "<"]


def test_inputs_that_are_asked_for_are_drawn_and_unknown_ones_refused() -> None:
    it = subject("line")
    figure = kinds.draw(it, "portrait", [{"u": 0.25}]).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["u = 0.25"]
    with pytest.raises(UsageError, match="unknown input 'w'"):
        kinds.draw(it, "portrait", [{"w": 1.0}])


def test_space_shows_three_projections_and_a_slice_of_target_and_network() -> None:
    figure = drawn("space", "portrait")
    panels = np.array(figure.axes[:8]).reshape(2, 4)
    assert panels[0, 0].get_title(loc="left") == "space"
    assert panels[1, 0].get_title(loc="left") == "network, 30 neurons"
    assert panels[0, 3].get_title(loc="left") == "slice at z = 1"
    assert {axes.get_xlabel() for axes in panels[1]} == {"x", "y"}
    for axes in panels[:, :3].flat:  # everything ends at the stable focus (0, 0, 1)
        found = marks(axes, INK)
        assert len(found) == 1
        assert np.allclose(found[0], [0.0, 1.0 if axes.get_ylabel() == "z" else 0.0], atol=0.05)


def test_projections_are_those_with_the_largest_area() -> None:
    it = subject("space")
    rng = np.random.default_rng(0)
    runs = rng.normal(size=(2, 500, 3)) * [1.0, 0.1, 2.0]
    best = space.projections(it, runs)
    assert best == [(0, 1), (0, 2), (1, 2)]
    wide = dataclasses.replace(
        it, domain=lrfit.Domain(variables=tuple("abcd"), lower=-np.ones(4), upper=np.ones(4))
    )
    runs = rng.normal(size=(2, 500, 4)) * [1.0, 0.01, 2.0, 3.0]
    assert space.projections(wide, runs) == [(0, 2), (0, 3), (2, 3)]


def test_marks_say_what_a_point_is() -> None:
    assert landmarks.marker("stable")["mfc"] == INK
    assert landmarks.marker("unstable")["mfc"] == PAPER
    saddle = landmarks.marker("saddle")
    assert (saddle["fillstyle"], saddle["mfc"], saddle["markerfacecoloralt"]) == (
        "left",
        INK,
        PAPER,
    )
    assert landmarks.short("saddle focus") == "saddle"
    assert landmarks.short("unstable focus") == "unstable"
    assert landmarks.short("center") == "neutral"


def test_a_cycle_that_repels_is_dashed_and_named() -> None:
    text = b"""
name: reversed
dynamics: {x: -y, y: -(1 - x**2)*y + x}
domain: {x: [-3, 3], y: [-4, 4]}
"""
    found = landmarks.landmarks(Flow(field=lrfit.load_system(text), input=np.empty(0)))
    assert (len(found.cycles), len(found.repelling)) == (0, 1)
    assert [one.get_label() for one in landmarks.handles([found])] == [
        "stable point",
        "unstable cycle",
    ]


def test_a_cycle_is_drawn_closed_and_where_the_anatomy_finds_it() -> None:
    it = subject("plane")
    found = landmarks.landmarks(Flow(field=it.the_target(), input=np.empty(0)))
    (cycle,) = found.cycles
    assert np.array_equal(cycle[0], cycle[-1])
    assert np.max(cycle[:, 0]) == pytest.approx(2.009, abs=0.005)


# ---------------------------------------------------------------------------------- error


def test_the_error_map_has_the_reports_worst_point_and_a_histogram_of_the_whole_box() -> None:
    it = subject("plane")
    assert it.report is not None
    figure = drawn("plane", "error")
    shown, histogram = figure.axes[:2]
    (star,) = [line for line in shown.lines if line.get_marker() == "X"]
    assert [star.get_xdata()[0], star.get_ydata()[0]] == list(it.report.worst_point)
    heights = [patch.get_height() for patch in histogram.patches]
    assert 95.0 < sum(heights) <= 100.0001
    assert legend(figure)[0] == "worst point"


def test_the_difference_is_the_reports_field_error() -> None:
    it = subject("plane")
    assert it.report is not None
    errors = difference.everywhere(it)
    rms = np.sqrt(np.mean(errors**2))
    assert rms == pytest.approx(it.report.field_error, rel=0.1)
    at_worst = difference.difference(it, it.report.worst_point[None], np.empty((1, 0)))
    assert at_worst[0] == pytest.approx(it.report.max_error, rel=0.05)


def test_rows_of_a_slice_run_along_the_second_variable() -> None:
    it = subject("plane")
    values = difference.slice_of(it, (0, 1), it.domain.middle, np.empty(0), nodes=10)
    corner = np.array([[0.9 * 3.0, -0.9 * 4.0]])  # right, low
    assert values[0, 9] == pytest.approx(difference.difference(it, corner, np.empty((1, 0)))[0])


def test_an_error_in_one_dimension_is_a_curve_and_in_three_are_slices() -> None:
    assert len(drawn("line", "error").axes) == 2
    figure = drawn("space", "error")
    assert len([axes for axes in figure.axes if axes.images]) == 3


# ----------------------------------------------------------------------------------- path


def test_the_path_has_every_method_the_tolerance_and_the_chosen_size() -> None:
    it = dataclasses.replace(subject("plane"), tol=0.02, frontier={3: 0.5, 9: 0.1, 40: 0.03})
    figure = kinds.draw(it, "path").figure
    axes = figure.axes[0]
    assert legend(figure)[0] == "ols"
    assert {"frontier", "tolerance 0.02"} < set(legend(figure))
    assert any(word.startswith("this network: 40") for word in legend(figure))
    assert axes.get_yscale() == "log"
    frontier = next(line for line in axes.lines if line.get_label() == "frontier")
    assert list(frontier.get_xdata()) == [3, 9, 40]
    assert list(frontier.get_ydata()) == [0.5, 0.1, 0.03]


def test_bars_of_a_frontier_are_its_errors_on_other_points_and_a_cross_what_was_tried() -> None:
    fit = fitted("plane")
    it = dataclasses.replace(
        subject("plane"), frontier={39: 0.2, 40: fit.report.error}, fits=(fit,), below=0.2, tries=16
    )
    ((low, high),) = size_path.error_spans(it).values()
    assert low < high
    assert fit.report.error == pytest.approx(0.5 * (low + high), rel=0.1)
    figure = kinds.draw(it, "path").figure
    (bars,) = figure.axes[0].collections
    assert np.array_equal(bars.get_segments()[0], [[40, low], [40, high]])
    (cross,) = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (39, 0.2)
    assert "best of 16 tries with one less" in legend(figure)
    assert any(text.startswith("on 8 other sets") for text in legend(figure))


def test_a_network_of_one_size_has_no_path() -> None:
    with pytest.raises(InputError, match="no sizes but its own"):
        kinds.draw(dataclasses.replace(subject("line"), paths=()), "path")


# --------------------------------------------------------------------------- connectivity


def test_connectivity_shows_J_with_sorted_neurons_and_its_singular_values() -> None:
    it = subject("line")
    network = it.the_network()
    figure = drawn("line", "connectivity")
    order = sorted_neurons(network)
    (image,) = [axes.images[0] for axes in figure.findobj(Axes) if axes.images]
    assert np.allclose(image.get_array(), network.J[np.ix_(order, order)])
    assert {"from neuron (sorted)", "rank", "m_x", "n_x", "b"} <= labels(figure)


def test_singular_values_are_those_of_J_in_box_units() -> None:
    network = subject("space").the_network()
    h = network.domain.half_width
    dense = (network.M * h) @ (network.N / h).T
    assert np.allclose(connectivity.singular_values(network), np.linalg.svd(dense)[1][:3])


def test_scatter_plots_hold_the_loadings_that_their_labels_name() -> None:
    network = subject("space").the_network()
    figure = drawn("space", "connectivity")
    values = connectivity.loadings(network)
    panels = [axes for axes in figure.findobj(Axes) if axes.get_xlabel() in values]
    assert [axes.get_xlabel() for axes in panels] == ["m_x", "m_y", "m_z"]
    assert panels[0].get_ylabel() == "b"
    for axes, column in zip(panels, network.M.T, strict=True):
        shown = np.asarray(axes.collections[0].get_offsets())
        assert np.array_equal(shown, np.stack([column, network.bias], axis=1))


def test_the_order_of_neurons_is_a_permutation(any_subject: FigureSubject) -> None:
    network = any_subject.the_network()
    assert sorted(sorted_neurons(network)) == list(range(network.neurons))


# --------------------------------------------------------------------------------- tuning


def test_tuning_shows_rates_over_the_box() -> None:
    it = subject("line")
    axes = drawn("line", "tuning").axes[0]
    network, chosen = it.the_network(), shown_neurons(it.the_network())
    assert len(axes.lines) == 8
    x, rate = axes.lines[0].get_data()
    k = chosen[0]
    assert np.allclose(rate, np.tanh(network.M[k, 0] * (x - network.center[0]) + network.bias[k]))
    assert axes.get_xlim() == (-2.0, 2.0)


def test_tuning_in_the_plane_has_a_panel_for_each_of_the_largest_neurons() -> None:
    it = subject("plane")
    figure = drawn("plane", "tuning")
    panels = [axes for axes in figure.axes if axes.images]
    assert len(panels) == 24  # of 40
    assert "the 24 of 40 neurons" in figure.get_suptitle()
    network, k = it.the_network(), int(panels[0].get_title(loc="left")) - 1
    values = np.asarray(panels[0].images[0].get_array())
    corner = np.array([[3.0, -4.0]]) * (1 - 1 / 48)
    assert values[0, -1] == pytest.approx(np.tanh(network.current(corner, np.empty((1, 0)))[0, k]))


# ----------------------------------------------------------------------------- trajectory


def test_a_trajectory_has_a_row_for_everything_and_the_target_dashed() -> None:
    picture = lrfit.plot(fitted("line"), kind="trajectory")
    rows = picture.figure.axes
    assert [axes.get_ylabel() for axes in rows[:3]] == ["x", "u", "neuron (sorted)"]
    assert rows[2].get_xlabel() == "time (s)"
    assert rows[0].get_xlim() == (0.0, 8.0)
    network, target = rows[0].lines
    assert (network.get_color(), target.get_color()) == (BLUE, INK)
    assert target.is_dashed()
    assert np.allclose(network.get_ydata(), target.get_ydata(), atol=0.1)
    assert rows[1].lines[0].get_ydata().max() == 1.0


def test_trials_that_differ_by_noise_become_a_band() -> None:
    run = lrfit.simulate(
        fitted("line"), solver="euler", dt=0.01, process_noise=0.2, trials=8, points=101
    )
    assert time_course.is_noise(run)
    axes = lrfit.plot(run).figure.axes[0]
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(np.quantile(run.z[:, :, 0], 0.05, axis=0).min())
    assert np.allclose(axes.lines[0].get_ydata(), run.z[:, :, 0].mean(axis=0))
    starts = lrfit.simulate(fitted("line"), initial=[{"x": 1.0}, {"x": -1.0}], points=11)
    assert not time_course.is_noise(starts)
    assert len(lrfit.plot(starts).figure.axes[0].lines) == 2


def test_neurons_are_sorted_by_the_phase_of_their_activity() -> None:
    t = np.linspace(0.0, 4 * np.pi, 400, endpoint=False)
    phases = np.random.default_rng(1).permutation(np.arange(12)) * np.pi / 6
    order = time_course.by_phase(np.cos(t[:, None] + phases))
    steps = np.diff(phases[order]) % (2 * np.pi)
    assert np.allclose(steps, steps[0])
    assert min(steps[0], 2 * np.pi - steps[0]) == pytest.approx(np.pi / 6)


# ---------------------------------------------------------------------- files and pictures


@pytest.fixture(scope="module")
def picture() -> Picture:
    return kinds.draw(subject("line"), "portrait")


def test_equal_figures_have_equal_bytes_and_no_date(picture: Picture) -> None:
    again = kinds.draw(subject("line"), "portrait")
    for kind in ("svg", "pdf", "png"):
        assert picture.to_bytes(kind) == again.to_bytes(kind)
    svg = picture.to_bytes("svg").decode()
    assert not re.search(r"<dc:date>|20\d\d-\d\d-\d\d", svg)
    assert b"CreationDate" not in picture.to_bytes("pdf")


def test_svg_is_well_formed_small_and_without_rasterised_text(picture: Picture) -> None:
    data = picture.to_bytes("svg")
    root = ET.fromstring(data)
    assert root.get("width") == "504pt"  # seven inches
    assert b"<image" not in data
    assert len(data) < 200_000


def test_numbers_of_a_path_are_only_shortened() -> None:
    from lrfit.plotting.picture import _shortened

    before = b'<path id="m12.34567" d="M 1.23456 -7.000001 \nL 10 2e-05 \n" style="a"/>'
    assert _shortened(before) == b'<path id="m12.34567" d="M1.23 -7.00L10 2e-05" style="a"/>'


def test_an_inline_figure_has_ids_of_its_own_and_the_colors_of_its_page(picture: Picture) -> None:
    one = picture.inline("a")
    assert one.startswith("<svg")
    assert "currentColor" in one
    assert INK not in one
    ids = re.findall(r'\bid="([^"]*)"', one)
    assert all(each.startswith("a-") for each in ids)
    used = re.findall(r'(?:href="#|url\(#)([^")]*)', one)
    assert used
    assert set(used) <= set(ids)


def test_users_settings_neither_change_a_figure_nor_are_changed(picture: Picture) -> None:
    with mpl.rc_context({"font.size": 30.0, "axes.grid": True, "axes.facecolor": "red"}):
        again = kinds.draw(subject("line"), "portrait")
        assert again.to_bytes("svg") == picture.to_bytes("svg")
        assert mpl.rcParams["font.size"] == 30.0


def test_saving_never_replaces_a_file_unasked(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    picture.save(path)
    first = path.read_bytes()
    with pytest.raises(OutputError, match="exists"):
        picture.save(path)
    picture.save(path, force=True)
    assert path.read_bytes() == first
    with pytest.raises(UsageError, match=r"\.png, \.svg or \.pdf"):
        format_of("figure.jpeg")


def test_hostile_text_is_neither_mathematics_nor_unknown_glyphs() -> None:
    assert written("a$x^2$\n\x1b[31m") == r"a\$x^2\$\n\x1b[31m"
    assert written("\N{CJK UNIFIED IDEOGRAPH-6F22}\N{GREEK SMALL LETTER TAU}") == "?\u03c4"
    assert len(written("x" * 500)) == 60


def test_text_does_not_overlap_other_text(any_subject: FigureSubject) -> None:
    """Titles and labels of different panels keep clear of each other, in every kind."""
    for kind in ("portrait", "error", "connectivity", "tuning"):
        figure = drawn(any_subject.name, kind)
        figure.draw_without_rendering()  # puts labels beside their numbers
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        texts = []
        for axes in figure.findobj(Axes):
            both = (axes.xaxis.label, axes.yaxis.label, axes._left_title)
            texts += [
                each for each in both if each.get_text() and axes.get_visible() and axes.axison
            ]
        boxes = [each.get_window_extent(renderer) for each in texts]
        for i, box in enumerate(boxes):
            for j in range(i):
                assert not box.padded(-1.0).overlaps(boxes[j]), (
                    kind, texts[i].get_text(), texts[j].get_text()
                )  # fmt: skip
            assert box.x0 > -1, (kind, texts[i].get_text())
            assert box.x1 < figure.bbox.x1 + 1, (kind, texts[i].get_text())


def test_a_long_name_stays_above_its_own_panel() -> None:
    it = subject("line")
    wide = dataclasses.replace(it.domain, inputs=("a_very_long_name_of_an_input",))
    long = dataclasses.replace(it, domain=wide, name="coupled_wilson_cowan_" * 3)
    assert "\n" not in long.input_text(np.array([-0.0]))
    assert long.input_text(np.array([-0.0])).endswith(" = 0")
    axes = Figure(figsize=(7, 2)).subplots(1, 3)
    for text in (long.name, long.input_text(np.zeros(1))):
        axes[0].set_title(written(text, plane._LETTERS), fontsize=7.0)
        renderer = FigureCanvasAgg(axes[0].figure).get_renderer()
        width = axes[0].title.get_window_extent(renderer).width / axes[0].figure.dpi
        assert width < plane._WIDTH


def test_error_map_without_a_report_uses_the_middle() -> None:
    it = dataclasses.replace(subject("line"), report=None)
    worst, _ = error_map.worst_place(it)
    assert list(worst) == [0.0]
