"""Row locks, taken in one way: against other writers of the same row, without stopping rows that merely point at it."""

from django.db.models import QuerySet


def locked(rows: QuerySet) -> QuerySet:
    """Lock these rows until the transaction ends, in the order of their ids (so that two callers never wait in a circle).

    PostgreSQL: `FOR NO KEY UPDATE OF` the rows themselves. SQLite has one writer at a time and ignores it.
    """
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)
