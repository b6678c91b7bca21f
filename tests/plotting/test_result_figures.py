"""Figures of analyses, certificates, stress tests, degenerate networks and pushes; what moves."""

from __future__ import annotations

import dataclasses
import io
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

import lrfit
from lrfit.certification.certificate import Certificate
from lrfit.core.errors import InputError, UsageError
from lrfit.degeneracy.flows import Flows
from lrfit.degeneracy.table import DegeneracyTable
from lrfit.fields.field import Domain
from lrfit.perturbation import Perturbation
from lrfit.perturbation.perturb import perturb
from lrfit.plotting import (
    animation,
    bound,
    connectivity,
    family,
    fan,
    outline,
    pushes,
    space,
    streams,
)
from lrfit.plotting.picture import Picture
from lrfit.plotting.style import BLUE, INK, PAPER, styled
from lrfit.records.store import load
from lrfit.simulation.curve import Curve
from lrfit.simulation.trajectory import Trajectory
from lrfit.stressing.result import Effect, NeuronShare, Stress
from tests.certification.test_file import some_certificate
from tests.dynamics.test_file import everything
from tests.perturbation.test_perturbation import linear

OLD = Path(__file__).parents[1] / "records/written_by_0_1_0"
PLANE = Domain(variables=("x", "y"), lower=[-1, 10], upper=[1, 30])
LINE = Domain(variables=("x",), lower=[-2], upper=[2])


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.findobj(Axes) if axes.axison]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for each in figure.legends for text in each.get_texts()]


def old(name: str, folder: Path) -> Any:
    """A file that version 0.1.0 has written."""
    path = folder / f"{name}.h5"
    path.write_bytes(lzma.decompress((OLD / f"{name}.h5.xz").read_bytes()))
    return load(path)


def assert_nothing_overlaps(figure: Figure) -> None:
    """Titles and labels keep clear of each other, and within the page."""
    figure.draw_without_rendering()  # puts labels beside their numbers
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = [text for each in figure.legends for text in each.get_texts()]
    for axes in (each for each in figure.findobj(Axes) if each.axison):
        texts += [axes.xaxis.label, axes.yaxis.label, axes._left_title, axes._right_title]
    texts = [text for text in texts if text.get_text() and text.get_visible()]
    boxes = [text.get_window_extent(renderer) for text in texts]
    for i, box in enumerate(boxes):
        assert -1 < box.x0 < box.x1 < figure.bbox.x1 + 1, texts[i].get_text()
        for j in range(i):
            both = texts[i].get_text(), texts[j].get_text()
            assert not box.padded(-1.0).overlaps(boxes[j]), both


# ---------------------------------------------------------------------------------- stress


@cache
def stressed() -> Stress:
    rng = np.random.default_rng(0)
    places = [(place, size) for size in (0.001, 0.01) for place in ("M", "M, N and b")]
    effects = tuple(
        Effect(
            where=place, relative=size, distance_median=0.1, distance_worst=0.2,
            orbit_median=0.1, orbit_worst=0.2, diverged=0, lost=3 if size > 0.005 else 0,
        )
        for place, size in places
    )  # fmt: skip
    bands = np.sort(PLANE.state_from_box(rng.uniform(-1, 1, (4, 5, 31, 2))), axis=1)
    return Stress(
        system="some", neurons=7, effects=effects, draws=20, seed=1, duration=3.0, step=0.1,
        orbit_size=1.0, target_distance=0.1, target_orbit=0.1, network_sha256="ab",
        domain=PLANE, time_unit="ms", t=np.linspace(0, 3, 31), unperturbed=bands[0, 2],
        target=bands[1, 2], level=[0.05, 0.25, 0.5, 0.75, 0.95], fan=bands,
    )  # fmt: skip


def test_a_fan_has_the_quantiles_and_the_run_without_errors() -> None:
    found = stressed()
    picture = drawn("stress")
    assert (picture.kind, picture.title[:4]) == ("stress", "some")
    rows = np.array(picture.figure.axes).reshape(4, 2)  # sizes x variables, places
    assert [axes.get_title(loc="left") for axes in rows[0]] == ["M", "M, N and b"]
    assert rows[3, 0].get_ylabel() == "y\nerrors 1 %"
    assert rows[3, 0].get_xlabel() == "time (ms)"
    panel = rows[3, 1]  # y, 1 %, all three: the last effect
    assert found.fan is not None
    middle, without = panel.lines
    assert np.array_equal(middle.get_ydata(), found.fan[3, 2, :, 1])
    assert np.array_equal(without.get_ydata(), found.unperturbed[:, 1])  # type: ignore[index]
    widest, inner = (each.get_paths()[0].vertices[:, 1] for each in panel.collections)
    assert (widest.min(), widest.max()) == (
        found.fan[3, 0, :, 1].min(),
        found.fan[3, 4, :, 1].max(),
    )
    assert inner.max() == found.fan[3, 3, :, 1].max()
    assert rows[2, 1].get_title(loc="right") == "3 of 20 lost"
    assert rows[0, 1].get_title(loc="right") == ""


