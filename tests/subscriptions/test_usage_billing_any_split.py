"""However the calls of the billing are cut, over subscriptions and over time, customers are asked for the same in the end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from subscriptions.models import BilledPeriod
from tests.subscriptions.usage_bills import bill, subscribed, use

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

END = datetime(2026, 5, 5, tzinfo=UTC)
CALLS = some.lists(
    some.tuples(some.integers(0, 90), some.one_of(some.none(), some.integers(1, 4)), some.integers(1, 3)), max_size=4
)


def charged() -> list[tuple]:
    """What each period charges, by subscription and start, without what differs by call."""
    columns = ("subscription_id", "period_start", "status", "usage_bytes", "overage_cents")
    return list(BilledPeriod.objects.order_by("subscription_id", "period_start").values_list(*columns))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS)
def test_any_split_of_calls_charges_the_same(calls):
    with transaction.atomic():
        for gigabytes in (90, 103, 140):
            subscription = subscribed(gigabytes)
            for month in (2, 3, 4):
                use(subscription, gigabytes + month, date(2026, month, 20))
        with transaction.atomic():
            bill(END)
            at_once = charged()
            transaction.set_rollback(True)
        for days, limit, batch_size in sorted(calls, key=lambda call: call[0]):
            bill(datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=days), limit=limit, batch_size=batch_size)
        bill(END)
        assert charged() == at_once
        assert len(at_once) == 12
        transaction.set_rollback(True)
