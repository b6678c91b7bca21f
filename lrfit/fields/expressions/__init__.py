"""Expressions: text -> whitelisted tree -> vectorized code, derivatives and proofs.

    scanner, parser   text to tree, holding every limit; never evaluated as written
    hints             what is said about names and calls that are not known
    tree              the nodes: immutable, no two equal; passes loop over `order`
    fold, simplify    constants; the rules that keep IEEE values
    removable, removable_arrays    functions whose 0/0 is removable, with all their derivatives
    derivative        exact derivatives as trees
    parity, affine    what is proved from the trees
    lower             powers as products
    array_code        blocks of points through numpy
    point_code        one point through Python floats
    crossings, events the jumps, kinks and narrow turns of signals
    compiler          a program of both; field and signals are what users of this package call
    interval_parts, interval_rules, interval_jumps, interval, enclosures    bounds over boxes

Another back end is one more module with a table of rules by operation and one loop over
`order(field.expressions)`, as `interval` is.
"""

from typing import TYPE_CHECKING

from lrfit.core.lazy import lazy_names

if TYPE_CHECKING:
    from lrfit.fields.expressions.affine import affine_inputs
    from lrfit.fields.expressions.compiler import Program
    from lrfit.fields.expressions.derivative import derivatives
    from lrfit.fields.expressions.errors import ExpressionError
    from lrfit.fields.expressions.field import CompiledField, compile_field
    from lrfit.fields.expressions.fold import bind, substitute
    from lrfit.fields.expressions.identifiers import name_problem
    from lrfit.fields.expressions.operations import FUNCTIONS, RESERVED, SIGNAL_FUNCTIONS
    from lrfit.fields.expressions.parity import proved_parity
    from lrfit.fields.expressions.parser import parse
    from lrfit.fields.expressions.signals import Signal, compile_signal
    from lrfit.fields.expressions.text import to_text
    from lrfit.fields.expressions.tree import Expr, order

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lrfit.fields.expressions.affine": ("affine_inputs",),
        "lrfit.fields.expressions.compiler": ("Program",),
        "lrfit.fields.expressions.derivative": ("derivatives",),
        "lrfit.fields.expressions.errors": ("ExpressionError",),
        "lrfit.fields.expressions.field": (
            "CompiledField",
            "compile_field",
        ),
        "lrfit.fields.expressions.fold": (
            "bind",
            "substitute",
        ),
        "lrfit.fields.expressions.operations": (
            "FUNCTIONS",
            "RESERVED",
            "SIGNAL_FUNCTIONS",
        ),
        "lrfit.fields.expressions.parity": ("proved_parity",),
        "lrfit.fields.expressions.identifiers": ("name_problem",),
        "lrfit.fields.expressions.parser": ("parse",),
        "lrfit.fields.expressions.signals": (
            "Signal",
            "compile_signal",
        ),
        "lrfit.fields.expressions.text": ("to_text",),
        "lrfit.fields.expressions.tree": (
            "Expr",
            "order",
        ),
    },
)

__all__ = [
    "FUNCTIONS",
    "RESERVED",
    "SIGNAL_FUNCTIONS",
    "CompiledField",
    "Expr",
    "ExpressionError",
    "Program",
    "Signal",
    "affine_inputs",
    "bind",
    "compile_field",
    "compile_signal",
    "derivatives",
    "name_problem",
    "order",
    "parse",
    "proved_parity",
    "substitute",
    "to_text",
]
