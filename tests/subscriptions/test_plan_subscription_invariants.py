"""Each sentence about plan subscriptions notices the row that breaks it; PostgreSQL refuses a foreign link itself."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from operations.invariants import invariants
from subscriptions import services
from tests import make
from tests.billing.proof import assert_books_are_right

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.damages_rows]

FAMILY = "A plan subscription, its line, its plan and its earlier terms are of the same business and customer"
ONE = "No two plan subscriptions in force share a day on a line"
GAP = "Earlier terms follow each other day by day, from the first day of the subscription to what holds now"
WHY = {"actor": None, "reason": "the customer asked"}


@pytest.fixture(autouse=True)
def two_lines_of_a_customer():
    """Two subscriptions after each other on one line; one more that got another cap, then another line."""
    owner = make.customer()
    first = make.a_plan_subscription(owner, end_date=date(2026, 2, 28))
    make.a_plan_subscription(subscriber=first.subscriber, start_date=date(2026, 3, 1), end_date=date(2026, 12, 31))
    moved = make.a_plan_subscription(owner, end_date=date(2026, 12, 31))
    services.set_data_cap(subscription=moved, custom_data_cap_bytes=1, from_day=date(2026, 2, 1), **WHY)
    other = make.a_subscriber(owner).pk
    services.move_to_subscriber(subscription=moved, subscriber_id=other, from_day=date(2026, 3, 1), **WHY)
    return first, moved


def found(name, tenant=None):
    [entry] = [entry for entry in invariants("subscriptions") if entry.name == name]
    return list(entry.find(using="default", tenant=tenant))


def run(statement, *values):
    """Raw SQL of somebody who goes past the services."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def plain(key):
    """An id as the database stores it."""
    return str(key) if connection.vendor == "postgresql" else key.hex


def past_the_key(statement, *values):
    """The same where PostgreSQL would refuse it: without its key, as after a restore that left it out."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("ALTER TABLE plan_subscriptions DROP CONSTRAINT IF EXISTS plan_subscription_is_of_the_lines_customer")
    run(statement, *values)


def test_the_services_keep_every_sentence():
    assert_books_are_right()


DAMAGES = {
    "a line of another customer": (
        FAMILY,
        lambda first, moved: past_the_key(
            "UPDATE plan_subscriptions SET subscriber_id = %s WHERE id = %s", make.a_subscriber().pk, plain(first.pk)
        ),
    ),
    "a customer of another business": (
        FAMILY,
        lambda first, moved: past_the_key(
            "UPDATE plan_subscriptions SET customer_id = %s WHERE id = %s",
            plain(make.customer(of=make.tenant("other")).pk),
            plain(first.pk),
        ),
    ),
    "a plan of another business": (
        FAMILY,
        lambda first, moved: run(
            "UPDATE plan_subscriptions SET plan_id = %s WHERE id = %s",
            plain(make.a_plan(make.tenant("other")).pk),
            plain(first.pk),
        ),
    ),
    "earlier terms on another customer's line": (
        FAMILY,
        lambda first, moved: run("UPDATE plan_subscription_terms SET subscriber_id = %s", make.a_subscriber().pk),
    ),
    "earlier terms of another business": (
        FAMILY,
        lambda first, moved: run("UPDATE plan_subscription_terms SET tenant_id = %s", plain(make.tenant("other").pk)),
    ),
    "an end one day later": (
        ONE,
        lambda first, moved: run(
            "UPDATE plan_subscriptions SET end_date = '2026-03-01' WHERE id = %s", plain(first.pk)
        ),
    ),
    "no end": (
        ONE,
        lambda first, moved: run("UPDATE plan_subscriptions SET end_date = NULL WHERE id = %s", plain(first.pk)),
    ),
    "earlier terms on a line that somebody has": (
        ONE,
        lambda first, moved: run("UPDATE plan_subscription_terms SET subscriber_id = %s", first.subscriber_id),
    ),
    "a gap between earlier terms": (
        GAP,
        lambda first, moved: run(
            "UPDATE plan_subscription_terms SET first_day = '2026-02-02' WHERE first_day = '2026-02-01'"
        ),
    ),
    "earlier terms that begin too late": (
        GAP,
        lambda first, moved: run(
            "UPDATE plan_subscription_terms SET first_day = '2026-01-02' WHERE first_day = '2026-01-01'"
        ),
    ),
    "a gap before what holds now": (
        GAP,
        lambda first, moved: run(
            "UPDATE plan_subscriptions SET terms_since = '2026-03-02' WHERE id = %s", plain(moved.pk)
        ),
    ),
    "what holds now since a day without earlier terms": (
        GAP,
        lambda first, moved: run(
            "UPDATE plan_subscriptions SET terms_since = '2026-02-01' WHERE id = %s", plain(first.pk)
        ),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_breaks_its_sentence(damage, two_lines_of_a_customer):
    name, do_damage = DAMAGES[damage]
    assert not found(name)
    do_damage(*two_lines_of_a_customer)
    assert found(name)


def test_another_business_hears_nothing_of_it(two_lines_of_a_customer):
    DAMAGES["no end"][1](*two_lines_of_a_customer)
    assert found(ONE, make.tenant()) and not found(ONE, make.tenant("other"))


def test_a_foreign_link_is_refused_by_postgresql_and_found_on_sqlite(two_lines_of_a_customer, on_postgres):
    first, _ = two_lines_of_a_customer
    theirs = make.a_subscriber(make.customer(of=make.tenant("other"))).pk
    statement = "UPDATE plan_subscriptions SET subscriber_id = %s WHERE id = %s"

    if on_postgres:
        with pytest.raises(IntegrityError, match="plan_subscription_is_of_the_lines_customer"), transaction.atomic():
            run(statement, theirs, plain(first.pk))
        assert not found(FAMILY)
    else:
        run(statement, theirs, plain(first.pk))
        [violation] = found(FAMILY)
        assert violation.numbers["line"] == theirs
