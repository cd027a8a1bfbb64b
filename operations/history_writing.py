"""History of what a service writes set-based: an image of each row, in the name of the act under way.

    write_baselines(sales)          # before the change: rows that never had history
    sales.update(status="BILLED")
    write_images(sales, history_type="~")

`INSERT … SELECT` in the caller's transaction, with the same stamps that a saved row gets.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, QuerySet, TextField, UUIDField, Value
from django.utils import timezone

from accounts import audit
from operations.backfill.history import baselines, images, stamps


def write_images(rows: QuerySet[Any], *, history_type: str) -> None:
    """Write the image of each of these rows as it is now: "+" for made, "~" for changed."""
    act = audit.current()
    stamped = stamps(
        history_type=history_type,
        reason=Value(act.reason, TextField()),
        actor_id=Value(act.actor.pk if act.actor else None, UUIDField()),
        actor_kind=Value("user" if act.actor else act.actor_kind, CharField()),
        request_id=Value(act.request_id, CharField()),
    )
    images(rows, stamps=stamped, using=DEFAULT_DB_ALIAS).count(**_slots())


def write_baselines(rows: QuerySet[Any]) -> None:
    """Write the image of each of these rows that has no history yet; call it before they change."""
    baselines(rows, using=DEFAULT_DB_ALIAS).count(**_slots())


def _slots() -> dict[str, Any]:
    return {"now": timezone.now(), "run": audit.current().backfill_run}
