"""Billing periods: calendar-true cycles that begin on the day of the month on which the subscription began.

A line that began on 31 January is billed for 31 January to 27 February, 28 February to 30 March, 31 March to 29 April: each
period begins on the anchor day, or on the last day of a month that is too short for it, and no drift stays behind.
Days are days of the business's own time zone; a period is whole days, its last one included.
Source: reference `dotmac` section 7, edge case 18: there every period had 30 times 24 hours, in UTC.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

DAYS_IN_CYCLE = {"DAILY": 1, "WEEKLY": 7}
MONTHS_IN_CYCLE = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUAL": 12}


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """The days from `start` to `end`, both included; `whole_end` is its last day had the subscription not ended.

    `whole_start` is its first day where billing began within it (none: `start`).
    """

    start: date
    end: date
    whole_end: date
    whole_start: date | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @property
    def whole_days(self) -> int:
        """How many it would have, had the subscription not ended and billing not begun within it."""
        return (self.whole_end - (self.whole_start or self.start)).days + 1


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a month that is too short.

    >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 1, 31), 2)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_start(anchor: date, cycle: str, number: int) -> date:
    """Return the first day of the period with this number (0 is the one that begins on the anchor)."""
    if cycle in DAYS_IN_CYCLE:
        return anchor + timedelta(days=DAYS_IN_CYCLE[cycle] * number)
    return add_months(anchor, MONTHS_IN_CYCLE[cycle] * number)


def number_of_period(anchor: date, cycle: str, day: date) -> int:
    """Return the number of the period that a day (the anchor or later) lies in."""
    if cycle in DAYS_IN_CYCLE:
        return (day - anchor).days // DAYS_IN_CYCLE[cycle]
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = months // MONTHS_IN_CYCLE[cycle]
    return number if period_start(anchor, cycle, number) <= day else number - 1


@lru_cache(maxsize=4096)  # those of a batch begin on few days
def period_of(anchor: date, cycle: str, day: date, *, last_day: date | None = None) -> BillingPeriod:
    """Return the period that a day lies in, cut at the last day of the subscription.

    >>> period_of(date(2026, 1, 31), "MONTHLY", date(2026, 3, 1)).start
    datetime.date(2026, 2, 28)
    """
    number = number_of_period(anchor, cycle, day)
    whole_end = period_start(anchor, cycle, number + 1) - timedelta(days=1)
    end = whole_end if last_day is None else min(whole_end, last_day)
    return BillingPeriod(period_start(anchor, cycle, number), end, whole_end)


def periods(
    anchor: date, cycle: str, *, since: date, until: date, last_day: date | None = None
) -> Iterator[BillingPeriod]:
    """Yield the periods that end on or before `until`, oldest first; the first one begins on `since`, if that is later.

    >>> [str(p.end) for p in periods(date(2026, 1, 31), "MONTHLY", since=date(2026, 1, 31), until=date(2026, 4, 1))]
    ['2026-02-27', '2026-03-30']
    """
    stop = until if last_day is None else min(until, last_day)
    day = max(anchor, since)
    while day <= stop:
        period = period_of(anchor, cycle, day, last_day=last_day)
        if period.end > until:
            return
        yield period if period.start == day else replace(period, start=day, whole_start=period.start)
        day = period.end + timedelta(days=1)
