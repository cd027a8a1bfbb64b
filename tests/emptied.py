"""Empties the database after a test that committed: only tables that hold a row, and none that every test finds filled.

Django's `flush` empties all hundred tables and then makes the content types and permissions again, whose rows were right. These
stay here, unless the test changed one of them: then it is done as Django does it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connections, transaction

STANDING = ("django_content_type", "auth_permission")


def empty(alias: str, *, as_django_does: Callable[[], None]) -> None:
    """Leave the database as the migrations made it. Its append-only tables must be `suspended`."""
    from operations.append_only import install_triggers

    if _standing_rows(alias) != remembered(alias):
        as_django_does()
        remembered.cache_clear()  # the same rows, under new ids
        remembered(alias)
        return
    tables = connections[alias].introspection.django_table_names(only_existing=True, include_views=False)
    _delete(alias, [table for table in filled(alias, tables) if table not in STANDING])
    install_triggers(alias)


def _delete(alias: str, tables: list[str]) -> None:
    """Delete all rows of these tables, whichever refer to which."""
    connection = connections[alias]
    deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]
    if (
        deletes and connection.vendor == "postgresql"
    ):  # a key that cannot wait for the commit is looked at after the statement
        named = ", ".join(f"deleted_{place} AS ({delete})" for place, delete in enumerate(deletes))
        deletes = [f"WITH {named} SELECT 1"]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        for delete in deletes:
            cursor.execute(delete)


def filled(alias: str, tables: list[str]) -> list[str]:
    """Those of the tables that hold a row, in one query."""
    connection = connections[alias]
    looks = ", ".join(f"EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {looks}")
        return [table for table, is_filled in zip(tables, cursor.fetchone(), strict=True) if is_filled]


@cache
def remembered(alias: str) -> list[Any]:
    """The content types and permissions as the first test found them."""
    return _standing_rows(alias)


def _standing_rows(alias: str) -> list[Any]:
    with connections[alias].cursor() as cursor:
        found = []
        for table in STANDING:
            cursor.execute(f"SELECT * FROM {connections[alias].ops.quote_name(table)} ORDER BY id")
            found.append(cursor.fetchall())
        return found
