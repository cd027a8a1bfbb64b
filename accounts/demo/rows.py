"""Writing rows of the past: with the times they had then, and with the history that a living system would have kept."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connections
from django.db.models import Model

BATCH = 2000


def insert(model: type[Model], rows: Iterable[Model], *, using: str) -> int:
    """Insert rows exactly as they are and return how many: `auto_now_add` would stamp the past with today's date."""
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not field.generated and not _is_serial(field)]
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - no user text
    values = ([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows)
    written = 0
    with connection.cursor() as cursor:
        while batch := list(islice(values, BATCH)):
            cursor.executemany(statement, batch)
            written += len(batch)
    return written


def image(row: Model, *, at: datetime, kind: str = "+", by: Any = None, reason: str = "") -> Model:
    """Make the history image of a row as it is now, as written `at` that time by that person (None: the system)."""
    history = type(row).history.model
    values = {field.attname: getattr(row, field.attname) for field in history.tracked_fields}
    return history(
        **values,
        history_date=at,
        history_type=kind,
        history_user_id=by.pk if by else None,
        history_change_reason=reason,
        actor_kind="user" if by else "system",
    )


def insert_images(images: Iterable[Model], *, using: str) -> None:
    """Insert history images in time order, so that the newest image has the largest `history_id`."""
    by_table: dict[type[Model], list[Model]] = {}
    for each in sorted(images, key=lambda each: each.history_date):
        by_table.setdefault(type(each), []).append(each)
    for history, rows in by_table.items():
        insert(history, rows, using=using)


def _is_serial(field: Any) -> bool:
    return field.get_internal_type() in {"AutoField", "BigAutoField"}