def test_panels_of_a_variable_have_one_scale() -> None:
    rows = np.array(drawn("stress").figure.axes).reshape(4, 2)
    assert rows[0, 0].get_ylim() == rows[0, 1].get_ylim() == rows[2, 0].get_ylim()


def test_shares_of_the_neurons_are_below_the_fans_the_largest_first() -> None:
    parts = np.array([0.1, 0.05, 0.5, 0.02, 0.2, 0.1, 0.03])
    shares = tuple(NeuronShare(M=M, N=N, b=0.0) for M, N in zip(parts, parts[::-1], strict=True))
    figure = lrfit.plot(dataclasses.replace(stressed(), shares=shares)).figure
    rows = np.array(figure.axes).reshape(5, 2)
    of_M, of_three = rows[4]
    assert [bar.get_height() for bar in of_M.patches] == pytest.approx([50, 20, 10, 10, 5, 3])
    assert [label.get_text() for label in of_M.get_xticklabels()] == list("240516")
    assert rows[3, 0].get_xlabel() == "time (ms)"
    assert not of_three.axison  # files that have this kind of errors hold no shares
    assert_nothing_overlaps(figure)


# ------------------------------------------------------------------------------ certificate


def certified(**changes: object) -> Certificate:
    cells = np.linspace(0.01, 0.033, 16).reshape(1, 4, 4)
    return some_certificate(map_axes=[[0, 1]], bound_map=cells, **changes)


def test_a_bound_is_drawn_over_the_box_with_the_worst_point_and_the_largest_box() -> None:
    found, figure = certified(), drawn("certificate").figure
    shown = figure.axes[0]
    assert np.array_equal(shown.images[0].get_array(), found.bound_map[0])  # type: ignore[index]
    assert shown.images[0].get_extent() == [-1, 1, 0, 3]
    assert (shown.get_xlabel(), shown.get_ylabel()) == ("x", "y")
    (star,) = shown.lines
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (0.5, 2.5)
    (box,) = [patch for patch in shown.patches if isinstance(patch, Rectangle)]
    assert np.allclose(box.get_bbox().extents, [0.4, 2.4, 0.6, 2.6])
    assert legend(figure) == ["proved bound", "error found", "where that is", "box of the bound"]


def test_bars_are_the_bounds_and_the_errors_found() -> None:
    figure = bound.draw(certified(tol=0.25, status="proved"))
    heights = [patch.get_height() for patch in figure.axes[1].patches]
    assert heights == [0.1 / 3, 0.1, 0.2, 0.033, 0.09, 0.19]
    assert "tolerance 0.25" in legend(figure)
    none = bound.draw(some_certificate(upper=np.inf, status="undecided"))
    assert "no bound" in [text.get_text() for text in none.axes[0].texts]


# ----------------------------------------------------------------------- degenerate networks


@cache
def solved(dimension: int = 2) -> DegeneracyTable:
    t = np.linspace(0, 6, 601)
    z = np.stack([np.cos(t), 20 + 5 * np.sin(t)], axis=1)[:, :dimension]
    curve = Curve(domain=PLANE if dimension == 2 else LINE, t=t, z=z)
    across, up = np.linspace(-2, 2, 9), np.linspace(10, 30, 7)
    x, y = np.meshgrid(across, up)
    rotation = np.stack([-(y - 20) / 5, 5 * x], axis=-1)
    velocity = np.stack([rotation, np.ones_like(rotation)])
    flows = Flows(
        t=t[::2], z=np.stack([z[::2], z[::2] + 0.01]), time=1.5,
        shown=[0, 1] if dimension == 2 else [-1, 0], across=across, up=up, velocity=velocity,
    )  # fmt: skip
    pair, ones = np.array([[0.0, 0.004], [0.004, 0.0]]), np.ones(2)
    return DegeneracyTable(
        system="ellipse", curve=curve, time_unit="s", kinds=("autonomous", "driven"),
        files=("a.h5", ""), tol=0.01, tube=0.2, success=True, neurons=[5, 8], rate=ones,
        horizon=6 * ones, rms=ones, worst=ones, met=[True, True],
        exponents=np.zeros((2, dimension)), stated=np.zeros((2, dimension)), likeness=pair,
        difference=150 * pair, seed=3, flows=flows,
    )  # fmt: skip


