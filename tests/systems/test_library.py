"""Sample systems are found by name, listed, and never confused with files."""

import json

import pytest

from lrfit.core.errors import InputError
from lrfit.systems import library
from lrfit.systems.library import sample_folder, sample_names, sample_path
from lrfit.systems.listing import INDEX, list_samples, summary


def test_names_are_those_of_the_files_in_order():
    names = sample_names()
    assert list(names) == sorted(names)
    assert {"van_der_pol", "lorenz", "pendulum_grid", "flip_flop_3bit"} <= set(names)
    assert "README" not in names
    assert all(sample_path(name).parent == sample_folder() for name in names)


def test_the_list_says_dimension_inputs_kind_and_reference():
    by_name = {sample.name: sample for sample in list_samples()}
    assert tuple(by_name) == sample_names()
    assert (by_name["flip_flop_3bit"].dimension, by_name["flip_flop_3bit"].inputs) == (3, 3)
    assert by_name["lorenz"].kind == "chaotic"
    assert "Lorenz 1963" in by_name["lorenz"].reference


def test_a_typo_is_answered_with_the_nearest_name():
    with pytest.raises(InputError, match="did you mean 'fitzhugh_nagumo'"):
        sample_path("fitzhugh_nagmo")


def test_a_path_is_answered_as_a_missing_file():
    with pytest.raises(InputError, match="no such file"):
        sample_path("systems/lorenz.yaml")


def test_an_installed_package_uses_its_own_folder(tmp_path, monkeypatch):
    (tmp_path / "sample_systems").mkdir()
    (tmp_path / "sample_systems" / "mine.yaml").write_text("name: mine\n")
    monkeypatch.setattr(library, "_PACKAGE", tmp_path)
    assert sample_names() == ("mine",)


def test_the_index_says_what_the_files_say():
    index = json.loads((sample_folder() / INDEX).read_text("utf-8"))
    assert index == {name: summary(name) for name in sample_names()}
