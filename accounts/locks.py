"""Row locks, taken in one way: against other writers of the same row, without stopping rows that merely point at it."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def locked(rows: QuerySet) -> QuerySet:
    """Lock these rows until the transaction ends, in the order of their ids (so that two callers never wait in a circle).

    PostgreSQL: `FOR NO KEY UPDATE OF` the rows themselves. SQLite has one writer at a time and ignores it.
    """
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)


def lock_unread(rows: QuerySet[Any]) -> None:
    """Lock these rows as `locked` does, however many they are, without fetching any of them."""
    if connection.vendor != "postgresql":
        return
    try:
        text, parameters = locked(rows).values_list("pk").query.sql_with_params()
    except EmptyResultSet:  # of no row at all
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({text}) held", parameters)  # noqa: S608 - compiled by the ORM
