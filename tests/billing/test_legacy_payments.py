"""Payments of the old system that name an invoice: what may be done with them before the allocation backfill, and what not."""

import pytest

from billing import services
from billing.invariants.books import allocations_stay_at_home
from billing.models import Allocation, Customer, Invoice
from billing.selectors.credits import credit_cents
from billing.services.invoices import InvoiceIsLegacy
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.allocations, pytest.mark.django_db]
WAITING = "PENDING_VERIFICATION"


@pytest.fixture
def shop():
    return make.customer(opening_balance_cents=5000)


def paid_of(invoice):
    return Invoice.objects.with_money().get(pk=invoice.pk).paid_cents


def approve(payment):
    return services.approve_payment(actor=make.user("FINANCE"), payment=payment, now=make.NOW)


def opening_paid(customer):
    return Customer.objects.get(pk=customer.pk).opening_balance_allocated_cents


def test_one_that_an_old_paid_invoice_counts_by_is_not_reversed_before_the_backfill(shop):
    invoice = legacy.invoice(900, to=shop, status="PAID")
    bounced = legacy.payment(900, by=shop, invoice=invoice)
    with pytest.raises(InvoiceIsLegacy, match="backfill_payment_allocations"):
        services.reverse_payment(actor=None, payment=bounced, reason="bounced", now=make.NOW)
    assert paid_of(invoice) == 900


def test_one_that_only_waits_is_reversed(shop):
    invoice = legacy.invoice(900, to=shop)
    waiting = legacy.payment(900, by=shop, invoice=invoice, status="PENDING", verification_status=WAITING)
    assert services.reverse_payment(actor=None, payment=waiting, reason="typo", now=make.NOW).status == "REVERSED"


@pytest.mark.parametrize("stranger", [{}, {"currency": "USD"}])
def test_one_that_names_a_strangers_invoice_is_credit_and_can_go_back(shop, stranger):
    invoice = legacy.invoice(900, to=shop if stranger else None, status="PARTIALLY_PAID")
    payment = legacy.payment(500, by=shop, invoice=invoice, **stranger)
    assert credit_cents(shop) == {payment.currency: 500}
    services.refund_payment(actor=None, payment=payment, amount_cents=100, reason="typo", now=make.NOW)
    assert credit_cents(shop) == {payment.currency: 400}
    assert_books_are_right()


def test_approved_it_counts_for_the_old_invoice_that_it_names(shop):
    invoice = legacy.invoice(900, to=shop)
    approve(legacy.payment(900, by=shop, invoice=invoice, verification_status=WAITING))
    assert (paid_of(invoice), opening_paid(shop)) == (900, 0)
    assert_books_are_right()


def test_approved_after_the_backfill_it_pays_for_the_invoice_that_it_names(shop):
    invoice = legacy.invoice(900, to=shop)
    waiting = legacy.payment(1000, by=shop, invoice=invoice, verification_status=WAITING)
    make.payment(100, by=shop, splits=[{"invoice": invoice, "amount_cents": 100}])
    approve(waiting)
    assert (paid_of(invoice), opening_paid(shop), credit_cents(shop)) == (900, 0, {"BDT": 200})
    assert_books_are_right()


def test_approved_for_a_void_invoice_it_pays_its_other_debts(shop):
    invoice = legacy.invoice(900, to=shop, status="VOID")
    approve(legacy.payment(900, by=shop, invoice=invoice, verification_status=WAITING))
    assert opening_paid(shop) == 900


def test_approved_in_another_currency_it_pays_for_nothing(shop):
    sale = legacy.sale(5000, to=shop)
    approve(legacy.payment(900, by=shop, currency="USD", verification_status=WAITING))
    approve(legacy.payment(700, sale=sale, currency="USD", verification_status=WAITING))
    assert (opening_paid(shop), credit_cents(shop)) == (0, {"USD": 1600})
    assert_books_are_right()


@pytest.mark.damages_rows
def test_money_on_an_opening_balance_in_another_currency_is_found(shop):
    payment = legacy.payment(900, by=shop, currency="USD", allocated_cents=900)
    Customer.objects.filter(pk=shop.pk).update(opening_balance_allocated_cents=900)
    Allocation.objects.create(
        tenant=shop.tenant, payment=payment, opening_balance_customer=shop, amount_cents=900, rule="by_hand"
    )
    assert list(allocations_stay_at_home(using="default"))
