"""What the engine says to a database besides its statements: timeouts, fresh statistics, and a view that cannot write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.models import Model


def limit_waits(
    using: str, *, lock_seconds: float = 2, statement_seconds: float = 15, idle_seconds: float = 30
) -> None:
    """Let no statement of this transaction wait or run for long, and a worker that is frozen in it not keep its locks.

    (PostgreSQL; SQLite has one writer and its own timeout.)
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET LOCAL lock_timeout = '{int(lock_seconds * 1000)}ms'; "
                f"SET LOCAL statement_timeout = '{int(statement_seconds * 1000)}ms'; "
                f"SET LOCAL idle_in_transaction_session_timeout = '{int(idle_seconds * 1000)}ms'"
            )


def look_rows_up(using: str) -> None:
    """Let PostgreSQL look a batch's joined rows up in their indexes, and not read a whole table for one window of another.

    By default it takes a page out of order for four times as dear as the next one; those of a window are warm and lie together.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost = 1.1")


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
