"""Two at once, on PostgreSQL with real threads: an order is delivered once, and an invoice never bills what is being changed."""

import pytest

from accounts.errors import Conflict
from accounts.ids import new_id
from subscriptions import services
from subscriptions.models import Delivery
from subscriptions.services.deliveries import DeliveryIsBilled
from subscriptions.services.invoicing import invoice_period
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def confirm(order, **fields):
    return services.confirm_delivery(actor=None, order=order, now=make.NOW, **fields)


def confirm_the_day():
    return services.confirm_deliveries(actor=None, tenant=make.tenant(), day=make.TODAY, now=make.NOW)


def test_an_order_confirmed_by_many_at_once_is_delivered_once():
    order = make.daily_order()
    outcomes = at_once(*[lambda: confirm(order)] * 5)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert Delivery.objects.standing().count() == 1
    assert_books_are_right()


def test_the_same_id_at_once_is_one_delivery_and_one_answer():
    order, identity = make.daily_order(), new_id()
    outcomes = at_once(*[lambda: confirm(order, id=identity)] * 4)
    assert {delivery.pk for delivery in outcomes} == {identity}
    assert Delivery.objects.count() == 1


def test_the_same_id_for_two_orders_at_once_is_one_delivery_and_one_refusal():
    orders, identity = [make.daily_order(), make.daily_order()], new_id()
    outcomes = at_once(*[lambda order=order: confirm(order, id=identity) for order in orders])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert_books_are_right()


def test_two_lists_and_single_confirmations_at_once_deliver_each_order_once():
    orders = [make.daily_order() for _ in range(12)]
    at_once(confirm_the_day, confirm_the_day, *[lambda order=order: confirm(order) for order in orders[:3]])
    assert Delivery.objects.standing().count() == 12
    assert_books_are_right()


def test_a_delivery_is_cancelled_or_invoiced_but_not_both():
    for _ in range(4):
        delivery = make.delivery()
        period = {"period_start": make.TODAY, "period_end": make.TODAY, "now": make.later(days=1)}
        cancelled, _invoice = at_once(
            lambda row=delivery: services.cancel_delivery(actor=None, delivery=row, reason="wrong door", now=make.NOW),
            lambda row=delivery, period=period: invoice_period(actor=None, customer=row.customer, **period),
        )
        is_billed = Delivery.objects.billed().filter(pk=delivery.pk).exists()
        assert is_billed == isinstance(cancelled, DeliveryIsBilled)
    assert_books_are_right()
