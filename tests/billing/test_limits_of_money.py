"""What money may do and not more: of what is left, once, in its place; each case is one that broken code would let through."""

import pytest

from billing import services
from billing.models import Allocation, Credit, Invoice, Payment
from billing.selectors.credits import credit_cents
from billing.services.named_debts import MoreThanThePaymentHas
from billing.services.reversals import PaymentNotReversible
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]


def paid(invoice, cents, *, by=None, **fields):
    splits = [{"invoice": invoice, "amount_cents": cents}]
    return make.payment(cents, by=by or invoice.customer, splits=splits, **fields)


def test_a_payment_applies_at_most_what_is_left_of_it():
    invoice = make.invoice(10_000)
    payment = make.payment(5_000, by=invoice.customer, splits=[{"invoice": invoice, "amount_cents": 3_000}])
    with pytest.raises(MoreThanThePaymentHas, match="only 2000 are left"):
        services.allocate_payment(
            actor=None, payment=payment, now=make.NOW, splits=[{"invoice": invoice, "amount_cents": 2_001}]
        )


def test_a_used_up_payment_is_refused_also_when_it_names_nothing():
    invoice = make.invoice(10_000)
    payment = paid(invoice, 5_000)
    with pytest.raises(MoreThanThePaymentHas, match="used up"):
        services.allocate_payment(actor=None, payment=payment, now=make.NOW)


def test_a_payment_of_which_a_part_went_back_is_not_reversed_as_a_whole():
    payment = make.payment(5_000)
    services.refund_payment(actor=None, payment=payment, amount_cents=1_000, reason="twice", now=make.NOW)
    with pytest.raises(PaymentNotReversible):
        services.reverse_payment(actor=None, payment=payment, reason="bounced", now=make.NOW)


def test_what_a_refund_leaves_of_an_allocation_keeps_its_rank():
    customer = make.customer()
    first, second = make.invoice(1_000, to=customer), make.invoice(1_000, to=customer)
    payment = make.payment(2_000, by=customer)
    services.allocate_payment(actor=None, payment=payment, now=make.NOW)
    services.refund_payment(actor=None, payment=payment, amount_cents=400, reason="twice", now=make.NOW)
    left = Allocation.objects.filter(reverses=None, reversal=None)
    ranks = dict(left.values_list("amount_cents", "rank"))
    assert ranks == {1_000: 1, 600: 2} and {first.status, second.status} == {"ISSUED"}


def test_a_void_invoice_over_nothing_says_no_more_since_when_it_was_paid():
    invoice = make.invoice(0)
    assert invoice.status == "PAID" and invoice.paid_at
    services.void_invoice(actor=None, invoice=invoice, reason="typo", now=make.NOW)
    assert Invoice.objects.get().paid_at is None
    assert_books_are_right()


def test_a_void_invoice_gives_a_sale_back_no_more_than_it_asks_for():
    customer = make.customer()
    small, large = make.sale(1_000, to=customer), make.sale(5_000, to=customer)
    invoice = make.invoice(to=customer, lines=[small, large])
    payment = make.payment(4_000, sale=small)
    services.void_invoice(actor=None, invoice=invoice, reason="typo", now=make.NOW)
    small.refresh_from_db(), large.refresh_from_db(), payment.refresh_from_db()
    assert (small.allocated_cents, large.allocated_cents, payment.unallocated_cents) == (1_000, 0, 3_000)
    assert_books_are_right()


def test_a_sale_and_the_invoice_that_asks_for_it_meant_together_get_no_more_than_is_asked():
    strict = make.tenant("strict", requires_payment_verification=True)
    customer = make.customer(of=strict)
    sale, other = make.sale(3_000, to=customer), make.sale(500, to=customer)
    draft = make.draft(to=customer, lines=[sale])
    meant = [{"sale": sale, "amount_cents": 3_000}, {"sale": other, "amount_cents": 500}]
    waiting = make.payment(3_500, by=customer, splits=meant)
    invoice = make.issue(draft)
    make.issue(make.draft(to=customer, lines=[other]))
    approved = services.approve_payment(actor=make.user("FINANCE", of=strict), payment=waiting, now=make.NOW)
    assert approved.allocated_cents == 3_500 and Invoice.objects.get(pk=invoice.pk).status == "PAID"
    assert_books_are_right()


def test_two_sales_on_one_invoice_meant_together_share_what_it_asks_for():
    strict = make.tenant("strict", requires_payment_verification=True)
    customer = make.customer(of=strict)
    one, two = make.sale(2_000, to=customer), make.sale(2_000, to=customer)
    splits = [{"sale": one, "amount_cents": 2_000}, {"sale": two, "amount_cents": 2_000}]
    waiting = make.payment(4_000, by=customer, splits=splits)
    invoice = make.invoice(to=customer, lines=[one, two])
    services.issue_credit_note(actor=None, invoice=invoice, amount_cents=1_500, reason="broken", now=make.NOW)
    approved = services.approve_payment(actor=make.user("FINANCE", of=strict), payment=waiting, now=make.NOW)
    assert (approved.allocated_cents, approved.unallocated_cents) == (2_500, 1_500)
    assert_books_are_right()


def test_a_payment_that_names_a_void_invoice_is_credit_and_one_that_waits_is_none():
    customer = make.customer()
    legacy.payment(400, by=customer, invoice=legacy.invoice(900, to=customer, status="VOID"))
    legacy.payment(100, by=customer, status="PENDING", verification_status="PENDING_VERIFICATION")
    legacy.payment(30, by=customer, status="REVERSED")
    assert credit_cents(customer) == {"BDT": 400}


def test_a_void_credit_note_makes_room_for_another():
    invoice = make.invoice(1_000)
    for _ in range(2):
        note = services.issue_credit_note(
            actor=None, invoice=invoice, amount_cents=1_000, reason="broken", now=make.NOW
        )
        services.void_credit(actor=None, credit=note, reason="typo", now=make.NOW)
    assert set(Credit.objects.values_list("status", flat=True)) == {"VOIDED"}
    assert Payment.objects.count() == 0
    assert_books_are_right()
