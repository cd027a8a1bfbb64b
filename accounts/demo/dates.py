"""The demo's calendar. It has its own today, so that the same seed makes the same data in every year."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

BOOKS_OPEN: Final = date(2025, 11, 3)
FIRST_ROUTE: Final = date(2025, 12, 20)
LINKS_BEGIN: Final = date(2026, 1, 13)  # from this day on a payment is stored with its route
TODAY: Final = date(2026, 1, 28)


def local(zone: ZoneInfo, day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Make a moment of a day on the tenant's clock, in UTC.

    >>> local(ZoneInfo("Asia/Dhaka"), date(2026, 1, 13), 8).isoformat()
    '2026-01-13T02:00:00+00:00'
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (midnight + timedelta(hours=hour, minutes=minute, seconds=second)).astimezone(UTC)


def days(first: date, last: date) -> list[date]:
    """List the days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
