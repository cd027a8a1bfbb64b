"""A tracker as an Excel file: one sheet of its kind, dates as dates, amounts as numbers, and every figure as a value.

    export_workbook(tracker)         bytes of an .xlsx
    workbook_name(tracker)           a file name for it: tracker-Asha-500-a-day.xlsx

Nobody needs Excel to reckon anything: running totals are written as numbers, so every program that opens the file shows them. A
text that begins as a formula does (= + - @) stays text. `cashback.services.workbooks` reads the file back: nothing changes.
"""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from accounts.currency import digits_after_unit
from cashback.models import DailyTracker
from cashback.rules.tracker_cells import to_cell
from cashback.rules.tracker_figures import date_of_day
from cashback.rules.tracker_sheets import (
    AMOUNTS,
    HEADINGS,
    INVESTMENT_CELL,
    KINDS,
    NAME_CELL,
    PER_DAY_CELL,
    PERIOD_CELL,
    RUNNING,
    TEXTS,
    SheetKind,
    letter,
)
from cashback.selectors.tracker_days import TrackerDay, days_of, figures_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
DATE_FORMAT = "dd-mm-yyyy"
FIRST_DATE_OF_EXCEL = date(1900, 3, 1)  # before it, Excel counts a day that never was
BOLD = Font(bold=True)


def export_workbook(tracker: DailyTracker) -> bytes:
    """Write the tracker as its kind of sheet; days that nobody entered have their number and date alone."""
    workbook = Workbook()
    sheet = workbook.active
    kind = KINDS[tracker.tracker_type]
    sheet.title = kind.title
    days = days_of(tracker)
    _write_head(sheet, tracker, kind)
    _write_summary(sheet, tracker, days)
    _write_days(sheet, tracker, kind, days)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def workbook_name(tracker: DailyTracker) -> str:
    """A file name that every system can store: what is no letter, digit or dash of ASCII becomes a dash."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", tracker.tracker_name).strip("-")
    return f"tracker-{name or tracker.pk}.xlsx"


def _write_head(sheet: Worksheet, tracker: DailyTracker, kind: SheetKind) -> None:
    sheet["A1"], sheet["A1"].font = kind.title, BOLD
    for cell, label in (
        (NAME_CELL, "Name"),
        (INVESTMENT_CELL, "Investment"),
        (PERIOD_CELL, "Scheme period"),
        (PER_DAY_CELL, "Per day payment"),
        (kind.start_cell, "Start date"),
    ):
        sheet[f"A{cell[1:]}"] = label
    put_text(sheet[NAME_CELL], tracker.tracker_name)
    put_money(sheet[INVESTMENT_CELL], tracker.investment_cents, tracker.currency)
    sheet[PERIOD_CELL] = f"{tracker.scheme_period_days} (Days)"
    put_money(sheet[PER_DAY_CELL], tracker.per_day_payment_cents, tracker.currency)
    put_date(sheet[kind.start_cell], tracker.start_date)


def _write_summary(sheet: Worksheet, tracker: DailyTracker, days: list[TrackerDay]) -> None:
    """Write what the tracker brought so far; it is for people and is not read back."""
    figures = figures_of(tracker, as_of=tracker.start_date, entries=[day.entry for day in days])
    rows = (
        ("Payments", figures.total_payments_cents),
        ("Balance", figures.balance_cents),
        ("Invested", figures.total_invested_cents),
        ("Profit", figures.profit_cents),
        ("Pending", figures.pending_cents),
    )
    for row, (label, cents) in enumerate(rows, start=3):
        sheet[f"D{row}"] = label
        put_money(sheet[f"E{row}"], cents, tracker.currency)
    sheet["D8"], sheet["E8"].number_format = "Return", "0.00%"
    sheet["E8"] = None if figures.roi_percent is None else figures.roi_percent.scaleb(-2)


def _write_days(sheet: Worksheet, tracker: DailyTracker, kind: SheetKind, days: list[TrackerDay]) -> None:
    for column, field in enumerate(kind.fields, start=1):
        heading = sheet.cell(kind.first_row - 1, column, HEADINGS[field])
        heading.font = BOLD
        sheet.column_dimensions[letter(column)].width = 40 if field == "notes" else 16
    sheet.freeze_panes = f"A{kind.first_row}"
    entered = {day.entry.day: day for day in days}
    last = max([tracker.scheme_period_days, *entered])
    for number in range(last + 1):
        row = kind.row_of(number)
        sheet[kind.cell("day", row)] = number
        put_date(sheet[kind.cell("date", row)], date_of_day(tracker.start_date, number))
        if number in entered:
            _write_entered(sheet, kind, row, entered[number], tracker.currency)


def _write_entered(sheet: Worksheet, kind: SheetKind, row: int, day: TrackerDay, currency: str) -> None:
    sheet[kind.cell("status", row)] = str(day.entry.get_status_display())
    for field in kind.fields:
        cell = sheet[kind.cell(field, row)]
        if field == "payment_cents" or field in AMOUNTS and getattr(day.entry, field):
            put_money(cell, getattr(day.entry, field), currency)
        elif field in RUNNING:
            put_money(cell, getattr(day.figures, field), currency)
        elif field in TEXTS:
            put_text(cell, day.entry.entry_data.get(field, ""))


def put_text(cell: Cell, text: str) -> None:
    """Write a text that stays one, however it begins; an empty one is an empty cell."""
    if not text:
        return
    cell.value = to_cell(text)
    cell.data_type = "s"  # whatever openpyxl made of "=1+1" or "#N/A"
    cell.quotePrefix = text.startswith(BEGINS_A_FORMULA)  # else Excel reads a formula when a person edits the cell


def put_money(cell: Cell, cents: int, currency: str) -> None:
    """Write an amount as a number, to the last digit, shown with the decimals of its currency."""
    digits = digits_after_unit(currency)
    cell.value = Decimal(cents).scaleb(-digits)
    cell.number_format = f"#,##0.{'0' * digits}" if digits else "#,##0"


def put_date(cell: Cell, day: date | None) -> None:
    """Write a date as a date; one that Excel cannot count as ISO text."""
    value: Any = day.isoformat() if day and day < FIRST_DATE_OF_EXCEL else day
    cell.value = value
    cell.number_format = DATE_FORMAT
