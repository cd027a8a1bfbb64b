"""The days of a tracker with their running figures, and the figures of the whole: one query, however many days.

    days_of(tracker)                     the entered days in order, each with its date, cumulative, balance, expected, pending
    figures_of(tracker, as_of=today)     balance, profit, return, what is expected and what was missed

A day that waits or was rejected is in the list with what somebody wrote, and does not count: its running figures are those of the
day before. All amounts are cents of the tracker's currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cashback.models import DailyTracker, TrackerEntry
from cashback.rules.tracker_figures import (
    EnteredDay,
    RunningFigures,
    Terms,
    TrackerFigures,
    running_figures,
    tracker_figures,
)

Status = TrackerEntry.Status


@dataclass(frozen=True)
class TrackerDay:
    """One entered day: the row, and the figures at its end."""

    entry: TrackerEntry
    figures: RunningFigures

    @property
    def waits(self) -> bool:
        """Whether nobody approved or rejected it yet."""
        return self.entry.status == Status.PENDING

    @property
    def date(self) -> date | None:
        """The day's date."""
        return self.figures.date


def days_of(tracker: DailyTracker) -> list[TrackerDay]:
    """Answer with all entered days of a tracker, in order."""
    entries = list(tracker.entries.order_by("day"))
    running = running_figures(terms_of(tracker), map(entered_day, entries))
    return [TrackerDay(entry, figures) for entry, figures in zip(entries, running, strict=True)]


def figures_of(tracker: DailyTracker, *, as_of: date, entries: Iterable[TrackerEntry] | None = None) -> TrackerFigures:
    """Answer with the figures of the whole tracker; `entries` spares the query to who has all of them, in order."""
    entries = tracker.entries.order_by("day") if entries is None else entries
    return tracker_figures(terms_of(tracker), map(entered_day, entries), as_of=as_of)


def terms_of(tracker: DailyTracker) -> Terms:
    """What was agreed, as the rules of figures take it."""
    return Terms(
        start_date=tracker.start_date,
        investment_cents=tracker.investment_cents,
        per_day_payment_cents=tracker.per_day_payment_cents,
        scheme_period_days=tracker.scheme_period_days,
        invests_pocket_money=tracker.tracker_type == DailyTracker.TrackerType.ENHANCED_1L,
    )


def entered_day(entry: TrackerEntry) -> EnteredDay:
    """One row of the database, as the rules of figures take it."""
    return EnteredDay(
        day=entry.day,
        payment_cents=entry.payment_cents,
        withdrawn_cents=entry.withdrawn_cents,
        pocket_money_cents=entry.pocket_money_cents,
        counts=entry.status == Status.APPROVED,
        waits=entry.status == Status.PENDING,
    )
