"""Workbooks as people have them: the old program's own sheets, filled by hand, and what is read of a file again.

`filled(tracker, {"C13": 500})` is a file of the template with these cells filled; `taken(tracker, file)` imports it.
"""

from datetime import timedelta
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import User
from cashback.models import DailyTracker
from cashback.rules.tracker_sheets import KINDS
from cashback.services.workbooks import WorkbookImport, import_workbook
from tests import make


def template(tracker: DailyTracker) -> Workbook:
    """The sheet as the old program gave it out: terms, day numbers, dates as text, balances as formulas without values."""
    workbook, kind = Workbook(), KINDS[tracker.tracker_type]
    sheet = workbook.active
    sheet.title = kind.title
    sheet["B3"], sheet["B6"] = tracker.tracker_name, tracker.investment_cents / 100
    sheet["B7"], sheet["B8"] = f"{tracker.scheme_period_days} (Days)", tracker.per_day_payment_cents / 100
    sheet[kind.start_cell] = tracker.start_date
    for day in range(tracker.scheme_period_days + 1):
        row = kind.row_of(day)
        sheet[kind.cell("day", row)] = day
        sheet[kind.cell("date", row)] = (tracker.start_date + timedelta(days=day)).strftime("%d-%m-%Y")
        sheet[kind.cell("balance_cents", row)] = f"=F{row - 1}+C{row}-G{row}"
    return workbook


def sheet_of(workbook: Workbook) -> Worksheet:
    """Its only sheet."""
    return workbook.worksheets[0]


def saved(workbook: Workbook) -> BytesIO:
    """The file."""
    file = BytesIO()
    workbook.save(file)
    file.seek(0)
    return file


def filled(tracker: DailyTracker, cells: dict[str, Any]) -> BytesIO:
    """A template with these cells filled, by their names."""
    workbook = template(tracker)
    for name, value in cells.items():
        sheet_of(workbook)[name] = value
    return saved(workbook)


def read(file: bytes, *, formulas: bool = False) -> Worksheet:
    """The only sheet of a file, as values unless the formulas are asked for."""
    return load_workbook(BytesIO(file), data_only=not formulas).worksheets[0]


def taken(tracker: DailyTracker, file: BytesIO, *, actor: User | None = None) -> WorkbookImport:
    """Import a file into a tracker, by the system unless said who."""
    return import_workbook(actor=actor, tracker=tracker, file=file, now=make.NOW)


def entered(tracker: DailyTracker) -> dict[int, tuple[int, str]]:
    """The payment and the status of each day."""
    return {entry.day: (entry.payment_cents, entry.status) for entry in tracker.entries.order_by("day")}
