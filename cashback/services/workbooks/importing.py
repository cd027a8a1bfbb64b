"""Takes the days of a sheet into a tracker, all of them or none.

the sheet says                                   here                      outcome
day 0, 500.00                                    nothing                   new: waits for approval
day 1, 700.00                                    500.00, approved          changed: waits again, what it earned is taken back
day 2, 0                                         0                         unchanged, approved or not
day 3 is empty                                   500.00                    kept
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any, Final

from accounts.errors import DomainError, RuleBroken
from accounts.locks import lock_unread, locked
from accounts.models import User
from accounts.unit_of_work import unit_of_work
from cashback.models import CashbackTransaction, DailyTracker, SystemAccount, TrackerEntry
from cashback.rules.tracker_figures import date_of_day, is_to_come
from cashback.rules.tracker_sheets import AMOUNTS, KINDS, TEXTS
from cashback.services.assignments import check_may_configure
from cashback.services.ledger import hold_accounts
from cashback.services.tracker_entries import submit_entry, submit_no_payment
from cashback.services.trackers import check_open
from cashback.services.workbooks.findings import Reading, SheetDay
from cashback.services.workbooks.opening import open_sheet
from cashback.services.workbooks.reading import read_days

OUTCOMES: Final = ("new", "changed", "unchanged", "kept")
SHOWN_IN_MESSAGE: Final = 3


class SheetHasMistakes(RuleBroken):
    """Cells of the sheet cannot be taken; `fields` has each by its name."""

    code = "sheet_has_mistakes"


@dataclass(frozen=True)
class RowOutcome:
    """What becomes of one day: `row` is that of the sheet, none for a day that the sheet leaves empty."""

    row: int | None
    day: int
    date: date | None
    outcome: str


@dataclass(frozen=True)
class WorkbookImport:
    """What an import does: each day's outcome, and what a person should know about the sheet."""

    rows: list[RowOutcome]
    remarks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many days have each outcome: new, changed, unchanged, kept."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}


def read_workbook(*, actor: User | None, tracker: DailyTracker, file: IO[bytes], now: datetime) -> WorkbookImport:
    """Answer what an import of this file would do; nothing is written.

    *Raises* NotFound, NotAllowed, TrackerIsClosed, WorkbookUnreadable, WrongSheet, SheetHasMistakes.
    """
    check_may_configure(actor, tracker)
    check_open(tracker)
    reading, entries = _read(tracker, file, now)
    return _outcomes(reading, entries)


@unit_of_work
def import_workbook(*, actor: User | None, tracker: DailyTracker, file: IO[bytes], now: datetime) -> WorkbookImport:
    """Enter every new or changed day of a sheet; each waits for approval.

    *Raises* NotFound, NotAllowed, TrackerIsClosed, WorkbookUnreadable, WrongSheet, SheetHasMistakes.
    """
    check_may_configure(actor, tracker)
    tracker = locked(DailyTracker.objects.filter(pk=tracker.pk)).get()
    check_open(tracker)
    reading, entries = _read(tracker, file, now)
    done = _outcomes(reading, entries)
    changing = {row.day for row in done.rows if row.outcome in ("new", "changed")}
    _hold_what_is_taken_back(tracker, changing)
    for read in reading.days:
        if read.day in changing:
            _enter(reading, read, entries.get(read.day), actor, now)
    _refuse_mistakes(reading)
    return done


def _hold_what_is_taken_back(tracker: DailyTracker, days: set[int]) -> None:
    """Lock all changing days, then all accounts that earned on them, before any is written.

    Day by day, the house's account would be held while the account of the next day's earner is waited for: with two imports at
    once, a circle.
    """
    lock_unread(TrackerEntry.objects.filter(tracker=tracker, day__in=days))
    on_these_days = {"related_tracker": tracker, "related_tracker_entry_day__in": days}
    standing = CashbackTransaction.objects.filter(**on_these_days, occasion__isnull=False, reversal__isnull=True)
    if people := list(User.objects.filter(pk__in=standing.values("to_user"))):
        hold_accounts(tenant=tracker.tenant, parties=[SystemAccount.ISSUANCE, *people])


