"""A whole list confirmed at once: as planned but for the exceptions, all rows or none, and twice the same as once."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import NotFound
from accounts.ids import new_id
from billing.models import BulkOperation
from subscriptions import services
from subscriptions.models import DailyOrder, Delivery
from subscriptions.services.deliveries import DeliveriesRefused, DeliveryInTheFuture, NotYourRound, OrderNotOnTheList
from tests import make
from tests.billing.proof import assert_books_are_right
from tests.subscriptions.orders import a_round, an_order

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]


def confirm(*exceptions, actor=None, **fields):
    fields = {"tenant": make.tenant(), "day": make.TODAY, "now": make.NOW, **fields}
    return services.confirm_deliveries(actor=actor, exceptions=exceptions, **fields)


def but(order, quantity=None, **fields):
    return {"order": order, "quantity": quantity, **fields}


def states(*orders):
    stored = dict(DailyOrder.objects.values_list("pk", "status"))
    return [stored[order.pk] for order in orders]


def test_a_day_is_confirmed_as_planned_but_for_its_exceptions():
    north = a_round()
    planned, less, locked_door = (an_order(2, round=north) for _ in range(3))
    confirmed = confirm(but(less, "1.5", note="half full"), but(locked_door, 0, note="door locked"))
    assert states(planned, less, locked_door) == ["DELIVERED", "DELIVERED", "NOT_DELIVERED"]
    by_order = {item.order_id: item for item in confirmed.items}
    assert [by_order[order.pk].total_cents for order in (planned, less, locked_door)] == [15000, 11250, 0]
    assert confirmed.total_cents == 26250
    assert Delivery.objects.get(daily_order=less).note == "half full"
    newest = locked_door.history.order_by("-history_id").first()
    assert newest.history_change_reason == "door locked"
    assert_books_are_right()


def test_the_list_is_a_bulk_operation_with_an_answer_for_each_order_in_the_same_commit():
    planned, locked_door = an_order(2), an_order(2)
    first = confirm(but(locked_door, 0, note="door locked")).operation
    assert (first.kind, first.status, first.items_total, first.items_done) == ("DELIVERIES", "SUCCEEDED", 2, 2)
    assert set(first.items.values_list("customer", "code", "document_id")) == {
        (planned.customer_id, "delivered", Delivery.objects.get().pk),
        (locked_door.customer_id, "not_delivered", locked_door.pk),
    }
    again = confirm().operation
    assert (again.items_done, again.items_skipped) == (0, 2)
    with pytest.raises(DeliveriesRefused):
        confirm(but(planned, "5"))
    assert BulkOperation.objects.count() == 2
    assert confirm(slot="night").operation is None
    assert_books_are_right()


def test_a_round_and_a_slot_are_confirmed_by_themselves():
    north, south = a_round("North"), a_round("South")
    morning, evening = an_order(round=north, slot="morning"), an_order(round=north, slot="evening")
    elsewhere = an_order(round=south, slot="morning")
    confirm(round=north, slot="morning")
    assert states(morning, evening, elsewhere) == ["DELIVERED", "GENERATED", "GENERATED"]
    confirm(round=north)
    assert states(morning, evening, elsewhere) == ["DELIVERED", "DELIVERED", "GENERATED"]


def test_a_list_sent_twice_changes_nothing_the_second_time():
    orders = [an_order(), an_order()]
    exceptions = [but(orders[0], "1.5"), but(orders[1], 0, note="locked")]
    first = confirm(*exceptions)
    images = Delivery.history.count(), DailyOrder.history.count()
    again = confirm(*exceptions)
    assert [(item.status, item.is_new) for item in again.items] == [("DELIVERED", False), ("NOT_DELIVERED", False)]
    assert (again.items[0].delivery_id, again.total_cents) == (first.items[0].delivery_id, first.total_cents)
    assert (Delivery.history.count(), DailyOrder.history.count()) == images


def test_what_was_not_delivered_or_withdrawn_stays_so_unless_it_is_named():
    closed, withdrawn, came_back = an_order(), an_order(status="WITHDRAWN"), an_order()
    for order in (closed, came_back):
        services.mark_not_delivered(actor=None, order=order, reason="nobody home", now=make.NOW)
    confirm(but(came_back, 1))
    assert states(closed, withdrawn, came_back) == ["NOT_DELIVERED", "WITHDRAWN", "DELIVERED"]


def test_one_wrong_row_and_nothing_is_written_and_each_wrong_row_says_why():
    """GAP-007: no mixed state, and an answer for each."""
    fine, no_quantity, no_reason, delivered, foreign, of_another_day = (
        an_order(), an_order(), an_order(), an_order(),
        an_order(to=make.customer(of=make.tenant("dairy"))), an_order(on=make.later(days=-1).date()),
    )  # fmt: skip
    services.confirm_delivery(actor=None, order=delivered, now=make.NOW)
    with pytest.raises(DeliveriesRefused, match="5 rows are wrong, so nothing was written") as refused:
        confirm(
            but(no_quantity, "1.5555"), but(no_reason, 0), but(delivered, 1), but(foreign, 1), but(of_another_day, 1)
        )
    assert set(refused.value.fields) == {
        str(order.pk) for order in (no_quantity, no_reason, delivered, foreign, of_another_day)
    }
    assert "is delivered already" in refused.value.fields[str(delivered.pk)][0]
    assert "not yours" in refused.value.fields[str(foreign.pk)][0]
    assert states(fine, no_quantity, no_reason) == ["GENERATED"] * 3
    assert Delivery.objects.count() == 1
    assert_books_are_right()


def test_an_order_named_twice_is_refused():
    order = an_order()
    with pytest.raises(OrderNotOnTheList, match="named twice"):
        confirm(but(order, 1), but(order.pk, 2))


def test_a_list_of_tomorrow_is_refused():
    an_order(on=make.later(days=1).date())
    with pytest.raises(DeliveryInTheFuture):
        confirm(day=make.later(days=1).date())


def test_several_orders_are_confirmed_by_name_and_repeats_are_answered_by_their_ids():
    orders, ids = [an_order(), an_order(on=make.later(days=-1).date())], [new_id(), new_id()]
    items = [but(order, "1.5", id=identity) for order, identity in zip(orders, ids, strict=True)]
    said = {"actor": None, "tenant": make.tenant(), "now": make.NOW}
    for is_new in (True, False):
        confirmed = services.confirm_orders(items=items, **said)
        assert {(item.delivery_id, item.is_new) for item in confirmed.items} == {(pk, is_new) for pk in ids}
    with pytest.raises(DeliveriesRefused, match="other content"):
        services.confirm_orders(items=[but(orders[0], 1, id=ids[0])], **said)
    with pytest.raises(DeliveriesRefused, match="is taken by another delivery"):
        services.confirm_orders(items=[but(an_order(), 1, id=ids[0])], **said)
    with pytest.raises(DeliveriesRefused, match="cannot|yet"):
        services.confirm_orders(items=[but(an_order(on=make.later(days=1).date()))], **said)


def test_a_representative_confirms_their_own_rounds_of_the_day_and_no_others():
    rep = make.user()
    theirs, others = an_order(round=a_round("North", rep=rep)), an_order(round=a_round("South"))
    assert [item.order_id for item in confirm(actor=rep).items] == [theirs.pk]
    assert Delivery.objects.get().delivered_by == rep
    assert states(others) == ["GENERATED"]
    with pytest.raises(NotYourRound):
        confirm(actor=rep, round=a_round("South"))
    with pytest.raises(DeliveriesRefused, match="not yours"):
        confirm(but(others, 1), actor=rep)
    with pytest.raises(NotFound):
        confirm(actor=make.user("ADMIN", of=make.tenant("dairy")))


def test_history_says_who_when_and_in_which_request_for_every_row():
    office = make.user("FINANCE")
    orders = [an_order(), an_order()]
    confirm(actor=office)
    for row in [*orders, *Delivery.objects.all()]:
        newest = row.history.order_by("-history_id").first()
        assert (newest.history_user_id, newest.actor_kind, newest.backfill_run) == (office.pk, "user", None)
    assert {row.history.first().history_type for row in Delivery.objects.all()} == {"+"}


def test_statements_do_not_grow_with_the_list():
    shop = make.customer()
    for _ in range(2):
        an_order(to=shop, on=make.later(days=-2).date())
    for _ in range(30):
        an_order(to=shop, on=make.later(days=-1).date())
    counts = []
    for days in (-2, -1):
        with CaptureQueriesContext(connection) as queries:
            confirm(day=make.later(days=days).date())
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25
    assert Delivery.objects.count() == 32


@pytest.mark.damages_rows
def test_a_list_longer_than_one_chunk_is_confirmed_whole_or_not_at_all(monkeypatch):
    from subscriptions.services.deliveries import confirming_many

    monkeypatch.setattr(confirming_many, "ROWS_AT_ONCE", 3)
    orders = [an_order() for _ in range(8)]
    DailyOrder.objects.filter(pk=max(order.pk for order in orders)).update(unit_price_cents=10**15)
    with pytest.raises(DeliveriesRefused, match="1 rows"):
        confirm()
    assert not Delivery.objects.exists()
    assert states(*orders) == ["GENERATED"] * 8
    DailyOrder.objects.update(unit_price_cents=7500)
    assert len(confirm().items) == 8 == Delivery.objects.count()
    assert Delivery.objects.filter(quantity=Decimal(2)).count() == 8
