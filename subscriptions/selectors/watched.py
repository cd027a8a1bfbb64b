"""Which subscriptions run today, each by the clock of its own business."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Tenant
from operations.selectors.maintenance import maintenance_going_on
from subscriptions.models import PlanSubscription


def running(now: datetime, *, tenant: Tenant | None = None) -> QuerySet[PlanSubscription]:
    """The subscriptions that run today where their business is; those of a business whose writes are frozen are left out."""
    zones = Tenant.objects.order_by().values_list("timezone", flat=True).distinct()
    today = Q(pk__in=[])
    for zone in zones:
        day = now.astimezone(ZoneInfo(zone)).date()
        lasts = Q(end_date__isnull=True) | Q(end_date__gte=day)
        today |= Q(tenant__timezone=zone, start_date__lte=day) & lasts
    frozen = maintenance_going_on()
    rows = PlanSubscription.objects.of_tenant(tenant).filter(today, is_active=True)
    if any(row.tenant_id is None for row in frozen):
        return rows.none()
    return rows.exclude(tenant__in=[row.tenant_id for row in frozen])
