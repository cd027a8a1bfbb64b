"""Compares the head of a sheet with the tracker: the sheet of another tracker must not get in."""

from typing import Any

from accounts.currency import grouped
from cashback.rules.tracker_cells import from_cell, period_in, text_in
from cashback.rules.tracker_sheets import (
    HEADINGS,
    INVESTMENT_CELL,
    NAME_CELL,
    PER_DAY_CELL,
    PERIOD_CELL,
    field_of_heading,
    letter,
)
from cashback.services.workbooks.findings import Reading
from cashback.services.workbooks.opening import COLUMNS_BESIDE, LAST_ROW


def read_head(reading: Reading) -> None:
    """Refuse what was agreed otherwise, and columns in another order; remark on another name and on columns that are not read."""
    tracker, currency = reading.tracker, reading.tracker.currency
    for cell, cents in ((INVESTMENT_CELL, tracker.investment_cents), (PER_DAY_CELL, tracker.per_day_payment_cents)):
        _compare(reading, cell, reading.cents(cell), cents, grouped(cents, currency))
    days = tracker.scheme_period_days
    _compare(reading, PERIOD_CELL, reading.value(PERIOD_CELL, period_in), days, f"{days} days")
    dates, start = reading.dates(reading.kind.start_cell), tracker.start_date
    if dates is not None and start not in dates:
        _compare(reading, reading.kind.start_cell, dates, start, f"{start} as its first day")
    name = from_cell(text_in(reading.sheet.values.get(NAME_CELL)))
    if name and name != tracker.tracker_name:
        reading.remarks.append(f"{NAME_CELL} says {name[:60]!r}: the tracker is called {tracker.tracker_name!r}.")
    _read_headings(reading)
    _remark_on_columns(reading)
    if reading.sheet.goes_on:
        reading.remarks.append(f"The sheet goes on after row {LAST_ROW}: what stands there was not read.")


def _compare(reading: Reading, cell: str, said: Any, agreed: Any, shown: str) -> None:
    if said in (None, agreed):
        return
    reading.refuse(
        cell,
        f"says {reading.shown(cell)}, but tracker {reading.tracker} has {shown}. Choose its own file, or correct the cell.",
    )


def _read_headings(reading: Reading) -> None:
    kind, row = reading.kind, reading.kind.first_row - 1
    for column, name in enumerate(kind.fields, start=1):
        cell = f"{letter(column)}{row}"
        named = field_of_heading(reading.shown(cell))
        if named not in (None, name):
            reading.refuse(
                cell, f"is headed {HEADINGS[named]!r} where {HEADINGS[name]!r} belongs. Put the columns in order."
            )


def _remark_on_columns(reading: Reading) -> None:
    """Say which columns beside those of the kind have something in them: it is not read."""
    kind, first = reading.kind, reading.kind.first_row - 1
    for column in range(len(kind.fields) + 1, len(kind.fields) + COLUMNS_BESIDE + 1):
        name = letter(column)
        if any(reading.says(f"{name}{row}") for row in range(first, reading.sheet.last_row + 1)):
            heading = reading.shown(f"{name}{first}")
            reading.remarks.append(
                f"Column {name} {heading!r} belongs to no {kind.tracker_type} tracker: it was not read."
            )
