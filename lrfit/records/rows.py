"""The forms of tables: tuples of values of one class, as arrays.

Columns    Annotated[tuple[Effect, ...], Rows("effect")]               an array for each field
Table      Annotated[tuple[Pair, ...], Rows("pair", table="pairs")]    one array for all fields
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.core.shapes import Annotation, Axes, Rows, annotations_of, is_array, scalar_type
from lrfit.io.tree import Dataset, Group
from lrfit.records.annotated import base_of, element_of, stored_name
from lrfit.records.forms import Form, known_word, told_of
from lrfit.records.provenance import encoded

if TYPE_CHECKING:
    from lrfit.records.codec import Sink, Source


class Columns(Form):
    """An array along the axis of the rows for each of their fields."""

    def fits(self, annotation: Annotation) -> bool:
        """For rows without a table."""
        rows = annotation.mark(Rows)
        return rows is not None and not rows.table

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As datasets, in a group of their own if the mark says so; nothing without rows."""
        if not given:
            return
        rows = annotation.mark(Rows)
        columns: dict[str, Group | Dataset] = {}
        for key, field in annotations_of(element_of(annotation.type)).items():
            values, axes = [getattr(each, key) for each in given], field.mark(Axes) or Axes()
            columns[f"{rows.prefix}{stored_name(field)}"] = Dataset(
                data=np.array(values, dtype=_stored_type(field)),
                dimensions=(rows.axis, *axes.names),
                attributes=told_of(axes),
            )
        if rows.group:
            kind = encoded(f"lrfit-{rows.group}")
            columns = {rows.group: Group(attributes=kind, children=columns)}
        sink.children.update(columns)

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Whether the first of the arrays is there."""
        rows, fields = annotation.mark(Rows), annotations_of(element_of(annotation.type))
        if rows.group and rows.group not in source.group:
            return False
        group = source.group.group(rows.group) if rows.group else source.group
        first = f"{rows.prefix}{stored_name(next(iter(fields.values())))}"
        return first in group or group.has_attribute(first)

    def read(self, source: Source, name: str, annotation: Annotation) -> tuple[Any, ...]:
        """From arrays of one length."""
        rows, row = annotation.mark(Rows), element_of(annotation.type)
        group = source.group.group(rows.group) if rows.group else source.group
        columns = {
            key: _column(source, group, f"{rows.prefix}{stored_name(field)}", field, rows.axis)
            for key, field in annotations_of(row).items()
        }
        lines = zip(*columns.values(), strict=True)
        made: tuple[Any, ...] = source.refusing(
            lambda: tuple(row(**dict(zip(columns, line, strict=True))) for line in lines)
        )
        return made


class Table(Form):
    """One array (rows, fields) of numbers; its attribute `columns` names the fields."""

    def fits(self, annotation: Annotation) -> bool:
        """For rows with a table."""
        rows = annotation.mark(Rows)
        return rows is not None and bool(rows.table)

    def write(self, sink: Sink, name: str, annotation: Annotation, given: Any) -> None:
        """As a dataset; None is NaN."""
        rows, columns = annotation.mark(Rows), list(annotations_of(element_of(annotation.type)))
        data = np.array([[getattr(each, key) for key in columns] for each in given], dtype=float)
        sink.children[rows.table] = Dataset(
            data=data.reshape(len(given), len(columns)),
            dimensions=(rows.axis, "column"),
            attributes={"columns": columns},
        )

    def present(self, source: Source, name: str, annotation: Annotation) -> bool:
        """Whether the array is there."""
        return annotation.mark(Rows).table in source.group

    def read(self, source: Source, name: str, annotation: Annotation) -> tuple[Any, ...]:
        """From the array; a column that it lacks takes the default of its field."""
        rows, row = annotation.mark(Rows), element_of(annotation.type)
        dataset, known = source.group.dataset(rows.table), annotations_of(row)
        columns = dataset.attribute("columns", list)
        for key, field in known.items():
            if key not in columns and not field.has_default:
                raise dataset.error(f"has no column {key}")
        numbers = dataset.numbers(shape=(source.lengths.get(rows.axis), len(columns)))
        lines = [dict(zip(columns, line, strict=True)) for line in numbers]
        return tuple(
            row(**{key: _entry(dataset, known[key], line[key]) for key in line if key in known})
            for line in lines
        )


ROW_FORMS: tuple[Form, ...] = (Columns(), Table())


def _stored_type(field: Annotation) -> Any:
    """The numpy type of a column."""
    if is_array(field.type):
        return scalar_type(field.type)
    return {str: np.str_, int: np.int64, bool: np.bool_}.get(base_of(field.type), np.float64)


def _column(source: Source, group: Group, name: str, field: Annotation, axis: str) -> list[Any]:
    """The values of one field in every row."""
    kind = base_of(field.type)
    if kind is str:
        texts = _texts(group, name)
        source.bind(group, name, axis, len(texts))
        return [known_word(group, field, text) for text in texts]
    axes = field.mark(Axes) or Axes()
    entry = scalar_type(kind) if is_array(kind) else _stored_type(field)
    numbers = source.array(group.dataset(name), (axis, *axes.names), entry)
    return list(numbers) if is_array(kind) else [kind(value) for value in numbers]


def _texts(group: Group, name: str) -> list[str]:
    """A column of texts: a dataset, or the list that files of version 0.1.0 hold."""
    return group.dataset(name).texts() if name in group else group.attribute(name, list)


def _entry(dataset: Dataset, field: Annotation, value: float) -> Any:
    """One number of a table as its field says."""
    if field.optional and np.isnan(value):
        return None
    if field.type is not float and not np.isfinite(value):
        raise dataset.error(f"has numbers in the column {field.name} that are not finite")
    return field.type(value)
