"""An invoice asks in the place of its sales: what was paid for them moves to it, and no cent is owed twice."""

import pytest

from accounts.ids import new_id
from billing import services
from billing.models import Allocation
from billing.selectors.accountability import accountability_of
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.checks import WrongCurrency
from billing.services.invoice_lines import AlreadyBilled, InvoiceRefused
from billing.services.invoice_sales import SaleChanged
from billing.services.sales import SaleIsCancelled, SaleIsInvoiced
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def owes(customer):
    """What a customer owes less their credit, which the statement must close with too."""
    owed = outstanding_of(customer)
    assert statement_of(customer)["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"]
    return owed["outstanding_cents"], owed["credit_cents"]


def test_a_draft_reserves_its_sale_which_still_asks_for_itself():
    sale = make.sale(5000)
    make.draft(lines=[sale], to=sale.customer)
    assert fresh(sale).balance_cents == 5000
    assert owes(sale.customer) == (5000, 0)
    with pytest.raises(AlreadyBilled, match="bills it already"):
        make.draft(lines=[sale], to=sale.customer)


def test_the_same_source_twice_on_one_invoice_is_refused():
    line = {"description": "January", "unit_price_cents": 1, "source_kind": "period", "source_id": new_id()}
    with pytest.raises(AlreadyBilled, match="twice"):
        make.draft(lines=[line, line])


def test_invoicing_a_part_paid_sale_moves_what_is_paid_to_the_invoice():
    route = make.route()
    sale = make.sale(5000, route=route)
    paid = make.payment(2000, sale=sale)
    before = owes(sale.customer)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    sale, paid = fresh(sale), fresh(paid)
    assert (invoice.status, invoice.allocated_cents, invoice.balance_cents) == ("PARTIALLY_PAID", 2000, 3000)
    assert (sale.allocated_cents, sale.balance_cents, sale.status, sale.invoice_id) == (0, 0, "BILLED", invoice.pk)
    assert (paid.allocated_cents, paid.sale_id, paid.route_id) == (2000, sale.pk, route.pk)
    assert [row.signed_cents for row in Allocation.objects.order_by("id")] == [2000, -2000, 2000]
    assert owes(sale.customer) == before == (3000, 0)


def test_a_payment_for_an_invoiced_sale_keeps_its_sale_and_route_and_pays_the_invoice():
    rep = make.user()
    route = make.route(rep=rep)
    sale = make.sale(5000, route=route)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    paid = make.payment(6000, sale=sale, collected_by=rep)
    assert (paid.sale_id, paid.route_id, paid.unallocated_cents) == (sale.pk, route.pk, 1000)
    assert (fresh(invoice).status, fresh(invoice).paid_at) == ("PAID", make.NOW)
    figures = accountability_of(rep)
    assert (figures["expected_cents"], figures["total_collected_cents"]) == (5000, 6000)
    assert owes(sale.customer) == (0, 1000)


def test_a_bounced_payment_of_an_invoiced_sale_makes_the_invoice_owed_again():
    sale = make.sale(5000)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    paid = make.payment(5000, sale=sale)
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.later(days=20))
    assert (fresh(invoice).status, fresh(invoice).paid_at, fresh(invoice).balance_cents) == ("OVERDUE", None, 5000)


def test_an_approved_payment_of_an_invoiced_sale_pays_the_invoice():
    strict = make.tenant("strict", requires_payment_verification=True)
    sale = make.sale(5000, to=make.customer(of=strict))
    waiting = make.payment(5000, sale=sale)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    assert fresh(invoice).allocated_cents == 0
    services.approve_payment(actor=make.user("FINANCE", of=strict), payment=waiting, now=make.NOW)
    assert fresh(invoice).status == "PAID"


def test_a_sale_that_changed_since_the_draft_is_not_issued():
    sale = make.sale(5000)
    draft = make.draft(lines=[sale], to=sale.customer)
    services.record_return(actor=make.user(), sale=sale, amount_cents=1, reason="broken")
    with pytest.raises(SaleChanged):
        make.issue(draft)
    assert fresh(draft).number is None


def test_an_invoiced_sale_is_neither_cancelled_nor_returned():
    sale = make.sale(5000)
    make.invoice(lines=[sale], to=sale.customer)
    with pytest.raises(SaleIsInvoiced, match="Void the invoice"):
        services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleIsInvoiced, match="credit note"):
        services.record_return(actor=make.user(), sale=sale, amount_cents=1, reason="broken")


def test_a_sale_of_another_customer_or_a_cancelled_one_is_not_invoiced():
    sale = make.sale(5000)
    with pytest.raises(InvoiceRefused):
        make.draft(lines=[sale], to=make.customer())
    services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleIsCancelled):
        make.draft(lines=[sale], to=sale.customer)


def test_a_sale_in_another_currency_is_not_invoiced():
    sale = make.sale(5000)
    with pytest.raises(WrongCurrency):
        make.draft(lines=[sale], to=sale.customer, currency="USD")
