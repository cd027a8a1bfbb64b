"""Until when may an invoice be paid? To the end of its due date, where the business is.

Dhaka is six hours ahead of UTC: an invoice issued there on 31 January at 23:30 UTC is of 1 February, and with 14 days due until
15 February, 23:59:59 in Dhaka, which is 17:59:59 UTC.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LAST_SECOND = time(23, 59, 59)


def issue_date(issued_at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of the issue, where the business is: its year is the year of the number.

    >>> from datetime import UTC
    >>> issue_date(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Dhaka"))
    datetime.date(2026, 1, 1)
    """
    return issued_at.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in a time zone.

    >>> end_of_day(date(2026, 2, 15), ZoneInfo("Asia/Dhaka")).isoformat()
    '2026-02-15T23:59:59+06:00'
    """
    return datetime.combine(day, LAST_SECOND, zone)


@lru_cache  # those of a set are due together
def due_moment(issued_at: datetime, *, days: int, zone: ZoneInfo) -> datetime:
    """The moment until which an invoice may be paid: the end of the day `days` after its issue.

    >>> from datetime import UTC
    >>> due_moment(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), days=14, zone=ZoneInfo("Asia/Dhaka")).isoformat()
    '2026-02-15T23:59:59+06:00'
    """
    return end_of_day(issue_date(issued_at, zone) + timedelta(days=days), zone)