def test_a_family_shows_every_flow_the_trajectories_and_how_far_they_are_apart() -> None:
    table, figure = solved(), drawn("degeneracy").figure
    found = {axes.get_title(loc="left"): axes for axes in figure.findobj(Axes)}
    assert "ellipse at time 1.5\nautonomous, 5 neurons" in found
    flow = found["driven, 8 neurons"]
    assert (flow.get_xlabel(), flow.get_xlim(), flow.get_ylim()) == ("x", (-2, 2), (10, 30))
    dot, path = flow.lines
    assert np.allclose(
        [dot.get_xdata()[0], dot.get_ydata()[0]], [np.cos(1.5), 20 + 5 * np.sin(1.5)]
    )
    assert np.array_equal(path.get_xdata(), table.curve.z[:, 0])
    matrix = found["fields differ (%)"]
    assert [text.get_text() for text in matrix.texts] == ["60", "60"]
    assert [text.get_text() for text in found["trajectories differ (%)"].texts] == ["0.4", "0.4"]
    course = found["the same trajectory, while it is followed"]
    assert np.array_equal(course.lines[1].get_ydata(), table.flows.z[1, :, 0])  # type: ignore[union-attr]


def test_the_speed_of_a_family_is_relative_to_that_of_its_trajectory() -> None:
    """On its own ellipse the rotation is as fast as the trajectory: about one everywhere."""
    table = solved()
    assert table.flows is not None
    field = family.plane_of(table, table.flows, 0)
    speed = np.linalg.norm(field.velocity, axis=2) / family.speed_of(table, table.flows)
    assert speed[np.argmin(np.abs(field.y - 20)), np.argmin(np.abs(field.x - 1))] == pytest.approx(
        np.sqrt(2 * 0.5**2 / (0.5**2 + 0.5**2)), rel=0.2
    )


def test_one_variable_is_drawn_over_time() -> None:
    with styled():
        figure = family.draw(solved(1))
    axes = next(each for each in figure.findobj(Axes) if "driven" in each.get_title(loc="left"))
    assert axes.get_xlabel() == "time (s)"
    (path,) = axes.lines
    assert np.array_equal(path.get_xdata(), solved(1).curve.t)


# ------------------------------------------------------------------------------------ pushes


@cache
def pushed() -> Perturbation:
    slow, fast = [[-0.2, 0.0], [0.0, -0.2]], [[-3.0, 0.0], [0.0, -3.0]]
    return perturb(
        [linear(slow, "slow"), linear(fast, "fast")],
        amplitudes=(0.05, 0.4),
        noise=0.1,
        kinds=("state",),
        times=(1.0,),
    )


def test_responses_are_those_of_the_study_and_the_most_telling_push_is_named() -> None:
    study, figure = pushed(), drawn("perturbation").figure
    shown = pushes.shown_pushes(study)
    assert study.telling in shown
    assert len({study.pushes[k].time for k in shown}) == 1
    grid = np.array(figure.axes).reshape(2, len(shown))
    column = shown.index(study.telling)
    assert grid[0, column].get_title(loc="left").startswith("most telling:\n")
    lines = grid[0, column].lines
    for i in (0, 1):
        expected = study.distance[i, study.telling, -1]
        values = lines[i].get_ydata()
        known = np.isfinite(values)
        assert known.sum() > 100
        assert np.allclose(values[known], expected[known])
    (pair, criterion) = grid[1, column].lines
    assert np.array_equal(pair.get_ydata(), study.dprime[0, study.telling])
    assert list(pair.get_xdata()) == [0.05, 0.4]
    assert criterion.get_ydata()[0] == study.options.criterion
    assert legend(figure)[:2] == ["slow", "fast"]


def test_one_network_has_no_pairs() -> None:
    alone = perturb(
        [linear([[-1.0, 0.0], [0.0, -1.0]])], amplitudes=(0.1,), kinds=("state",), times=(1.0,)
    )
    assert len(pushes.draw(alone).axes) == len(pushes.shown_pushes(alone))


# ---------------------------------------------------------------------------------- analysis


