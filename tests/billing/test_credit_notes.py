"""An invoice is corrected: credit notes, write-offs, and what the trail tells of all of it."""

import pytest

from billing import services
from billing.models import Allocation, Credit, Payment, Sale
from billing.selectors.outstanding import outstanding_of
from billing.selectors.statement import statement_of
from billing.services.invoice_corrections import MoreThanInvoiced, NothingToWriteOff
from billing.services.invoice_sales import CreditNoteIsSpent
from billing.services.invoices import (
    InvoiceHasMoney,
    InvoiceIsLegacy,
)
from tests import legacy, make
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


def note(invoice, cents, reason="broken"):
    return services.issue_credit_note(actor=None, invoice=invoice, amount_cents=cents, reason=reason, now=make.NOW)


def owes(customer):
    """What a customer owes less their credit, which the statement must close with too."""
    owed = outstanding_of(customer)
    assert statement_of(customer)["closing_cents"] == owed["outstanding_cents"] - owed["credit_cents"]
    return owed["outstanding_cents"], owed["credit_cents"]


def test_a_credit_note_pays_what_is_open_and_the_rest_is_credit():
    invoice = make.invoice(10000)
    paid = make.payment(4000, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    credit = note(invoice, 7000)
    invoice = fresh(invoice)
    assert (invoice.status, invoice.allocated_cents, invoice.credited_cents) == ("PAID", 10000, 6000)
    assert (credit.number, fresh(credit).allocated_cents, fresh(credit).status) == ("CN-2026-0001", 6000, "AVAILABLE")
    assert owes(invoice.customer) == (0, 1000)
    with pytest.raises(MoreThanInvoiced):
        note(invoice, 3001)


def test_a_write_off_settles_the_balance_and_voiding_it_asks_again():
    invoice = make.invoice(10000)
    credit = services.write_off_invoice(actor=None, invoice=invoice, reason="gone bankrupt", now=make.NOW)
    assert (fresh(invoice).status, fresh(invoice).credited_cents, credit.kind) == ("PAID", 10000, "WRITE_OFF")
    with pytest.raises(NothingToWriteOff):
        services.write_off_invoice(actor=None, invoice=invoice, reason="again", now=make.NOW)
    services.void_credit(actor=None, credit=credit, reason="they paid", now=make.NOW)
    assert (fresh(invoice).status, fresh(invoice).credited_cents, fresh(invoice).paid_at) == ("ISSUED", 0, None)


def test_the_corrections_of_a_void_invoice_are_void_with_it():
    invoice = make.invoice(10000)
    note(invoice, 1000)
    services.write_off_invoice(actor=None, invoice=invoice, reason="gone bankrupt", now=make.NOW)
    void(invoice)
    assert set(Credit.objects.values_list("status", flat=True)) == {"VOIDED"}
    assert owes(invoice.customer) == (0, 0)


def test_an_invoice_whose_credit_note_pays_for_something_else_is_not_made_void():
    invoice = make.invoice(100)
    paid = make.payment(100, by=invoice.customer)
    services.allocate_payment(actor=None, payment=paid, now=make.NOW)
    credit = note(invoice, 100)
    other = make.invoice(100, to=invoice.customer)
    services.apply_credit(actor=None, credit=credit, now=make.NOW)
    assert fresh(other).status == "PAID"
    with pytest.raises(CreditNoteIsSpent):
        void(invoice)


def test_an_invoice_with_a_credit_note_is_not_deleted():
    invoice = make.invoice(100)
    credit = note(invoice, 40)
    services.reverse_allocation(actor=None, allocation=Allocation.objects.get(), reason="wrong", now=make.NOW)
    assert fresh(credit).unallocated_cents == 40
    with pytest.raises(InvoiceHasMoney):
        delete(invoice)


def test_an_invoice_of_the_old_system_with_money_waits_for_its_backfill():
    paid = legacy.invoice(900, status="PAID")
    for refused in (void, delete, lambda invoice: note(invoice, 1)):
        with pytest.raises(InvoiceIsLegacy, match="backfill_payment_allocations"):
            refused(paid)
    assert owes(paid.customer) == (0, 0)


def test_history_tells_who_issued_and_voided_and_why():
    boss = make.user("ADMIN")
    invoice = make.invoice(900, actor=boss)
    services.void_invoice(actor=boss, invoice=invoice, reason="typing error", now=make.NOW)
    last = fresh(invoice).history.first()
    assert (last.status, last.history_user_id, last.history_change_reason) == ("VOID", boss.pk, "typing error")


def test_every_step_of_a_payment_is_on_its_trail():
    from billing.models import PaymentAuditLog

    sale = make.sale(5000)
    boss = make.user("ADMIN")
    paid = make.payment(5000, sale=sale, actor=boss)
    services.reverse_payment(actor=boss, payment=paid, reason="bounced", now=make.NOW)
    trail = list(PaymentAuditLog.objects.filter(payment=paid).order_by("id"))
    assert [row.action for row in trail] == ["CREATED", "ALLOCATED", "STATUS_CHANGED", "REVERSED"]
    assert {row.performed_by_id for row in trail} == {boss.pk}
    assert trail[-1].previous_state["status"] == "SUCCEEDED"
    assert trail[-1].new_state["status"] == Payment.Status.REVERSED
    assert trail[-1].notes == "bounced"
    assert Sale.objects.get(pk=sale.pk).allocated_cents == 0
