"""The Health page says of internet plans: skips of the last pass by reason, missing links, parked customers, rejected records."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.ids import new_id
from operations.health import health
from subscriptions.models import BilledPeriod, PlanSubscription, RejectedUsage
from subscriptions.services.usage_billing import bill_usage
from tests import make
from tests.subscriptions.caps import GB, changed, used, watched

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

FEBRUARY = datetime(2026, 2, 5, 9, tzinfo=UTC)


def figure(name, tenant=None):
    """The figure whose name holds these words."""
    [found] = [
        each for words, each in health(using="default", tenant=tenant, now=make.NOW).figures.items() if name in words
    ]
    return found


def unlinked(**fields):
    """A subscription whose line nobody knows."""
    return changed(make.a_plan_subscription(**fields), subscriber=None, link_source="")


def reasons(found):
    """The skips by reason, without the moment of the pass."""
    return {name: number for name, number in found.detail.items() if isinstance(number, int)}


def test_skips_of_the_last_watch_are_shown_by_reason_and_business():
    used(85 * GB), unlinked(), make.a_plan_subscription(plan=make.a_plan(data_cap_amount=None))
    elsewhere = make.tenant("elsewhere")
    make.a_plan_subscription(make.customer(of=elsewhere), plan=make.a_plan(elsewhere, data_cap_amount=None))
    watched()
    found = figure("watch over data caps")
    assert (found.value, found.is_well) == (3, False)
    assert reasons(found) == {"no_data_cap": 2, "subscriber_id_not_set": 1}
    assert "Nobody knows which line it is" in found.next_step
    of_other = figure("watch over data caps", elsewhere)
    assert (of_other.value, of_other.is_well, reasons(of_other)) == (1, True, {"no_data_cap": 1})


def test_calls_with_a_limit_add_up_within_their_pass_and_a_whole_one_begins_anew():
    for _ in range(3):
        make.a_plan_subscription(plan=make.a_plan(data_cap_amount=None))
    for number in (1, 2, 3):
        watched(limit=1)
        assert figure("watch over data caps").value == number
    watched()
    assert figure("watch over data caps").value == 3


def test_skips_of_the_last_billing_are_shown(settings):
    settings.USAGE_MISSING_LINKS_PERCENT = 100
    unlinked()
    bill_usage(actor=None, now=FEBRUARY)
    found = figure("last billing of usage")
    assert (found.value, found.is_well, reasons(found)) == (1, False, {"subscriber_id_not_set": 1})


def test_before_the_first_pass_nothing_is_wrong():
    assert figure("last billing of usage").next_step == "It has not run yet."


@pytest.mark.parametrize(("hours", "missing"), [(23, 0), (25, 1)])
def test_a_link_may_be_missing_for_a_day(hours, missing):
    unlinked(), unlinked()
    old = unlinked()
    changed(old, created_at=timezone.now() - timedelta(hours=hours))
    for other in PlanSubscription.objects.exclude(pk=old.pk):
        changed(other, created_at=timezone.now())
    found = figure("longer than 24 hours")
    assert (found.value, found.is_well) == (missing, not missing)


def test_parked_customers_are_counted_once_each():
    subscription = make.a_plan_subscription()
    for month in (1, 2):
        BilledPeriod.objects.create(
            tenant=subscription.tenant,
            subscription=subscription,
            period_start=date(2026, month, 1),
            period_end=date(2026, month, 28),
            status="PARKED",
            usage_bytes=900 * GB,
            cap_bytes=100 * GB,
            overage_bytes=800 * GB,
            overage_cents=40_000,
            currency="BDT",
            measured_at=FEBRUARY,
        )
    found = figure("charge waits for a person")
    assert (found.value, found.is_well, found.detail) == (1, False, {"periods": 2})
    assert figure("charge waits for a person", make.tenant("elsewhere")).value == 0
    cache.clear()


def test_rejected_usage_of_a_day_is_counted():
    assert figure("rejected").is_well
    rejected = {"batch_id": new_id(), "content": "x", "code": "malformed", "message": "No number."}
    RejectedUsage.objects.create(tenant=make.tenant(), position=1, **rejected)
    assert (figure("rejected").value, figure("rejected").is_well) == (1, False)
