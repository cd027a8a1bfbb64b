"""The trail of a payment has a step for whatever happens to it, through whichever service, and no step is missing between two."""

import pytest

from billing import services
from billing.models import Payment
from tests import make
from tests.billing.proof import assert_trail_is_whole

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def sale():
    return make.sale(5000)


@pytest.fixture
def paid(sale):
    return make.payment(3000, sale=sale)


def invoiced(sale):
    return make.invoice(lines=[fresh(sale)], to=sale.customer)


def test_when_its_sale_is_invoiced_and_the_invoice_made_void(sale, paid):
    services.void_invoice(actor=None, invoice=invoiced(sale), reason="typing error", now=make.NOW)
    assert fresh(sale).allocated_cents == 3000
    assert len(assert_trail_is_whole(paid)) == 6, "recorded, applied, moved to the invoice and back"


def test_when_a_deleted_invoice_takes_back_what_was_paid_meanwhile(sale):
    gone = services.delete_invoice(actor=None, invoice=invoiced(sale), now=make.NOW)
    paid = make.payment(3000, sale=fresh(sale))
    services.recover_invoice(actor=None, invoice=gone, now=make.NOW)
    assert len(assert_trail_is_whole(paid)) == 4


def test_when_its_sale_is_cancelled_or_comes_back(sale, paid):
    services.record_return(actor=make.user(), sale=sale, amount_cents=4000, reason="broken")
    assert fresh(paid).unallocated_cents == 2000
    services.cancel_sale(actor=None, sale=fresh(sale), reason="mistake")
    assert fresh(paid).allocated_cents == 0
    assert_trail_is_whole(paid)


def test_when_a_credit_note_a_refund_a_correction_and_a_rollback_touch_it(sale, paid):
    invoice = invoiced(sale)
    services.change_payment_amount(
        actor=None, payment=make.payment(10, by=sale.customer), amount_cents=20, reason="typo"
    )
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=2500, reason="broken", now=make.NOW)
    services.refund_payment(actor=None, payment=paid, amount_cents=100, reason="too much", now=make.NOW)
    services.rollback_allocations(actor=None, payment=fresh(paid), reason="wrong", now=make.NOW)
    services.allocate_payment(actor=None, payment=fresh(paid), now=make.NOW)
    for payment in Payment.objects.all():
        assert_trail_is_whole(payment)
