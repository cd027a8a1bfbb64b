"""The API of usage: records in, a period's usage out, and the last days of a line."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import make
from tests.api.clients import client_of
from tests.subscriptions.usage import a_record

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

RECORDS = "/api/v1/services/usage-records"


def packet(line, sequence, **fields):
    now = timezone.now().replace(microsecond=0)
    given = {
        "subscriber_id": line.pk,
        "session_id": "s",
        "sequence": sequence,
        "bytes_in": 10 * sequence,
        "bytes_out": 5,
    }
    moments = {"started_at": (now - timedelta(hours=2)).isoformat(), "at": now.isoformat()}
    return {**given, **moments, **fields}


@pytest.fixture
def admin():
    return client_of(make.user("ADMIN"))


def test_records_are_counted_once_and_each_rejection_says_why(admin):
    line = make.a_subscriber()
    first = admin.post(RECORDS, [packet(line, 1), packet(line, 2)], format="json")
    assert (first.status_code, first.json()["taken"]) == (200, 2)
    again = admin.post(RECORDS, [packet(line, 1), packet(line, 3, bytes_in=-1)], format="json")
    answer = again.json()
    assert (again.status_code, answer["taken"], answer["repeated"], answer["rejected"]) == (202, 0, 1, 1)
    assert [(one["position"], one["code"]) for one in answer["rejections"]] == [(2, "malformed_field")]


@pytest.mark.parametrize("body", [{}, [], "text", [{}] * 5001], ids=["object", "empty", "text", "too many"])
def test_a_body_that_is_no_list_of_records_is_refused_whole(admin, body):
    answer = admin.post(RECORDS, body, format="json")
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


def test_usage_of_a_subscription_is_that_of_its_current_period(admin):
    today = timezone.now().date()
    line = make.a_subscriber()
    subscription = make.a_plan_subscription(line.customer, subscriber=line, start_date=today - timedelta(days=40))
    now = timezone.now().replace(microsecond=0)
    a_record(line, now - timedelta(minutes=5), now - timedelta(minutes=1), bytes_in=3, bytes_out=4)
    answer = admin.get(f"/api/v1/services/internet-plans/subscriptions/{subscription.pk}/usage").json()
    assert (answer["total_bytes"], answer["is_known"], answer["parts"][0]["subscriber_id"]) == (7, True, line.pk)
    assert sum(day["total_bytes"] for day in answer["days"]) == 7


def test_an_earlier_period_is_asked_by_a_day_of_it_and_one_that_is_not_there_is_404(admin):
    today = timezone.now().date()
    line = make.a_subscriber()
    start = today - timedelta(days=100)
    subscription = make.a_plan_subscription(line.customer, subscriber=line, start_date=start)
    address = f"/api/v1/services/internet-plans/subscriptions/{subscription.pk}/usage"
    answer = admin.get(address, {"period_start": start.isoformat()}).json()
    assert (answer["period_start"], answer["is_known"], answer["why_unknown"]) == (str(start), False, "usage_unknown")
    assert (answer["forecast_bytes"], answer["percent"]) == (None, None)  # unknown is never 0 %
    for day in (start - timedelta(days=1), today + timedelta(days=1)):
        assert admin.get(address, {"period_start": day.isoformat()}).status_code == 404


def test_the_last_days_of_a_line_show_each_day_and_which_are_unknown(admin):
    line = make.a_subscriber()
    yesterday = (timezone.now() - timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
    a_record(line, yesterday, yesterday + timedelta(hours=1), bytes_in=3, bytes_out=4)
    answer = admin.get(f"/api/v1/services/subscribers/{line.pk}/usage").json()
    assert len(answer["days"]) == 7
    assert answer["days"][-1] == {
        "date": str(yesterday.date()), "total_bytes": 7, "bytes_in": 3, "bytes_out": 4, "is_known": True,
    }  # fmt: skip
    unknown = answer["days"][0]
    assert (unknown["is_known"], unknown["total_bytes"], unknown["bytes_in"]) == (False, None, None)
    assert (answer["trend"], len(answer["unknown_days"])) == ("insufficient_data", 6)
