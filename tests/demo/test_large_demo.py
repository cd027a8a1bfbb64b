"""The large demo, at a two-hundredth of its size: as many rows as asked for, in the proportions of a real old system."""

import pytest
from django.db.models import Count, F

from accounts.models import User
from billing.models import Customer, Payment, Sale
from billing.rules import route_link
from billing.selectors.route_links import link_verdict
from routes.models import Route

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


def test_it_makes_as_many_payments_as_asked_for(large_demo):
    assert Payment.objects.count() == 5000
    assert Sale.objects.count() == 1500
    assert Customer.objects.count() == 100
    assert Route.objects.count() == 151
    assert User.objects.filter(role="SALES_REP").count() == 4


def test_most_payments_lack_a_link_that_their_sale_can_give(large_demo):
    unlinked = Payment.objects.filter(route__isnull=True).annotate(verdict=link_verdict()).order_by()
    shares = {verdict: count / 5000 for verdict, count in unlinked.values_list("verdict").annotate(Count("id"))}

    assert shares[route_link.LINK] > 0.75
    for reason in route_link.REASONS:
        assert 0.008 < shares[reason] < 0.045, reason


def test_mismatches_removed_sales_and_foreign_collectors_are_there(large_demo):
    linked = Payment.objects.filter(route__isnull=False, sale__isnull=False)
    assert linked.filter(sale__route__isnull=False).exclude(route=F("sale__route")).count() > 40
    assert linked.filter(sale__route__isnull=True).count() > 40
    assert linked.filter(route=F("sale__route")).count() > 40
    foreign = Payment.objects.filter(sale__route__isnull=False, route__isnull=True, collected_by__isnull=False)
    assert foreign.exclude(collected_by=F("sale__route__assigned_to")).count() > 40


def test_every_payment_has_one_baseline_image(large_demo):
    images = Payment.history.order_by().values("id").annotate(images=Count("history_id"))
    assert images.count() == 5000
    assert not images.exclude(images=1).exists()


def test_it_says_how_far_it_is(large_demo):
    assert "grand-wholesale: payments up to 5,000 (" in large_demo


def test_customers_belong_to_the_round_that_serves_them(large_demo):
    served = Sale.objects.filter(route=F("route"), customer__round=F("route__round")).count()
    assert served > 0.9 * Sale.objects.filter(route__isnull=False).count()  # the others were moved to the next truck
