"""The demo's internet provider holds every case that the backfill of links must tell apart."""

import pytest
from django.db.models import Count, Q

from accounts.models import Tenant
from billing.models import Customer
from subscriptions.models import PlanSubscription, Subscriber

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def test_sixty_customers_with_eighty_lines_and_no_link(small_demo):
    tenant = Tenant.objects.get(slug="harbor-fibre")
    rows = PlanSubscription.objects.of_tenant(tenant)

    assert Customer.objects.of_tenant(tenant).count() == 60
    assert Subscriber.objects.of_tenant(tenant).count() == 80
    assert (rows.count(), rows.unlinked().count()) == (76, 76)
    assert tenant.currency == "EUR"


def test_every_case_is_there(small_demo):
    lines = Subscriber.objects.filter(tenant__slug="harbor-fibre")
    owners = lines.order_by().values("customer").annotate(live=Count("pk", filter=Q(deleted_at__isnull=True)))
    subscriptions = PlanSubscription.objects.filter(tenant__slug="harbor-fibre")
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
    }

    assert [case for case, is_there in cases.items() if not is_there] == []


def test_a_line_names_a_subscription_of_its_own_customer(small_demo):
    named = Subscriber.objects.filter(metadata__has_key="subscription_id")
    for line in named:
        assert PlanSubscription.objects.get(pk=line.metadata["subscription_id"]).customer_id == line.customer_id
    assert named.count() == 12
