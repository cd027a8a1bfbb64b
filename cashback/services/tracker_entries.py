"""Days of trackers: entered by who looks after the tracker, approved by another person, and only then counted.

    day 4, 500.00, entered by Ravi                       waits
    approved by an administrator                         counts; who is configured earns
    entered anew by Mina with 300.00                     waits again; what was earned is taken back
    approved again                                       counts; earned on 300.00, a second occasion

There is one row for each tracker and day, however many enter it: who comes later edits it, and its history keeps both. Entering
exactly what stands there changes nothing, so a second click takes nothing back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.errors import Conflict, NotAllowed, RuleBroken
from accounts.locks import locked
from accounts.models import User
from accounts.roles import ADMINS
from accounts.unit_of_work import unit_of_work
from billing.services.checks import check_cents, check_reason
from cashback.models import DailyTracker, TrackerEntry
from cashback.rules.tracker_figures import date_of_day, is_to_come
from cashback.services.assignments import may_configure
from cashback.services.earning import earn_on_entry, take_back_on_entry
from cashback.services.seen import check_seen
from cashback.services.texts import check_text
from cashback.services.trackers import check_open
from routes.services import check_staff

AMOUNTS = ("payment_cents", "withdrawn_cents", "reinvest_cents", "pocket_money_cents")
LONGEST = {"payment_mode": 50, "transaction_details": 200, "reinvest_from": 200, "notes": 2000}
Status = TrackerEntry.Status


class NotADayOfTheTracker(RuleBroken):
    """The tracker has no such day."""

    code = "not_a_day_of_the_tracker"


class DayIsToCome(RuleBroken):
    """Nothing was paid yet on a day that is still to come."""

    code = "day_is_to_come"


class EntryIsDecided(Conflict):
    """The day does not wait for this decision."""

    code = "entry_is_decided"


class NotYoursToEnter(NotAllowed):
    """Days are entered by who looks after the tracker."""

    code = "not_yours_to_enter"


class OwnEntry(NotAllowed):
    """Nobody approves amounts that they entered, nor a day of their own tracker."""

    code = "own_entry"


@unit_of_work
def submit_entry(
    *,
    actor: User | None,
    tracker: DailyTracker,
    day: int,
    payment_cents: int,
    now: datetime,
    withdrawn_cents: int = 0,
    reinvest_cents: int = 0,
    pocket_money_cents: int = 0,
    payment_mode: str = "",
    transaction_details: str = "",
    reinvest_from: str = "",
    notes: str = "",
) -> TrackerEntry:
    """Enter a day, or enter it anew: then it waits again, and what it earned is taken back.

    *Money*: cents of the tracker's currency, 0 or more.
    *Raises* NotYoursToEnter, NotADayOfTheTracker, DayIsToCome, TrackerIsClosed, NotAnAmount, NotPlainText.
    """
    amounts = dict(zip(AMOUNTS, (payment_cents, withdrawn_cents, reinvest_cents, pocket_money_cents), strict=True))
    words = {
        "payment_mode": payment_mode,
        "transaction_details": transaction_details,
        "reinvest_from": reinvest_from,
        "notes": notes,
    }
    return _enter(actor, tracker, day, now, amounts, _facts(words))


@unit_of_work
def submit_no_payment(
    *, actor: User | None, tracker: DailyTracker, day: int, now: datetime, notes: str = ""
) -> TrackerEntry:
    """Say that nothing is paid on a day: it waits for approval as any other, and earns by no configuration.

    *Raises* NotYoursToEnter, NotADayOfTheTracker, DayIsToCome, TrackerIsClosed, NotPlainText.
    """
    return _enter(actor, tracker, day, now, dict.fromkeys(AMOUNTS, 0), _facts({"notes": notes}) | {"no_payment": True})


@unit_of_work
def approve_entry(
    *,
    actor: User | None,
    entry: TrackerEntry,
    now: datetime,
    cashback: Sequence[tuple[User, int]] | None = None,
    cashback_reason: str = "",
    seen: int | None = None,
) -> TrackerEntry:
    """Let a day count, by another person than who entered it, and book what it earns in the same commit.

    Without `cashback` by the configurations that hold now; with it exactly those rows for a `cashback_reason`, [] for none.
    `seen` is the mark of the day as it was shown. *Raises* EntryIsDecided, ChangedSinceSeen, OwnEntry, DayIsToCome, and what
    `earn_on_entry` raises.
    """
    check_staff(actor, entry.tenant_id, roles=ADMINS)
    entry = _held(entry)
    if entry.status != Status.PENDING:
        raise EntryIsDecided(
            f"{_named(entry)} is {entry.get_status_display().lower()}: only a day that waits is approved."
        )
    check_seen(entry, seen, named=_named(entry))
    _check_is_another(actor, entry)
    _check_has_come(entry.tracker, entry.day, now)
    entry.approvals += 1
    _decide(entry, Status.APPROVED, actor, now)
    earn_on_entry(entry=entry, actor=actor, now=now, by_hand=cashback, reason=cashback_reason)
    return entry


@unit_of_work
def reject_entry(*, actor: User | None, entry: TrackerEntry, reason: str, now: datetime) -> TrackerEntry:
    """Let a day not count; of one that was approved, what it earned is taken back.

    *Raises* EntryIsDecided, ReasonMissing, NotPlainText.
    """
    check_staff(actor, entry.tenant_id, roles=ADMINS)
    reason = check_text(check_reason(reason, what="Rejecting a day of a tracker"), name="reason")
    entry = _held(entry)
    if entry.status == Status.REJECTED:
        raise EntryIsDecided(f"{_named(entry)} was rejected before: {entry.rejection_reason}. Enter it anew.")
    take_back_on_entry(entry=entry, actor=actor, now=now, reason=reason)
    _decide(entry, Status.REJECTED, actor, now, reason)
    return entry


def hands_in(entry: TrackerEntry) -> set[Any]:
    """Who entered a day as it stands: the last one, and who first wrote the amounts if that one changed only words."""
    stands, writer = tuple(getattr(entry, name) for name in AMOUNTS), None
    rows = entry.history.using(entry._state.db).order_by("-history_id")
    for person, *amounts in rows.values_list("history_user_id", *AMOUNTS):
        if tuple(amounts) != stands:
            break
        writer = person
    return {entry.submitted_by_user_id, writer} - {None}


def _enter(
    actor: User | None, tracker: DailyTracker, day: Any, now: datetime, amounts: dict[str, Any], facts: dict[str, Any]
) -> TrackerEntry:
    """Write a day under the tracker's lock: two people who enter the same one write one row, one after the other."""
    _check_may_enter(actor, tracker)
    amounts = {name: check_cents(cents, name=name, least=0) for name, cents in amounts.items()}
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    check_open(tracker)
    _check_day(tracker, day)
    _check_has_come(tracker, day, now)
    entry = locked(TrackerEntry.objects.filter(tracker=tracker, day=day)).first()
    if entry is None:
        entry = TrackerEntry(tenant_id=tracker.tenant_id, tracker=tracker, day=day)
    elif entry.status != Status.REJECTED and _says(entry, amounts, facts):
        return entry
    else:
        take_back_on_entry(entry=entry, actor=actor, now=now, reason=f"Day {day} was entered anew.")
    for name, cents in amounts.items():
        setattr(entry, name, cents)
    entry.entry_data, entry.status = facts, Status.PENDING
    entry.submitted_by_user, entry.submitted_at = actor, now
    entry.verified_by_user, entry.verified_at, entry.rejection_reason = None, None, ""
    entry.save()
    return entry


