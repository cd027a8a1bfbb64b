"""Invoicing under contention, with real threads: exactly one invoice, and who comes second is told its number."""

import random

import pytest

from accounts.errors import DomainError
from billing import services as billing
from billing.models import Invoice, InvoiceLine, Sale
from subscriptions.models import Delivery
from subscriptions.services import cancel_delivery
from subscriptions.services.invoicing import PeriodIsInvoiced, run_invoicing, start_invoicing
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.subscriptions.bills import FEBRUARY_1, JANUARY, bill, delivered, on_credit

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def start():
    first, last = JANUARY
    return start_invoicing(actor=None, tenant=make.tenant(), period_start=first, period_end=last, now=FEBRUARY_1).pk


def run(operation_id):
    return run_invoicing(operation_id, clock=lambda: FEBRUARY_1)


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, DomainError)]


def test_the_same_period_at_once_is_invoiced_once_and_the_losers_learn_the_number():
    meera = make.customer()
    delivered(meera), on_credit(meera)
    losers = refused(at_once(*[lambda: bill(meera)] * 4))
    invoice = Invoice.objects.get()
    assert [type(loser) for loser in losers] == [PeriodIsInvoiced] * 3
    assert all(invoice.number in loser.message and str(invoice.pk) in loser.message for loser in losers)
    assert_books_are_right()


def test_overlapping_periods_at_once_bill_nothing_twice():
    meera = make.customer()
    for day in (3, 4, 5):
        delivered(meera, day)
    periods = [(JANUARY[0].replace(day=day), JANUARY[1]) for day in (1, 2, 3, 4)]
    at_once(*[lambda period=period: bill(meera, period) for period in periods])
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (1, 3)


def test_two_workers_on_one_operation_take_turns():
    shops = [make.customer() for _ in range(30)]
    for shop in shops:
        delivered(shop)
    for shop in shops[::5]:
        make.payment(100, sale=on_credit(shop))
    operation_id = start()
    first, second = at_once(lambda: run(operation_id), lambda: run(operation_id))
    assert (first.items_done, first.items_total, first.status) == (30, 30, "SUCCEEDED")
    assert second.items.count() == 30 == Invoice.objects.count()
    assert_books_are_right()


def test_two_operations_of_one_period_invoice_each_customer_once():
    shops = [make.customer() for _ in range(20)]
    for shop in shops:
        delivered(shop)
    both = at_once(*[lambda pk=pk: run(pk) for pk in (start(), start())])
    assert sorted(operation.items_done + operation.items_skipped for operation in both) == [20, 20]
    assert sum(operation.items_done for operation in both) == 20 == Invoice.objects.count()
    assert_books_are_right()


def test_whatever_happens_at_once_the_books_stay_right():
    """Runs, single invoices, deletions, cancelled deliveries and payments for sales, some ten at a time."""
    chance = random.Random(20260201)  # noqa: S311 - a reproducible mix, not a secret
    shops = [make.customer() for _ in range(6)]
    deliveries = [delivered(shop, day) for shop in shops for day in (3, 4)]
    sales = [on_credit(shop) for shop in shops]

    def delete_any():
        if invoice := Invoice.objects.live().order_by("?").first():
            billing.delete_invoice(actor=None, invoice=invoice, now=FEBRUARY_1)

    actions = [
        lambda: run(start()),
        lambda: run(start()),
        delete_any,
        delete_any,
        *[lambda shop=shop: bill(shop) for shop in shops[:2]],
        *[
            lambda row=row: cancel_delivery(actor=None, delivery=row, reason="spilt", now=FEBRUARY_1)
            for row in deliveries[::4]
        ],
        *[lambda row=row: make.payment(100, sale=row) for row in sales[:3]],
    ]
    for _ in range(5):
        at_once(*chance.choices(actions, k=8))
    run(start()) if Delivery.objects.unbilled().exists() else None
    billed = InvoiceLine.objects.filter(source_kind="delivery", is_live=True).values("source_id")
    assert not Delivery.objects.filter(status="CANCELLED", pk__in=billed).exists()
    assert Sale.objects.filter(invoice=None, status="BILLED").count() == 0
    assert_books_are_right()
