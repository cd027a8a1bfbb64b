"""Figures of a daily tracker: what came in so far, what is left of it, what it brought, and what should have come in by now.

An investment of 50,000.00, paid back at 500.00 a day. Day 0 brings 500.00, day 1 nobody wrote anything, day 2 brings 700.00 of
which 100.00 are taken out again, day 3 says that nothing was paid, and day 4 (500.00) waits for approval:

    day   payment   cumulative   withdrawn   balance   expected so far   pending
      0    500.00       500.00        0.00    500.00            500.00      0.00
      2    700.00     1,200.00      100.00  1,100.00          1,000.00   -200.00     (200.00 more than asked for)
      3      0.00     1,200.00        0.00  1,100.00          1,500.00    300.00
      4    500.00     1,200.00        0.00  1,100.00          1,500.00    300.00     (does not count before it is approved)

Profit is 1,100.00 - 50,000.00 = -48,900.00, the return on it -97.80 %. A 1L tracker adds pocket money to what is invested, day by
day, and reckons profit and return on all of it. On day 5, day 1 is missed: it is said apart, with the 500.00 that it should have
brought, because *expected* asks only for days that somebody entered.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CALENDAR_ENDS = date.max


@dataclass(frozen=True)
class Terms:
    """What was agreed: amounts in cents. `invests_pocket_money` is true of a 1L tracker."""

    start_date: date
    investment_cents: int
    per_day_payment_cents: int
    scheme_period_days: int
    invests_pocket_money: bool = False


@dataclass(frozen=True)
class EnteredDay:
    """What somebody wrote of one day, in cents; it counts once it is approved, and waits while nobody decided."""

    day: int
    payment_cents: int
    withdrawn_cents: int = 0
    pocket_money_cents: int = 0
    counts: bool = True
    waits: bool = False


@dataclass(frozen=True)
class RunningFigures:
    """The figures at the end of one entered day, in cents."""

    day: int
    date: date | None
    cumulative_cents: int
    balance_cents: int
    total_invested_cents: int
    expected_cents: int
    pending_cents: int


@dataclass(frozen=True)
class TrackerFigures:
    """The figures of a whole tracker, in cents; `roi_percent` is none when nothing was invested."""

    days_with_entries: int
    paid_days: int
    total_payments_cents: int
    withdrawn_cents: int
    balance_cents: int
    total_invested_cents: int
    profit_cents: int
    roi_percent: Decimal | None
    expected_cents: int
    pending_cents: int
    waiting_days: int
    waiting_cents: int
    missed_days: int
    missed_cents: int


def date_of_day(start_date: date, day: int) -> date | None:
    """The date of a day: the start is day 0. None beyond the end of the calendar.

    >>> date_of_day(date(2024, 2, 28), 0), date_of_day(date(2024, 2, 28), 2)
    (datetime.date(2024, 2, 28), datetime.date(2024, 3, 1))
    """
    if day > (CALENDAR_ENDS - start_date).days:
        return None
    return start_date + timedelta(days=day)


def is_to_come(start_date: date, day: int, *, today: date) -> bool:
    """Whether a day is after today.

    >>> [is_to_come(date(2026, 1, 1), day, today=date(2026, 1, 4)) for day in (3, 4)]
    [False, True]
    """
    return day > (today - start_date).days


def running_figures(terms: Terms, days: Iterable[EnteredDay]) -> Iterator[RunningFigures]:
    """Yield the figures at the end of each entered day; days come in their order, each once.

    >>> terms = Terms(date(2026, 1, 1), 5_000_000, 50_000, 100)
    >>> days = [EnteredDay(0, 50_000), EnteredDay(2, 70_000, withdrawn_cents=10_000)]
    >>> [(row.cumulative_cents, row.balance_cents, row.pending_cents) for row in running_figures(terms, days)]
    [(50000, 50000, 0), (120000, 110000, -20000)]
    """
    cumulative = withdrawn = expected = 0
    invested = terms.investment_cents
    for entered in days:
        if entered.counts:
            cumulative += entered.payment_cents
            withdrawn += entered.withdrawn_cents
            expected += terms.per_day_payment_cents
            invested += entered.pocket_money_cents if terms.invests_pocket_money else 0
        yield RunningFigures(
            day=entered.day,
            date=date_of_day(terms.start_date, entered.day),
            cumulative_cents=cumulative,
            balance_cents=cumulative - withdrawn,
            total_invested_cents=invested,
            expected_cents=expected,
            pending_cents=expected - cumulative,
        )


def tracker_figures(terms: Terms, days: Iterable[EnteredDay], *, as_of: date) -> TrackerFigures:
    """Reckon the figures of a tracker; a day before `as_of` that nobody entered is missed.

    >>> terms = Terms(date(2026, 1, 1), 5_000_000, 50_000, 100)
    >>> figures = tracker_figures(terms, [EnteredDay(0, 50_000), EnteredDay(2, 60_000)], as_of=date(2026, 1, 4))
    >>> figures.profit_cents, figures.roi_percent, figures.pending_cents, figures.missed_days, figures.missed_cents
    (-4890000, Decimal('-97.80'), -10000, 1, 50000)
    """
    days = list(days)
    counted = [entered for entered in days if entered.counts]
    waiting = [entered for entered in days if entered.waits]
    *_, end = RunningFigures(0, None, 0, 0, terms.investment_cents, 0, 0), *running_figures(terms, days)
    profit = end.balance_cents - end.total_invested_cents
    missed = _missed_days(terms, [entered.day for entered in counted + waiting], as_of)
    return TrackerFigures(
        days_with_entries=len(counted),
        paid_days=sum(entered.payment_cents > 0 for entered in counted),
        total_payments_cents=end.cumulative_cents,
        withdrawn_cents=end.cumulative_cents - end.balance_cents,
        balance_cents=end.balance_cents,
        total_invested_cents=end.total_invested_cents,
        profit_cents=profit,
        roi_percent=_percent(profit, of=end.total_invested_cents),
        expected_cents=end.expected_cents,
        pending_cents=end.pending_cents,
        waiting_days=len(waiting),
        waiting_cents=sum(entered.payment_cents for entered in waiting),
        missed_days=missed,
        missed_cents=missed * terms.per_day_payment_cents,
    )


def _missed_days(terms: Terms, entered: list[int], as_of: date) -> int:
    """Days of the scheme (0 to its last) that are over and that nobody entered: the day of `as_of` is not over yet."""
    over = min(max((as_of - terms.start_date).days, 0), terms.scheme_period_days + 1)
    return over - sum(day < over for day in entered)


def _percent(part: int, *, of: int) -> Decimal | None:
    if not of:
        return None
    return (Decimal(part) * 100 / of).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
