"""Interest on a loan: simple, by whole days, on the principal that remains; rounded to whole cents half up, once.

36,000.00 is lent on 1 January at 10 % a year, actual days over 360. On 31 January 5,000.00 of principal comes back:

    days             principal       days   principal x days
    1 Jan - 31 Jan   36,000.00        30       1,080,000.00
    31 Jan - 15 Feb  31,000.00        15         465,000.00
                                              1,545,000.00   x 10 % / 360 = 429.1666…, 429.17 accrued by 15 February

* The day on which money goes out bears no interest, the day on which it comes back does: 1 to 31 January is 30 days. What is paid
  back on a day lowers the principal from that day on, so two payments on one day are as good as one.
* The year has 360 or 365 days (`days_in_year`), in leap years too; months are as long as they are.
* Nothing is compounded: interest that is not paid stays due and bears none itself.
* Days times principal are added up exactly and rounded at the end, so the interest of two spans of days adds up to that of both:
  what accrued from 31 January to 15 February is 429.17 - 300.00 = 129.17, whoever asks on whichever days between.

Source: issue 6 section 3; reference `cashback` section 1.7: there interest ran on the *first* principal for ever, whatever was
paid back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from accounts.errors import RuleBroken

DAYS_IN_YEAR: Final = {"ACT_360": 360, "ACT_365": 365}
PARTS_OF_ONE: Final = 10**6  # rates have at most six decimals: whole millionths are exact


class PaidBeforeStart(RuleBroken):
    """Nothing can be paid back before it was lent."""

    code = "paid_before_start"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed. *Money*: `annual_rate` is a fraction, 0.12 is 12 % a year."""

    principal_cents: int
    annual_rate: Decimal
    started_on: date
    days_in_year: int = 360


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid on a day: interest, principal or both."""

    on: date
    interest_cents: int = 0
    principal_cents: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a loan stands at the end of a day: what is left, what accrued since the start, and what of it was paid."""

    on: date
    principal_left_cents: int
    accrued_cents: int
    interest_paid_cents: int

    @property
    def interest_due_cents(self) -> int:
        """What accrued and is not paid; below zero if more was paid than accrued, which never should be."""
        return self.accrued_cents - self.interest_paid_cents


def interest_cents(principal_days: int, *, annual_rate: Decimal, days_in_year: int) -> int:
    """Turn cents of principal times days into cents of interest, rounded half up: the one place where interest is rounded.

    >>> interest_cents(36_000_00 * 30, annual_rate=Decimal("0.10"), days_in_year=360)
    30000
    >>> interest_cents(36_000_00 * 30, annual_rate=Decimal("0.10"), days_in_year=365)  # 295.8904…
    29589
    >>> interest_cents(180, annual_rate=Decimal("0.01"), days_in_year=360)  # half a hundredth of a cent
    0
    >>> interest_cents(18_000, annual_rate=Decimal("0.01"), days_in_year=360)  # half a cent
    1
    """
    over = principal_days * int(annual_rate * PARTS_OF_ONE)
    under = days_in_year * PARTS_OF_ONE
    return (2 * over + under) // (2 * under)


def course(terms: Terms, payments: Iterable[Paid]) -> Iterator[Standing]:
    """Follow a loan from its first day through every day on which something was paid, in order of the days.

    *Raises* PaidBeforeStart.

    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> for day in course(lent, [Paid(date(2026, 1, 31), interest_cents=300_00, principal_cents=5_000_00)]):
    ...     print(day.on, day.principal_left_cents, day.accrued_cents, day.interest_due_cents)
    2026-01-01 3600000 0 0
    2026-01-31 3100000 30000 0
    """
    in_order = sorted([Paid(terms.started_on), *payments], key=lambda paid: paid.on)
    if in_order[0].on < terms.started_on:
        raise PaidBeforeStart(f"Something was paid on {in_order[0].on}, but the loan started on {terms.started_on}.")
    last, left, principal_days, interest_paid = terms.started_on, terms.principal_cents, 0, 0
    for day, paid_that_day in groupby(in_order, key=lambda paid: paid.on):
        principal_days += left * (day - last).days
        for paid in paid_that_day:
            left -= paid.principal_cents
            interest_paid += paid.interest_cents
        last = day
        accrued = interest_cents(principal_days, annual_rate=terms.annual_rate, days_in_year=terms.days_in_year)
        yield Standing(day, left, accrued, interest_paid)


def standing_on(terms: Terms, payments: Iterable[Paid], as_of: date) -> Standing:
    """Where a loan stands at the end of a day, by what was paid until then; before its start, as on its first day.

    >>> lent = Terms(36_000_00, Decimal("0.10"), date(2026, 1, 1))
    >>> paid = [Paid(date(2026, 1, 31), interest_cents=300_00, principal_cents=5_000_00)]
    >>> [standing_on(lent, paid, date(2026, *day)).interest_due_cents for day in ((1, 30), (1, 31), (2, 15))]
    [29000, 0, 12917]
    """
    as_of = max(as_of, terms.started_on)
    *_, last = course(terms, [Paid(as_of), *(paid for paid in payments if paid.on <= as_of)])
    return last
