"""One order confirmed: as planned, with what was really left, or not delivered; once, however often it is said."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.errors import NotFound
from accounts.ids import new_id
from billing.services.checks import NotAnAmount, NotAQuantity, ReasonMissing
from routes.services import PersonCannotDoThis
from subscriptions import services
from subscriptions.models import Delivery
from subscriptions.services.deliveries import (
    DeliveryAlreadyKnown,
    DeliveryInTheFuture,
    NotYourRound,
    OrderAlreadyDelivered,
    OrderIsWithdrawn,
)
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.orders import a_product, a_round, an_order

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def confirm(order, **fields):
    fields.setdefault("now", make.NOW)
    return services.confirm_delivery(actor=fields.pop("actor", None), order=order, **fields)


def test_an_order_as_planned_is_delivered_and_asks_for_its_price():
    order = an_order(2, unit_price_cents=7500, tax_rate_bps=500, slot="morning")
    delivery = confirm(order, note="left at the gate")
    delivery.refresh_from_db()
    assert (delivery.quantity, delivery.total_cents, delivery.currency) == (Decimal(2), 15000, "BDT")
    assert (delivery.delivery_date, delivery.slot, delivery.note) == (order.order_date, "morning", "left at the gate")
    assert (delivery.unit_price_cents, delivery.tax_rate_bps, delivery.daily_order) == (7500, 500, order)
    order.refresh_from_db()
    assert order.status == "DELIVERED"
    assert list(Delivery.objects.unbilled()) == [delivery], "one confirmation is enough to be billed (weakness 27)"
    assert_books_are_right()


def test_the_quantity_that_was_really_left_decides_and_is_rounded_once():
    """Weaknesses 28 and 30: 1.333 x 75.01 is 99.99, and 1.1 x 3.00 is exactly 3.30."""
    ghee = confirm(an_order(2, unit_price_cents=7501), quantity="1.333")
    milk = confirm(an_order(2, unit_price_cents=300), quantity=Decimal("1.1"))
    assert (ghee.total_cents, milk.total_cents) == (9999, 330)
    assert_books_are_right()


def test_the_price_is_that_of_the_order_whatever_the_product_costs_by_now():
    order = an_order(1, unit_price_cents=7000)
    assert confirm(order, now=make.later(days=30)).total_cents == 7000


def test_history_says_who_confirmed_which_order():
    rep = make.user()
    order = an_order(round=a_round(rep=rep))
    delivery = confirm(order, actor=rep)
    assert delivery.delivered_by == rep
    for row in (delivery, order):
        newest = row.history.order_by("-history_id").first()
        assert (newest.history_user_id, newest.actor_kind, newest.status) == (rep.pk, "user", "DELIVERED")
    assert order.history.count() == 2


def test_nothing_left_is_not_delivered_with_its_reason():
    order = an_order()
    assert confirm(order, quantity=0, note="door locked") is None
    order.refresh_from_db()
    newest = order.history.order_by("-history_id").first()
    assert (order.status, newest.history_change_reason) == ("NOT_DELIVERED", "door locked")
    assert not Delivery.objects.exists()
    with pytest.raises(ReasonMissing):
        confirm(an_order(), quantity=0)
    assert_books_are_right()


def test_what_was_said_not_to_be_delivered_can_be_confirmed_after_all():
    order = an_order()
    services.mark_not_delivered(actor=None, order=order, reason="nobody home", now=make.NOW)
    assert confirm(order, quantity=1).total_cents == 7500
    assert_books_are_right()


def test_an_order_is_delivered_once():
    """Weakness 27: one order delivered twice was accepted."""
    order = an_order()
    confirm(order)
    with pytest.raises(OrderAlreadyDelivered, match="Correct that delivery, or cancel it first"):
        confirm(order)
    with pytest.raises(OrderAlreadyDelivered):
        services.mark_not_delivered(actor=None, order=order, reason="mistake", now=make.NOW)
    assert Delivery.objects.count() == 1


def test_a_withdrawn_order_is_not_confirmed():
    with pytest.raises(OrderIsWithdrawn, match="record an extra item"):
        confirm(an_order(status="WITHDRAWN"))


def test_a_confirmation_sent_again_is_answered_with_the_first():
    order, identity = an_order(), new_id()
    first = confirm(order, id=identity, quantity="1.5")
    assert confirm(order, id=identity, quantity="1.500", now=make.later(hours=1)).pk == first.pk == identity
    services.correct_delivery(actor=None, delivery=first, quantity=1, reason="counted again", now=make.NOW)
    assert confirm(order, id=identity, quantity="1.5").quantity == 1, "the phone knows nothing of the correction"
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"quantity": 1}, {"note": "other"}, {"delivered_by": make.user}], ids=lambda other: next(iter(other))
)
def test_another_confirmation_under_a_used_id_is_a_conflict(other):
    order, identity = an_order(), new_id()
    confirm(order, id=identity)
    said = {name: value() if callable(value) else value for name, value in other.items()}
    with pytest.raises(DeliveryAlreadyKnown):
        confirm(order, id=identity, **said)
    with pytest.raises(DeliveryAlreadyKnown):
        confirm(an_order(), id=identity)


def test_tomorrow_cannot_have_been_delivered_by_the_clock_of_the_business():
    """Weakness 31: at 20:00 UTC it is tomorrow in Dhaka already, and still today in New York."""
    evening = datetime(2026, 1, 13, 20, 0, tzinfo=UTC)
    dhaka = make.customer(of=make.tenant("dhaka", timezone="Asia/Dhaka"))
    new_york = make.customer(of=make.tenant("york", timezone="America/New_York"))
    assert confirm(an_order(to=dhaka, on=date(2026, 1, 14)), now=evening)
    for day in (date(2026, 1, 14), date(2026, 1, 15)):
        with pytest.raises(DeliveryInTheFuture):
            confirm(an_order(to=new_york, on=day), now=evening)


@pytest.mark.parametrize("quantity", [-1, "-0.001", "1.0001", 0.5, True, "milk", "NaN", 10**9])
def test_what_is_no_quantity_is_refused(quantity):
    order = an_order()
    with pytest.raises(NotAQuantity):
        confirm(order, quantity=quantity)
    order.refresh_from_db()
    assert (order.status, Delivery.objects.count()) == ("GENERATED", 0)


def test_a_total_beyond_all_measure_is_refused():
    with pytest.raises(NotAnAmount):
        confirm(an_order(unit_price_cents=10**14), quantity=11)


def test_who_got_milk_owes_for_it_even_if_they_or_the_product_are_not_active_any_more():
    """Weakness 29: no new orders, but what is on the way is delivered and owed."""
    order = an_order()
    for row in (order.customer, order.product):
        row.is_active = False
        row.save()
    assert confirm(order).total_cents == 15000


def test_a_representative_confirms_the_rounds_that_are_theirs_that_day():
    usual, stand_in, stranger = make.user(), make.user(), make.user()
    north = a_round(rep=usual)
    make.route(rep=stand_in, round=north)
    assert confirm(an_order(round=north), actor=usual)
    assert confirm(an_order(round=north), actor=stand_in)
    with pytest.raises(NotYourRound):
        confirm(an_order(round=north), actor=stranger)
    with pytest.raises(NotYourRound):
        confirm(an_order(round=north, on=make.TODAY - timedelta(days=1)), actor=stand_in)
    with pytest.raises(NotYourRound):
        confirm(an_order(), actor=usual)
    with pytest.raises(NotYourRound):
        services.mark_not_delivered(actor=stranger, order=an_order(round=north), reason="x", now=make.NOW)


def test_people_of_other_businesses_confirm_and_deliver_nothing():
    stranger = make.user("ADMIN", of=make.tenant("dairy"))
    with pytest.raises(NotFound):
        confirm(an_order(), actor=stranger)
    with pytest.raises(PersonCannotDoThis):
        confirm(an_order(), delivered_by=stranger)


def test_the_product_of_an_order_is_not_confused_with_another():
    ghee = a_product("CG", cents=240000)
    assert confirm(an_order(product=ghee, unit_price_cents=240000)).product == ghee
