"""Reads the rows of a sheet: each day that says something, and every mistake with the name of its cell.

A day is known by its number in column A; its date only confirms it. The old program wrote the date of a day one too early when it
was approved, so a date that is exactly that is taken and said; any other that is not start + day is a mistake. Running totals are
never taken from a sheet: they are reckoned anew, and where the sheet says something else, that is said.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from accounts.currency import grouped
from cashback.models import DailyTracker, TrackerEntry
from cashback.rules.tracker_cells import CellRefused, cents_in, day_in, from_cell, text_in
from cashback.rules.tracker_figures import date_of_day, running_figures
from cashback.rules.tracker_sheets import AMOUNTS, HEADINGS, RUNNING
from cashback.selectors.tracker_days import terms_of
from cashback.services.workbooks.findings import Reading, SheetDay
from cashback.services.workbooks.head import read_head
from cashback.services.workbooks.opening import Sheet

DOES_NOT_COUNT = {str(status.label).lower() for status in (TrackerEntry.Status.PENDING, TrackerEntry.Status.REJECTED)}


def read_days(sheet: Sheet, tracker: DailyTracker) -> Reading:
    """Read every day of the sheet, and compare its head, dates and totals with the tracker's."""
    reading = Reading(sheet, tracker)
    read_head(reading)
    seen: dict[int, int] = {}
    for row in range(sheet.kind.first_row, sheet.last_row + 1):
        if (read := _read_row(reading, row, seen)) is not None:
            reading.days.append(read)
    reading.days.sort(key=lambda read: read.day)
    if not reading.mistakes:
        reading.remarks += _totals_that_differ(reading)
    return reading


def _read_row(reading: Reading, row: int, seen: dict[int, int]) -> SheetDay | None:
    """Read one row; none when nobody filled it, or when it has a mistake."""
    kind = reading.kind
    cells = {name: kind.cell(name, row) for name in kind.fields}
    if not any(reading.says(cells[name]) for name in kind.entered):
        return None
    mistakes = len(reading.mistakes)
    day = _day(reading, cells["day"], row)
    facts = dict(_facts(reading, cells))
    if day is not None:
        _check_day(reading, cells, day, row, seen)
    if day is None or len(reading.mistakes) > mistakes:
        return None
    return SheetDay(row, day, facts, counts=reading.shown(cells["status"]).lower() not in DOES_NOT_COUNT)


def _day(reading: Reading, cell: str, row: int) -> int | None:
    """The number of the day; where its formula was never calculated, the row says it."""
    if cell in reading.sheet.uncalculated:
        return row - reading.kind.first_row
    if not reading.says(cell):
        reading.refuse(cell, "is empty, but its row is not. Write the number of the day there, or empty the row.")
    return reading.value(cell, day_in)


def _facts(reading: Reading, cells: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for name in reading.kind.entered:
        if name not in AMOUNTS:
            yield name, from_cell(reading.value(cells[name], text_in) or "").strip()
            continue
        if name == "payment_cents" and not reading.says(cells[name]):
            reading.refuse(
                cells[name], "is empty, but its row is not. Write 0 where nothing was paid, or empty the row."
            )
        yield name, reading.cents(cells[name]) or 0


def _check_day(reading: Reading, cells: dict[str, str], day: int, row: int, seen: dict[int, int]) -> None:
    last = reading.tracker.scheme_period_days
    if day > last:
        reading.refuse(
            cells["day"], f"says day {day}: the tracker has the days 0 to {last}. Correct it, or empty the row."
        )
        return
    if day in seen:
        reading.refuse(
            cells["day"], f"says day {day}, as row {seen[day]} does. A day has one row: correct or empty one."
        )
    seen.setdefault(day, row)
    _check_date(reading, cells["date"], day)


def _check_date(reading: Reading, cell: str, day: int) -> None:
    due, said = date_of_day(reading.tracker.start_date, day), reading.dates(cell)
    if said is None or due is None or due in said:
        return
    if due - timedelta(days=1) in said:
        reading.remarks.append(f"{cell} is a day early, as the old program wrote it: day {day} is {due}.")
        return
    reading.refuse(
        cell, f"says {reading.shown(cell)!r}, but day {day} is {due}. Correct the date or the number of the day."
    )


def _totals_that_differ(reading: Reading) -> Iterator[str]:
    """One sentence for each running column that says something else than its rows: its first cell, and how many follow."""
    entered = (read.as_entered() for read in reading.days)
    figures = list(running_figures(terms_of(reading.tracker), entered))
    for name in RUNNING:
        if name not in reading.kind.fields:
            continue
        due = {
            reading.kind.cell(name, read.row): getattr(at, name) for read, at in zip(reading.days, figures, strict=True)
        }
        wrong = [cell for cell, cents in due.items() if cell in reading.sheet.values and _total(reading, cell) != cents]
        if wrong:
            yield _difference(reading, name, wrong[0], due[wrong[0]], len(wrong) - 1)


def _difference(reading: Reading, name: str, cell: str, cents: int, others: int) -> str:
    more = f", and {others} more of this column differ" if others else ""
    return (
        f"{cell} says {reading.shown(cell)}, but {HEADINGS[name].lower()} is {grouped(cents, reading.tracker.currency)} "
        f"by the rows{more}. Totals are never taken from a sheet."
    )


def _total(reading: Reading, cell: str) -> int | None:
    try:
        return cents_in(reading.sheet.values[cell], reading.tracker.currency, signed=True)
    except CellRefused:
        return None
