"""What all batches of one call of the billing have in common."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts.ids import new_id
from accounts.models import Tenant
from subscriptions.rules.charge_check import Limits


@dataclass(frozen=True, slots=True)
class Terms:
    """The moment of the call, and what the settings say: how long late records are waited for, and what is parked."""

    now: datetime
    grace: timedelta
    late: timedelta
    limits: Limits
    run_id: UUID = field(default_factory=new_id)

    def closed_until(self, tenant: Tenant) -> date:
        """The last day that is over, where the business is, for longer than records may be late."""
        return (self.now - self.grace).astimezone(tenant.zone).date() - timedelta(days=1)

    def looked_at_since(self, tenant: Tenant) -> date:
        """Late records of periods that ended on this day or later are still billed."""
        return (self.now - self.late).astimezone(tenant.zone).date()


def terms_at(now: datetime) -> Terms:
    """What the settings say at this moment."""
    return Terms(
        now=now,
        grace=timedelta(hours=settings.USAGE_GRACE_HOURS),
        late=timedelta(days=settings.USAGE_LATE_DAYS),
        limits=Limits(settings.USAGE_PARK_MONTHLY_PRICES, settings.USAGE_PARK_MEDIANS),
    )
