"""A consistent view: many questions, all answered about the same moment, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def snapshot(using: str) -> Iterator[None]:
    """Run the block's reads on one snapshot of the database, in which nothing can be written.

    Inside an open transaction (a test's) the block reads as that transaction does.
    """
    connection = connections[using]
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(using=using):
            _say(using, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with _deferred_read(using):
            yield


@contextmanager
def _deferred_read(using: str) -> Iterator[None]:
    """SQLite: a read transaction, which in WAL mode stops no writer (`atomic()` would take the write lock)."""
    _say(using, "BEGIN DEFERRED")
    try:
        _say(using, "PRAGMA query_only = ON")
        yield
    finally:
        _say(using, "ROLLBACK")
        _say(using, "PRAGMA query_only = OFF")


def _say(using: str, statement: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
