"""Workbooks of trackers: an Excel sheet in, through the approval of its days; `cashback.selectors.tracker_workbook` writes it.

    read_workbook(actor=, tracker=, file=, now=)         what an import would do, and writes nothing
    import_workbook(actor=, tracker=, file=, now=)       does it; both answer a WorkbookImport: counts, rows, remarks
    export_workbook(tracker)                             bytes of an .xlsx (a selector: cashback.selectors.tracker_workbook)

`file` is an open file, as an uploaded one is. Who may enter days of a tracker may import them; each new or changed day waits for
the approval of another person. All or nothing: one mistake, and nothing is taken; `fields` of the error name each cell. A day
that the sheet leaves empty stays as it is, so a sheet never deletes. A sheet that says what is there already changes nothing.
"""

from cashback.selectors.tracker_workbook import export_workbook, workbook_name
from cashback.services.workbooks.importing import (
    RowOutcome,
    SheetHasMistakes,
    WorkbookImport,
    import_workbook,
    read_workbook,
)
from cashback.services.workbooks.opening import WorkbookUnreadable, WrongSheet

__all__ = [
    "RowOutcome",
    "SheetHasMistakes",
    "WorkbookImport",
    "WorkbookUnreadable",
    "WrongSheet",
    "export_workbook",
    "import_workbook",
    "read_workbook",
    "workbook_name",
]
