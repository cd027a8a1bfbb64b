"""Credit notes and write-offs: together they never give up more than the invoice asked for."""

import pytest

from billing import services
from billing.services.invoice_corrections import MoreThanInvoiced
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


def note(invoice, cents):
    return services.issue_credit_note(actor=None, invoice=invoice, amount_cents=cents, reason="broken", now=make.NOW)


def write_off(invoice):
    return services.write_off_invoice(actor=None, invoice=invoice, reason="gone bankrupt", now=make.NOW)


def test_what_was_written_off_is_not_given_back_as_well():
    invoice = make.invoice(10000)
    write_off(invoice)
    with pytest.raises(MoreThanInvoiced, match="void the write-off first"):
        note(invoice, 1)
    assert_books_are_right()


def test_what_was_paid_beside_a_write_off_can_be_given_back_and_no_more():
    invoice = make.invoice(10000)
    make.payment(4000, by=invoice.customer, splits=[{"invoice": invoice, "amount_cents": 4000}])
    write_off(invoice)
    with pytest.raises(MoreThanInvoiced):
        note(invoice, 4001)
    assert note(invoice, 4000).unallocated_cents == 4000
    assert_books_are_right()


def test_after_a_write_off_is_void_all_of_the_invoice_can_be_given_back():
    invoice = make.invoice(10000)
    services.void_credit(actor=None, credit=write_off(invoice), reason="they are back", now=make.NOW)
    assert note(invoice, 10000).unallocated_cents == 0
    assert_books_are_right()


def test_what_is_open_beside_a_credit_note_that_pays_elsewhere_can_be_written_off():
    invoice = make.invoice(10000)
    paid = make.payment(10000, by=invoice.customer, splits=[{"invoice": invoice, "amount_cents": 10000}])
    credit, other = note(invoice, 3000), make.invoice(3000, to=invoice.customer)
    services.apply_credit(actor=None, credit=credit, now=make.NOW, splits=[{"invoice": other, "amount_cents": 3000}])
    services.reverse_payment(actor=None, payment=paid, reason="bounced", now=make.NOW)
    assert write_off(invoice).amount_cents == 10000
    assert_books_are_right()
