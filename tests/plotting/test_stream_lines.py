"""Stream lines go along the field, fill the box, and keep apart."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.plotting.stream_lines import cell_of, interpolated, stream_lines

NODES = np.linspace(0.0, 1.0, 48)
X, Y = np.meshgrid(NODES, NODES)
FIELDS = {
    "uniform": np.stack([np.ones_like(X), np.full_like(X, 0.3)], axis=2),
    "rotation": np.stack([0.5 - Y, X - 0.5], axis=2),
    "saddle": np.stack([X - 0.5, 0.5 - Y], axis=2),
    "focus": np.stack([0.5 - Y - (X - 0.5), X - 0.5 - (Y - 0.5)], axis=2),
}


@pytest.fixture(params=list(FIELDS))
def field(request: pytest.FixtureRequest) -> Array:
    return FIELDS[request.param]


def test_lines_go_along_the_field(field: Array) -> None:
    for line in stream_lines(field):
        along = np.diff(line, axis=0)
        there = interpolated(field, 0.5 * (line[1:] + line[:-1]))
        sizes = np.linalg.norm(along, axis=1) * np.linalg.norm(there, axis=1)
        good = sizes > 1e-6
        assert np.all(np.sum(along * there, axis=1)[good] > 0.98 * sizes[good])


def test_lines_stay_in_the_box_and_are_not_short(field: Array) -> None:
    lines = stream_lines(field)
    assert all(np.all((line >= 0.0) & (line <= 1.0)) for line in lines)
    assert all(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() > 0.09 for line in lines)


def test_no_two_lines_pass_the_same_cell(field: Array) -> None:
    passed = [set(cell_of(line).tolist()) for line in stream_lines(field)]
    assert sum(map(len, passed)) == len(set().union(*passed))


def test_lines_fill_the_box(field: Array) -> None:
    points = np.concatenate(stream_lines(field))
    probes = np.random.default_rng(0).uniform(0.02, 0.98, (300, 2))
    gaps = np.linalg.norm(probes[:, None] - points, axis=2).min(axis=1)
    assert gaps.max() < 0.12
    assert np.mean(gaps) < 0.03


def test_a_line_that_leaves_ends_on_the_border() -> None:
    for line in stream_lines(FIELDS["uniform"]):
        if len(line) > 80:
            assert np.isclose(line[-1].max(), 1.0, atol=1e-12)
            assert np.isclose(line[0].min(), 0.0, atol=1e-12)


def test_a_closed_line_goes_once_round() -> None:
    for line in stream_lines(FIELDS["rotation"]):
        angle = np.unwrap(np.arctan2(*(line - 0.5).T[::-1]))
        assert abs(angle[-1] - angle[0]) < 2.0 * np.pi + 0.5


def test_where_the_field_is_unknown_there_are_no_lines() -> None:
    field = np.where(X[..., None] > 0.5, np.nan, FIELDS["saddle"])
    lines = stream_lines(field)
    assert len(lines) > 5
    assert max(line[:, 0].max() for line in lines) < 0.52
    assert stream_lines(np.full((48, 48, 2), np.nan)) == []


def test_values_between_nodes_are_linear_in_each_variable() -> None:
    values = (2.0 + X - 3.0 * Y + 0.5 * X * Y)[..., None]
    points = np.random.default_rng(1).random((50, 2))
    x, y = points.T
    assert np.allclose(interpolated(values, points)[:, 0], 2.0 + x - 3.0 * y + 0.5 * x * y)
