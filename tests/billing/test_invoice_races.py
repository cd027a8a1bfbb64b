"""Invoices under contention, on PostgreSQL with real threads: no number twice, no cent twice, no deadlock that anybody sees."""

import random

import pytest

from accounts.errors import DomainError
from billing import services
from billing.models import Allocation, Credit, Invoice, InvoiceLine, Payment, Sale
from billing.services.invoices import IllegalInvoiceMove
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.allocations, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, DomainError)]


def test_numbers_given_at_once_have_neither_gap_nor_double():
    drafts = [make.draft(100) for _ in range(12)]
    at_once(*[lambda draft=draft: make.issue(draft) for draft in drafts])
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 13))
    assert_books_are_right()


def test_the_same_draft_issued_at_once_is_issued_once():
    draft = make.draft(100)
    outcomes = at_once(*[lambda: make.issue(draft)] * 4)
    assert [type(outcome) for outcome in refused(outcomes)] == [IllegalInvoiceMove] * 3
    assert Invoice.objects.get().number == "OTH-2026-0001"


def test_the_same_sale_drafted_at_once_is_billed_once():
    sale = make.sale(100)
    outcomes = at_once(*[lambda: make.draft(lines=[sale], to=sale.customer)] * 4)
    assert [outcome.code for outcome in refused(outcomes)] == ["already_billed"] * 3
    assert InvoiceLine.objects.count() == 1


def test_the_last_cents_of_an_invoice_are_paid_once():
    invoice = make.invoice(100)
    payments = [make.payment(60, by=invoice.customer) for _ in range(5)]
    split = [{"invoice": invoice.pk, "amount_cents": 60}]
    outcomes = at_once(
        *[
            lambda paid=paid: services.allocate_payment(actor=None, payment=paid, now=make.NOW, splits=split)
            for paid in payments
        ]
    )
    assert [outcome.code for outcome in refused(outcomes)] == ["more_than_is_owed"] * 4
    assert Invoice.objects.get().allocated_cents == 60
    assert_books_are_right()


def test_the_last_cents_of_a_payment_and_of_a_credit_are_spent_once():
    shop = make.customer()
    invoices = [make.invoice(60, to=shop) for _ in range(8)]
    paid = make.payment(100, by=shop)
    credit = services.grant_credit(actor=None, customer=shop, amount_cents=100, reason="late")
    works = []
    for place, invoice in enumerate(invoices):
        split = [{"invoice": invoice.pk, "amount_cents": 60}]
        works.append(
            (lambda split=split: services.allocate_payment(actor=None, payment=paid, now=make.NOW, splits=split))
            if place % 2
            else (lambda split=split: services.apply_credit(actor=None, credit=credit, now=make.NOW, splits=split))
        )
    outcomes = at_once(*works)
    assert [outcome.code for outcome in refused(outcomes)] == ["more_than_the_payment_has"] * 6
    assert (Payment.objects.get().allocated_cents, Credit.objects.get().allocated_cents) == (60, 60)
    assert_books_are_right()


def test_an_allocation_taken_back_at_once_is_taken_back_once():
    invoice = make.invoice(100)
    [row] = services.allocate_payment(actor=None, payment=make.payment(100, by=invoice.customer), now=make.NOW)

    def take_back():
        return services.reverse_allocation(actor=None, allocation=row, reason="mistake", now=make.NOW)

    assert len(refused(at_once(*[take_back] * 4))) == 3
    assert Allocation.objects.count() == 2
    assert_books_are_right()


def test_a_payment_for_a_sale_while_it_is_invoiced_pays_one_of_the_two():
    for _ in range(5):
        sale = make.sale(5000)
        draft = make.draft(lines=[sale], to=sale.customer)
        at_once(lambda sale=sale: make.payment(2000, sale=sale), lambda draft=draft: make.issue(draft))
        assert Invoice.objects.get(pk=draft.pk).allocated_cents == 2000
        assert Sale.objects.get(pk=sale.pk).allocated_cents == 0
    assert_books_are_right()


def test_anything_at_once_keeps_the_books_right():
    """Fifty actions a round on two customers' sales, invoices, payments and credits, eight at a time."""
    chance = random.Random(20261121)  # noqa: S311 - a reproducible mix, not a secret
    shops = [make.customer() for _ in range(2)]
    sales = [make.sale(500, to=shop) for shop in shops for _ in range(3)]
    invoices = [make.invoice(lines=[sale], to=sale.customer) for sale in sales]
    payments = [make.payment(700, by=shop) for shop in shops for _ in range(2)]
    credits_ = [services.grant_credit(actor=None, customer=shop, amount_cents=400, reason="late") for shop in shops]

    def reverse_any():
        row = Allocation.objects.filter(reverses__isnull=True, reversal__isnull=True).order_by("?").first()
        if row:
            services.reverse_allocation(actor=None, allocation=row, reason="mistake", now=make.NOW)

    actions = [
        *[lambda row=row: services.allocate_payment(actor=None, payment=row, now=make.NOW) for row in payments],
        *[lambda row=row: services.apply_credit(actor=None, credit=row, now=make.NOW) for row in credits_],
        *[lambda row=row: make.payment(100, sale=row) for row in sales],
        *[
            lambda row=row: services.void_invoice(actor=None, invoice=row, reason="mistake", now=make.NOW)
            for row in invoices[:2]
        ],
        reverse_any,
        reverse_any,
    ]
    for _ in range(6):
        at_once(*chance.choices(actions, k=8))
    assert_books_are_right()