def test_an_analysis_shows_landmarks_of_target_and_network_at_every_input() -> None:
    analysis, figure = everything(), drawn("analysis").figure
    assert titles(figure) == ["some, u = 0.564", "network, 19 neurons, u = 0.564", "some, u = -1"]
    axes = figure.axes[0]
    marked = [line for line in axes.lines if line.get_marker() == "o"]
    places = sorted((float(m.get_xdata()[0]), float(m.get_ydata()[0])) for m in marked)
    i, j = outline.projection(analysis)
    assert places == sorted(map(tuple, analysis.at[0].target.points[:, [i, j]].tolist()))
    assert {"saddle point", "stable point", "limit cycle", "irregular motion"} <= set(
        legend(figure)
    )
    assert axes.get_xlim() == (-2, 2)


def test_an_analysis_of_one_variable_has_a_line_for_every_input_and_side() -> None:
    system = lrfit.from_expressions({"x": "x - x**3"}, domain={"x": (-2, 2)}, duration=4.0)
    figure = outline.draw(lrfit.analyze(system))
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    faces = {round(float(m.get_xdata()[0])): m.get_markerfacecolor() for m in marks}
    assert faces == {-1: INK, 0: PAPER, 1: INK}


RESULTS = {
    "stress": stressed, "certificate": certified, "degeneracy": solved, "perturbation": pushed,
    "analysis": everything,
}  # fmt: skip


@cache
def drawn(name: str) -> Picture:
    return lrfit.plot(RESULTS[name]())


# --------------------------------------------------------------------------- all of the files


