"""A tracker as an Excel file: the columns of its kind, dates as dates, amounts as numbers, figures as values, texts as texts."""

import zipfile
from datetime import date
from io import BytesIO

import pytest

from cashback.rules.tracker_sheets import KINDS
from cashback.services.workbooks import export_workbook, workbook_name
from tests import make
from tests.cashback.sheets import read

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

START = date(2024, 2, 27)


def tracker(kind="50K", **fields):
    return make.tracker(
        **{"tracker_type": kind, "start_date": START, "scheme_period_days": 5, "tracker_name": "Asha"} | fields
    )


def row(sheet, number, last):
    return [sheet.cell(number, column).value for column in range(1, last + 1)]


def test_a_50k_sheet_to_the_letter():
    on = tracker()
    make.tracker_entry(50_000, on=on, day=0, approve=True, payment_mode="Cash", notes="first")
    make.tracker_entry(70_050, on=on, day=2, approve=True, withdrawn_cents=10_000)
    make.tracker_entry(50_000, on=on, day=3)
    sheet = read(export_workbook(on))
    assert sheet.title == "50K Reinvest Tracker"
    assert [sheet[cell].value for cell in ("B3", "B6", "B7", "B8")] == ["Asha", 50000, "5 (Days)", 500]
    assert sheet["B10"].value.date() == START
    headings = [
        "Day",
        "Date",
        "Daily payments",
        "Cumulative",
        "Payment mode",
        "Balance",
        "Withdrawn",
        "Notes",
        "Status",
    ]
    assert row(sheet, 12, 9) == headings
    days = [
        date(2024, 2, 27),
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 1),
        date(2024, 3, 2),
        date(2024, 3, 3),
    ]
    assert [sheet.cell(13 + day, 2).value.date() for day in range(6)] == days
    assert row(sheet, 13, 9)[2:] == [500, 500, "Cash", 500, None, "first", "Approved"]
    assert row(sheet, 14, 9)[2:] == [None] * 7
    assert row(sheet, 15, 9)[2:] == [700.5, 1200.5, None, 1100.5, 100, None, "Approved"]
    assert row(sheet, 16, 9)[2:] == [500, 1200.5, None, 1100.5, None, None, "To approve"]
    assert row(sheet, 19, 9) == [None] * 9


def test_a_1l_sheet_begins_in_row_14_with_its_own_columns():
    on = tracker("1L")
    facts = {"reinvest_cents": 5_000, "reinvest_from": "day 0", "pocket_money_cents": 2_500, "notes": "note"}
    make.tracker_entry(100_000, on=on, day=0, approve=True, **facts)
    sheet = read(export_workbook(on))
    assert (sheet.title, sheet["B11"].value.date()) == ("1L Enhanced Tracker", START)
    assert row(sheet, 13, 12)[7:] == ["Reinvest", "Reinvest from", "Pocket money", "Total invested", "Notes"]
    assert row(sheet, 14, 12)[2:] == [1000, 1000, None, 1000, None, 50, "day 0", 25, 50025, "note"]


def test_a_sheet_without_reinvestment_has_its_own_order():
    on = tracker("No Reinvest")
    make.tracker_entry(300_000, on=on, day=0, approve=True, transaction_details="0012", withdrawn_cents=100)
    sheet = read(export_workbook(on))
    assert (sheet.title, sheet["B10"].value.date()) == ("No Reinvest Tracker", START)
    assert row(sheet, 12, 9)[2:] == [
        *("Daily payments", "Transaction details", "Payment mode", "Cumulative", "Balance", "Withdrawn", "Notes"),
    ]
    assert row(sheet, 13, 9)[2:] == [3000, "0012", None, 3000, 2999, 1, None]


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_is_a_formula_so_nobody_needs_excel_to_reckon(kind):
    on = tracker(kind, tracker_name="=HYPERLINK(1)")
    for day, text in enumerate(("=1+1", "+91 98", "-5", "@sum", "#N/A")):
        make.tracker_entry(50_000, on=on, day=day, approve=True, notes=text, payment_mode=text)
    sheet = read(export_workbook(on), formulas=True)
    assert [cell.coordinate for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"] == []
    first = KINDS[kind].first_row
    notes = [sheet[KINDS[kind].cell("notes", first + day)] for day in range(5)]
    assert [(cell.value, cell.data_type) for cell in notes] == [
        (text, "s") for text in ("=1+1", "+91 98", "-5", "@sum", "#N/A")
    ]
    assert [bool(cell.quotePrefix) for cell in notes] == [True, True, True, True, False]
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=HYPERLINK(1)", "s")


def test_amounts_are_written_exactly_with_the_decimals_of_their_currency():
    on = tracker()
    make.tracker_entry(999_999_999_999_999, on=on, day=0)
    file = export_workbook(on)
    with zipfile.ZipFile(BytesIO(file)) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>9999999999999.99</v>" in xml
    assert read(file)["C13"].number_format == "#,##0.00"
    yen = tracker(of=make.tenant("yen", currency="JPY"))
    make.tracker_entry(1500, on=yen, day=0)
    assert (read(export_workbook(yen))["C13"].value, read(export_workbook(yen))["C13"].number_format) == (1500, "#,##0")


def test_the_summary_says_what_the_tracker_brought():
    on = tracker()
    make.tracker_entry(50_000, on=on, day=0, approve=True, withdrawn_cents=10_000)
    sheet = read(export_workbook(on))
    assert [(sheet[f"D{at}"].value, sheet[f"E{at}"].value) for at in range(3, 9)] == [
        ("Payments", 500),
        ("Balance", 400),
        ("Invested", 50000),
        ("Profit", -49600),
        ("Pending", 0),
        ("Return", -0.992),
    ]


@pytest.mark.parametrize(
    ("name", "file"), [("Asha 500/day", "tracker-Asha-500-day.xlsx"), ("../../etc", "tracker-etc.xlsx"), ("ஆஷா", None)]
)
def test_a_file_name_is_one_that_every_system_stores(name, file):
    on = tracker(tracker_name=name)
    assert workbook_name(on) == (file or f"tracker-{on.pk}.xlsx")
