"""Opens a file that somebody uploaded, as a stranger's: nothing in it is run, unpacked without a limit, or fetched.

Refused with a cure: a file that is no .xlsx (a CSV, an old .xls, an .ods, a picture), one with a password, with macros, larger
than 5 MB or than 10 MB unpacked, one that declares entities, and one without the sheet of the tracker's kind.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import IO, Any
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel

from accounts.errors import RuleBroken
from cashback.rules.tracker_sheets import KINDS, SheetKind, letter

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_UNPACKED = 10 * 1024 * 1024
MOST_PARTS = 1_000
LAST_ROW = 5_000  # a tracker of 3,660 days has 3,675 rows
COLUMNS_BESIDE = 12  # columns to the right of the known ones that are looked at, to say that they are not read

OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls files, and of every file with a password
PASSWORD_PART = "EncryptedPackage".encode("utf-16-le")
SAVE_AGAIN = "Open it in Excel and save it as .xlsx, then upload that."


class WorkbookUnreadable(RuleBroken):
    """The file is none that a tracker can be read from."""

    code = "workbook_unreadable"


class WrongSheet(RuleBroken):
    """The file has no sheet of this tracker's kind."""

    code = "wrong_sheet"


@dataclass(frozen=True)
class Sheet:
    """What a sheet says, by cell name: values that are there, and formulas of which nobody knows the value."""

    kind: SheetKind
    values: dict[str, Any] = field(default_factory=dict)
    uncalculated: set[str] = field(default_factory=set)
    last_row: int = 0
    goes_on: bool = False
    epoch: datetime | None = None

    def date_of_number(self, number: float) -> Any:
        """The date that a number without a date format stands for, in the calendar of this file; none if for none."""
        try:
            return from_excel(number, self.epoch) if self.epoch else None
        except (ValueError, OverflowError, TypeError):
            return None


def open_sheet(file: IO[bytes], kind: SheetKind) -> Sheet:
    """Read the cells of the sheet of this kind. *Raises* WorkbookUnreadable, WrongSheet."""
    packed = file.read(LARGEST_FILE + 1)
    if len(packed) > LARGEST_FILE:
        raise WorkbookUnreadable(
            f"The file is larger than {LARGEST_FILE // 2**20} MB: a tracker's sheet never is. Remove pictures and other sheets."
        )
    _check_container(packed)
    try:
        return _read(packed, kind)
    except (WorkbookUnreadable, WrongSheet):
        raise
    except Exception as error:  # whatever a damaged file makes the parser raise, it is the file that cannot be read
        raise WorkbookUnreadable(f"The file is damaged: its sheet cannot be read. {SAVE_AGAIN}") from error


def _check_container(packed: bytes) -> None:
    """Refuse what is no plain .xlsx by its parts alone, before anything of it is parsed."""
    if packed.startswith(OLD_OFFICE):
        if PASSWORD_PART in packed:
            raise WorkbookUnreadable("The file has a password. Save it without one (File, Info, Protect Workbook).")
        raise WorkbookUnreadable(f"The file is in the old format of Excel (.xls). {SAVE_AGAIN}")
    try:
        with zipfile.ZipFile(BytesIO(packed)) as parts:
            _check_parts(parts)
    except WorkbookUnreadable:
        raise
    except Exception as error:  # zipfile raises a dozen kinds for a file that is none
        raise WorkbookUnreadable(f"The file is no .xlsx workbook. {SAVE_AGAIN}") from error


def _check_parts(parts: zipfile.ZipFile) -> None:
    infos = parts.infolist()
    names = {info.filename for info in infos}
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
        raise WorkbookUnreadable(
            f"The file is larger than {LARGEST_UNPACKED // 2**20} MB unpacked. Nothing was unpacked."
        )
    if any(info.flag_bits & 1 for info in infos):
        raise WorkbookUnreadable("The file has a password. Save it without one.")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise WorkbookUnreadable(f"The file has macros. {SAVE_AGAIN}")
    if "xl/workbook.bin" in names:
        raise WorkbookUnreadable(f"The file is a binary workbook (.xlsb). {SAVE_AGAIN}")
    if "[Content_Types].xml" not in names:
        raise WorkbookUnreadable(f"The file is packed, but no .xlsx workbook. {SAVE_AGAIN}")
    if b"macroEnabled" in parts.read("[Content_Types].xml"):
        raise WorkbookUnreadable(f"The file is made for macros (.xlsm). {SAVE_AGAIN}")
    for name in names:
        if name.endswith((".xml", ".rels")):
            _refuse_declarations(parts.read(name))


def _refuse_declarations(xml: bytes) -> None:
    """A workbook declares no entities; one that does wants to grow in memory or to read other files."""

    def refuse(*_: object) -> None:
        raise WorkbookUnreadable(f"The file declares entities, which no program for sheets does. {SAVE_AGAIN}")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(xml, True)


def _read(packed: bytes, kind: SheetKind) -> Sheet:
    values: dict[str, Any] = {}
    blank: set[str] = set()
    formulas: dict[str, int] = {}
    sheet = _sheet(packed, kind, calculated=True)
    rows = [0]
    for cell in _cells(sheet, kind):
        if _says_something(cell):
            values[_name(cell)] = cell.value
            rows.append(cell.row)
        elif cell.data_type == "str":  # a formula that was calculated, to an empty text
            blank.add(_name(cell))
    for cell in _cells(_sheet(packed, kind, calculated=False), kind):
        if cell.data_type == "f" and _name(cell) not in values and _name(cell) not in blank:
            formulas[_name(cell)] = cell.row
    last_row = max([*rows, *formulas.values()])
    return Sheet(kind, values, set(formulas), last_row, (sheet.max_row or 0) > LAST_ROW, sheet.parent.epoch)


def _sheet(packed: bytes, kind: SheetKind, *, calculated: bool) -> Any:
    """The sheet of this kind, with the values that were last calculated, or with its formulas."""
    workbook = load_workbook(BytesIO(packed), read_only=True, data_only=calculated, keep_links=False)
    titles = {sheet.title.strip().lower(): sheet for sheet in workbook.worksheets}
    sheet = titles.get(kind.title.lower())
    if sheet is None:
        raise _wrong_sheet(list(workbook.sheetnames), kind)
    return sheet


def _cells(sheet: Any, kind: SheetKind) -> Iterator[Any]:
    for row in sheet.iter_rows(max_row=LAST_ROW, max_col=len(kind.fields) + COLUMNS_BESIDE):
        yield from row


def _says_something(cell: Any) -> bool:
    return cell.value is not None and not (isinstance(cell.value, str) and not cell.value.strip())


def _name(cell: Any) -> str:
    return f"{letter(cell.column)}{cell.row}"


def _wrong_sheet(titles: list[str], kind: SheetKind) -> WrongSheet:
    others = [other.tracker_type for other in KINDS.values() if other.title in titles]
    cure = (
        f"It is a file of a {others[0]} tracker: choose that tracker, or the right file."
        if others
        else "Rename the sheet of the tracker to that, or choose the right file."
    )
    shown = ", ".join(repr(title) for title in titles[:5])
    return WrongSheet(
        f"The file has no sheet '{kind.title}' (it has {shown}), and this is a {kind.tracker_type} tracker. {cure}"
    )
