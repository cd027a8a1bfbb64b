"""Every invariant holds on what the services make, and names the place and the numbers when a row is damaged."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from billing import services
from billing.invariants import links_still_missing
from billing.models import Customer, Payment, RouteOpeningDue, RouteReconciliation, Sale, SaleLine
from operations.append_only import suspended
from operations.invariants import invariants
from routes.models import Route
from tests import legacy, make
from tests.billing.proof import assert_books_are_right, unchecked

pytestmark = [pytest.mark.routes, pytest.mark.django_db, pytest.mark.damages_rows]


@pytest.fixture
def books():
    """A reconciled route with a part-paid sale of a customer who had an old debt."""
    rep = make.user()
    shop = make.customer(opening_balance_cents=1000)
    route = make.route("PENDING", rep=rep)
    sale = make.sale(to=shop, route=route, lines=[make.line(3, 1000), make.line("1.5", 1333)])
    make.bring(route, to="IN_PROGRESS")
    services.record_return(actor=rep, sale=sale, amount_cents=500, reason="broken")
    make.payment(3000, sale=sale, collected_by=rep)
    make.payment(400, by=shop, route=route, collected_by=rep)
    bounced = make.payment(100, sale=sale, channel="CHEQUE", collected_by=rep)
    services.reverse_payment(actor=rep, payment=bounced, reason="bounced", now=make.NOW)
    make.bring(route, to="RECONCILED")
    return rep


def test_the_services_keep_every_invariant(books):
    assert_books_are_right()


def damage_payment_total():
    Payment.objects.filter(allocated_cents=3000).update(allocated_cents=2999)


def damage_sale_total():
    Sale.objects.update(allocated_cents=2999)


def damage_opening_balance():
    Customer.objects.update(opening_balance_allocated_cents=399)


def damage_customer_of_a_sale():
    Sale.objects.update(customer=make.customer())


def damage_status_of_a_payment():
    with unchecked(Payment, "payment_that_is_no_money_pays_for_nothing"):
        Payment.objects.filter(allocated_cents=3000).update(status="FAILED")


def damage_returned():
    Sale.objects.update(returned_cents=499)


def damage_a_line():
    with suspended("default"):
        SaleLine.objects.filter(total_cents=3000).update(total_cents=2999)


def damage_status_of_a_sale():
    Sale.objects.update(status="COMPLETED")


def damage_signed_cash():
    legacy.payment(7, sale=Sale.objects.get(), route=Route.objects.get())


def damage_reconciliation():
    RouteReconciliation.objects.all().delete()


def damage_opening_due():
    with suspended("default"):
        RouteOpeningDue.objects.update(previous_due_cents=F("previous_due_cents") + 1)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damage_payment_total, "What a payment has paid is the sum of its allocations"),
        (damage_sale_total, "What is paid of a sale is the sum of its allocations"),
        (damage_opening_balance, "What is paid of an opening balance is the sum of its allocations"),
        (damage_customer_of_a_sale, "Money pays only for debts of the same customer, tenant and currency"),
        (damage_status_of_a_payment, "A payment that is no money in pays for nothing"),
        (damage_returned, "What came back of a sale is the sum of its returns"),
        (damage_a_line, "A sale that has lines asks for their sum"),
        (damage_status_of_a_sale, "A sale is pending until nothing of it is left to pay, then completed"),
        (damage_signed_cash, "The recorded cash of a reconciled route is what was signed for"),
        (damage_reconciliation, "A route has a reconciliation exactly when it is reconciled"),
        (damage_opening_due, "A route's opening due is the sum of the debts that it carries"),
    ],
)
def test_damage_is_found_for_its_tenant_alone(books, damage, sentence):
    damage()
    [entry] = [entry for entry in invariants() if entry.name == sentence]
    assert list(entry.find(using="default", tenant=books.tenant))
    assert list(entry.find(using="default"))
    assert not list(entry.find(using="default", tenant=make.tenant("another")))


def test_an_old_sale_on_two_open_routes_is_found():
    shop = make.customer()
    old = make.sale(900, to=shop)
    carrying = make.route("PENDING")
    make.sale(100, to=shop, route=carrying)
    make.bring(carrying, to="IN_PROGRESS")
    Sale.objects.filter(pk=old.pk).update(route=make.route())
    [entry] = [entry for entry in invariants() if entry.name == "No older debt is expected on two open routes"]
    [violation] = entry.find(using="default", tenant=shop.tenant)
    assert violation.where == f"sale {old.number}"
    assert violation.numbers["amount_cents"] == 900


def test_a_sale_whose_lines_do_not_add_up_is_found_with_both_sums():
    sale = make.sale(lines=[make.line(2, 1000), make.line(1, 500)])
    plain = make.sale(700)
    [entry] = [entry for entry in invariants() if entry.name == "A sale that has lines asks for their sum"]
    assert not list(entry.find(using="default")), "a sale by its total alone has no lines to prove"
    SaleLine.objects.filter(total_cents=500).delete()
    with CaptureQueriesContext(connection) as queries:
        [violation] = entry.find(using="default")
    assert violation.where == f"sale {sale.number}" != f"sale {plain.number}"
    assert violation.numbers == {"total_cents": 2500, "lines_add_up_to": 2000}
    assert len(queries) == 1, "one statement, however many sales"


def test_health_counts_the_links_that_the_backfill_would_write():
    legacy.payment(4000, sale=make.sale(5000, route=make.route()), route=None)
    figure = links_still_missing(using="default", tenant=None)
    assert (figure.value, figure.is_well) == (1, False)
    assert "backfill_payment_route_id" in figure.next_step
