"""However odd the demo's stories, its books are right: totals, statuses, settlements and history agree."""

from datetime import timedelta

import pytest
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import Allocation, Customer, Invoice, Payment, RouteReconciliation, Sale, SaleLine, SaleReturn
from billing.rules.route_link import LINK
from billing.selectors.route_links import link_verdict
from operations.history_images import images_unlike_their_row, models_with_history
from operations.invariants import invariants
from routes.models import Route

pytestmark = [pytest.mark.routes, pytest.mark.django_db]


@pytest.fixture(params=["small", "large"])
def demo(request, load):
    load(size=request.param, payments=5000, invoices=1000)


def sums(rows, key):
    """Sum by key, reversals counting negative."""
    found = {}
    for owner, cents, reverses in rows.filter(**{f"{key}__isnull": False}).values_list(key, "amount_cents", "reverses"):
        found[owner] = found.get(owner, 0) + (-cents if reverses else cents)
    return {owner: cents for owner, cents in found.items() if cents}


def test_running_totals_are_the_sums_of_their_allocations(demo):
    allocations = Allocation.objects.order_by()
    for model, key, column in (
        (Payment, "payment", "allocated_cents"),
        (Sale, "sale", "allocated_cents"),
        (Invoice, "invoice", "allocated_cents"),
        (Customer, "opening_balance_customer", "opening_balance_allocated_cents"),
    ):
        stored = dict(model.objects.exclude(**{column: 0}).values_list("pk", column))
        assert stored == sums(allocations, key)


def test_a_sale_is_completed_exactly_when_nothing_is_owed(demo):
    paid = Q(allocated_cents=F("total_cents") - F("returned_cents"))
    standing = Sale.objects.filter(invoice=None).exclude(status="CANCELLED")  # an invoiced one follows its invoice
    assert not standing.filter(paid & ~Q(status="COMPLETED")).exists()
    assert not standing.filter(~paid & Q(status="COMPLETED")).exists()
    assert not Sale.objects.filter(status="CANCELLED", allocated_cents__gt=0).exists()


def test_only_money_that_came_in_pays_for_something(demo):
    counting = Payment.objects.counting().values("id")
    assert not Payment.objects.filter(allocated_cents__gt=0).exclude(id__in=counting).exists()


def test_a_payment_pays_its_own_customers_sale_in_the_same_currency(demo):
    assert not Payment.objects.filter(sale__isnull=False).exclude(customer=F("sale__customer")).exists()
    assert not Payment.objects.filter(sale__isnull=False).exclude(currency=F("sale__currency")).exists()


def test_sales_are_the_sum_of_their_lines_and_returns(demo):
    lines = dict(SaleLine.objects.order_by().values_list("sale").annotate(cents=Sum("total_cents")))
    assert dict(Sale.objects.values_list("pk", "total_cents")) == lines
    returns = dict(SaleReturn.objects.order_by().values_list("sale").annotate(cents=Sum("amount_cents")))
    assert dict(Sale.objects.filter(returned_cents__gt=0).values_list("pk", "returned_cents")) == returns


def test_every_reconciled_route_is_settled_for_the_cash_recorded_on_it(demo):
    cash = Payment.objects.counting().filter(channel="CASH").annotate(verdict=link_verdict())
    recorded = cash.filter(Q(route__isnull=False) | Q(verdict=LINK)).order_by()
    by_route = dict(recorded.values_list(Coalesce("route_id", F("sale__route_id"))).annotate(cents=Sum("amount_cents")))
    expected = {
        route: by_route.get(route, 0)
        for route in Route.objects.filter(status="RECONCILED").values_list("pk", flat=True)
    }

    assert expected == dict(RouteReconciliation.objects.values_list("route", "cash_expected_cents"))
    assert sum(expected.values()) > 0


def test_every_invariant_of_the_product_holds(demo):
    broken = {each.name: list(each.find(using="default"))[:3] for each in invariants()}
    assert len(broken) >= 10
    assert {name: places for name, places in broken.items() if places} == {}


def test_nobody_settled_their_own_route(demo):
    assert not RouteReconciliation.objects.filter(verified_by=F("route__assigned_to")).exists()


def test_the_newest_image_of_every_row_equals_the_row(demo):
    for model, history in models_with_history():
        assert list(images_unlike_their_row(model, history, using="default", tenant=None)) == []


def test_history_is_written_in_the_order_of_time(demo):
    for model in (Sale, Payment, Route, Customer):
        last = {}
        for row, at in model.history.order_by("history_id").values_list("id", "history_date"):
            assert at >= last.get(row, at)
            last[row] = at


def test_nothing_happens_before_its_row_was_made(demo):
    assert not Payment.objects.filter(received_at__lt=F("sale__sold_at")).exists()
    assert not Sale.objects.filter(sold_at__lt=F("customer__created_at")).exists()
    assert not Route.objects.filter(reconciled_at__lt=F("completed_at") + timedelta(hours=1)).exists()
