"""What tests of data caps share: a subscription that has used so much of its hundred gigabytes in January 2026."""

from datetime import datetime, timedelta

from subscriptions.models import DataCapAlert, PlanSubscription
from subscriptions.services.cap_alerts import watch_caps
from tests import make
from tests.subscriptions.usage import a_record

GB = 1024**3


def used(
    bytes_used: float, *, of: PlanSubscription | None = None, on: datetime = make.NOW, **fields
) -> PlanSubscription:
    """A subscription on whose line this was carried in the hour before."""
    subscription = of or make.a_plan_subscription(**fields)
    a_record(subscription.subscriber, on - timedelta(hours=1), on, bytes_out=int(bytes_used))
    return subscription


def watched(now: datetime = make.NOW, **asked):
    """Look at all caps."""
    return watch_caps(actor=None, now=now, **asked)


def alerts(subscription: PlanSubscription) -> list[tuple[int, bool, bool]]:
    """Threshold, is it open, was it told; lowest first, oldest period first."""
    rows = DataCapAlert.objects.filter(subscription=subscription).order_by("period_start", "threshold_percent")
    return [(row.threshold_percent, row.resolved_at is None, row.notified_at is not None) for row in rows]


def changed(row, **fields):
    """The row as an old system, or a change of its own tests, left it: with history."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row
