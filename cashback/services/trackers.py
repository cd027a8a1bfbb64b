"""Trackers: opened, closed and opened again by the office, hidden by their owner.

A closed tracker takes no new day and no edit of one; what waits for approval when it is closed can still be decided, since the
money came in while it was open. One that its owner hid goes on as before: it is only gone from the owner's own list.
"""

from datetime import date, datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed, NotFound, RuleBroken
from accounts.locks import locked
from accounts.models import Tenant, User
from accounts.roles import OFFICE
from accounts.unit_of_work import unit_of_work
from billing.rules.period import FIRST_YEAR, LAST_YEAR
from billing.services.checks import check_cents
from cashback.models import DailyTracker
from cashback.services.texts import check_text
from routes.services import check_staff

LONGEST_NAME = 200
LONGEST_PERIOD_DAYS = 3660


class NotATracker(RuleBroken):
    """A tracker cannot say this."""

    code = "not_a_tracker"


class TrackerIsClosed(Conflict):
    """The office closed this tracker."""

    code = "tracker_is_closed"


class TrackerIsOpen(Conflict):
    """The tracker is neither closed nor hidden."""

    code = "tracker_is_open"


class OwnTracker(NotAllowed):
    """Nobody of the office opens a tracker for themselves."""

    code = "own_tracker"


class NotYourTracker(NotAllowed):
    """Only its owner hides a tracker."""

    code = "not_your_tracker"


@unit_of_work
def open_tracker(
    *,
    actor: User | None,
    tenant: Tenant,
    user: User,
    tracker_name: str,
    tracker_type: str,
    investment_cents: int,
    scheme_period_days: int,
    per_day_payment_cents: int,
    start_date: date,
    now: datetime,
) -> DailyTracker:
    """Open a tracker for its owner, an active person of the business; day 0 is `start_date`.

    *Money*: cents of the tenant's currency; the payment a day is positive.
    *Raises* OwnTracker, NotATracker, NotAnAmount, NotPlainText.
    """
    check_staff(actor, tenant.pk, roles=OFFICE)
    if actor is not None and actor.pk == user.pk:
        raise OwnTracker("Nobody opens a tracker for themselves. Ask somebody else of the office.")
    _check(user.tenant_id == tenant.pk and user.is_active, "user", "An active person of this business.")
    kinds = DailyTracker.TrackerType.values
    _check(tracker_type in kinds, "tracker_type", f"One of: {', '.join(kinds)}.")
    _check_period(scheme_period_days)
    _check_start(start_date)
    return DailyTracker.objects.create(
        tenant=tenant,
        user=user,
        tracker_name=check_text(tracker_name, name="tracker_name", longest=LONGEST_NAME, least=1, lines=False),
        tracker_type=tracker_type,
        currency=tenant.currency,
        investment_cents=check_cents(investment_cents, name="investment_cents", least=0),
        scheme_period_days=scheme_period_days,
        per_day_payment_cents=check_cents(per_day_payment_cents, name="per_day_payment_cents"),
        start_date=start_date,
        created_by=actor,
    )


@unit_of_work
def close_tracker(*, actor: User | None, tracker: DailyTracker) -> DailyTracker:
    """Let a tracker take no more days; what waits can still be decided. *Raises* TrackerIsClosed."""
    check_staff(actor, tracker.tenant_id, roles=OFFICE)
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    check_open(tracker)
    tracker.is_active = False
    tracker.save()
    return tracker


@unit_of_work
def reopen_tracker(*, actor: User | None, tracker: DailyTracker) -> DailyTracker:
    """Bring back a tracker that the office closed or its owner hid, for both. *Raises* TrackerIsOpen."""
    check_staff(actor, tracker.tenant_id, roles=OFFICE)
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    if tracker.is_active and not tracker.is_closed_by_user:
        raise TrackerIsOpen(f"Tracker {tracker} is neither closed nor hidden. There is nothing to bring back.")
    tracker.is_active, tracker.is_closed_by_user = True, False
    tracker.save()
    return tracker


@unit_of_work
def hide_tracker(*, actor: User, tracker: DailyTracker) -> DailyTracker:
    """Take a tracker out of its owner's own list, by the owner alone; done twice it stays done. *Raises* NotYourTracker."""
    if actor.tenant_id != tracker.tenant_id or not DailyTracker.objects.for_user(actor).filter(pk=tracker.pk).exists():
        _check_hidden_before(actor, tracker)
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    if tracker.user_id != actor.pk:
        raise NotYourTracker(f"Tracker {tracker} is not yours. Only its owner hides it; the office closes it.")
    if not tracker.is_closed_by_user:
        tracker.is_closed_by_user = True
        tracker.save()
    return tracker


def check_open(tracker: DailyTracker) -> None:
    """Let pass a tracker that the office did not close. *Raises* TrackerIsClosed."""
    if not tracker.is_active:
        raise TrackerIsClosed(f"Tracker {tracker} is closed. Ask the office to open it again.")


def _check_hidden_before(actor: User, tracker: DailyTracker) -> None:
    """Who may not see a tracker must not learn that it exists; its owner does, though they hid it before."""
    if tracker.user_id != actor.pk or not actor.is_active:
        raise NotFound("There is no such tracker of yours. Check the address.")


def _check_period(days: Any) -> None:
    says = f"A whole number of days from 1 to {LONGEST_PERIOD_DAYS}."
    _check(type(days) is int and 1 <= days <= LONGEST_PERIOD_DAYS, "scheme_period_days", says)


def _check_start(day: Any) -> None:
    is_day = isinstance(day, date) and not isinstance(day, datetime) and FIRST_YEAR <= day.year <= LAST_YEAR
    _check(is_day, "start_date", f"A day from the year {FIRST_YEAR} to {LAST_YEAR}.")


def _check(holds: bool, name: str, says: str) -> None:
    if not holds:
        raise NotATracker(f"A tracker cannot say this for {name}. It takes: {says}", fields={name: [says]})
