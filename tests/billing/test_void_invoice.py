"""An invoice is made void, deleted and recovered; it lets go of exactly what it billed."""

import pytest

from billing import services
from billing.models import Invoice, InvoiceLine
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.checks import ReasonMissing
from billing.services.invoice_lines import AlreadyBilled
from billing.services.invoice_sales import SaleChanged
from billing.services.invoices import (
    IllegalInvoiceMove,
    InvoiceHasMoney,
    InvoiceIsDeleted,
)
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def the_books_are_right_afterwards():
    yield
    assert_books_are_right()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def void(invoice, reason="typing error"):
    return services.void_invoice(actor=None, invoice=invoice, reason=reason, now=make.NOW)


def delete(invoice):
    return services.delete_invoice(actor=None, invoice=invoice, now=make.NOW)


def recover(invoice):
    return services.recover_invoice(actor=None, invoice=invoice, now=make.NOW)


def owes(customer):
    """What a customer owes less their credit, which the statement must close with too."""
    owed = outstanding_of(customer)
    assert statement_of(customer)["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"]
    return owed["outstanding_cents"], owed["credit_cents"]


def test_voiding_gives_the_sale_its_money_back_and_frees_it():
    sale = make.sale(5000)
    make.payment(2000, sale=sale)
    invoice = make.invoice(lines=[sale], to=sale.customer)
    void(invoice)
    assert (fresh(invoice).status, fresh(invoice).allocated_cents, fresh(invoice).balance_cents) == ("VOID", 0, 0)
    assert (fresh(sale).allocated_cents, fresh(sale).balance_cents, fresh(sale).status) == (2000, 3000, "PENDING")
    assert owes(sale.customer) == (3000, 0)
    assert make.invoice(lines=[fresh(sale)], to=sale.customer).number == "OTH-2026-0002"


def test_voiding_frees_exactly_its_own_sources():
    first, second = make.sale(100), make.sale(200)
    own = make.invoice(lines=[first], to=first.customer)
    other = make.invoice(lines=[second], to=second.customer)
    void(own)
    assert dict(InvoiceLine.objects.values_list("invoice", "is_live")) == {own.pk: False, other.pk: True}
    assert fresh(second).invoice_id == other.pk


def test_money_of_a_void_invoice_is_the_customers_credit():
    invoice = make.invoice(900)
    paid = make.payment(900, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    void(invoice)
    assert owes(invoice.customer) == (0, 900)


@pytest.mark.parametrize("again", [void, make.issue])
def test_an_un_void_does_not_exist(again):
    invoice = void(make.invoice(900))
    with pytest.raises(IllegalInvoiceMove):
        again(invoice)


def test_a_draft_is_not_made_void_and_an_issued_invoice_not_issued_again():
    with pytest.raises(IllegalInvoiceMove, match="Delete the draft"):
        void(make.draft(900))
    with pytest.raises(IllegalInvoiceMove):
        make.issue(make.invoice(900))


def test_voiding_needs_a_reason():
    with pytest.raises(ReasonMissing):
        void(make.invoice(900), reason=" ")


def test_a_deleted_invoice_is_gone_from_what_is_owed_keeps_its_number_and_frees_its_sale():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    assert (fresh(sale).balance_cents, fresh(sale).status) == (5000, "PENDING")
    assert owes(sale.customer) == (5000, 0)
    assert make.invoice(900).number == "OTH-2026-0002"
    assert not Invoice.objects.live().filter(pk=invoice.pk).exists()
    with pytest.raises(InvoiceIsDeleted):
        delete(invoice)


def test_an_invoice_with_money_is_not_deleted():
    sale = make.sale(5000)
    make.payment(1, sale=sale)
    with pytest.raises(InvoiceHasMoney, match="1 cents are paid"):
        delete(make.invoice(lines=[sale], to=sale.customer))


def test_a_recovered_invoice_asks_again_and_takes_what_was_paid_meanwhile():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    make.payment(2000, sale=sale)
    recover(invoice)
    assert (fresh(invoice).status, fresh(invoice).allocated_cents) == ("PARTIALLY_PAID", 2000)
    assert (fresh(sale).invoice_id, fresh(sale).allocated_cents) == (invoice.pk, 0)
    with pytest.raises(IllegalInvoiceMove):
        recover(invoice)


def test_an_invoice_whose_source_was_billed_again_is_not_recovered():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    make.draft(lines=[fresh(sale)], to=sale.customer)
    with pytest.raises(AlreadyBilled):
        recover(invoice)
    assert fresh(invoice).deleted_at is not None


def test_an_invoice_whose_sale_changed_is_not_recovered():
    sale = make.sale(5000)
    invoice = delete(make.invoice(lines=[sale], to=sale.customer))
    services.cancel_sale(actor=None, sale=sale, reason="mistake")
    with pytest.raises(SaleChanged):
        recover(invoice)


def test_a_void_invoice_that_is_deleted_comes_back_void():
    invoice = delete(void(make.invoice(900)))
    recover(invoice)
    assert (fresh(invoice).status, fresh(invoice).deleted_at) == ("VOID", None)


def test_a_deleted_draft_comes_back_as_a_draft():
    sale = make.sale(5000)
    draft = delete(make.draft(lines=[sale], to=sale.customer))
    assert fresh(draft).deleted_at == make.NOW
    recover(draft)
    assert make.issue(draft).status == "ISSUED"
