"""The figures of a tracker: what came in, what is left, what it brought, what is expected, waits, and was missed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashback import services as cashback
from cashback.rules.tracker_figures import EnteredDay, Terms, date_of_day, running_figures, tracker_figures
from cashback.selectors.tracker_days import days_of, figures_of
from tests import make

pytestmark = [pytest.mark.cashback]

START = date(2026, 1, 1)
TERMS = Terms(START, 5_000_000, 50_000, 100)
WEEK = [
    EnteredDay(0, 50_000),
    EnteredDay(2, 70_000, withdrawn_cents=10_000),
    EnteredDay(3, 0),
    EnteredDay(4, 50_000, counts=False, waits=True),
    EnteredDay(5, 99_900, counts=False),
]


def figures(days, *, terms=TERMS, as_of=START):
    return tracker_figures(terms, days, as_of=as_of)


def test_the_worked_example_of_the_rule_day_by_day():
    rows = [
        (row.day, row.cumulative_cents, row.balance_cents, row.expected_cents, row.pending_cents)
        for row in running_figures(TERMS, WEEK)
    ]
    assert rows == [
        (0, 50_000, 50_000, 50_000, 0),
        (2, 120_000, 110_000, 100_000, -20_000),
        (3, 120_000, 110_000, 150_000, 30_000),
        (4, 120_000, 110_000, 150_000, 30_000),
        (5, 120_000, 110_000, 150_000, 30_000),
    ]


def test_the_worked_example_as_a_whole():
    """On day 6 the days 0 to 5 are over: 0, 2, 3 count, 4 waits, 5 was rejected, 1 nobody entered."""
    whole = figures(WEEK, as_of=START + timedelta(days=6))
    assert (whole.days_with_entries, whole.paid_days) == (3, 2)
    assert (whole.total_payments_cents, whole.withdrawn_cents, whole.balance_cents) == (120_000, 10_000, 110_000)
    assert (whole.total_invested_cents, whole.profit_cents, whole.roi_percent) == (
        5_000_000,
        -4_890_000,
        Decimal("-97.80"),
    )
    assert (whole.expected_cents, whole.pending_cents) == (150_000, 30_000)
    assert (whole.waiting_days, whole.waiting_cents) == (1, 50_000)
    assert (whole.missed_days, whole.missed_cents) == (2, 100_000)


def test_pocket_money_is_invested_in_a_1l_tracker_alone():
    days = [EnteredDay(0, 100_000, pocket_money_cents=20_000), EnteredDay(1, 0, pocket_money_cents=5_000)]
    invests = Terms(START, 1_000_000, 100_000, 100, invests_pocket_money=True)
    assert [row.total_invested_cents for row in running_figures(invests, days)] == [1_020_000, 1_025_000]
    whole = figures(days, terms=invests)
    assert (whole.profit_cents, whole.roi_percent) == (100_000 - 1_025_000, Decimal("-90.24"))
    assert figures(days).total_invested_cents == 5_000_000


@pytest.mark.parametrize(
    ("balance", "invested", "percent"),
    [
        (105, 1000, "-89.50"),
        (1005, 1000, "0.50"),
        (3, 8, "-62.50"),
        (100_005, 100_000, "0.01"),
        (100_004, 100_000, "0.00"),
    ],
)
def test_the_return_is_rounded_half_up_once(balance, invested, percent):
    terms = Terms(START, invested, 1, 100)
    assert figures([EnteredDay(0, balance)], terms=terms).roi_percent == Decimal(percent)


def test_nothing_invested_has_no_return():
    assert figures([EnteredDay(0, 500)], terms=Terms(START, 0, 1, 100)).roi_percent is None


def test_a_tracker_that_nobody_entered_is_all_zeros_and_missed():
    whole = figures([], as_of=START + timedelta(days=3))
    assert (whole.total_payments_cents, whole.balance_cents, whole.pending_cents) == (0, 0, 0)
    assert (whole.profit_cents, whole.roi_percent, whole.missed_days) == (-5_000_000, Decimal("-100.00"), 3)


@pytest.mark.parametrize(("days_gone", "missed"), [(-5, 0), (0, 0), (1, 0), (2, 1), (100, 99), (101, 100), (5000, 100)])
def test_a_day_is_missed_once_it_is_over_and_only_within_the_scheme(days_gone, missed):
    """The scheme has the days 0 to 100; day 0 was entered."""
    assert figures([EnteredDay(0, 1)], as_of=START + timedelta(days=days_gone)).missed_days == missed


def test_a_day_that_lies_ahead_does_not_hide_one_that_was_missed():
    assert figures([EnteredDay(50, 1)], as_of=START + timedelta(days=2)).missed_days == 2


def test_a_day_is_the_start_and_so_many_days_over_months_years_and_leap_days():
    assert date_of_day(date(2024, 2, 28), 2) == date(2024, 3, 1)
    assert date_of_day(date(2025, 2, 28), 1) == date(2025, 3, 1)
    assert date_of_day(date(2025, 12, 31), 1) == date(2026, 1, 1)
    assert date_of_day(date.max, 0) == date.max
    assert date_of_day(date.max, 1) is None


@pytest.mark.django_db
def test_the_days_of_a_tracker_are_told_with_their_figures_in_one_query():
    on = make.tracker(start_date=START)
    make.tracker_entry(50_000, on=on, day=3, approve=True)
    make.tracker_entry(70_000, on=on, day=0, approve=True, withdrawn_cents=10_000)
    make.tracker_entry(10_000, on=on, day=1)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        days = days_of(on)
    assert len(asked) == 1
    assert [(day.entry.day, day.date, day.waits) for day in days] == [
        (0, START, False),
        (1, START + timedelta(days=1), True),
        (3, START + timedelta(days=3), False),
    ]
    assert [day.figures.cumulative_cents for day in days] == [70_000, 70_000, 120_000]
    assert figures_of(on, as_of=START).balance_cents == 110_000


@pytest.mark.django_db
def test_an_edit_of_an_earlier_day_is_in_every_later_total():
    """The old program left the totals of later rows as they were."""
    on = make.tracker(start_date=START)
    for day in range(3):
        make.tracker_entry(50_000, on=on, day=day, approve=True)
    edited = make.tracker_entry(20_000, on=on, day=0)
    assert [day.figures.cumulative_cents for day in days_of(on)] == [0, 50_000, 100_000]
    cashback.approve_entry(actor=None, entry=edited, now=make.NOW)
    assert [day.figures.cumulative_cents for day in days_of(on)] == [20_000, 70_000, 120_000]
