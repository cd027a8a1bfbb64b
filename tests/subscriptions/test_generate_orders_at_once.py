"""Two people generate the same day, or one generates while another delivers: on PostgreSQL, with real threads."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from operations.services import check_books
from subscriptions import services
from subscriptions.models import DailyOrder
from tests import make
from tests.billing.test_races import at_once

pytestmark = [pytest.mark.dairy, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def generate(tenant, **fields):
    return services.generate_orders(actor=None, tenant=tenant, day=make.TODAY, now=make.NOW, **fields)


def test_several_at_once_make_one_order_each():
    for _ in range(6):
        standing = make.standing_order()
    answers = at_once(*[lambda: generate(standing.tenant, window=2)] * 4)
    assert sorted((answer.created, answer.unchanged) for answer in answers) == [(0, 6), (0, 6), (0, 6), (6, 0)]
    assert (DailyOrder.objects.count(), DailyOrder.history.count()) == (6, 6)
    assert check_books(using="default", tenant=None, now=make.NOW).all_hold


def test_what_is_delivered_meanwhile_is_neither_changed_nor_withdrawn():
    """The generation finds two orders to change; one of them is confirmed before it gets to write."""
    skipped, more = make.standing_order(), make.standing_order()
    generate(skipped.tenant)
    change = services.change_standing_order
    change(actor=None, standing_order=skipped, kind="SKIP", first_day=make.TODAY)
    change(actor=None, standing_order=more, kind="INCREASE", quantity=5, first_day=make.TODAY)

    def deliver():
        with transaction.atomic():
            for order in DailyOrder.objects.select_for_update():
                order.status = "DELIVERED"
                order.save()
            wait_for_a_waiter()

    _, answer = at_once(deliver, lambda: generate_after_lock(skipped.tenant))
    assert (answer.changed, answer.withdrawn) == (0, 0)
    assert {(order.status, order.planned_quantity) for order in DailyOrder.objects.all()} == {("DELIVERED", 2)}
    assert all(order.history.count() == 2 for order in DailyOrder.objects.all())


def generate_after_lock(tenant):
    """Generate as soon as the other holds the rows."""
    until(lambda: holders() > 0)
    return generate(tenant)


def wait_for_a_waiter():
    until(lambda: waiters() > 0)


def holders():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "WHERE c.relname = 'daily_orders' AND l.mode = 'RowExclusiveLock'"
        )
        return cursor.fetchone()[0]


def waiters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def until(condition, *, seconds=10):
    """Wait until something is so; a test that never sees it fails."""
    from time import monotonic, sleep

    end = monotonic() + timedelta(seconds=seconds).total_seconds()
    while not condition():
        assert monotonic() < end, "waited in vain"
        sleep(0.02)