@pytest.mark.parametrize("name", ["stress", "swing.degeneracy"])
def test_files_of_version_0_1_0_say_what_to_run_again(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run `lrfit .*` again"):
        lrfit.plot(old(name, tmp_path))


@pytest.mark.parametrize("name", ["certificate", "analysis", "perturbation"])
def test_files_of_version_0_1_0_have_figures_as_far_as_they_can(name: str, tmp_path: Path) -> None:
    draw = {"certificate": bound.draw, "analysis": outline.draw, "perturbation": pushes.draw}[name]
    assert any(axes.lines or axes.patches for axes in draw(old(name, tmp_path)).axes)


@pytest.mark.parametrize("name", list(RESULTS))
def test_text_does_not_overlap(name: str) -> None:
    assert_nothing_overlaps(drawn(name).figure)


def test_a_figure_of_a_file_is_that_of_the_result(tmp_path: Path) -> None:
    lrfit.save(certified(), tmp_path / "it.h5")
    assert lrfit.plot(tmp_path / "it.h5").to_bytes("svg") == drawn("certificate").to_bytes("svg")


def test_a_result_has_one_figure() -> None:
    with pytest.raises(UsageError, match="has one figure; leave --kind and --input out"):
        lrfit.plot(pushed(), kind="portrait")
    assert drawn("certificate").kind == "certificate"
    with pytest.raises(UsageError, match="leave --kind and --input out"):
        lrfit.plot(certified(), inputs=[{"u": 1.0}])


# ------------------------------------------------------------------------------------- motion


@cache
def moving() -> animation.Motion:
    found = lrfit.plot(course(), kind="animation")
    assert isinstance(found, animation.Motion)
    return found


@cache
def course() -> Trajectory:
    return lrfit.simulate("van_der_pol", duration=7.0, points=41)


def frames(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for k in range(image.n_frames):
            image.seek(k)
            found.append(np.asarray(image.convert("RGB"), dtype=float))
        return found


def blue_place(page: np.ndarray) -> np.ndarray:
    """Middle (column, row) of the large blue dot: where most blue is within a dot's size."""
    blue = np.linalg.norm(page - [0x00, 0x72, 0xB2], axis=2) < 40
    blue[:, page.shape[1] // 2 - 40 :] = False  # the time courses
    window = 7
    counts = np.lib.stride_tricks.sliding_window_view(blue, (window, window)).sum(axis=(2, 3))
    row, column = np.unravel_index(np.argmax(counts), counts.shape)
    return np.array([column + window / 2, row + window / 2])


@pytest.mark.parametrize("kind", ["gif", "apng"])
def test_the_state_of_every_frame_is_where_the_trajectory_is(kind: str) -> None:
    motion, run = moving(), course()
    pages = frames(motion.to_bytes(kind, dpi=100.0))
    assert len(pages) == motion.frames == 41
    assert np.all(pages[7][2, 2] == 255)  # paper is white
    axes = next(each for each in motion.figure.findobj(Axes) if each.get_xlabel() == "x")
    for k in (0, 13, 29, 40):
        to_page = axes.transAxes + motion.figure.transFigure.inverted()
        share = axes.transLimits.transform(run.z[0, k])
        x, y = to_page.transform(share)
        height, width, _ = pages[k].shape
        assert np.linalg.norm(blue_place(pages[k]) - [x * width, (1 - y) * height]) < 6.0


def test_equal_animations_have_equal_bytes_and_a_still_is_a_figure() -> None:
    motion = moving()
    again = lrfit.plot(course(), kind="animation")
    assert motion.to_bytes("gif", dpi=50.0) == again.to_bytes("gif", dpi=50.0)
    assert motion.to_bytes("svg").startswith(b"<?xml")
    with Image.open(io.BytesIO(motion.to_bytes("gif", dpi=50.0))) as image:
        assert image.info["loop"] == 0  # for ever


def test_only_an_animation_can_be_a_gif(tmp_path: Path) -> None:
    moving().save(tmp_path / "run.gif")
    assert (tmp_path / "run.gif").read_bytes().startswith(b"GIF89a")
    with pytest.raises(UsageError, match="only --kind animation moves"):
        lrfit.plot(course()).save(tmp_path / "still.gif")


def test_the_plane_is_that_of_the_variables_that_move_most() -> None:
    domain = Domain(variables=tuple("abc"), lower=[-1, -100, -1], upper=[1, 100, 1])
    t = np.linspace(0, 6, 50)
    z = np.stack([np.sin(t), 10 * np.cos(t), np.cos(t)], axis=1)[None]
    run = dataclasses.replace(
        course(), domain=domain, z=z, u=np.empty((1, 50, 0)), v=np.empty((1, 50, 0)), t=t,
        reached=np.array([50]), endings=course().endings[:1], target=None,
    )  # fmt: skip
    assert animation.moving_most(run) == (0, 2)


# ------------------------------------------------------------------------------ slices and J


def test_a_slice_is_the_field_in_a_plane_through_a_place() -> None:
    from lrfit.dynamics import Flow

    system = lrfit.load_system("lorenz")
    flow = Flow(field=system, input=np.empty(0))
    field = streams.plane(flow, 5, (0, 2), np.array([0.0, 0.5, 0.0]))
    y = system.domain.middle[1] + 0.5 * system.domain.half_width[1]
    z = np.array([[field.x[3], y, field.y[1]]])
    expected = system.velocity(z, np.empty((1, 0)))[0, [0, 2]] / system.domain.half_width[[0, 2]]
    assert np.allclose(field.velocity[1, 3], expected)


def test_passages_are_where_a_run_crosses_the_plane() -> None:
    t = np.linspace(0, 4 * np.pi, 4001)
    run = np.stack([np.cos(t), np.sin(t), np.sin(t - 0.7)], axis=1)[None]
    upwards, downwards = space.passages(run, (0, 1), np.zeros(3))
    assert np.allclose(upwards, [[np.cos(0.7), np.sin(0.7), 0.0]] * 2, atol=1e-5)
    assert np.allclose(downwards, [[-np.cos(0.7), -np.sin(0.7), 0.0]] * 2, atol=1e-5)


def test_a_few_strong_weights_do_not_make_the_others_white() -> None:
    J = np.random.default_rng(0).normal(size=(100, 100))
    assert not connectivity.strongest(np.tanh(J))[1]
    J[3, 4] = 500.0
    top, cut = connectivity.strongest(J)
    assert cut
    assert np.mean(np.abs(J) <= top) == pytest.approx(0.99, abs=1e-3)
    assert connectivity.strongest(np.array([[2.0, -2.0], [1.0, 1.5]])) == (2.0, False)
    assert connectivity.strongest(np.zeros((3, 3))) == (1.0, False)


# ----------------------------------------------------------------------------------- notebook


@pytest.mark.parametrize("value", [certified(), course()], ids=["certificate", "trajectory"])
def test_a_notebook_shows_figure_and_tables(value: Any) -> None:
    html = value._repr_html_()
    assert html.count("<svg") == 1
    assert "<table>" in html
    assert "\x1b" not in html


def test_a_notebook_never_gets_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = dataclasses.replace(stressed(), fan=None, system="<b>")
    html = lacking._repr_html_()
    assert html is not None
    assert "run `lrfit stress` again" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Picture, "to_bytes", broken)
    assert certified()._repr_html_() is None


def test_colors_of_fans_are_the_networks() -> None:
    panel = fan.draw(stressed()).axes[0]
    assert panel.lines[0].get_color() == BLUE
