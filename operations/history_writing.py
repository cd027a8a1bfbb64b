"""History of what a service writes set-based: an image of each row, in the name of the act under way.

    write_baselines(sales)          # before the change: rows that never had history
    sales.update(status="BILLED")
    write_images(sales, history_type="~")

`INSERT … SELECT` in the caller's transaction, with the same stamps that a saved row gets. Who sends the same images again and
again keeps the statement (`operations.backfill.history.acted_images`) and fills it with `who_acts()`.
"""

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from operations.backfill.history import acted_images, baselines


def write_images(rows: QuerySet[Any], *, history_type: str) -> None:
    """Write the image of each of these rows as it is now: "+" for made, "~" for changed."""
    acted_images(rows, history_type=history_type, using=DEFAULT_DB_ALIAS).count(**who_acts(timezone.now()))


def write_baselines(rows: QuerySet[Any]) -> None:
    """Write the image of each of these rows that has no history yet; call it before they change."""
    baselines(rows, using=DEFAULT_DB_ALIAS).count(now=timezone.now(), run=audit.current().backfill_run)


def who_acts(now: datetime, *, why: str = "") -> dict[str, Any]:
    """What fills the slots of images: who acts, in which request and run, why (`why` where the act has no reason)."""
    act = audit.current()
    return {
        "now": now,
        "run": act.backfill_run,
        "reason": act.reason or why,
        "actor": act.actor.pk if act.actor else None,
        "actor_kind": "user" if act.actor else act.actor_kind,
        "request": act.request_id,
    }
