"""Ids for rows that the database itself makes: time-ordered UUIDs (version 7) in an `INSERT … SELECT`.

The first 48 bits are milliseconds, the next twelve count the rows of one statement, so that they stand in its order, and the
last sixty are random. PostgreSQL has had a function of its own for this only since version 18, SQLite has none.
"""

from datetime import datetime
from typing import Any

from django.db.models import Func, IntegerField, UUIDField, Value
from django.db.models.expressions import Combinable

COUNTED = 4096  # rows that twelve bits count; the next ones are of the next millisecond


class NewId(Func):
    """A new id made at this moment; `place` (a number from 1) is the row's place among those made together."""

    output_field = UUIDField()

    def __init__(self, moment: datetime, place: Combinable) -> None:
        milliseconds = Value(int(moment.timestamp() * 1000), IntegerField())
        super().__init__(milliseconds + place / COUNTED, place % COUNTED)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        template = "(lpad(to_hex(%(expressions)s), 3, '0') || '8' || right(replace(gen_random_uuid()::text, '-', ''), 15))::uuid"
        joiner = "), 12, '0') || '7' || lpad(to_hex("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        template = "(printf('%%%%012x7%%%%03x8', %(expressions)s) || substr(lower(hex(randomblob(8))), 2))"
        return self.as_sql(compiler, connection, template=template, **context)
