"""The demo's internet provider: every case that the backfill of links must tell apart, and usage that the services made sense of.

Whatever day it is loaded on, a newcomer who runs the three commands meets the same numbers.
"""

from datetime import UTC, datetime

import pytest
from django.db.models import Count, Q

from accounts.demo.people import load_people
from accounts.models import Tenant
from billing.models import Customer, Invoice
from subscriptions.demo import fibre
from subscriptions.models import (
    BilledPeriod,
    DataCapAlert,
    PlanSubscription,
    PlanSubscriptionTerms,
    RejectedUsage,
    Subscriber,
)
from subscriptions.services.cap_alerts import watch_caps
from subscriptions.services.usage_billing import LinksAreMissing, bill_usage
from tests.engine import here

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

NAME = "plan_subscription_subscriber_id"
DAYS = ((2026, 1, 28), (2026, 3, 31), (2027, 3, 1), (2028, 2, 29))


def loaded(now: datetime) -> Tenant:
    """The provider alone, as if it were loaded at this moment."""
    given = {"size": "small", "seed": 1, "using": "default", "ids": "time", "say": lambda text: None}
    load_people(**given, payments=1000)
    fibre.load(**given, now=now)
    return Tenant.objects.get(slug="harbor-fibre")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


@pytest.fixture
def harbor(now: datetime) -> Tenant:
    return loaded(now)


def test_forty_customers_were_sold_a_line_and_sixty_were_taken_over_without_a_link(harbor):
    rows = PlanSubscription.objects.of_tenant(harbor)

    assert Customer.objects.of_tenant(harbor).count() == 100
    assert Subscriber.objects.of_tenant(harbor).count() == 121
    assert (rows.count(), rows.unlinked().count()) == (116, 76)
    assert harbor.currency == "EUR"


def test_every_case_is_there(harbor):
    lines = Subscriber.objects.of_tenant(harbor)
    owners = lines.order_by().values("customer").annotate(live=Count("pk", filter=Q(deleted_at__isnull=True)))
    subscriptions = PlanSubscription.objects.of_tenant(harbor)
    of_customers = subscriptions.order_by().values("customer").annotate(number=Count("pk"))
    cases = {
        "several lines": owners.filter(live__gt=1).exists(),
        "only deleted lines": owners.filter(live=0).exists(),
        "no line": subscriptions.exclude(customer__in=lines.values("customer")).exists(),
        "named by the line": lines.filter(metadata__has_key="subscription_id").exists(),
        "telephone": lines.filter(service_type="VOIP").exists(),
        "oldest terminated": lines.filter(status="TERMINATED").exists(),
        "three subscriptions": of_customers.filter(number=3).exists(),
        "ended": subscriptions.filter(end_date__isnull=False).exists(),
        "suspended": subscriptions.filter(is_suspended=True).exists(),
        "a cap of its own": subscriptions.filter(custom_data_cap_bytes__isnull=False).exists(),
        "changed its plan": PlanSubscriptionTerms.objects.of_tenant(harbor).exists(),
        "confirmed by a person": subscriptions.filter(link_confirmed_by__isnull=False).exists(),
    }

    assert [case for case, is_there in cases.items() if not is_there] == []


def test_a_line_names_a_subscription_of_its_own_customer(harbor):
    named = Subscriber.objects.filter(metadata__has_key="subscription_id")
    for line in named:
        assert PlanSubscription.objects.get(pk=line.metadata["subscription_id"]).customer_id == line.customer_id
    assert named.count() == 12


def test_a_period_was_billed_one_waits_for_a_person_and_some_were_warned(harbor):
    periods = BilledPeriod.objects.of_tenant(harbor)
    numbers = {status: periods.filter(status=status).count() for status in ("NO_CHARGE", "BILLED", "PARKED")}

    assert numbers == {"NO_CHARGE": 27, "BILLED": 4, "PARKED": 1}
    assert Invoice.objects.of_tenant(harbor).filter(source="USAGE").count() == 4
    assert DataCapAlert.objects.of_tenant(harbor).count() == 7
    assert RejectedUsage.objects.of_tenant(harbor).count() == 3


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_whatever_day_it_is_a_newcomer_links_bills_and_warns_and_sees_the_same_numbers(day):
    now = datetime(*day, 15, 30, tzinfo=UTC)
    harbor = loaded(now)
    with pytest.raises(LinksAreMissing, match="74 of 113 open"):
        bill_usage(actor=None, tenant=harbor, now=now)

    here.execute(NAME, tenant=harbor)
    assert PlanSubscription.objects.of_tenant(harbor).unlinked().count() == 5
    billed = bill_usage(actor=None, tenant=harbor, now=now)
    watched = watch_caps(actor=None, tenant=harbor, now=now)

    assert (billed.processed, billed.invoices_created, billed.failed) == (116, 10, 0)
    assert (billed.skipped_by_reason["parked"], billed.skipped_by_reason["usage_unknown"]) == (2, 3)
    assert (watched.processed, watched.checked, watched.alerts_created) == (114, 101, 11)
