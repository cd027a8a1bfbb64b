"""What a line carried on its last seven whole days: for the person on the telephone, by the line's id and never by its username.

A username may have belonged to another line last week. A day without records of a line in service is *unknown*, and is shown so.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from subscriptions.models import Subscriber
from subscriptions.rules.data_units import BYTES_IN, GB
from subscriptions.rules.days import span_of_days
from subscriptions.rules.usage_trend import usage_trend
from subscriptions.selectors.period_usage import expects_records
from subscriptions.selectors.usage import UsageWindow, usage_in

DAYS = 7
HIGH_BYTES_A_DAY = 50 * BYTES_IN[GB]


@dataclass(frozen=True, slots=True)
class DayOfLine:
    """What was carried on a day; `is_known` is false where records were expected and none is there."""

    date: date
    bytes_in: int
    bytes_out: int
    is_known: bool

    @property
    def total_bytes(self) -> int:
        """Both directions."""
        return self.bytes_in + self.bytes_out


@dataclass(frozen=True, slots=True)
class LineDiagnostics:
    """Seven days, oldest first, and what they say together."""

    subscriber_id: str
    days: list[DayOfLine]

    @property
    def total_bytes(self) -> int:
        """What is known to have been carried."""
        return sum(day.total_bytes for day in self.days)

    @property
    def unknown_days(self) -> list[date]:
        """The days without records."""
        return [day.date for day in self.days if not day.is_known]

    @property
    def average_bytes(self) -> int | None:
        """Bytes a day, of the days that are known."""
        known = len(self.days) - len(self.unknown_days)
        return self.total_bytes // known if known else None

    @property
    def trend(self) -> str:
        """The last three days against those before (`rules/usage_trend.py`)."""
        return usage_trend([day.total_bytes if day.is_known else None for day in self.days])

    @property
    def is_high(self) -> bool:
        """Whether it carries more than 50 GB a day."""
        return (self.average_bytes or 0) > HIGH_BYTES_A_DAY


def usage_diagnostics(line: Subscriber, *, now: datetime, using: str = "default") -> LineDiagnostics:
    """Answer what the line carried on the seven days before today, days of its business."""
    zone = line.tenant.zone
    today = now.astimezone(zone).date()
    spans = {day: span_of_days(day, day, zone) for day in (today - timedelta(days=ago) for ago in range(DAYS, 0, -1))}
    used = usage_in([UsageWindow(day, line.pk, *span) for day, span in spans.items()], using=using)
    days = [
        DayOfLine(
            day, used[day].bytes_in, used[day].bytes_out, used[day].records > 0 or not expects_records(line, *span)
        )
        for day, span in spans.items()
    ]
    return LineDiagnostics(line.pk, days)
