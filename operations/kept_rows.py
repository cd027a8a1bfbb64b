"""Rows that are asked for with every step of the work, by a statement that is compiled once.

    customers = kept_rows(locked(Customer.objects.filter(pk__any_of=Keys("ids")).select_related("tenant")))
    customers.find(ids=[…])

It takes the ORM longer to compile such a queryset than the database to answer it. What varies stands in it as a `Slot` or as
`Keys`; the rows, the one joined row that each may have, and all types are those that the queryset itself would give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Expression, Model, QuerySet

from operations.backfill.compiled import Statement


@dataclass(frozen=True, slots=True)
class KeptRows:
    """A compiled lookup; `converted` are the columns that this database does not give in the field's own type."""

    statement: Statement
    model: type[Model]
    joined: tuple[str, type[Model]] | None
    converted: tuple[tuple[int, Expression], ...]

    def find(self, **values: Any) -> list[Any]:
        """Ask with these values in its slots; returns whole rows, in the queryset's order."""
        return [self._row(read) for read in self.read(**values)]

    def read(self, **values: Any) -> Iterator[list[Any]]:
        """Ask with these values in its slots; yields the columns of each row, in the types of their fields."""
        connection = connections[self.statement.using]
        converters = [
            (place, column, connection.ops.get_db_converters(column) + column.get_db_converters(connection))
            for place, column in self.converted
        ]
        for answer in self.statement.rows(**values):
            read = list(answer)
            for place, column, steps in converters:
                for convert in steps:
                    read[place] = convert(read[place], column, connection)
            yield read

    def _row(self, read: list[Any]) -> Model:
        names, using = _names(self.model), self.statement.using
        row = self.model.from_db(using, names, read[: len(names)])
        if self.joined:
            name, model = self.joined
            setattr(row, name, model.from_db(using, _names(model), read[len(names) :]))
        return row


def kept_rows(rows: QuerySet[Any]) -> KeptRows:
    """Compile a lookup of whole rows (`find`), or of `values_list` (`read`); of a lock: in a transaction."""
    compiler = rows.query.get_compiler(using=rows.db)
    text, parameters = compiler.as_sql()
    connection = connections[rows.db]
    columns = enumerate(column for column, *_ in compiler.select)
    return KeptRows(
        Statement(text, tuple(parameters), rows.db),
        rows.model,
        _joined(rows),
        tuple(
            (place, column)
            for place, column in columns
            if connection.ops.get_db_converters(column) + column.get_db_converters(connection)
        ),
    )


def _joined(rows: QuerySet[Any]) -> tuple[str, type[Model]] | None:
    named = rows.query.select_related
    if not isinstance(named, dict):
        return None
    [name] = named
    return name, rows.model._meta.get_field(name).related_model


def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
