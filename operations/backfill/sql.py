"""The engine's SQL: two set-based statements, ids as one array, timeouts, and a view that cannot write.

Everything else is the ORM's. `get_compiler(using=…)` compiles for the run's own database.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.db import connections, transaction
from django.db.models import Field, Lookup, Model, QuerySet


def insert_select(
    model: type[Model], columns: Sequence[str], rows: QuerySet, using: str, *, ignore_conflicts: bool = False
) -> int:
    """Run `INSERT INTO model (columns) SELECT …`; returns how many rows came in."""
    text, parameters = _insert_select(model, columns, rows, using)
    with connections[using].cursor() as cursor:
        cursor.execute(f"{text} ON CONFLICT DO NOTHING" if ignore_conflicts else text, parameters)
        return cursor.rowcount


def insert_select_returning(
    model: type[Model], columns: Sequence[str], rows: QuerySet, returned: Sequence[str], using: str
) -> list[tuple]:
    """Run `INSERT INTO model (columns) SELECT …`; returns these columns of the rows that came in."""
    text, parameters = _insert_select(model, columns, rows, using)
    names = ", ".join(connections[using].ops.quote_name(column) for column in returned)
    with connections[using].cursor() as cursor:
        cursor.execute(f"{text} RETURNING {names}", parameters)
        return cursor.fetchall()


def _insert_select(model: type[Model], columns: Sequence[str], rows: QuerySet, using: str) -> tuple[str, Any]:
    select, parameters = rows.query.get_compiler(using=using).as_sql()
    quote = connections[using].ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) {select}", parameters  # noqa: S608


def update_from(model: type[Model], columns: Sequence[str], rows: QuerySet, using: str) -> int:
    """Run `UPDATE model SET … FROM (rows) v WHERE model.pk = v.pk`; `rows` has `row_pk` and `new_<column>`."""
    connection = connections[using]
    select, parameters = rows.query.get_compiler(using=using).as_sql()
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    values = ", ".join(f"{quote(column)} = v.{quote('new_' + column)}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {values} FROM ({select}) v WHERE {table}.{key} = v.row_pk", parameters)  # noqa: S608
        return cursor.rowcount


SEPARATOR = "\x1f"  # ASCII's own separator: no key contains it, and one long text is ten times cheaper than a list


class Keys:
    """Keys for `any_of`, joined once and sent to several statements; the ORM looks at each item of a list, and not in here."""

    def __init__(self, keys: Iterable[Any]) -> None:
        self.texts = [str(key) for key in keys]

    @cached_property
    def joined(self) -> str:
        """All of them as one text."""
        return SEPARATOR.join(self.texts)


@Field.register_lookup
class AnyOf(Lookup):
    """`pk__any_of=[…]` (or `Keys`): membership in a list of any length, sent as one array instead of one parameter per id."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        element = self._key().rel_db_type(connection)
        keys = self.rhs if isinstance(self.rhs, Keys) else Keys(self._prepared(key, connection) for key in self.rhs)
        return f"{left} = ANY(string_to_array(%s, '{SEPARATOR}')::{element}[])", [*parameters, keys.joined]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        keys = self.rhs.texts if isinstance(self.rhs, Keys) else self.rhs
        values = json.dumps([self._prepared(key, connection) for key in keys])
        return f"{left} IN (SELECT value FROM json_each(%s))", [*parameters, values]  # noqa: S608

    def _key(self) -> Field:
        field = self.lhs.output_field
        return field.target_field if field.is_relation else field

    def _prepared(self, value: Any, connection: Any) -> Any:
        return self._key().get_db_prep_value(value, connection)


def limit_waits(
    using: str, *, lock_seconds: float = 2, statement_seconds: float = 15, idle_seconds: float = 30
) -> None:
    """Let no statement of this transaction wait or run for long, and a worker that is frozen in it not keep its locks.

    (PostgreSQL; SQLite has one writer and its own timeout.)
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{int(lock_seconds * 1000)}ms'")
            cursor.execute(f"SET LOCAL statement_timeout = '{int(statement_seconds * 1000)}ms'")
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{int(idle_seconds * 1000)}ms'")


# Tables that have grown by more than half since PostgreSQL last looked at them (a restored or freshly loaded one above all),
# or that it holds for empty though they take pages: it may have looked while the rows were not committed yet.
GROWN_TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
      AND pg_has_role(c.relowner, 'USAGE')
      AND (pg_relation_size(c.oid) / current_setting('block_size')::int > 1.5 * greatest(c.relpages, 0) + 8
           OR c.reltuples <= 0 AND pg_relation_size(c.oid) > 0)
    ORDER BY c.relname
"""


def refresh_statistics(models: Sequence[type[Model]], using: str) -> None:
    """Let PostgreSQL look at these tables, and at all that have grown, now: a batch is not planned as if they were empty."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(GROWN_TABLES)
            grown = {name for (name,) in cursor.fetchall()} | {model._meta.db_table for model in models}
            if grown:
                cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(name) for name in sorted(grown))}")


@contextmanager
def read_only(using: str) -> Iterator[None]:
    """A consistent view of the database in which every write is refused by the database itself."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with _read_only_transaction(connection, using):
            yield
    else:
        with _query_only(connection):
            yield


@contextmanager
def _read_only_transaction(connection: Any, using: str) -> Iterator[None]:
    if connection.in_atomic_block:
        with _read_only_savepoint(connection):
            yield
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _read_only_savepoint(connection: Any) -> Iterator[None]:
    """Inside somebody's transaction: read-only until the savepoint is rolled back, which gives the setting back too."""
    savepoint = connection.savepoint()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
    finally:
        connection.savepoint_rollback(savepoint)
        connection.savepoint_commit(savepoint)


@contextmanager
def _query_only(connection: Any) -> Iterator[None]:
    nested = connection.in_atomic_block
    bool(connection.features.supports_json_field)  # Django finds this out by a write, once
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        try:
            if not nested:  # atomic() would begin IMMEDIATE, which is a write
                cursor.execute("BEGIN DEFERRED")
            yield
        finally:
            if not nested:
                cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA query_only = OFF")
