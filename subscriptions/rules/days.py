"""Whole days: which ranges of them share one, and what span of time they are in the zone of a business.

Each begins at its own local midnight. A day on which the clock goes forward has 23 hours, one on which it goes back has 25;
nobody gains or loses usage by it.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=4096)
def begin_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day begins there, in UTC. Where the clock skips midnight, the day begins when it goes on.

    >>> begin_of_day(date(2026, 1, 13), ZoneInfo("Asia/Dhaka")).isoformat()
    '2026-01-12T18:00:00+00:00'
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def span_of_days(first_day: date, last_day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the begin of the first day and the end of the last: a half-open span."""
    return begin_of_day(first_day, zone), begin_of_day(last_day + timedelta(days=1), zone)


def overlap(first: tuple[date, date | None], second: tuple[date, date | None]) -> bool:
    """Answer whether two ranges of days share one, first and last day included; an end of none is open.

    >>> overlap((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 1, 31), None))
    True
    """
    (starts, ends), (other_starts, other_ends) = first, second
    return (ends is None or other_starts <= ends) and (other_ends is None or starts <= other_ends)
