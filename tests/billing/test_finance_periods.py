"""The finance summary counts the invoices of whole days of the business, in one currency and of one business."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.rules.finance_period import PeriodHalfGiven, UnknownPeriod
from billing.rules.period import PeriodReversed
from billing.selectors.finance import finance_summary
from tests import legacy, make

pytestmark = [pytest.mark.finance, pytest.mark.django_db]
NOW = make.NOW


def summary(tenant=None, **asked):
    asked.setdefault("period", "ALL_TIME")
    return finance_summary(tenant or make.tenant(), now=asked.pop("now", NOW), **asked)


def totals(**asked):
    """The totals as short tuples: `{"outstanding": (count, cents), …}`."""
    found = summary(**asked)["totals"]
    return {
        name: (value["count"], value["total_cents"]) if isinstance(value, dict) else value
        for name, value in found.items()
    }


def issued(*moments, tenant=None):
    shop = make.customer(of=tenant)
    for moment in moments:
        legacy.invoice(100, to=shop, issued_at=moment)


def test_both_ends_of_a_window_are_whole_days_of_the_business():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    zone = ZoneInfo("Asia/Dhaka")
    first, after = datetime(2026, 1, 1, tzinfo=zone), datetime(2026, 2, 1, tzinfo=zone)
    instant = timedelta.resolution
    issued(first - instant, first, after - instant, after, tenant=dhaka)
    found = summary(dhaka, first=date(2026, 1, 1), last=date(2026, 1, 31))
    assert found["totals"]["outstanding"]["count"] == 2
    assert found["range"] == {
        "type": "CUSTOM",
        "from": date(2026, 1, 1),
        "to": date(2026, 1, 31),
        "label": "1 Jan 2026 - 31 Jan 2026",
    }


def test_a_window_of_one_day_finds_that_days_invoices():
    issued(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 5, 23, 59, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    assert totals(first=date(2026, 1, 5), last=date(2026, 1, 5))["outstanding"] == (2, 200)


def test_the_year_turns_on_the_clock_of_the_business():
    dhaka = make.tenant("dhaka", timezone="Asia/Dhaka")
    issued(datetime(2025, 12, 31, 17, 59, tzinfo=UTC), datetime(2025, 12, 31, 18, 0, tzinfo=UTC), tenant=dhaka)
    new_year = datetime(2025, 12, 31, 18, 30, tzinfo=UTC)  # half past midnight in Dhaka
    found = summary(dhaka, period="YEAR_TO_DATE", now=new_year)
    assert (found["totals"]["outstanding"]["count"], found["range"]["from"]) == (1, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("period", "today", "first"),
    [
        ("YEAR_TO_DATE", date(2026, 1, 13), date(2026, 1, 1)),
        ("CURRENT_MONTH", date(2026, 3, 31), date(2026, 3, 1)),
        ("LAST_12_MONTHS", date(2026, 1, 13), date(2025, 1, 13)),
        ("LAST_12_MONTHS", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_named_periods_run_to_the_end_of_today(period, today, first):
    now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    border = datetime(first.year, first.month, first.day, tzinfo=UTC)
    issued(border - timedelta.resolution, border, now + timedelta(hours=14), now + timedelta(hours=16))
    found = summary(period=period, now=now)
    assert (found["range"]["from"], found["range"]["to"]) == (first, today)
    assert found["totals"]["outstanding"]["count"] == 2


def test_all_time_has_no_borders_and_two_answers_are_equal_to_the_byte():
    issued(datetime(1999, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))
    legacy.payment(50, received_at=datetime(2031, 1, 1, tzinfo=UTC))
    found = summary()
    assert found["range"] == {"type": "ALL_TIME", "from": None, "to": None, "label": "All time"}
    assert (found["totals"]["outstanding"]["count"], found["totals"]["unallocated_cents"]) == (2, 50)
    assert str(found) == str(summary(now=NOW + timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"period": "LAST_WEEK"}, UnknownPeriod),
        ({"period": "CUSTOM"}, UnknownPeriod),
        ({"first": date(2026, 1, 1)}, PeriodHalfGiven),
        ({"last": date(2026, 1, 1)}, PeriodHalfGiven),
        ({"first": date(2026, 1, 2), "last": date(2026, 1, 1)}, PeriodReversed),
    ],
)
def test_a_period_that_is_none_is_refused(asked, error):
    with pytest.raises(error):
        summary(**asked)


def test_one_answer_has_one_currency_and_names_the_others():
    make.invoice(900)
    make.invoice(500, currency="USD")
    legacy.payment(70, currency="EUR")
    assert totals()["outstanding"] == (1, 900)
    assert totals(currency="USD")["outstanding"] == (1, 500)
    assert totals(currency="EUR")["unallocated_cents"] == 70
    assert summary()["other_currencies"] == ["EUR", "USD"]
    assert summary(currency="USD")["other_currencies"] == ["BDT", "EUR"]


def test_another_business_is_in_no_figure():
    dairy = make.tenant("dairy")
    make.invoice(900, of=dairy)
    legacy.payment(70, by=make.customer(of=dairy))
    assert summary() == summary(make.tenant("empty"))
