"""Many invoices are deleted at once: none when money lies on any, else each with its own result."""

import pytest

from billing import services
from billing.models import BulkOperation, Invoice
from billing.services.checks import ReasonMissing
from billing.services.invoice_deletion import NotOneBusiness, SomeHaveMoney
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def delete(*invoices, **fields):
    said = {"actor": None, "reason": "wrong price", "now": make.NOW, **fields}
    return services.delete_invoices(invoices=invoices, **said)


def test_each_has_its_own_result():
    invoices = [make.invoice(100) for _ in range(4)]
    services.delete_invoice(actor=None, invoice=invoices[1], now=make.NOW)
    services.void_invoice(actor=None, invoice=invoices[2], reason="mistake", now=make.NOW)
    operation = delete(*invoices, actor=make.user("FINANCE"))
    assert (operation.items_total, operation.items_done, operation.items_failed) == (4, 3, 1)
    assert (operation.kind, operation.status) == ("INVOICE_DELETION", "SUCCEEDED")
    [failed] = operation.items.filter(outcome="FAILED")
    assert (failed.document_id, failed.code) == (invoices[1].pk, "invoice_is_deleted")
    assert not Invoice.objects.live().exists()
    assert Invoice.objects.get(pk=invoices[0].pk).history.first().history_change_reason == "wrong price"
    assert_books_are_right()


def test_if_money_lies_on_one_none_is_deleted_and_it_is_named():
    free, paid = make.invoice(100), make.invoice(100)
    services.allocate_payment(actor=None, payment=make.payment(60, by=paid.customer), now=make.NOW)
    with pytest.raises(SomeHaveMoney, match=rf"1 of these invoices.*{paid.number} \(60 cents\).*None was deleted"):
        delete(free, paid)
    assert Invoice.objects.live().count() == 2
    assert not BulkOperation.objects.exists()


def test_a_credit_note_counts_as_money():
    invoice = make.invoice(100)
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=10, reason="broken", now=make.NOW)
    with pytest.raises(SomeHaveMoney):
        delete(make.invoice(1), invoice)


def test_the_same_one_twice_is_one_and_a_reason_is_needed():
    invoice = make.invoice(100)
    with pytest.raises(ReasonMissing):
        delete(invoice, reason=" ")
    assert delete(invoice, invoice).items_total == 1


def test_invoices_of_two_businesses_or_none_are_refused():
    with pytest.raises(NotOneBusiness):
        delete(make.invoice(1), make.invoice(1, of=make.tenant("elsewhere")))
    with pytest.raises(NotOneBusiness):
        delete()
