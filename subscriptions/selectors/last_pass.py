"""What the last pass over all subscriptions found: how many it skipped, and why."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Tenant
from subscriptions.models import UsagePass

SKIPPED = "skipped"  # in `counts`: business -> reason -> subscriptions
LOOKED_AT = 5


def skipped_in_last_pass(kind: str, *, using: str, tenant: Tenant | None) -> tuple[Mapping[str, int], datetime] | None:
    """Why subscriptions of a business (none: of all) were skipped in the newest pass that tells, and when it began."""
    for row in UsagePass.objects.using(using).filter(kind=kind).order_by("-started_at", "-pk")[:LOOKED_AT]:
        kept: Any = row.counts.get(SKIPPED)
        if kept is not None:
            chosen = kept.values() if tenant is None else [kept.get(str(tenant.pk), {})]
            return sum((Counter(reasons) for reasons in chosen), Counter()), row.started_at
    return None
