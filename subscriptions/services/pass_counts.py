"""Why the last pass of the billing, or of the watch over caps, skipped subscriptions: kept for the Health page, by business.

A call with a limit adds to what the calls of its pass found before it; a whole call looked at everything, and replaces it. Plain
progress: what is shown is at most a pass old, and nothing depends on it.
"""

from collections import Counter
from uuid import UUID

from django.db import transaction

from accounts.locks import locked
from accounts.models import Tenant
from subscriptions.models import UsagePass
from subscriptions.selectors.last_pass import SKIPPED

Skipped = Counter[tuple[UUID, str]]


@transaction.atomic
def remember_skipped(kind: str, skipped: Skipped, *, is_whole: bool, of: Tenant | None = None) -> None:
    """Keep why subscriptions were skipped in the newest pass of a kind; a call for one business alone is about that one."""
    newest = UsagePass.objects.filter(kind=kind).order_by("-started_at", "-pk").values("pk")[:1]
    current = locked(UsagePass.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))).first()
    if current is None:
        return
    kept: dict[str, dict[str, int]] = current.counts.get(SKIPPED, {})
    if is_whole:
        kept = {tenant: reasons for tenant, reasons in kept.items() if of is not None and tenant != str(of.pk)}
    for (tenant_id, reason), number in skipped.items():
        reasons = kept.setdefault(str(tenant_id), {})
        reasons[reason] = reasons.get(reason, 0) + number
    current.counts[SKIPPED] = kept
    current.save(update_fields=["counts"])
