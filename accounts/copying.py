"""Writing many new rows at once: on PostgreSQL by COPY, which costs a fraction of an INSERT with a parameter for each value.

For rows whose keys are known before they are stored and whose columns are plain values, written in sets by the services; anything
else, and SQLite, goes by `bulk_create`. As there, no signal is sent, and the history is written beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model

PLAIN: Final = {
    "UUIDField", "CharField", "TextField", "BigIntegerField", "IntegerField", "PositiveIntegerField", "BooleanField", "DateField",
    "DateTimeField", "DecimalField",
}  # fmt: skip
ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL: Final = "\\N"


@dataclass(frozen=True, slots=True)
class _Copy:
    text: str
    values: Any
    stamped: tuple[Field, ...]


def store_rows(model: type[Model], rows: Sequence[Any], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Store new rows of one table, in the caller's transaction."""
    connection = connections[using]
    statement = _copy_of(model, using) if connection.vendor == "postgresql" else None
    if statement is None or not rows:
        model._base_manager.using(using).bulk_create(rows)
        return
    for row in rows:
        for field in statement.stamped:
            field.pre_save(row, True)
    written = "".join([_line(statement.values(row)) for row in rows])
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement.text) as copy:
        copy.write(written)
    for row in rows:
        row._state.adding, row._state.db = False, using


def _line(values: tuple[Any, ...]) -> str:
    return "\t".join([_text(value) for value in values]) + "\n"


def _text(value: Any) -> str:
    if value is None:
        return NULL
    return value.translate(ESCAPED) if isinstance(value, str) else str(value)


@cache
def _copy_of(model: type[Model], using: str) -> _Copy | None:
    """The statement for a table, or none when a column is no plain value or is filled by the database."""
    fields = model._meta.concrete_fields
    if not all(_is_plain(field) for field in fields):
        return None
    quote = connections[using].ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    stamped = tuple(
        field for field in fields if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)
    )
    values = attrgetter(*(field.attname for field in fields))
    return _Copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN", values, stamped)


def _is_plain(field: Any) -> bool:
    target = field.target_field if field.is_relation else field
    is_filled = (
        field.generated or field is field.model._meta.auto_field or (field.has_db_default() and not field.has_default())
    )
    return target.get_internal_type() in PLAIN and not is_filled
