"""Ranges of days that share one: the last day belongs to its range, and a range without one goes on."""

from datetime import date, timedelta

import pytest

from subscriptions.rules.days import overlap
from subscriptions.rules.line_facts import Days

pytestmark = pytest.mark.subscriptions


def day(number):
    return date(2026, 1, 1) + timedelta(days=number)


pairs = pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ((day(1), day(5)), (day(5), day(9)), True),
        ((day(1), day(5)), (day(6), None), False),
        ((day(1), None), (day(900), None), True),
        ((day(5), None), (day(1), day(4)), False),
    ],
)


@pairs
def test_ranges_overlap_when_they_share_a_day(first, second, shared):
    assert overlap(first, second) is overlap(second, first) is shared


@pairs
def test_days_of_a_subscription_that_is_not_active_keep_nobody_away(first, second, shared):
    assert Days(*first).overlap(Days(*second)) is shared
    assert not Days(*first, count=False).overlap(Days(*second))
    assert not Days(*first).overlap(Days(*second, count=False))
