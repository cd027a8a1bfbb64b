"""The orders of a day, made from the standing orders, as often as anybody likes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.errors import NotFound
from routes.services import create_round
from subscriptions import services
from subscriptions.models import DailyOrder
from subscriptions.services.orderable import UnknownSlot
from subscriptions.services.orders import ForeignRound
from tests import make

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

DAY = make.TODAY


def generate(day=DAY, **fields):
    fields = {"actor": None, "tenant": make.tenant(), "now": make.NOW, **fields}
    preview = services.preview_generation(day=day, **{name: fields[name] for name in fields if name != "window"})
    answer = services.generate_orders(day=day, **fields)
    assert answer == preview, "the preview says what the work does"
    return answer


def counts(answer):
    names = ("created", "changed", "withdrawn", "unchanged", "delivered", "not_delivered")
    return {name: getattr(answer, name) for name in names if getattr(answer, name)}


def a_round(name="North", *slots):
    return create_round(actor=None, tenant=make.tenant(), name=name, slots=slots or ["morning", "evening"])


def change(standing, kind, first=DAY, last=DAY, **fields):
    return services.change_standing_order(
        actor=None, standing_order=standing, kind=kind, first_day=first, last_day=last, **fields
    )


def settle(order, status):
    order.status = status
    order.save()


def test_every_standing_order_gets_its_order_of_the_day():
    north = a_round()
    customer, milk = make.customer(round=north), make.product(7000, tax_rate_bps=500)
    standing = make.standing_order("1.5", of=customer, product=milk, slot="morning")
    assert counts(generate()) == {"created": 1}
    order = DailyOrder.objects.get()
    assert (order.standing_order, order.customer, order.product) == (standing, customer, milk)
    assert (order.tenant, order.round, order.slot) == (make.tenant(), north, "morning")
    assert (order.order_date, order.status, order.note, order.created_at) == (DAY, "GENERATED", "", make.NOW)
    assert (order.planned_quantity, order.unit_price_cents, order.tax_rate_bps) == (Decimal("1.5"), 7000, 500)


def test_an_order_knows_who_had_it_generated_and_why():
    make.standing_order()
    clerk = make.user("FINANCE")
    generate(actor=clerk)
    order = DailyOrder.objects.get()
    image = order.history.get()
    assert (image.history_user, image.actor_kind, image.history_type) == (clerk, "user", "+")
    assert image.history_change_reason == f"orders of {DAY} generated"
    assert order.pk.version == 7


def test_a_second_run_finds_nothing_to_do():
    for _ in range(3):
        make.standing_order()
    generate()
    images = DailyOrder.history.count()
    assert counts(generate()) == {"unchanged": 3}
    assert (DailyOrder.objects.count(), DailyOrder.history.count()) == (3, images)


def test_windows_of_any_size_make_the_same_day():
    for _ in range(7):
        make.standing_order()
    assert counts(generate(window=3)) == {"created": 7}
    assert counts(generate(window=7)) == {"unchanged": 7}


def test_a_customer_who_came_later_is_added_to_the_day():
    """Reference 6, point 26."""
    make.standing_order()
    generate()
    make.standing_order()
    assert counts(generate()) == {"created": 1, "unchanged": 1}


def test_an_order_follows_what_changed_while_it_is_still_to_deliver():
    standing = make.standing_order(2)
    generate()
    change(standing, "INCREASE", quantity=1, note="guests")
    services.set_price(actor=None, product=standing.product, unit_price_cents=7200, tax_rate_bps=500, valid_from=DAY)
    assert counts(generate()) == {"changed": 1}
    order = DailyOrder.objects.get()
    assert (order.planned_quantity, order.unit_price_cents, order.note) == (3, 7200, "guests")
    assert [image.history_type for image in order.history.order_by("history_id")] == ["+", "~"]
    assert counts(generate()) == {"unchanged": 1}


def test_an_order_that_nobody_wants_any_more_is_withdrawn_and_comes_back():
    pause = change(make.standing_order(), "NOTE", note="ring twice")
    services.withdraw_change(actor=None, change=pause, now=make.NOW)
    generate()
    skip = change(pause.standing_order, "SKIP")
    assert counts(generate()) == {"withdrawn": 1}
    assert (DailyOrder.objects.get().status, DailyOrder.objects.wanted().count()) == ("WITHDRAWN", 0)
    assert counts(generate()) == {}
    services.withdraw_change(actor=None, change=skip, now=make.NOW)
    assert counts(generate()) == {"created": 1}
    assert DailyOrder.objects.get().status == "GENERATED"


def test_what_came_back_has_the_price_of_its_day():
    standing = make.standing_order()
    generate()
    skip = change(standing, "SKIP")
    generate()
    services.withdraw_change(actor=None, change=skip, now=make.NOW)
    services.set_price(actor=None, product=standing.product, unit_price_cents=1, valid_from=DAY)
    generate()
    assert DailyOrder.objects.get().unit_price_cents == 1


@pytest.mark.parametrize("status", ["DELIVERED", "NOT_DELIVERED"])
def test_a_settled_order_is_left_alone(status):
    standing = make.standing_order()
    generate()
    settle(DailyOrder.objects.get(), status)
    for kind, fields in (("INCREASE", {"quantity": 5}), ("SKIP", {})):
        change(standing, kind, **fields)
        assert counts(generate()) == {status.lower(): 1}
    order = DailyOrder.objects.get()
    assert (order.status, order.planned_quantity) == (status, 2)


def test_an_order_for_one_day_alone_is_left_alone():
    order = make.daily_order(4, of=make.customer())
    assert counts(generate()) == {}
    order.refresh_from_db()
    assert (order.status, order.planned_quantity) == ("GENERATED", 4)


def test_nothing_is_ordered_before_the_first_day_and_after_the_last():
    """Reference 6, point 25."""
    make.standing_order([1, 2], starts_on=DAY, ends_on=DAY + timedelta(days=1))
    made = {offset: counts(generate(DAY + timedelta(days=offset))) for offset in (-1, 0, 1, 2)}
    assert made == {-1: {}, 0: {"created": 1}, 1: {"created": 1}, 2: {}}


def test_an_order_after_the_new_end_is_withdrawn():
    standing = make.standing_order()
    generate()
    services.end_standing_order(actor=None, standing_order=standing, ends_on=DAY - timedelta(days=1))
    assert counts(generate()) == {"withdrawn": 1}


def test_a_round_and_a_slot_are_generated_apart():
    north, south = a_round("North"), a_round("South")
    for round_, slot in ((north, "morning"), (north, "evening"), (south, "morning"), (None, "")):
        make.standing_order(of=make.customer(round=round_), slot=slot)
    assert counts(generate(round=north, slot="morning")) == {"created": 1}
    assert counts(generate(round=north)) == {"created": 1, "unchanged": 1}
    assert counts(generate(slot="morning")) == {"created": 1, "unchanged": 1}
    assert counts(generate()) == {"created": 1, "unchanged": 3}


def test_who_moved_to_another_round_is_moved_once_and_never_withdrawn():
    north, south = a_round("North"), a_round("South")
    moved, stays = make.customer(round=north), make.customer(round=north)
    make.standing_order(of=moved), make.standing_order(of=stays)
    generate()
    moved.round = south
    moved.save()
    assert counts(generate(round=north)) == {"changed": 1, "unchanged": 1}
    assert counts(generate(round=south)) == {"unchanged": 1}
    assert DailyOrder.objects.get(customer=moved).round == south
    moved.round = None
    moved.save()
    assert counts(generate()) == {"changed": 1, "unchanged": 1}


def test_one_who_cannot_be_served_is_named_and_spoils_nobody_elses_day():
    """Reference 6, points 26 and 29."""
    north = a_round()
    leaver, milk = make.customer(name="Leaver"), make.product(name="Butter")
    make.standing_order(of=leaver)
    make.standing_order(of=make.customer(name="Eater"), product=milk)
    make.standing_order(of=make.customer(name="Early"), product=make.product(valid_from=DAY + timedelta(days=1)))
    mover = make.customer(name="Mover")
    make.standing_order(of=mover, slot="noon")
    make.standing_order()
    leaver.is_active, mover.round = False, north
    leaver.save(), mover.save()
    services.set_product_active(actor=None, product=milk, is_active=False, reason="not made any more")
    answer = generate()
    assert counts(answer) == {"created": 1}
    assert answer.left_out == {
        "customer inactive": 1,
        "no price on that day": 1,
        "product inactive": 1,
        "slot is not one of the round": 1,
    }
    assert {example["customer"]: example["reason"] for example in answer.examples} == {
        "Leaver": "customer inactive",
        "Early": "no price on that day",
        "Eater": "product inactive",
        "Mover": "slot is not one of the round",
    }


def test_a_customer_who_left_keeps_no_order_to_deliver():
    standing = make.standing_order()
    generate()
    standing.customer.is_active = False
    standing.customer.save()
    answer = generate()
    assert (counts(answer), answer.left_out) == ({"withdrawn": 1}, {"customer inactive": 1})


def test_who_skips_the_day_is_not_missed():
    change(make.standing_order(), "SKIP")
    answer = generate()
    assert (counts(answer), answer.left_out) == ({}, {})


def test_a_preview_writes_nothing():
    standing = make.standing_order()
    generate()
    change(standing, "SKIP")
    make.standing_order()
    before = list(DailyOrder.objects.values()), DailyOrder.history.count()
    answer = services.preview_generation(actor=None, tenant=make.tenant(), day=DAY, now=make.NOW)
    assert counts(answer) == {"created": 1, "withdrawn": 1}
    assert (list(DailyOrder.objects.values()), DailyOrder.history.count()) == before


def test_each_business_has_its_own_day():
    make.standing_order()
    make.standing_order(of=make.customer(of=make.tenant("dairy")))
    generate()
    assert {order.tenant for order in DailyOrder.objects.all()} == {make.tenant()}
    with pytest.raises(NotFound):
        generate(actor=make.user("ADMIN", of=make.tenant("dairy")))


def test_a_wrong_round_slot_or_day_is_refused():
    north, foreign = a_round(), create_round(actor=None, tenant=make.tenant("dairy"), name="Theirs")
    for fields, error in (
        ({"round": north, "slot": "noon"}, UnknownSlot),
        ({"slot": "noon"}, UnknownSlot),
        ({"round": foreign}, ForeignRound),
        ({"day": DAY + timedelta(days=367)}, services.DayTooFar),
        ({"day": DAY - timedelta(days=367)}, services.DayTooFar),
    ):
        with pytest.raises(error):
            generate(**fields)
    assert DailyOrder.objects.count() == 0


def test_statements_do_not_grow_with_the_day(django_assert_max_num_queries):
    for _ in range(12):
        make.standing_order()
    tenant = make.tenant()
    with django_assert_max_num_queries(14):
        services.generate_orders(actor=None, tenant=tenant, day=DAY, now=make.NOW)
