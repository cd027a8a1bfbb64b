"""A busy first of the month, on PostgreSQL with threads: late deliveries, corrections, money, recoveries and invoicing."""

import random

import pytest
from django.db.models import Sum

from billing import services as billing
from billing.models import Customer, Invoice, OpeningBalanceCorrection, Payment
from billing.rules.allocation_mode import OLDEST, OPENING_FIRST
from billing.selectors.statement import statement_of
from subscriptions.models import Delivery
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import outstanding_rows
from subscriptions.services import cancel_delivery, correct_delivery
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once
from tests.subscriptions.bills import FEBRUARY_1, MARCH_1, bill, delivered, on_credit
from tests.subscriptions.test_invoicing_run import run

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_what_is_delivered_while_the_month_is_invoiced_is_billed_now_or_next_time_but_once():
    shops = [make.customer() for _ in range(4)]
    for shop in shops:
        delivered(shop, 1)
    late = [lambda shop=shop, day=day: delivered(shop, day) for shop in shops for day in (2, 3)]
    at_once(run, run, *late)
    february = {"now": MARCH_1}
    for shop in shops:
        if Delivery.objects.unbilled().filter(customer=shop).exists():
            bill(shop, (make.TODAY, make.TODAY), **february)
    assert not Delivery.objects.unbilled().exists()
    asked = Invoice.objects.aggregate(cents=Sum("total_cents"))["cents"]
    assert asked == 12 * 4000 == Delivery.objects.aggregate(cents=Sum("total_cents"))["cents"]
    assert_books_are_right()


@pytest.mark.parametrize("change", [cancel_delivery, correct_delivery])
def test_an_invoice_is_recovered_or_its_delivery_changed_but_not_both(change):
    more = {"quantity": 3} if change is correct_delivery else {}
    for _ in range(4):
        row = delivered(make.customer())
        gone = billing.delete_invoice(actor=None, invoice=bill(row.customer), now=FEBRUARY_1)
        at_once(
            lambda gone=gone: billing.recover_invoice(actor=None, invoice=gone, now=FEBRUARY_1),
            lambda row=row: change(actor=None, delivery=row, reason="spilt", now=FEBRUARY_1, **more),
        )
        is_changed = fresh(row).status == "CANCELLED" or fresh(row).quantity != row.quantity
        assert is_changed != (fresh(gone).deleted_at is None)
    assert_books_are_right()


def test_an_invoice_is_recovered_or_its_period_invoiced_anew_but_not_both():
    for _ in range(4):
        row = delivered(make.customer())
        gone = billing.delete_invoice(actor=None, invoice=bill(row.customer), now=FEBRUARY_1)
        at_once(
            lambda gone=gone: billing.recover_invoice(actor=None, invoice=gone, now=FEBRUARY_1),
            run,
            lambda row=row: bill(row.customer),
        )
        assert Invoice.objects.live().filter(customer=row.customer).count() == 1
    assert_books_are_right()


def test_an_opening_balance_is_corrected_while_it_is_paid_and_never_below_what_is_paid():
    shop = make.customer(opening_balance_cents=1000)
    pay = lambda: make.payment(200, by=fresh(shop), mode=OPENING_FIRST)  # noqa: E731 - several times the same
    correct = [
        lambda cents=cents: billing.correct_opening_balance(
            actor=None, customer=shop, opening_balance_cents=cents, reason="counted anew"
        )
        for cents in (100, 300, 500, 700)
    ]
    at_once(*correct, *[pay] * 5)
    after = fresh(shop)
    assert 0 <= after.opening_balance_allocated_cents <= after.opening_balance_cents
    assert Payment.objects.count() == 5
    assert_books_are_right()
    newest = OpeningBalanceCorrection.objects.order_by("-id").first()
    assert newest is None or newest.after_cents == after.opening_balance_cents


def test_a_mixed_first_of_the_month_leaves_every_account_the_same_both_ways_and_in_its_statement():
    chance = random.Random(20260401)  # noqa: S311 - a reproducible mix, not a secret
    shops = [make.customer(opening_balance_cents=900) for _ in range(3)]
    rows = [delivered(shop, day) for shop in shops for day in (3, 4)]
    sales = [on_credit(shop) for shop in shops]

    def any_invoice(act, **which):
        if invoice := Invoice.objects.filter(**which).order_by("?").first():
            act(actor=None, invoice=invoice, now=FEBRUARY_1, reason="mistake")

    def any_payment_back():
        if payment := Payment.objects.filter(allocated_cents__gt=0).order_by("?").first():
            billing.rollback_allocations(actor=None, payment=payment, reason="mistake", now=FEBRUARY_1)

    actions = [
        run,
        *[lambda shop=shop: bill(shop) for shop in shops],
        *[lambda shop=shop: delivered(shop, 9, slot=str(chance.random())[:8]) for shop in shops],
        *[lambda shop=shop: make.payment(2500, by=fresh(shop), mode=OLDEST) for shop in shops],
        *[lambda sale=sale: make.payment(700, sale=sale) for sale in sales],
        *[
            lambda row=row: correct_delivery(actor=None, delivery=row, quantity=2, reason="x", now=FEBRUARY_1)
            for row in rows
        ],
        *[lambda row=row: cancel_delivery(actor=None, delivery=row, reason="x", now=FEBRUARY_1) for row in rows[:2]],
        lambda: any_invoice(billing.delete_invoice, deleted_at=None),
        lambda: any_invoice(billing.void_invoice, deleted_at=None),
        lambda: any_invoice(billing.recover_invoice, deleted_at__isnull=False),
        any_payment_back,
    ]
    for _ in range(6):
        at_once(*chance.choices(actions, k=7))
        assert_books_are_right()
    for account in outstanding_rows(Scope(make.tenant(), MARCH_1)):
        shop = Customer.objects.get(pk=account["customer_id"])
        assert account["anomalies"] == []
        assert statement_of(shop)["closing_cents"] == account["net_cents"]
