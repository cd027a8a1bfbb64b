"""Each sentence about standing orders and the orders of a day notices the row that breaks it."""

from datetime import date

import pytest
from django.db.models import F

from operations.append_only import suspended
from operations.invariants import invariants
from routes.services import create_round
from subscriptions import services
from subscriptions.invariants.orders import DayNumber
from subscriptions.models import DailyOrder, ProductPrice, StandingOrder, StandingOrderChange, StandingOrderDay
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.dairy, pytest.mark.django_db, pytest.mark.damages_rows]

OVERLAP = "No two standing orders of a customer for the same product and slot share a day"
CYCLE = "A standing order has one quantity for each day of its cycle, which begins on its first day"
THEIRS = "An order of a day is for the customer and the product of its standing order, not before its first day"
BUSINESS = "Standing orders, their changes, orders and prices belong to the business of their customer and product"


@pytest.fixture(autouse=True)
def round_of_milk():
    """Two standing orders one after the other, a pattern, a change, a day generated and an order for one day alone."""
    north = create_round(actor=None, tenant=make.tenant(), name="North", slots=["morning"])
    first = make.standing_order(of=make.customer(round=north), ends_on=date(2026, 2, 28))
    make.standing_order([1, 0, 2], of=first.customer, product=first.product, starts_on=date(2026, 3, 1))
    services.change_standing_order(actor=None, standing_order=first, kind="NOTE", note="ring", first_day=make.TODAY)
    services.generate_orders(actor=None, tenant=first.tenant, day=make.TODAY, now=make.NOW)
    make.daily_order(of=first.customer, product=first.product)
    return first


def found(name, tenant=None):
    [entry] = [entry for entry in invariants("dairy") if entry.name == name]
    return list(entry.find(using="default", tenant=tenant))


def test_the_services_keep_every_sentence():
    assert_books_are_right()


def another_business():
    return make.tenant("dairy")


def days(**fields):
    with suspended("default"):
        StandingOrderDay.objects.filter(position=2).update(**fields)


def remove_a_day():
    with suspended("default"):
        StandingOrderDay.objects.filter(position=2).delete()


DAMAGES = [
    (OVERLAP, lambda: StandingOrder.objects.filter(cycle_days=1).update(ends_on=date(2026, 3, 1))),
    (OVERLAP, lambda: StandingOrder.objects.filter(cycle_days=1).update(ends_on=None)),
    (CYCLE, lambda: StandingOrder.objects.filter(cycle_days=3).update(cycle_offset=(F("cycle_offset") + 1) % 3)),
    (CYCLE, lambda: StandingOrder.objects.filter(cycle_days=3).update(starts_on=date(2026, 3, 2))),
    (CYCLE, lambda: days(position=7)),
    (CYCLE, remove_a_day),
    (THEIRS, lambda: DailyOrder.objects.filter(standing_order__isnull=False).update(customer=make.customer())),
    (THEIRS, lambda: DailyOrder.objects.filter(standing_order__isnull=False).update(product=make.product())),
    (THEIRS, lambda: DailyOrder.objects.filter(standing_order__isnull=False).update(order_date=date(2025, 12, 31))),
    (
        BUSINESS,
        lambda: DailyOrder.objects.filter(standing_order=None).update(product=make.product(of=another_business())),
    ),
    (BUSINESS, lambda: StandingOrderChange.objects.update(tenant=another_business())),
    (BUSINESS, lambda: ProductPrice.objects.update(tenant=another_business())),
    (BUSINESS, lambda: StandingOrder.objects.update(customer=make.customer(of=another_business()))),
    (
        BUSINESS,
        lambda: DailyOrder.objects.update(
            round=create_round(actor=None, tenant=another_business(), name="Theirs", slots=[])
        ),
    ),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES, ids=range(len(DAMAGES)))
def test_a_damaged_row_breaks_its_sentence(name, damage):
    assert not found(name)
    damage()
    assert found(name)


def test_another_business_hears_nothing_of_it():
    StandingOrder.objects.filter(cycle_days=1).update(ends_on=None)
    assert found(OVERLAP, make.tenant()) and not found(OVERLAP, another_business())


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2000, 2, 29), date(2026, 3, 1), date(2999, 12, 31)])
def test_the_database_counts_days_as_python_does(day):
    StandingOrder.objects.filter(cycle_days=3).update(starts_on=day)
    assert StandingOrder.objects.filter(cycle_days=3).values_list(DayNumber(F("starts_on"))).get() == (day.toordinal(),)
