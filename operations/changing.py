"""A change of a database's tables as one transaction: it is there whole, or nothing of it is, on PostgreSQL and on SQLite.

Django's schema editor refuses to work in a transaction on SQLite while foreign keys are checked, so they are not checked inside
(it checks them itself, at its end). On PostgreSQL the transaction stands on one snapshot, so that what others write meanwhile
is not mistaken for a change of ours, and a table is taken that two such changes cannot have at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import NotSupportedError, connections, transaction


@contextmanager
def changing_tables(using: str, *, lock_seconds: float = 10, locked: tuple[str, ...] = ()) -> Iterator[Any]:
    """Run the block in one transaction that may change tables; yields its connection, which is closed at the end.

    `locked` are the tables that nobody else may touch meanwhile (PostgreSQL; SQLite has one writer anyway).
    """
    connection = connections[using]
    connection.close()
    patience = connection.settings_dict["OPTIONS"].get("timeout")
    try:
        if connection.vendor == "sqlite":
            connection.settings_dict["OPTIONS"]["timeout"] = lock_seconds
            if not connection.disable_constraint_checking():
                raise NotSupportedError("SQLite goes on checking foreign keys.")
        with transaction.atomic(using=using, durable=True):
            if connection.vendor == "postgresql":
                _begin(connection, lock_seconds, locked)
            yield connection
    finally:
        ContentType.objects.clear_cache()  # it may remember rows that were rolled back
        connection.close()
        if patience is not None:
            connection.settings_dict["OPTIONS"]["timeout"] = patience


def _begin(connection: Any, lock_seconds: float, locked: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL lock_timeout = '{int(lock_seconds * 1000)}ms'")
        # Locks before the first question: the snapshot is taken by that.
        cursor.execute("LOCK TABLE django_migrations IN SHARE ROW EXCLUSIVE MODE")
        if locked:
            names = ", ".join(connection.ops.quote_name(name) for name in locked)
            cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
