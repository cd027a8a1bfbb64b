"""A reporting period: from one day to another, both included; None leaves that side open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.errors import RuleBroken


class PeriodReversed(RuleBroken):
    """The period ends before it begins."""

    code = "period_reversed"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included.

    >>> Period(date(2026, 1, 31), date(2026, 1, 1))
    Traceback (most recent call last):
    ...
    billing.rules.period.PeriodReversed: The period runs from 2026-01-31 to 2026-01-01: it ends before it begins. Swap the two.
    """

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            message = f"The period runs from {self.first} to {self.last}: it ends before it begins. Swap the two."
            raise PeriodReversed(message, fields={"to": ["Must not be before 'from'."]})

    def moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The moment at which the period begins, and the one at which the next begins, in a time zone."""
        begins = self.first and datetime.combine(self.first, time.min, zone)
        ends = self.last and datetime.combine(self.last + timedelta(days=1), time.min, zone)
        return begins, ends
