"""Invoicings that are to go on and that nobody works on: no sign of life for ten minutes, and nothing that holds them back."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from billing.models import BulkOperation
from operations.selectors.maintenance import maintenance_going_on

SILENT_FOR: Final = timedelta(minutes=10)  # far longer than a batch: a worker that is at it has said so since


def invoicings_standing_still(*, now: datetime) -> QuerySet[BulkOperation]:
    """Those that run and were silent for ten minutes, the oldest first; none of a business that is under maintenance."""
    running = BulkOperation.objects.filter(kind=BulkOperation.Kind.INVOICING, status=BulkOperation.Status.RUNNING)
    silent = running.filter(Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - SILENT_FOR)).order_by(
        "created_at", "id"
    )
    frozen = maintenance_going_on()
    if any(row.tenant is None for row in frozen):
        return silent.none()
    return silent.exclude(tenant__in=[row.tenant_id for row in frozen])
