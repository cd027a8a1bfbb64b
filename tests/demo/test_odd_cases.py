"""The dairy's books hold every odd case at least once, each found by what makes it odd."""

import pytest
from django.db.models import Count, F, Q

from accounts.demo.people import LARKFIELD
from billing.models import Allocation, Payment, Sale, SaleReturn
from billing.rules import route_link
from billing.selectors.route_links import link_verdict

pytestmark = [pytest.mark.routes, pytest.mark.django_db]

UNLINKED = Q(route__isnull=True)
ODD_PAYMENTS = {
    "mismatch": Q(route__isnull=False, sale__route__isnull=False) & ~Q(route=F("sale__route")),
    "routed, but its sale no longer is": Q(route__isnull=False, sale__route__isnull=True, sale__isnull=False),
    "without a sale": Q(sale__isnull=True),
    "collected by somebody other than the route's representative": UNLINKED
    & Q(collected_by__role="SALES_REP", collected_by__is_active=True)
    & ~Q(collected_by=F("sale__route__assigned_to")),
    "on a reconciled route": UNLINKED
    & Q(sale__route__status="RECONCILED", received_at__lt=F("sale__route__reconciled_at")),
    "late, after its route was reconciled": Q(received_at__gt=F("sale__route__reconciled_at")),
    "more than was owed": Q(status="SUCCEEDED", sale__status="COMPLETED", allocated_cents__lt=F("amount_cents")),
    "of a cancelled sale": Q(status="SUCCEEDED", sale__status="CANCELLED", allocated_cents=0),
    "collected by somebody who left": Q(collected_by__is_active=False),
    "at the counter": Q(collected_by__isnull=True, sale__route__isnull=False),
    "reversed": Q(status="REVERSED"),
    "failed": Q(status="FAILED"),
    "started and never finished": Q(status="INITIATED"),
    "waiting to be verified": Q(verification_status="PENDING_VERIFICATION"),
    "rejected": Q(verification_status="REJECTED"),
}


def test_some_payments_cannot_simply_take_their_sales_route(small_demo):
    unlinked = Payment.objects.filter(UNLINKED, tenant__slug=LARKFIELD).annotate(verdict=link_verdict())
    found = list(unlinked.values_list("verdict", flat=True))
    for reason in (route_link.ROUTE_UNCLEAR, route_link.RECEIVED_BEFORE_ROUTE, route_link.ROUTE_RECONCILED):
        assert found.count(reason) == 2


def test_every_odd_payment_is_there_at_least_twice(small_demo):
    payments = Payment.objects.filter(tenant__slug=LARKFIELD)
    counts = {case: payments.filter(condition).count() for case, condition in ODD_PAYMENTS.items()}
    assert {case: count for case, count in counts.items() if count < 2} == {}


def test_there_are_part_paid_sales_returns_and_cancelled_sales(small_demo):
    sales = Sale.objects.filter(tenant__slug=LARKFIELD)
    assert sales.filter(status="PENDING", allocated_cents__gt=0).count() >= 2
    assert sales.filter(status="CANCELLED").count() == 4
    assert SaleReturn.objects.filter(tenant__slug=LARKFIELD).count() == 4


def test_some_payments_share_a_second(small_demo):
    shared = Payment.objects.filter(tenant__slug=LARKFIELD).order_by().values("received_at", "sale")
    assert shared.annotate(payments=Count("id")).filter(payments=2).count() >= 2


def test_some_images_of_one_sale_share_a_moment(small_demo):
    images = Sale.history.filter(tenant__slug=LARKFIELD).order_by().values("id", "history_date")
    assert images.annotate(images=Count("history_id")).filter(images__gte=3).exists()


def test_some_sales_and_payments_have_no_history_and_some_have(small_demo):
    for model in (Sale, Payment):
        rows = model.objects.filter(tenant__slug=LARKFIELD)
        with_history = rows.filter(id__in=model.history.values("id")).count()
        assert 0 < with_history < rows.count()


def test_old_debts_are_paid_and_reversals_point_at_their_originals(small_demo):
    allocations = Allocation.objects.filter(tenant__slug=LARKFIELD)
    assert allocations.filter(opening_balance_customer__isnull=False).count() == 2
    for reversal in allocations.filter(reverses__isnull=False):
        assert reversal.reverses.amount_cents == reversal.amount_cents
        assert reversal.reverses.payment_id == reversal.payment_id