def _decide(entry: TrackerEntry, status: str, actor: User | None, now: datetime, reason: str = "") -> None:
    entry.status, entry.verified_by_user, entry.verified_at, entry.rejection_reason = status, actor, now, reason
    entry.save()


def _held(entry: TrackerEntry) -> TrackerEntry:
    """The day as it is now, locked after its tracker."""
    locked(DailyTracker.objects.filter(pk=entry.tracker_id)).get()
    return locked(TrackerEntry.objects.filter(pk=entry.pk)).get()


def _says(entry: TrackerEntry, amounts: dict[str, int], facts: dict[str, Any]) -> bool:
    return entry.entry_data == facts and all(getattr(entry, name) == cents for name, cents in amounts.items())


def _facts(words: dict[str, Any]) -> dict[str, Any]:
    """What the sheet says of the day in words; those that say nothing are left out."""
    texts = {
        name: check_text(text, name=name, longest=LONGEST[name], lines=name == "notes") for name, text in words.items()
    }
    return {name: text for name, text in texts.items() if text}


def _check_is_another(actor: User | None, entry: TrackerEntry) -> None:
    if actor is None:
        return
    if actor.pk in hands_in(entry):
        raise OwnEntry(f"{_named(entry)} was entered by you. Let another administrator approve it.")
    if actor.pk == entry.tracker.user_id:
        raise OwnEntry(f"{_named(entry)} is your own. Let another administrator approve it.")


def _check_may_enter(actor: User | None, tracker: DailyTracker) -> None:
    check_staff(actor, tracker.tenant_id)
    if not may_configure(actor, tracker):
        raise NotYoursToEnter(
            f"Days of tracker {tracker} are entered by administrators and by who is assigned to it. Ask to be assigned."
        )


def _check_day(tracker: DailyTracker, day: Any) -> None:
    last = tracker.scheme_period_days
    if type(day) is not int or not 0 <= day <= last:
        raise NotADayOfTheTracker(
            f"Tracker {tracker} has the days 0 to {last}, not {day!r}. Day 0 is {tracker.start_date}.",
            fields={"day": [f"A whole number from 0 to {last}."]},
        )


def _check_has_come(tracker: DailyTracker, day: int, now: datetime) -> None:
    """Let pass a day that is not after today where the business is. *Raises* DayIsToCome."""
    today = tracker.tenant.day_of(now)
    if is_to_come(tracker.start_date, day, today=today):
        due = date_of_day(tracker.start_date, day) or "beyond the calendar"
        raise DayIsToCome(
            f"Day {day} of tracker {tracker} is {due}, and today is {today}: what is paid ahead is entered on the day it comes.",
            fields={"day": [f"It is still to come: today is {today}."]},
        )


def _named(entry: TrackerEntry) -> str:
    return f"Day {entry.day} of tracker {entry.tracker}"
