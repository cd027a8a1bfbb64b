"""What tests of usage billing share: a subscription of January 2026 with usage on its line, and calls of the billing."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from billing.models import Invoice
from subscriptions.models import BilledPeriod, PlanSubscription, UsageRecord
from subscriptions.services.usage_billing import UsageBilled, bill_usage
from tests import make

GB = 1024**3
JANUARY = date(2026, 1, 1)
FEBRUARY_4 = datetime(2026, 2, 4, 3, 30, tzinfo=UTC)  # January is over, and so is the grace for late records
MARCH_4 = datetime(2026, 3, 4, 4, tzinfo=UTC)  # so is February
HAND = {"actor": None, "reason": "we spoke on the phone", "now": FEBRUARY_4}
_numbers = count(1)


def subscribed(gigabytes: float | None = None, **fields: Any) -> PlanSubscription:
    """A subscription to 100 GB a month, then 0.50 a GB, since 1 January; with so much used on 10 January."""
    made = make.a_plan_subscription(**fields)
    if gigabytes is not None:
        use(made, gigabytes)
    return made


def use(subscription: PlanSubscription, gigabytes: float, on: date = date(2026, 1, 10), **fields: Any) -> UsageRecord:
    """Store that so much was used on the subscription's line at noon of a day."""
    used_bytes = fields.pop("used_bytes", round(gigabytes * GB))
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return UsageRecord.objects.create(
        tenant=subscription.tenant,
        subscriber_id=fields.pop("subscriber_id", subscription.subscriber_id),
        session_id=f"bill-{next(_numbers)}",
        sequence=1,
        started_at=fields.pop("started_at", noon),
        ended_at=fields.pop("ended_at", noon + timedelta(hours=1)),
        bytes_in=0,
        bytes_out=used_bytes,
        counter_in=0,
        counter_out=used_bytes,
    )


def bill(now: datetime = FEBRUARY_4, **fields: Any) -> UsageBilled:
    """One call of the billing."""
    return bill_usage(actor=None, now=now, **fields)


def period(subscription: PlanSubscription, start: date = JANUARY) -> BilledPeriod:
    """The row of a period."""
    return BilledPeriod.objects.get(subscription=subscription, period_start=start)


def asked() -> int:
    """What all live invoices ask for."""
    return sum(row.total_cents for row in Invoice.objects.asking())
