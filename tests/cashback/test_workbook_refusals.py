"""Files and cells that cannot be taken: each is refused in words that name the cell and the cure, and nothing is written."""

import re
import struct
import zipfile
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from accounts.models import RefusedWrite
from cashback.services.workbooks import SheetHasMistakes, WorkbookUnreadable, WrongSheet, opening, read_workbook
from tests import make
from tests.cashback.sheets import entered, filled, saved, sheet_of, taken, template

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


def tracker(**fields):
    return make.tracker(**{"scheme_period_days": 30} | fields)


def mistakes(on, cells: dict) -> dict[str, list[str]]:
    """What an import says of each cell."""
    with pytest.raises(SheetHasMistakes) as refused:
        taken(on, filled(on, cells))
    assert entered(on) == {}
    return refused.value.fields


def packed(**parts: bytes) -> BytesIO:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts_of_file:
        for name, content in parts.items():
            parts_of_file.writestr(name, content)
    file.seek(0)
    return file


def with_part(file: BytesIO, name: str, content: bytes) -> BytesIO:
    """The same file with one part put in, or put in the place of another."""
    with zipfile.ZipFile(file) as parts:
        all_parts = {info: parts.read(info) for info in parts.namelist()}
    return packed(**all_parts | {name: content})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (1234.565, "says 1234.565: BDT has 2 decimals, and nothing is rounded."),
        ("1234.565", "BDT has 2 decimals"),
        (0.001, "BDT has 2 decimals"),
        (-5, "an amount is not below nothing"),
        ("-5", "an amount is not below nothing"),
        ("৳ -5", "an amount is not below nothing"),
        (1e300, "more than anybody pays"),
        ("99999999999999999999", "more than anybody pays"),
        (True, "says True: an amount belongs there"),
        ("lots", "says 'lots': that is no amount"),
        ("1.234,50", "that is no amount"),
        ("12,34", "that is no amount"),
        ("1e3", "that is no amount"),
        ("NaN", "that is no amount"),
        ("500 600", "that is no amount"),
        ("5٣0", "that is no amount"),
        ("9" * 400, "that is no amount"),
        ("₹ 500", "the tracker is kept in BDT"),
        ("500 USD", "the tracker is kept in BDT"),
        ("#DIV/0!", "that is no amount"),
        (make.TODAY, "an amount belongs there"),
        ("=500+20", "holds a formula that was never calculated. Open and save the file in Excel"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_cell(said, words):
    on = tracker()
    (word,) = mistakes(on, {"C15": said})["C15"]
    assert word.startswith("C15 ")
    assert words in word


def test_half_a_cent_is_refused_where_money_is_withdrawn_too():
    assert "nothing is rounded" in mistakes(tracker(), {"C15": 500, "G15": 0.005})["G15"][0]


@pytest.mark.parametrize(
    ("cells", "cell", "words"),
    [
        ({"A15": None}, "A15", "is empty, but its row is not. Write the number of the day there"),
        ({"A15": "Total"}, "A15", "says 'Total': the number of a day belongs there"),
        ({"A15": 2.5}, "A15", "says 2.5: the number of a day belongs there"),
        ({"A15": -1}, "A15", "says -1: the number of a day belongs there"),
        ({"A15": 31}, "A15", "says day 31: the tracker has the days 0 to 30"),
        ({"A15": 1, "C14": 500}, "A15", "says day 1, as row 14 does"),
        ({"B15": "14-01-2026"}, "B15", "says '14-01-2026', but day 2 is"),
        ({"B15": "16-01-2026"}, "B15", "says '16-01-2026', but day 2 is"),
        ({"B15": "soon"}, "B15", "says 'soon', but day 2 is"),
        ({"B15": datetime(2026, 1, 20)}, "B15", "says '2026-01-20', but day 2 is"),  # noqa: DTZ001 - as Excel keeps a date
        ({"C15": None, "H15": "shop shut"}, "C15", "is empty, but its row is not. Write 0 where nothing was paid"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_with_its_cell(cells, cell, words):
    on = tracker(start_date=make.TODAY.replace(day=1))
    (word,) = mistakes(on, {"C15": 500} | cells)[cell]
    assert words in word


@pytest.mark.parametrize(
    ("cell", "said", "words"),
    [
        ("B6", 60_000, "B6 says 60000, but tracker Asha has 50,000.00. Choose its own file, or correct the cell."),
        ("B7", "200 (Days)", "B7 says 200 (Days), but tracker Asha has 30 days."),
        ("B8", 400, "B8 says 400, but tracker Asha has 500.00."),
        ("B10", "14-01-2026", "B10 says 14-01-2026, but tracker Asha has 2026-01-03 as its first day."),
        ("B6", "much", "B6 says 'much': that is no amount."),
        ("B7", "long", "B7 says 'long': the number of a day belongs there"),
    ],
)
def test_the_sheet_of_another_tracker_is_refused(cell, said, words):
    on = tracker(tracker_name="Asha")
    assert mistakes(on, {cell: said, "C13": 500})[cell][0].startswith(words)


def test_a_day_that_is_still_to_come_is_refused_with_its_cell_before_anything_is_entered():
    on = tracker(start_date=make.TODAY)
    file = filled(on, {"C13": 500, "C14": 500})
    with pytest.raises(SheetHasMistakes) as refused:
        read_workbook(actor=None, tracker=on, file=file, now=make.NOW)
    said = {"A14": ["A14 says day 1: that is 2026-01-14, and still to come. Empty the row until then."]}
    assert refused.value.fields == mistakes(on, {"C13": 500, "C14": 500}) == said
    assert read_workbook(actor=None, tracker=on, file=file, now=make.later(days=1)).counts["new"] == 2


def test_columns_in_another_order_are_refused():
    said = mistakes(tracker(), {"C12": "Balance", "F12": "daily_payments", "C13": 500})
    assert said["C12"] == ["C12 is headed 'Balance' where 'Daily payments' belongs. Put the columns in order."]
    assert set(said) == {"C12", "F12"}


def test_the_message_shows_three_mistakes_and_counts_the_others():
    on = tracker()
    with pytest.raises(SheetHasMistakes) as refused:
        taken(on, filled(on, {f"C{row}": "lots" for row in range(13, 20)}))
    assert refused.value.message.count("says 'lots'") == 3
    assert refused.value.message.endswith("4 more like these.")
    assert len(refused.value.fields) == 7


def test_a_sheet_of_another_kind_is_refused_and_its_kind_named():
    one, other = tracker(), tracker(tracker_type="1L")
    with pytest.raises(WrongSheet, match="has no sheet '50K Reinvest Tracker'.*It is a file of a 1L tracker"):
        taken(one, saved(template(other)))


def test_a_workbook_without_a_tracker_is_refused():
    with pytest.raises(WrongSheet, match=r"has no sheet '50K Reinvest Tracker' \(it has 'Sheet'\).*Rename the sheet"):
        taken(tracker(), saved(Workbook()))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "no .xlsx workbook"),
        (b"day,payment\n0,500\n", "no .xlsx workbook"),
        (b"\x89PNG\r\n" + b"\0" * 100, "no .xlsx workbook"),
        (b"PK\x03\x04" + b"\0" * 100, "no .xlsx workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512, "old format of Excel"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet").getvalue(), "packed, but no .xlsx"),
        (packed(**{"[Content_Types].xml": b"<Types/>"}).getvalue(), "damaged"),
        (packed(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b""}).getvalue(), "binary workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(file, words):
    on = tracker()
    with pytest.raises(WorkbookUnreadable, match=words):
        taken(on, BytesIO(file))
    assert entered(on) == {}


def test_a_file_with_macros_is_refused_by_its_parts_and_by_what_it_says_of_itself():
    on = tracker()
    with pytest.raises(WorkbookUnreadable, match="has macros"):
        taken(on, with_part(saved(template(on)), "xl/vbaProject.bin", b"code"))
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    with pytest.raises(WorkbookUnreadable, match="made for macros"):
        taken(on, with_part(saved(template(on)), "[Content_Types].xml", types))


def test_a_file_that_is_large_or_unpacks_large_is_refused_before_it_is_unpacked():
    on = tracker()
    with pytest.raises(WorkbookUnreadable, match="larger than 5 MB"):
        taken(on, BytesIO(b"\0" * (opening.LARGEST_FILE + 1)))
    bomb = with_part(saved(template(on)), "xl/media/zeros.xml", b"\0" * (opening.LARGEST_UNPACKED + 1))
    assert len(bomb.getvalue()) < opening.LARGEST_FILE
    with pytest.raises(WorkbookUnreadable, match="larger than 10 MB unpacked"):
        taken(on, bomb)
    crowd = packed(
        **{"[Content_Types].xml": b"<Types/>"} | {f"xl/{number}.xml": b"" for number in range(opening.MOST_PARTS)}
    )
    with pytest.raises(WorkbookUnreadable, match="unpacked"):
        taken(on, crowd)


def test_a_file_that_lies_about_its_unpacked_size_is_refused():
    """Each part says that it is 10 bytes; unpacked it is a megabyte."""
    on = tracker()
    file = bytearray(with_part(saved(template(on)), "xl/zeros.xml", b"<a>" + b" " * 10**6 + b"</a>").getvalue())
    true_size, lie = struct.pack("<I", 10**6 + 7), struct.pack("<I", 10)
    assert true_size in file
    with pytest.raises(WorkbookUnreadable):
        taken(on, BytesIO(bytes(file.replace(true_size, lie))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_declares_entities_is_refused_in_any_encoding(encoding):
    on = tracker()
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'.encode(encoding)
    with pytest.raises(WorkbookUnreadable, match="declares entities"):
        taken(on, with_part(saved(template(on)), "xl/worksheets/sheet1.xml", xml))


def test_a_file_that_was_cut_or_damaged_is_refused():
    on = tracker()
    file = filled(on, {"C13": 500}).getvalue()
    for damaged in (file[: len(file) // 2], file.replace(b"PK\x01\x02", b"XX\x01\x02")):
        with pytest.raises(WorkbookUnreadable):
            taken(on, BytesIO(damaged))
    with pytest.raises(WorkbookUnreadable, match="no .xlsx workbook|damaged"):
        taken(on, with_part(filled(on, {}), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"))


def test_what_was_refused_is_remembered_for_the_office():
    on = tracker()
    with pytest.raises(WorkbookUnreadable):
        taken(on, BytesIO(b"nothing"))
    assert list(RefusedWrite.objects.values_list("service", "code")) == [("import_workbook", "workbook_unreadable")]


def test_a_formula_that_excel_calculated_is_its_value_and_one_that_says_nothing_is_empty():
    on = tracker()
    workbook = template(on)
    sheet_of(workbook)["C13"], sheet_of(workbook)["C14"] = "=500+20", '=""'
    file = saved(workbook)
    with zipfile.ZipFile(file) as parts:
        xml = parts.read("xl/worksheets/sheet1.xml")
    xml = re.sub(rb"<f>500\+20</f><v ?/>", b"<f>500+20</f><v>520</v>", xml)
    xml = xml.replace(b'<c r="C14">', b'<c r="C14" t="str">')
    taken(on, with_part(file, "xl/worksheets/sheet1.xml", xml))
    assert entered(on) == {0: (52_000, "pending")}
