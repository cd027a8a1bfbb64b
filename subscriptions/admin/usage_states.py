"""Warnings and settled periods in words: their states, and the days of a period."""

from datetime import date

from accounts.admin import State
from billing.models import Customer
from subscriptions.models import BilledPeriod, DataCapAlert

PERIOD_KINDS = {
    BilledPeriod.Status.BILLED: "success",
    BilledPeriod.Status.PARKED: "warning",
    BilledPeriod.Status.DECLARED: "info",
}


def alert_state(alert: DataCapAlert, customer: Customer) -> State:
    """Whether the threshold still holds, and whether the customer was told: who has no log-in is told by the office."""
    if alert.resolved_at is not None:
        return State("Resolved")
    if alert.notified_at is None:
        return State("Noted", "info")
    return State("Told", "success") if customer.user_id else State("Tell them", "warning")


def period_state(period: BilledPeriod) -> State:
    """What became of the period."""
    return State(period.get_status_display(), PERIOD_KINDS.get(period.status, ""))


def period_in_words(first: date, last: date) -> str:
    """The days of a period.

    >>> period_in_words(date(2026, 1, 1), date(2026, 1, 31)), period_in_words(date(2025, 12, 15), date(2026, 1, 14))
    ('1 to 31 January 2026', '15 December 2025 to 14 January 2026')
    """
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%-d} to {last:%-d %B %Y}"
    if first.year == last.year:
        return f"{first:%-d %B} to {last:%-d %B %Y}"
    return f"{first:%-d %B %Y} to {last:%-d %B %Y}"
