"""Writing one whole row by a statement that is put together once for its table.

The ORM compiles `INSERT` anew for each row, which costs several times what the database driver does with it. Images of history
and the append-only trails of money are written with every step, are never written in any other way, and nobody listens to their
signals: for them the columns are looked up once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connections, router
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class _Insert:
    text: str
    fields: tuple[Field, ...]


def insert(model: type[Model], values: Mapping[str, Any], *, using: str) -> None:
    """Insert one row of `values` by attribute name (`tenant_id`): all columns but those that the database fills itself."""
    statement = _insert_into(model, using)
    connection = connections[using]
    parameters = [field.get_db_prep_save(values[field.attname], connection) for field in statement.fields]
    with connection.cursor() as cursor:
        cursor.execute(statement.text, parameters)


def insert_row(row: Row) -> Row:
    """Insert a new row of an append-only table, and return it."""
    using = row._state.db or router.db_for_write(type(row), instance=row)
    values = {field.attname: field.pre_save(row, True) for field in _insert_into(type(row), using).fields}
    insert(type(row), values, using=using)
    row._state.adding, row._state.db = False, using
    return row


@cache
def _insert_into(model: type[Model], using: str) -> _Insert:
    key = model._meta.auto_field
    fields = tuple(field for field in model._meta.concrete_fields if field is not key and not field.generated)
    quote = connections[using].ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return _Insert(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields)  # noqa: S608
