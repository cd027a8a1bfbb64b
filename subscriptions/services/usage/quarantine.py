"""Records kept aside because nobody knew their line: taken once the line is there."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from accounts.models import Tenant
from subscriptions.models import RejectedUsage
from subscriptions.services.usage.ingest import NO_SUCH_LINE, UsageIngested, ingest_usage


def retry_rejected(
    *, actor: Any, tenant: Tenant, now: datetime, batch_id: UUID | None = None, using: str = DEFAULT_DB_ALIAS
) -> UsageIngested:
    """Try again every record of this business (or of one batch) whose line was unknown.

    What was taken since is answered as repeated, and what still has no line stays as it is: nothing is kept aside twice.
    """
    kept = RejectedUsage.objects.using(using).filter(tenant=tenant, code=NO_SUCH_LINE)
    kept = kept if batch_id is None else kept.filter(batch_id=batch_id)
    return ingest_usage(
        actor=actor, tenant=tenant, entries=_said(kept), now=now, using=using, keep_rejected=False, origin="quarantine"
    )


def _said(kept: Any) -> Iterator[Any]:
    for content in kept.order_by("created_at", "id").values_list("content", flat=True).iterator(chunk_size=2000):
        yield json.loads(content)
