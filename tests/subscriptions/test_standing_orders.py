"""Standing orders and their changes: what is refused, what is the same again, and what two people may not both do."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.errors import DomainError, NotAllowed, NotFound
from accounts.ids import new_id
from billing.services.checks import NotAQuantity
from routes.services import create_round
from subscriptions import services
from subscriptions.models import StandingOrder, StandingOrderChange
from subscriptions.services.checks import DaysReversed, NotADay, NotAPattern
from subscriptions.services.orderable import CustomerNotActive, ForeignProduct, ProductNotActive, UnknownSlot
from subscriptions.services.standing_orders import (
    ChangeAlreadyKnown,
    ChangeNeedsOther,
    EndsBeforeItStarts,
    StandingOrderAlreadyKnown,
    UnknownChange,
)
from tests import make
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.dairy, pytest.mark.django_db]

MARCH = date(2026, 3, 1)


def change(standing, kind="SKIP", first_day=MARCH, **fields):
    return services.change_standing_order(actor=None, standing_order=standing, kind=kind, first_day=first_day, **fields)


@pytest.mark.parametrize(
    ("quantities", "stored"),
    [(2, ["2"]), ("1.5", ["1.5"]), ([2, 0, Decimal("0.25")], ["2", "0", "0.25"]), (["1", "0.000"], ["1", "0"])],
)
def test_the_pattern_is_kept_day_by_day(quantities, stored):
    standing = make.standing_order(quantities, starts_on=date(2026, 3, 2))
    kept = list(standing.days.values_list("position", "quantity"))
    assert kept == [(place, Decimal(quantity)) for place, quantity in enumerate(stored)]
    assert [standing.day_of_cycle(date(2026, 3, 2) + timedelta(days=days)) for days in (0, 1)] == [0, 1 % len(stored)]


@pytest.mark.parametrize(
    ("quantities", "error"),
    [
        ([], NotAPattern),
        ([0, 0], NotAPattern),
        ([1] * 367, NotAPattern),
        (-1, NotAQuantity),
        ([2, -1], NotAQuantity),
        (1.5, NotAQuantity),
        ("0.0001", NotAQuantity),
        ("milk", NotAQuantity),
        (True, NotAQuantity),
        (None, NotAQuantity),
        ("", NotAQuantity),
        ("NaN", NotAQuantity),
        (100_001, NotAQuantity),
    ],
)
def test_what_is_no_pattern_is_refused(quantities, error):
    with pytest.raises(error):
        make.standing_order(quantities)
    assert not StandingOrder.objects.exists()


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ({"starts_on": date(1899, 12, 31)}, NotADay),
        ({"starts_on": date(3000, 1, 1)}, NotADay),
        ({"starts_on": make.NOW}, NotADay),
        ({"starts_on": "2026-03-01"}, NotADay),
        ({"starts_on": MARCH, "ends_on": date(2026, 2, 28)}, DaysReversed),
    ],
)
def test_wrong_days_are_refused(days, error):
    with pytest.raises(error):
        make.standing_order(**days)


OVERLAPS = [
    ("the same days", {"starts_on": MARCH}, True),
    ("inside", {"starts_on": date(2026, 3, 10), "ends_on": date(2026, 3, 11)}, True),
    ("around", {"starts_on": date(2026, 1, 1)}, True),
    ("its last day", {"starts_on": date(2026, 3, 31)}, True),
    ("the day after", {"starts_on": date(2026, 4, 1)}, False),
    ("until the day before", {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 2, 28)}, False),
    ("until its first day", {"starts_on": date(2026, 1, 1), "ends_on": MARCH}, True),
    ("in another slot", {"starts_on": MARCH, "slot": "evening"}, False),
]


@pytest.mark.parametrize(("days", "is_refused"), [case[1:] for case in OVERLAPS], ids=[case[0] for case in OVERLAPS])
def test_two_of_the_same_customer_product_and_slot_do_not_overlap(days, is_refused):
    first = make.standing_order(starts_on=MARCH, ends_on=date(2026, 3, 31))
    try:
        make.standing_order(of=first.customer, product=first.product, **days)
    except services.StandingOrdersOverlap as error:
        assert is_refused and str(first.pk) in error.message
    else:
        assert not is_refused


def test_another_customer_or_product_may_have_the_same_days():
    first = make.standing_order()
    make.standing_order(of=first.customer)
    make.standing_order(product=first.product)
    assert StandingOrder.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_start_one_standing_order(postgres):
    customer, milk = make.customer(), make.product()
    outcomes = at_once(*[lambda: make.standing_order(of=customer, product=milk)] * 4)
    assert sum(isinstance(outcome, services.StandingOrdersOverlap) for outcome in outcomes) == 3
    assert StandingOrder.objects.count() == 1


def test_an_end_is_moved_but_not_into_the_next_one():
    first = make.standing_order(starts_on=MARCH)
    ended = services.end_standing_order(actor=None, standing_order=first, ends_on=date(2026, 3, 31))
    make.standing_order(of=first.customer, product=first.product, starts_on=date(2026, 4, 1))
    services.end_standing_order(actor=None, standing_order=ended, ends_on=date(2026, 3, 15))
    services.end_standing_order(actor=None, standing_order=ended, ends_on=date(2026, 3, 31))
    with pytest.raises(services.StandingOrdersOverlap):
        services.end_standing_order(actor=None, standing_order=ended, ends_on=date(2026, 4, 1))
    with pytest.raises(EndsBeforeItStarts):
        services.end_standing_order(actor=None, standing_order=ended, ends_on=date(2026, 2, 28))


def test_who_or_what_is_gone_is_not_ordered():
    butter = make.product()
    services.set_product_active(actor=None, product=butter, is_active=False, reason="not made any more")
    north = create_round(actor=None, tenant=make.tenant(), name="North", slots=["morning"])
    for fields, error in (
        ({"product": butter}, ProductNotActive),
        ({"of": make.customer(is_active=False)}, CustomerNotActive),
        ({"of": make.customer(), "product": make.product(of=make.tenant("dairy"))}, ForeignProduct),
        ({"of": make.customer(round=north), "slot": "noon"}, UnknownSlot),
        ({"slot": "x" * 41}, UnknownSlot),
    ):
        with pytest.raises(error):
            make.standing_order(**fields)
    assert not StandingOrder.objects.exists()


def test_the_same_id_again_is_the_same_standing_order():
    customer, milk, identity = make.customer(), make.product(), new_id()
    said = {"of": customer, "product": milk, "id": identity, "quantities": [2, 1]}
    first = make.standing_order(**said)
    services.end_standing_order(actor=None, standing_order=first, ends_on=date(2026, 12, 31))
    assert make.standing_order(**said).pk == first.pk
    with pytest.raises(StandingOrderAlreadyKnown):
        make.standing_order(**{**said, "quantities": [1, 2]})
    noted = change(first, id=(change_id := new_id()))
    assert change(first, id=change_id) == noted
    with pytest.raises(ChangeAlreadyKnown):
        change(first, id=change_id, note="other")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "DOUBLE"}, UnknownChange),
        ({"kind": "INCREASE"}, ChangeNeedsOther),
        ({"kind": "SKIP", "quantity": 1}, ChangeNeedsOther),
        ({"kind": "NOTE", "note": " "}, ChangeNeedsOther),
        ({"kind": "NOTE", "note": "x" * 501}, ChangeNeedsOther),
        ({"kind": "DECREASE", "quantity": -1}, NotAQuantity),
        ({"kind": "INCREASE", "quantity": 0}, NotAQuantity),
        ({"last_day": date(2026, 2, 28)}, DaysReversed),
        ({"first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31)}, services.ChangeOutsideStandingOrder),
        ({"first_day": date(2026, 5, 1)}, services.ChangeOutsideStandingOrder),
    ],
)
def test_a_change_that_says_nothing_or_the_wrong_thing_is_refused(fields, error):
    standing = make.standing_order(starts_on=date(2026, 2, 1), ends_on=date(2026, 4, 30))
    with pytest.raises(error):
        change(standing, **fields)
    assert not StandingOrderChange.objects.exists()


def test_an_open_pause_is_ended_and_a_mistake_withdrawn():
    standing = make.standing_order()
    pause = change(standing)
    ended = services.end_change(actor=None, change=pause, last_day=date(2026, 3, 10))
    assert ended.last_day == date(2026, 3, 10)
    with pytest.raises(DaysReversed):
        services.end_change(actor=None, change=pause, last_day=date(2026, 2, 28))
    assert services.withdraw_change(actor=None, change=pause, now=make.NOW).withdrawn_at == make.NOW
    for again in (
        lambda: services.withdraw_change(actor=None, change=pause, now=make.NOW),
        lambda: services.end_change(actor=None, change=pause, last_day=MARCH),
    ):
        with pytest.raises(services.ChangeIsWithdrawn):
            again()


def test_history_says_who_ended_it_and_why():
    standing, clerk = make.standing_order(), make.user("FINANCE")
    services.end_standing_order(actor=clerk, standing_order=standing, ends_on=MARCH, reason="moves away")
    image = standing.history.first()
    assert (image.history_user, image.history_change_reason) == (clerk, "moves away")


@pytest.mark.parametrize("role", ["CUSTOMER", "ADMIN"])
def test_strangers_and_customers_start_and_change_nothing(role):
    stranger = make.user(role, of=make.tenant() if role == "CUSTOMER" else make.tenant("dairy"))
    standing = make.standing_order()
    refused = (NotAllowed, NotFound)
    for attempt in (
        lambda: make.standing_order(of=standing.customer, actor=stranger),
        lambda: services.end_standing_order(actor=stranger, standing_order=standing, ends_on=MARCH),
        lambda: services.change_standing_order(actor=stranger, standing_order=standing, kind="SKIP", first_day=MARCH),
    ):
        with pytest.raises(refused):
            attempt()


def test_every_refusal_says_the_cure():
    with pytest.raises(DomainError) as refused:
        make.standing_order([0])
    assert "something on at least one" in refused.value.message