def _read(tracker: DailyTracker, file: IO[bytes], now: datetime) -> tuple[Reading, dict[int, TrackerEntry]]:
    """What the sheet says and what stands here, by day. *Raises* SheetHasMistakes."""
    file.seek(0)  # a service that is tried again reads the file again
    reading = read_days(open_sheet(file, KINDS[tracker.tracker_type]), tracker)
    entries = {entry.day: entry for entry in tracker.entries.all()}
    _refuse_days_to_come(reading, entries, today=tracker.tenant.day_of(now))
    _refuse_mistakes(reading)
    return reading, entries


def _refuse_days_to_come(reading: Reading, entries: Mapping[int, TrackerEntry], *, today: date) -> None:
    """A day that is still to come is not entered; one that stands here already may be read back as it is."""
    start = reading.tracker.start_date
    for read in reading.days:
        if is_to_come(start, read.day, today=today) and not _stands_here(entries.get(read.day), read):
            cell, due = reading.kind.cell("day", read.row), date_of_day(start, read.day) or "beyond the calendar"
            reading.refuse(cell, f"says day {read.day}: that is {due}, and still to come. Empty the row until then.")


def _outcomes(reading: Reading, entries: Mapping[int, TrackerEntry]) -> WorkbookImport:
    rows = [_outcome(reading, read, entries.get(read.day)) for read in reading.days]
    start, filled = reading.tracker.start_date, {read.day for read in reading.days}
    rows += [RowOutcome(None, day, date_of_day(start, day), "kept") for day in entries if day not in filled]
    return WorkbookImport(sorted(rows, key=lambda row: row.day), reading.remarks + _still_rejected(rows, entries))


def _outcome(reading: Reading, read: SheetDay, entry: TrackerEntry | None) -> RowOutcome:
    outcome = "new" if entry is None else "unchanged" if _stands_here(entry, read) else "changed"
    return RowOutcome(read.row, read.day, date_of_day(reading.tracker.start_date, read.day), outcome)


def _stands_here(entry: TrackerEntry | None, read: SheetDay) -> bool:
    return entry is not None and facts_of(entry, read.facts) == read.facts


def _still_rejected(rows: Iterable[RowOutcome], entries: Mapping[int, TrackerEntry]) -> list[str]:
    same = [row.day for row in rows if row.outcome == "unchanged"]
    return [
        f"Day {day} was rejected and says the same as then: it stays rejected. Enter it by hand if it is right."
        for day in same
        if entries[day].status == TrackerEntry.Status.REJECTED
    ]


def facts_of(entry: TrackerEntry, names: Iterable[str] = AMOUNTS + TEXTS) -> dict[str, Any]:
    """What a day says, under the names of the columns."""
    return {name: getattr(entry, name) if name in AMOUNTS else entry.entry_data.get(name, "") for name in names}


def _enter(reading: Reading, read: SheetDay, entry: TrackerEntry | None, actor: User | None, now: datetime) -> None:
    """Enter one day; columns that this kind of sheet has not got stay as they are. A refusal becomes a mistake of its row."""
    facts = (facts_of(entry) if entry else {}) | read.facts
    try:
        if any(value for name, value in facts.items() if name != "notes"):
            submit_entry(actor=actor, tracker=reading.tracker, day=read.day, now=now, **facts)
        else:
            submit_no_payment(actor=actor, tracker=reading.tracker, day=read.day, now=now, notes=facts["notes"])
    except DomainError as error:
        column = next(iter(error.fields or ()), "")
        cell = reading.kind.cell(column if column in reading.kind.fields else "day", read.row)
        reading.refuse(cell, f"cannot be taken: {error.message}")


def _refuse_mistakes(reading: Reading) -> None:
    """Stop at mistakes, and with them everything that this import wrote so far."""
    if not reading.mistakes:
        return
    words = [word for said in reading.mistakes.values() for word in said]
    more = f" {len(words) - SHOWN_IN_MESSAGE} more like these." if len(words) > SHOWN_IN_MESSAGE else ""
    raise SheetHasMistakes(
        f"Nothing was taken: {' '.join(words[:SHOWN_IN_MESSAGE])}{more}", fields=dict(reading.mistakes)
    )
