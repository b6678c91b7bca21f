"""Every option of a fit is declared once, and flag, key, check and attribute follow from it."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import LrfitError, UsageError
from lrfit.fitting.flags_command import NetworkFlags, SearchFlags
from lrfit.fitting.options import RUN, FitOptions
from lrfit.fitting.options_group import options_from_group, options_group
from lrfit.io.tree import Group
from lrfit.options import kinds
from lrfit.options.declare import options_of
from lrfit.systems.schema import network_keys

OPTIONS = options_of(FitOptions)
POSITIVE = st.floats(1e-300, 1e300)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "nonlinearity": st.sampled_from(["tanh", "erf", "sin"]),
    "bias": st.booleans(),
    "tau": st.one_of(st.sampled_from(["auto", "natural"]), POSITIVE),
    "center": st.one_of(
        st.sampled_from(["auto", "middle"]),
        st.dictionaries(st.sampled_from(["x", "y1"]), st.floats(-1e300, 1e300), min_size=1),
    ),
    "noise": st.floats(0.0, 1e100),
    "weight_noise": st.floats(0.0, 1e100),
    "criterion": st.sampled_from(["per-variable", "overall", "worst"]),
    "drive": st.dictionaries(st.sampled_from(["u", "w"]), st.sampled_from(["auto", "gated"])),
    "scale": st.tuples(POSITIVE, POSITIVE).map(lambda pair: (min(pair), max(pair))),
    "candidates": st.integers(1, 10**9),
    "samples": st.integers(2, 10**9),
    "sampling": st.sampled_from(["sobol", "grid", "trajectory", "mixed"]),
    "max_neurons": st.integers(1, 10**9),
    "seed": st.integers(0, 2**31),
    "effort": st.sampled_from(["quick", "normal", "exhaustive"]),
    "time_limit": POSITIVE,
    "orthogonal": st.booleans(),
}


@settings(max_examples=60, deadline=None)
@given(given=st.fixed_dictionaries({}, optional=VALUES))
def test_options_come_back_from_their_attributes_exactly(given: dict[str, Any]) -> None:
    options = FitOptions(**given)
    assert options_from_group(options_group(options)) == options


def test_every_option_of_a_fit_is_declared_and_has_a_flag() -> None:
    assert list(OPTIONS) == [field.name for field in dataclasses.fields(FitOptions)]
    flags = {*get_type_hints(NetworkFlags), *get_type_hints(SearchFlags)}
    assert flags == {name for name, each in OPTIONS.items() if each.panel != RUN}


def test_the_keys_of_a_system_file_are_the_options_that_files_may_give() -> None:
    assert [*network_keys().model_fields] == [n for n, each in OPTIONS.items() if each.in_file]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("nonlinearity", "cubic"),
        ("bias", "yes"),
        ("tau", -1.0),
        ("tau", "slow"),
        ("noise", -1e-3),
        ("noise", float("nan")),
        ("criterion", "best"),
        ("drive", {"u": "sideways"}),
        ("update", "rk4"),
        ("dt", "tau/0.5"),
        ("scale", (3.0, 0.2)),
        ("candidates", 0),
        ("samples", 1),
        ("sampling", "random"),
        ("effort", "some"),
        ("time_limit", 0.0),
        ("seed", -1),
    ],
)
def test_a_value_that_no_fit_can_use_is_refused_by_the_name_of_its_option(
    name: str, wrong: Any
) -> None:
    with pytest.raises(UsageError) as refusal:
        FitOptions(**{name: wrong})
    assert name.split("_", maxsplit=1)[0] in str(refusal.value)


@pytest.mark.parametrize("kind", [each.kind for each in OPTIONS.values()], ids=[*OPTIONS])
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=12), number=st.floats())
def test_any_text_and_any_document_is_a_value_or_refused_in_one_line(
    kind: kinds.Kind, text: str, number: float
) -> None:
    for read, value, refusal in (
        (kind.from_text, text, UsageError),
        (kind.from_document, text, ValueError),
        (kind.from_document, number, ValueError),
        (kind.from_document, [number, text], ValueError),
        (kind.from_document, {"x": number}, ValueError),
    ):
        said = ""
        try:
            read(value)  # type: ignore[arg-type]  # of any type, as hostile files are
        except refusal as error:
            said = str(error)
        assert "\n" not in said


def test_an_attribute_of_another_type_is_refused_where_it_stands() -> None:
    for name, wrong in (("scale", np.ones(3)), ("noise", "much"), ("center", "x=a"), ("seed", 1.5)):
        group = options_group(FitOptions())
        spoiled = Group(attributes={**group.attributes, name: wrong}, where="f.h5")
        with pytest.raises(LrfitError, match=r"f\.h5"):
            options_from_group(spoiled)
