"""The chart of points: issued, redeemed, removed in each month of the business, and outstanding at its end."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback.selectors.balances import points_by_month
from cashback.services import cancel_redemption, remove_points, request_redemption, take_back_points, transfer_points
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def at(month, day=10, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def redeem(person, cents, now):
    details = {"phone_number": "9800000001", "address": "12 Mill Road"}
    return request_redemption(actor=person, points_cents=cents, redemption_type="cash", now=now, details=details)


def told(tenant, **fields):
    return [tuple(month.values()) for month in points_by_month(tenant, **fields)]


@pytest.fixture
def year():
    """January: 100 issued, 30 redeemed. February: nothing. March: 50 issued and taken back, 10 of the 30 came back, 5 removed."""
    asha, ravi = make.user(), make.user()
    make.points(asha, 10_000, now=at(1))
    redeem(asha, 2000, at(1, 11))
    redeemed = redeem(asha, 1000, at(1, 12))
    mistake = make.points(ravi, 5000, now=at(3))
    transfer_points(actor=asha, receiver=ravi, points_cents=700, now=at(3))
    take_back_points(actor=None, row=mistake, reason="twice", now=at(3, 11))
    cancel_redemption(actor=asha, redemption=redeemed, reason="", now=at(3, 12))
    remove_points(actor=None, tenant=asha.tenant, rows=[(asha, 500)], reason="fee", now=at(3, 13))
    return asha.tenant


JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
ALL = [
    (JANUARY, 10_000, 3000, 0, 7000),
    (FEBRUARY, 0, 0, 0, 7000),
    (MARCH, 0, -1000, 500, 7500),
]


def test_each_month_tells_what_moved_and_what_was_left(year):
    assert told(year) == ALL


def test_since_a_month_tells_the_same_of_it_and_reads_only_rows_since_then(year):
    assert told(year, since=date(2026, 3, 15)) == ALL[2:]
    with CaptureQueriesContext(connection) as queries:
        told(year, since=date(2026, 3, 15))
    assert len(queries) == 2
    [of_the_ledger] = [query["sql"] for query in queries if "cashback_transaction" in query["sql"]]
    assert "created_at" in of_the_ledger.partition("WHERE")[2]


def test_a_business_without_points_has_no_month(year):
    assert told(make.tenant("south")) == []
    assert told(year, since=date(2027, 1, 1)) == []


def test_a_month_begins_where_the_business_is():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    person = make.user(of=dhaka)
    make.points(person, 1, now=datetime(2026, 1, 31, 17, 59, tzinfo=UTC))
    make.points(person, 10, now=datetime(2026, 1, 31, 18, 0, tzinfo=UTC))
    assert told(dhaka) == [(JANUARY, 1, 0, 0, 1), (FEBRUARY, 10, 0, 0, 11)]
    assert told(dhaka, since=FEBRUARY) == [(FEBRUARY, 10, 0, 0, 11)]


def test_a_debt_is_less_than_nothing_outstanding():
    asha, ravi = make.user(), make.user()
    granted = make.points(asha, 100, now=at(1))
    transfer_points(actor=asha, receiver=ravi, points_cents=100, now=at(1))
    remove_points(actor=None, tenant=ravi.tenant, rows=[(ravi, 100)], reason="fee", now=at(1))
    take_back_points(actor=None, row=granted, reason="twice", now=at(2))
    assert told(asha.tenant) == [(JANUARY, 100, 0, 100, 0), (FEBRUARY, -100, 0, 0, -100)]
