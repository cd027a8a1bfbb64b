"""The three sheets of daily trackers: what stands in which cell.

All have the tracker's name in B3, its investment in B6, the scheme period in B7 ("100 (Days)") and the payment a day in B8. Below
them, one row for each day from day 0 on:

    50K            start in B10, days from row 13: day, date, payment, cumulative, mode, balance, withdrawn, notes
    1L             start in B11, days from row 14: the same up to withdrawn, then reinvest, reinvest from, pocket money,
                   total invested, notes
    No Reinvest    start in B10, days from row 13: day, date, payment, details, mode, cumulative, balance, withdrawn, notes

What a sheet has beyond that (`status`, to the right of the notes, and its summary in D3 to E8) is for people and is not read.
"""

import re
from dataclasses import dataclass
from typing import Final

NAME_CELL: Final = "B3"
INVESTMENT_CELL: Final = "B6"
PERIOD_CELL: Final = "B7"
PER_DAY_CELL: Final = "B8"

AMOUNTS: Final = ("payment_cents", "withdrawn_cents", "reinvest_cents", "pocket_money_cents")
TEXTS: Final = ("payment_mode", "transaction_details", "reinvest_from", "notes")
RUNNING: Final = ("cumulative_cents", "balance_cents", "total_invested_cents")

HEADINGS: Final = {
    "day": "Day",
    "date": "Date",
    "payment_cents": "Daily payments",
    "cumulative_cents": "Cumulative",
    "payment_mode": "Payment mode",
    "transaction_details": "Transaction details",
    "balance_cents": "Balance",
    "withdrawn_cents": "Withdrawn",
    "reinvest_cents": "Reinvest",
    "reinvest_from": "Reinvest from",
    "pocket_money_cents": "Pocket money",
    "total_invested_cents": "Total invested",
    "notes": "Notes",
    "status": "Status",
}


@dataclass(frozen=True)
class SheetKind:
    """One kind of sheet: `fields` are its columns from A on."""

    tracker_type: str
    title: str
    first_row: int
    start_cell: str
    fields: tuple[str, ...]

    def row_of(self, day: int) -> int:
        """The row in which a day stands.

        >>> KINDS["1L"].row_of(0), KINDS["50K"].row_of(365)
        (14, 378)
        """
        return self.first_row + day

    def cell(self, field: str, row: int) -> str:
        """The name of a cell, such as `C13`.

        >>> KINDS["No Reinvest"].cell("notes", 13)
        'I13'
        """
        return f"{letter(self.fields.index(field) + 1)}{row}"

    @property
    def entered(self) -> tuple[str, ...]:
        """The columns that somebody fills; the others are reckoned or for people."""
        return tuple(field for field in self.fields if field in AMOUNTS + TEXTS)


KINDS: Final = {
    kind.tracker_type: kind
    for kind in (
        SheetKind(
            "50K",
            "50K Reinvest Tracker",
            13,
            "B10",
            (
                *("day", "date", "payment_cents", "cumulative_cents", "payment_mode", "balance_cents"),
                *("withdrawn_cents", "notes", "status"),
            ),
        ),
        SheetKind(
            "1L",
            "1L Enhanced Tracker",
            14,
            "B11",
            (
                *("day", "date", "payment_cents", "cumulative_cents", "payment_mode", "balance_cents"),
                *("withdrawn_cents", "reinvest_cents", "reinvest_from", "pocket_money_cents", "total_invested_cents"),
                *("notes", "status"),
            ),
        ),
        SheetKind(
            "No Reinvest",
            "No Reinvest Tracker",
            13,
            "B10",
            (
                *("day", "date", "payment_cents", "transaction_details", "payment_mode", "cumulative_cents"),
                *("balance_cents", "withdrawn_cents", "notes", "status"),
            ),
        ),
    )
}


def letter(column: int) -> str:
    """The letter of a column of a sheet, of which A is the first.

    >>> letter(1), letter(26), letter(27)
    ('A', 'Z', 'AA')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def field_of_heading(heading: str) -> str | None:
    """The column that a heading names, however it is written; none for a heading that is not known.

    >>> field_of_heading("DAILY_PAYMENTS "), field_of_heading("Reinvest From"), field_of_heading("Agent")
    ('payment_cents', 'reinvest_from', None)
    """
    return _FIELD_OF_WORD.get(_word(heading))


def _word(heading: str) -> str:
    return re.sub(r"[^a-z]", "", heading.lower())


_FIELD_OF_WORD: Final = {_word(heading): field for field, heading in HEADINGS.items()}
