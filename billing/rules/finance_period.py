"""Which days a finance summary is about: a named period, or from one day to another.

It is 28 January 2026 at the business. *Year to date* is 1 to 28 January, *current month* the same, *last 12 months* is
28 January 2025 to 28 January 2026, and *all time* has no borders: `from` and `to` are null. All days are whole days of the
tenant's time zone, the last one included. On 29 February "12 months ago" is 28 February.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.errors import RuleBroken
from billing.rules.period import Period

YEAR_TO_DATE: Final = "YEAR_TO_DATE"
ALL_TIME: Final = "ALL_TIME"
LAST_12_MONTHS: Final = "LAST_12_MONTHS"
CURRENT_MONTH: Final = "CURRENT_MONTH"
CUSTOM: Final = "CUSTOM"
NAMED: Final = {
    YEAR_TO_DATE: "Year to date",
    ALL_TIME: "All time",
    LAST_12_MONTHS: "Last 12 months",
    CURRENT_MONTH: "Current month",
}


class UnknownPeriod(RuleBroken):
    """No period has this name."""

    code = "unknown_period"


class PeriodHalfGiven(RuleBroken):
    """Only one end of the period is given."""

    code = "period_half_given"


@dataclass(frozen=True, slots=True)
class FinancePeriod:
    """A period with its name, and in words."""

    type: str
    days: Period

    @property
    def label(self) -> str:
        """The period in words.

        >>> finance_period("CURRENT_MONTH", today=date(2026, 1, 28)).label
        'Current month (1 Jan 2026 - 28 Jan 2026)'
        """
        if self.days.first is None or self.days.last is None:
            return NAMED[ALL_TIME]
        days = f"{_in_words(self.days.first)} - {_in_words(self.days.last)}"
        return f"{NAMED[self.type]} ({days})" if self.type in NAMED else days

    def as_dict(self) -> dict[str, str | date | None]:
        """The period as reports answer it."""
        return {"type": self.type, "from": self.days.first, "to": self.days.last, "label": self.label}


def finance_period(
    name: str = YEAR_TO_DATE, *, today: date, first: date | None = None, last: date | None = None
) -> FinancePeriod:
    """Make the period that a name means today; two days take precedence over the name.

    *Raises* UnknownPeriod, PeriodHalfGiven, PeriodReversed.

    >>> [str(day) for name in (LAST_12_MONTHS,) for day in (finance_period(name, today=date(2024, 2, 29)).days.first,)]
    ['2023-02-28']
    >>> finance_period("ALL_TIME", today=date(2026, 1, 28)).as_dict()
    {'type': 'ALL_TIME', 'from': None, 'to': None, 'label': 'All time'}
    """
    if first is not None and last is not None:
        return FinancePeriod(CUSTOM, Period(first, last))
    if first is not None or last is not None:
        given, missing = ("from", "to") if first else ("to", "from")
        raise PeriodHalfGiven(f"'{given}' is given and '{missing}' is not. Give both days, or a period.")
    starts = {
        YEAR_TO_DATE: today.replace(month=1, day=1),
        LAST_12_MONTHS: _a_year_before(today),
        CURRENT_MONTH: today.replace(day=1),
    }
    if name == ALL_TIME:
        return FinancePeriod(name, Period())
    if name not in starts:
        raise UnknownPeriod(f"There is no period '{name[:50]}'. Choose one of: {', '.join(NAMED)}.")
    return FinancePeriod(name, Period(starts[name], today))


def _a_year_before(day: date) -> date:
    year = day.year - 1
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def _in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
