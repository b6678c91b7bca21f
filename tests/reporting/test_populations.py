"""What is said of an expanded network: its populations and the errors that it bears."""

from __future__ import annotations

import lrfit
from lrfit.reporting.page import Facts, Fold, Grid
from lrfit.reporting.populations import populations


def test_a_report_has_sizes_of_populations_and_errors_by_the_law() -> None:
    few = lrfit.fit("pitchfork_bistable", neurons=4, method="ols", samples=256, look=False)
    assert not populations(few)
    many = lrfit.expand(few, neurons=50, focus="box", look=False)
    assert many.expansion is not None
    facts, errors, sizes = populations(many)
    assert isinstance(facts, Facts)
    assert isinstance(errors, Grid)
    assert isinstance(sizes, Fold)
    assert isinstance(sizes.content, Grid)
    assert "clones of 4 neurons" in facts.rows[0][1]
    assert [int(row[1]) for row in sizes.content.rows] == many.expansion.quotas.tolist()
    told = dict(errors.rows)
    assert told["every weight of N wrong by 10 %"] == f"{many.expansion.error_with(0.1):.3g}"
    assert float(told["10 % of the neurons deleted, N scaled"]) > float(told["no errors"])
