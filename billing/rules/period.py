"""A reporting period: from one day to another, both included; None leaves that side open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.errors import RuleBroken


class PeriodReversed(RuleBroken):
    """The period ends before it begins."""

    code = "period_reversed"


class PeriodOutOfRange(RuleBroken):
    """The period names a year in which nobody kept these books."""

    code = "period_out_of_range"


FIRST_YEAR, LAST_YEAR = 1900, 2999


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
        for name, day in (("from", self.first), ("to", self.last)):
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                message = f"'{name}' is {day}: give a day from the year {FIRST_YEAR} to {LAST_YEAR}, or leave it out."
                raise PeriodOutOfRange(message, fields={name: [f"A year from {FIRST_YEAR} to {LAST_YEAR}."]})
        if self.first and self.last and self.last < self.first:
            message = f"The period runs from {self.first} to {self.last}: it ends before it begins. Swap the two."
            raise PeriodReversed(message, fields={"to": ["Must not be before 'from'."]})

    def moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The moment at which the period begins, and the one at which the next begins, in a time zone."""
        begins = datetime.combine(self.first, time.min, zone) if self.first else None
        ends = datetime.combine(self.last + timedelta(days=1), time.min, zone) if self.last else None
        return begins, ends


def between(column: str, begins: datetime | None, ends: datetime | None) -> dict[str, datetime]:
    """What a filter asks of a column, so that it lies from one moment on and before another; None leaves that side open.

    >>> january = Period(date(2026, 1, 1), date(2026, 1, 31))
    >>> {name: f"{moment:%d %b}" for name, moment in between("sold_at", *january.moments(ZoneInfo("UTC"))).items()}
    {'sold_at__gte': '01 Jan', 'sold_at__lt': '01 Feb'}
    >>> between("sold_at", *Period().moments(ZoneInfo("UTC")))
    {}
    """
    asked = {f"{column}__gte": begins, f"{column}__lt": ends}
    return {name: moment for name, moment in asked.items() if moment is not None}
