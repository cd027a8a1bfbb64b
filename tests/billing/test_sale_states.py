"""The states of a sale: pending, billed, completed, and every way there and back, one sale and one invoice at a time."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from billing import services
from billing.models import Invoice, Payment, Sale
from operations.invariants import invariants
from tests import legacy, make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def state(row: Sale | Invoice) -> str:
    return type(row).objects.get(pk=row.pk).status


def states_of(sale: Sale) -> list[str]:
    return list(sale.history.order_by("history_id").values_list("status", flat=True))


def credit_sale(cents: int = 5000, **fields) -> Sale:
    return make.sale(cents, sale_type="CREDIT", **fields)


def billing(*sales: Sale) -> Invoice:
    return make.invoice(lines=list(sales), to=sales[0].customer, source="SALES")


def pay(invoice: Invoice, cents: int) -> Payment:
    split = [{"invoice": invoice.pk, "amount_cents": cents}]
    return make.payment(cents, by=invoice.customer, splits=split)


def take_back(payment: Payment) -> None:
    services.reverse_payment(actor=None, payment=payment, reason="bounced", now=make.NOW)


def void(invoice: Invoice) -> None:
    services.void_invoice(actor=None, invoice=invoice, reason="wrong period", now=make.NOW)


@pytest.mark.parametrize("sale_type", ["CASH", "CREDIT"])
def test_a_sale_is_pending_paid_directly_completed_and_pending_again(sale_type):
    sale = make.sale(5000, sale_type=sale_type)
    part = make.payment(2000, sale=sale)
    assert state(sale) == "PENDING"
    rest = make.payment(3000, sale=sale)
    assert state(sale) == "COMPLETED"
    take_back(rest)
    assert state(sale) == "PENDING"
    take_back(part)
    assert state(sale) == "PENDING"
    assert_books_are_right()


def test_a_draft_bills_nothing_yet():
    sale = credit_sale()
    make.draft(lines=[sale], to=sale.customer)
    assert state(sale) == "PENDING"


def test_an_invoiced_sale_is_billed_until_its_invoice_is_paid_and_again_when_it_is_not():
    sale = credit_sale()
    invoice = billing(sale)
    assert state(sale) == "BILLED"
    pay(invoice, 2000)
    assert state(sale) == "BILLED"
    rest = pay(invoice, 3000)
    assert (state(invoice), state(sale)) == ("PAID", "COMPLETED")
    take_back(rest)
    assert (state(invoice), state(sale)) == ("PARTIALLY_PAID", "BILLED")
    assert states_of(sale) == ["PENDING", "BILLED", "COMPLETED", "BILLED"]
    assert_books_are_right()


def test_a_payment_of_one_invoice_moves_its_sales_and_no_others():
    shop = make.customer()
    first, second, elsewhere, loose = (credit_sale(to=shop) for _ in range(4))
    paid, unpaid = billing(first, second), billing(elsewhere)
    whole = pay(paid, 10000)
    assert [state(sale) for sale in (first, second, elsewhere, loose)] == [
        "COMPLETED",
        "COMPLETED",
        "BILLED",
        "PENDING",
    ]
    take_back(whole)
    services.delete_invoice(actor=None, invoice=paid, now=make.NOW)
    assert [state(sale) for sale in (first, second, elsewhere, loose)] == ["PENDING", "PENDING", "BILLED", "PENDING"]
    assert state(unpaid) == "ISSUED"
    assert_books_are_right()


def test_a_void_invoice_leaves_its_sales_pending_and_those_that_their_own_money_covers_completed():
    shop = make.customer()
    paid_before, never_paid = credit_sale(to=shop), credit_sale(to=shop)
    make.payment(5000, sale=paid_before)
    invoice = billing(paid_before, never_paid)
    assert (state(paid_before), state(never_paid)) == ("BILLED", "BILLED")
    pay(invoice, 5000)
    assert (state(paid_before), state(never_paid)) == ("COMPLETED", "COMPLETED")
    void(invoice)
    assert (state(paid_before), state(never_paid)) == ("COMPLETED", "PENDING")
    assert_books_are_right()


def test_a_sale_paid_whole_before_its_invoice_is_completed_with_it():
    sale = credit_sale()
    make.payment(5000, sale=sale)
    invoice = billing(sale)
    assert (state(invoice), state(sale)) == ("PAID", "COMPLETED")
    void(invoice)
    assert state(sale) == "COMPLETED"
    assert_books_are_right()


def test_a_recovered_invoice_bills_its_sales_again():
    sale = credit_sale()
    invoice = billing(sale)
    services.delete_invoice(actor=None, invoice=invoice, now=make.NOW)
    assert state(sale) == "PENDING"
    services.recover_invoice(actor=None, invoice=invoice, now=make.NOW)
    assert state(sale) == "BILLED"
    assert_books_are_right()


def test_a_write_off_completes_the_sale_and_its_undoing_bills_it_again():
    sale = credit_sale()
    credit = services.write_off_invoice(actor=None, invoice=billing(sale), reason="moved away", now=make.NOW)
    assert state(sale) == "COMPLETED"
    services.void_credit(actor=None, credit=credit, reason="came back", now=make.NOW)
    assert state(sale) == "BILLED"
    assert_books_are_right()


def test_giving_part_of_the_money_back_bills_the_sale_again():
    sale = credit_sale()
    invoice = billing(sale)
    payment = pay(invoice, 5000)
    services.refund_payment(actor=None, payment=payment, amount_cents=1, reason="too much", now=make.NOW)
    assert state(sale) == "BILLED"
    assert_books_are_right()


def test_a_payment_for_an_invoiced_sale_completes_all_sales_of_that_invoice():
    shop = make.customer()
    first, second = credit_sale(2000, to=shop), credit_sale(3000, to=shop)
    billing(first, second)
    make.payment(5000, sale=first)
    assert (state(first), state(second)) == ("COMPLETED", "COMPLETED")
    assert_books_are_right()


def test_a_cancelled_sale_stays_cancelled():
    sale = credit_sale()
    services.cancel_sale(actor=None, sale=sale, reason="never left")
    assert state(sale) == "CANCELLED"


@pytest.mark.damages_rows
@pytest.mark.parametrize("status", ["PENDING", "COMPLETED"])
def test_an_invoiced_sale_that_does_not_follow_its_invoice_is_found(status):
    sale = credit_sale()
    billing(sale)
    Sale.objects.update(status=status)
    sentence = "An invoiced sale is completed exactly when its invoice is paid, else billed"
    [entry] = [entry for entry in invariants() if entry.name == sentence]
    [violation] = entry.find(using="default", tenant=sale.tenant)
    assert sale.number in violation.where


@pytest.mark.damages_rows
def test_a_sale_that_says_billed_without_an_invoice_is_found():
    sale = credit_sale()
    Sale.objects.update(status="BILLED")
    sentence = "A sale is pending until nothing of it is left to pay, then completed"
    [entry] = [entry for entry in invariants() if entry.name == sentence]
    [violation] = entry.find(using="default", tenant=sale.tenant)
    assert sale.number in violation.where


def migrate(to: str, reason: str) -> None:
    """Run one way of the migration over the rows of this test."""
    migration = import_module("billing.migrations.0009_sale_states")
    step = migration.give_state(getattr(migration, to), getattr(migration, reason))
    step(apps, SimpleNamespace(connection=connection))


def test_old_rows_get_their_state_with_history_and_the_way_back_gives_the_former_ones():
    pending, paid, cash = credit_sale(), credit_sale(), make.sale(5000)
    invoice = billing(paid)
    pay(invoice, 5000)
    unknown = legacy.sale(700)
    Sale.objects.filter(pk=unknown.pk).update(sale_type="CREDIT")
    migrate("STATE_BEFORE", "BACKWARDS")
    assert [state(sale) for sale in (pending, paid, cash, unknown)] == ["BILLED", "BILLED", "PENDING", "BILLED"]
    assert states_of(unknown) == ["PENDING", "BILLED"], "a baseline first"
    migrate("STATE_NOW", "FORWARDS")
    assert [state(sale) for sale in (pending, paid, cash, unknown)] == ["PENDING", "COMPLETED", "PENDING", "PENDING"]
    assert states_of(paid) == ["PENDING", "BILLED", "COMPLETED", "BILLED", "COMPLETED"]
    assert states_of(cash) == ["PENDING"], "a row that is right is not touched"
    newest = pending.history.first()
    assert (newest.actor_kind, newest.history_type) == ("system", "~") and "ADR 0013" in newest.history_change_reason
    assert_books_are_right()
